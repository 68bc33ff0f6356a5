/* SPDX-License-Identifier: MIT */
#include "tests/model/model-private.h"

/* --- numbers ---------------------------------------------------------------------- */

static int max_of(const struct model *m, int ns)
{
	return m->per_ns && ns ? 4194304 : m->pid_max;
}

static int cyclic(struct model *m, int ns, const bool *taken_by_us)
{
	int start = NS(m, ns)->cursor > 300 ? 300 : 1;
	int from = MAX(NS(m, ns)->cursor, start), max = max_of(m, ns);

	(void)taken_by_us;
	for (int nr = from; nr < max; nr++)
		if (find_pid(m, ns, nr) < 0) {
			NS(m, ns)->cursor = nr + 1;
			return nr;
		}
	for (int nr = start; nr < MIN(from, max); nr++)
		if (find_pid(m, ns, nr) < 0) {
			NS(m, ns)->cursor = nr + 1;
			return nr;
		}
	return -EAGAIN;
}

static int alloc(struct model *m, int me, int ns, const int *set_tid, int n)
{
	struct mpid p = { .level = NS(m, ns)->level, .live = true };
	int err = 0, at_ns = ns;

	if (n > p.level + 1)
		return -EINVAL;
	for (int i = p.level; i >= 0 && !err; i--, at_ns = NS(m, at_ns)->parent) {
		int nr;

		if (n) {
			nr = set_tid[p.level - i];
			n--;
			if (nr < 1 || nr >= max_of(m, at_ns))
				err = -EINVAL;
			else if (nr != 1 && !NS(m, at_ns)->had_reaper)
				err = -EINVAL;
			else if (!capable(m, me, NS(m, at_ns)->owner))
				err = -EPERM;
			else if (find_pid(m, at_ns, nr) >= 0)
				err = -EEXIST;
		} else {
			nr = cyclic(m, at_ns, NULL);
			err = MIN(nr, 0);
		}
		p.nr[i] = nr;
		p.ns[i] = at_ns;
	}
	if (!err && !NS(m, ns)->adding)
		err = -ENOMEM;
	if (err) {
		if (NS(m, ns)->adding && !NS(m, ns)->pids)
			NS(m, ns)->cursor = 0;
		return err;
	}
	for (int i = 0; i <= p.level; i++)
		NS(m, p.ns[i])->pids++;
	g_array_append_val(m->pids, p);
	return (int)m->pids->len - 1;
}

void maybe_free(struct model *m, int pid)
{
	struct mpid *p = PID(m, pid);

	if (!p->live)
		return;
	for (guint i = 0; i < m->tasks->len; i++)
		if (!TASK(m, (int)i)->gone && TASK(m, (int)i)->pid == pid)
			return;
	for (guint i = 0; i < m->groups->len; i++) {
		const struct mgroup *g = &g_array_index(m->groups, struct mgroup, i);

		if (g->attached && (g->tgid == pid || g->pgid == pid || g->sid == pid))
			return;
	}
	p->live = false;
	for (int i = 0; i <= p->level; i++) {
		struct mns *ns = NS(m, p->ns[i]);

		ns->pids--;
		if (!ns->adding && (ns->pids == 1 || ns->pids == 2) && ns->reaper >= 0 &&
		    TASK(m, ns->reaper)->zapping)
			enqueue(m, ns->reaper);
	}
}

/* --- dying ------------------------------------------------------------------------- */

void kill_group(struct model *m, int task, int sig)
{
	struct mgroup *g = GROUP(m, task);

	if (g->group_exit)
		return;
	g->group_exit = true;
	g->unkillable = g->stopped = g->cld_stopped = g->cld_continued = false;
	g->code = sig;
	for (guint i = 0; i < g->threads->len; i++)
		if (!TASK(m, at(g->threads, i))->exiting)
			enqueue(m, at(g->threads, i));
}

/* Nobody will wait for it: true. */
static bool notify(struct model *m, int task)
{
	int parent = TASK(m, task)->parent, sig = TASK(m, task)->exit_signal;
	bool autoreap = false;

	if (sig != SIGCHLD && TASK(m, task)->parent_exec != TASK(m, parent)->self_exec)
		sig = SIGCHLD;
	if (sig == SIGCHLD) {
		autoreap = HAND(m, parent)->ignored & BIT(SIGCHLD) || HAND(m, parent)->nocldwait;
		if (HAND(m, parent)->ignored & BIT(SIGCHLD))
			sig = 0;
	}
	if (sig > 0 && parent && !TASK(m, parent)->zombie)
		send_signal(m, parent, sig, false, false);
	if (parent && TASK(m, parent)->zapping)
		enqueue(m, parent);
	return autoreap;
}

void release(struct model *m, int task)
{
	struct mgroup *g = GROUP(m, task);
	int leader = g->leader, parent = TASK(m, task)->parent;
	int tgid = g->tgid, pgid = g->pgid, sid = g->sid;

	TASK(m, task)->gone = true;
	take_out(g->threads, task);
	if (NS(m, active_ns(m, task))->reaper == task)
		NS(m, active_ns(m, task))->reaper = -1;
	if (leader == task) {
		g->attached = false;
		take_out(TASK(m, parent)->children, task);
		if (TASK(m, parent)->zapping)
			enqueue(m, parent);
		maybe_free(m, tgid);
		maybe_free(m, pgid);
		maybe_free(m, sid);
		return;
	}
	maybe_free(m, TASK(m, task)->pid);
	if (alone(m, leader) && TASK(m, leader)->zombie && notify(m, leader))
		release(m, leader);
}

static int new_parent(const struct model *m, int father)
{
	int thread = alive_thread(m, father);
	int level = PID(m, TASK(m, father)->pid)->level;

	if (thread >= 0)
		return thread;
	if (GROUP(m, father)->has_subreaper)
		for (int r = TASK(m, father)->parent; r && PID(m, TASK(m, r)->pid)->level == level;
		     r = TASK(m, r)->parent)
			if (GROUP(m, r)->subreaper && alive_thread(m, r) >= 0)
				return alive_thread(m, r);
	return NS(m, active_ns(m, father))->reaper;
}

static void exit_notify(struct model *m, int task)
{
	g_autoptr(GArray) dead = g_array_new(FALSE, FALSE, sizeof(int));
	GArray *children = TASK(m, task)->children;
	int to = children->len ? new_parent(m, task) : -1;
	bool last = alive_thread(m, task) < 0;

	for (guint i = 0; i < children->len; i++) {
		int child = at(children, i);
		GArray *threads = GROUP(m, child)->threads;

		for (guint j = 0; j < threads->len; j++)
			TASK(m, at(threads, j))->parent = to;
		if (TASK(m, to)->group == TASK(m, task)->group)
			continue;
		TASK(m, child)->exit_signal = SIGCHLD;
		if (TASK(m, child)->zombie && alone(m, child) && notify(m, child))
			g_array_append_val(dead, child);
		kill_orphaned(m, child, task);
	}
	if (children->len)
		g_array_append_vals(TASK(m, to)->children, children->data, children->len);
	g_array_set_size(children, 0);
	if (last)
		kill_orphaned(m, GROUP(m, task)->leader, -1);
	TASK(m, task)->zombie = true;
	if (!leads(m, task) || (alone(m, task) && notify(m, task)))
		g_array_append_val(dead, task);
	for (guint i = 0; i < dead->len; i++)
		release(m, at(dead, i));
}

static void zap(struct model *m, int task)
{
	int ns = active_ns(m, task);

	NS(m, ns)->adding = false;
	HAND(m, task)->ignored |= BIT(SIGCHLD);
	HAND(m, task)->caught &= ~BIT(SIGCHLD);
	TASK(m, task)->zapping = true;
	for (int nr = 2; nr < NUMBERS; nr++) {
		int victim = find_task(m, ns, nr);

		if (victim >= 0 && !TASK(m, victim)->zombie)
			kill_group(m, victim, SIGKILL);
	}
}

/* May a reaper that sleeps in zap() go on? */
static bool zapped(struct model *m, int task)
{
	g_autoptr(GArray) children = g_array_copy(TASK(m, task)->children);

	for (guint i = 0; i < children->len; i++) {
		int child = at(children, i);

		if (TASK(m, child)->zombie && alone(m, child))
			release(m, child);
	}
	return !TASK(m, task)->children->len &&
	       NS(m, active_ns(m, task))->pids == (leads(m, task) ? 1 : 2);
}

void end_task(struct model *m, int task, int code)
{
	struct mtask *t = TASK(m, task);
	struct mns *ns = NS(m, active_ns(m, task));
	int other;

	take_out(m->queue, task);
	t->queued = false;
	t->exiting = true;
	other = alive_thread(m, task);
	if (other < 0 && !GROUP(m, task)->group_exit) {
		GROUP(m, task)->group_exit = true;
		GROUP(m, task)->unkillable = GROUP(m, task)->stopped = false;
		GROUP(m, task)->cld_stopped = GROUP(m, task)->cld_continued = false;
		GROUP(m, task)->code = code;
	}
	t->code = code;
	t->for_children = -1;
	g_array_set_size(t->fds, 0);
	if (ns->reaper == task) {
		if (other >= 0)
			ns->reaper = other;
		else
			zap(m, task);
	}
	if (TASK(m, task)->zapping)
		enqueue(m, task);
	else
		exit_notify(m, task);
}

void run(struct model *m)
{
	while (m->queue->len) {
		int task = at(m->queue, 0);

		g_array_remove_index(m->queue, 0);
		TASK(m, task)->queued = false;
		if (TASK(m, task)->gone)
			continue;
		if (!TASK(m, task)->exiting) {
			end_task(m, task, GROUP(m, task)->code);
		} else if (TASK(m, task)->zapping && zapped(m, task)) {
			TASK(m, task)->zapping = false;
			exit_notify(m, task);
		}
	}
}

/* --- calls --------------------------------------------------------------------------- */

static int add_task(struct model *m, int pid, int parent, int exit_signal, int hand)
{
	const struct mpid *p = PID(m, pid);
	struct mtask t = { .pid = pid,
			   .parent = parent,
			   .exit_signal = exit_signal,
			   .hand = hand,
			   .for_children = p->ns[p->level],
			   .fds = g_array_new(FALSE, FALSE, sizeof(int)),
			   .children = g_array_new(FALSE, FALSE, sizeof(int)) };

	g_array_append_val(m->tasks, t);
	return (int)m->tasks->len - 1;
}

static int add_group(struct model *m, int leader, int pid, int pgid, int sid)
{
	struct mgroup g = { .leader = leader,
			    .tgid = pid,
			    .pgid = pgid,
			    .sid = sid,
			    .attached = true,
			    .since = ++m->stamp,
			    .threads = g_array_new(FALSE, FALSE, sizeof(int)) };

	g_array_append_val(g.threads, leader);
	g_array_append_val(m->groups, g);
	return (int)m->groups->len - 1;
}

int add_hand(struct model *m, const struct mhand *hand)
{
	struct mhand copy = *hand;

	g_array_append_val(m->hands, copy);
	return (int)m->hands->len - 1;
}

static int add_ns(struct model *m, int parent, int owner)
{
	struct mns ns = { .parent = parent,
			  .level = parent < 0 ? 0 : NS(m, parent)->level + 1,
			  .adding = true,
			  .owner = owner,
			  .reaper = -1 };

	g_array_append_val(m->ns, ns);
	return (int)m->ns->len - 1;
}

struct model *model_new(int pid_max, bool per_ns)
{
	struct model *m = g_new0(struct model, 1);
	const struct muserns root = { .parent = -1, .mapped = true };
	const struct mhand plain = { 0 };
	int pid, hand, group;

	m->pid_max = pid_max;
	m->per_ns = per_ns;
	m->ns = g_array_new(FALSE, FALSE, sizeof(struct mns));
	m->pids = g_array_new(FALSE, FALSE, sizeof(struct mpid));
	m->groups = g_array_new(FALSE, FALSE, sizeof(struct mgroup));
	m->tasks = g_array_new(FALSE, FALSE, sizeof(struct mtask));
	m->hands = g_array_new(FALSE, FALSE, sizeof(struct mhand));
	m->userns = g_array_new(FALSE, FALSE, sizeof(struct muserns));
	g_array_append_val(m->userns, root);
	m->queue = g_array_new(FALSE, FALSE, sizeof(int));
	add_ns(m, -1, 0);
	hand = add_hand(m, &plain);
	/* Task 0 is the parent of pid 1: it has number 0, which is nobody's. */
	g_array_set_size(m->pids, 1);
	*PID(m, 0) = (struct mpid){ .live = false };
	add_task(m, 0, 0, SIGCHLD, hand);
	group = add_group(m, 0, 0, 0, 0);
	TASK(m, 0)->group = group;
	pid = alloc(m, 0, 0, NULL, 0);
	hand = add_hand(m, &plain);
	add_task(m, pid, 0, SIGCHLD, hand);
	TASK(m, 0)->caps = TASK(m, 1)->caps = true;
	copy_fds(m, -1, 1);
	group = add_group(m, 1, pid, pid, pid);
	TASK(m, 1)->group = group;
	GROUP(m, 1)->unkillable = GROUP(m, 1)->leads_session = true;
	NS(m, 0)->reaper = 1;
	NS(m, 0)->had_reaper = true;
	g_array_append_val(TASK(m, 0)->children, NS(m, 0)->reaper);
	return m;
}

void model_free(struct model *m)
{
	for (guint i = 0; i < m->tasks->len; i++) {
		g_array_unref(TASK(m, (int)i)->children);
		g_array_unref(TASK(m, (int)i)->fds);
	}
	for (guint i = 0; i < m->groups->len; i++)
		g_array_unref(g_array_index(m->groups, struct mgroup, i).threads);
	g_array_unref(m->ns);
	g_array_unref(m->pids);
	g_array_unref(m->groups);
	g_array_unref(m->tasks);
	g_array_unref(m->hands);
	g_array_unref(m->userns);
	g_array_unref(m->queue);
	g_free(m);
}

static int check_fork(const struct model *m, int me, int flags, int exit_signal)
{
	bool away = TASK(m, me)->for_children != active_ns(m, me);

	if (flags & (M_THREAD | M_PARENT) && exit_signal)
		return -EINVAL;
	if (flags & M_PARENT && GROUP(m, me)->unkillable)
		return -EINVAL;
	if (flags & M_THREAD && (flags & (M_NEWPID | M_NEWUSER) || away))
		return -EINVAL;
	return 0;
}

/* With the rights of the user namespace that comes with it, if any. */
static int check_newpid(const struct model *m, int me, int flags)
{
	int ns = active_ns(m, me);

	if (!(flags & M_NEWPID))
		return 0;
	if (!(flags & M_NEWUSER) && !TASK(m, me)->caps)
		return -EPERM;
	if (TASK(m, me)->for_children != ns)
		return -EINVAL;
	/* A new one is below the caller's. */
	if (!below_userns(m, TASK(m, me)->userns, NS(m, ns)->owner))
		return -EINVAL;
	return NS(m, ns)->level >= LEVELS - 1 ? -ENOSPC : 0;
}

static void join(struct model *m, int me, int child)
{
	TASK(m, child)->group = TASK(m, me)->group;
	g_array_append_val(GROUP(m, me)->threads, child);
}

static void begin_group(struct model *m, int me, int child, int ns)
{
	int pid = TASK(m, child)->pid, parent = TASK(m, child)->parent;
	int group = add_group(m, child, pid, GROUP(m, me)->pgid, GROUP(m, me)->sid);

	TASK(m, child)->group = group;
	GROUP(m, child)->has_subreaper =
		GROUP(m, parent)->has_subreaper || GROUP(m, parent)->subreaper;
	g_array_append_val(TASK(m, parent)->children, child);
	if (nr_in(m, pid, ns) == 1) {
		NS(m, ns)->reaper = child;
		NS(m, ns)->had_reaper = true;
		GROUP(m, child)->unkillable = true;
	}
}

int model_fork(struct model *m, int tid, int flags, int exit_signal, const int *set_tid, int n)
{
	int me = actor(m, tid), ns, pid, child, parent, hand, parent_exec;
	int err = check_fork(m, me, flags, exit_signal);

	if (!err && flags & M_NEWUSER)
		err = check_new_userns(m, me);
	if (!err)
		err = check_newpid(m, me, flags);
	if (err)
		return err;
	/* A user namespace that comes to nothing is the last one, so far. */
	ns = TASK(m, me)->for_children;
	if (flags & M_NEWPID)
		ns = add_ns(m, active_ns(m, me),
			    flags & M_NEWUSER ? (int)m->userns->len : TASK(m, me)->userns);
	if (flags & M_NEWUSER)
		new_userns(m, me);
	pid = alloc(m, me, ns, set_tid, n);
	if (pid < 0) {
		if (flags & M_NEWPID)
			g_array_set_size(m->ns, m->ns->len - 1);
		if (flags & M_NEWUSER)
			g_array_set_size(m->userns, m->userns->len - 1);
		return pid;
	}
	parent = me;
	parent_exec = TASK(m, me)->self_exec;
	if (flags & (M_THREAD | M_PARENT)) {
		parent = TASK(m, me)->parent;
		parent_exec = TASK(m, me)->parent_exec;
		exit_signal = TASK(m, GROUP(m, me)->leader)->exit_signal;
	}
	hand = flags & M_THREAD ? TASK(m, me)->hand : add_hand(m, HAND(m, me));
	child = add_task(m, pid, parent, flags & M_THREAD ? -1 : exit_signal, hand);
	TASK(m, child)->self_exec = TASK(m, me)->self_exec;
	TASK(m, child)->parent_exec = parent_exec;
	TASK(m, child)->blocked = TASK(m, me)->blocked;
	TASK(m, child)->uid = TASK(m, me)->uid;
	TASK(m, child)->userns = flags & M_NEWUSER ? (int)m->userns->len - 1 : TASK(m, me)->userns;
	TASK(m, child)->caps = TASK(m, me)->caps || flags & M_NEWUSER;
	copy_fds(m, me, child);
	if (flags & M_THREAD)
		join(m, me, child);
	else
		begin_group(m, me, child, ns);
	return nr_in(m, pid, 0);
}

int model_exit(struct model *m, int tid, int code, bool group)
{
	int me = actor(m, tid);

	/* Which thread is the last is open; here the caller is the first to go. */
	if (group)
		kill_group(m, me, code << 8);
	end_task(m, me, code << 8);
	run(m);
	return 0;
}

/* -1: nothing to tell of, though it may be a candidate. */
static int try_child(struct model *m, int me, int child, int options, int *status, bool *candidate)
{
	struct mgroup *g = GROUP(m, child);
	int nr = nr_in(m, TASK(m, child)->pid, active_ns(m, me));

	if (!(options & M_ALL) && TASK(m, child)->exit_signal != SIGCHLD)
		return -1;
	if (TASK(m, child)->zombie && alone(m, child)) {
		if (!(options & M_EXITED))
			return -1;
		*status = g->group_exit ? g->code : TASK(m, child)->code;
		if (!(options & M_NOWAIT))
			release(m, child);
		return nr;
	}
	*candidate = true;
	if (options & M_STOPPED && g->cld_stopped) {
		*status = M_IS_STOPPED | g->stop_sig;
		g->cld_stopped = options & M_NOWAIT;
		return nr;
	}
	if (options & M_CONTINUED && g->cld_continued) {
		*status = M_IS_CONTINUED;
		g->cld_continued = options & M_NOWAIT;
		return nr;
	}
	return -1;
}

int model_wait(struct model *m, int tid, int nr, int options, int *status)
{
	int me = actor(m, tid), result;
	GArray *threads = GROUP(m, me)->threads;
	bool candidate = false;
	guint first = 0;

	while (at(threads, first) != me)
		first++;
	for (guint i = 0; i < threads->len; i++) {
		GArray *children =
			TASK(m, at(threads, (first + i) % threads->len))->children;

		for (guint j = 0; j < children->len; j++) {
			int child = at(children, j);

			if (nr && nr_in(m, TASK(m, child)->pid, active_ns(m, me)) != nr)
				continue;
			result = try_child(m, me, child, options, status, &candidate);
			if (result >= 0) {
				run(m);
				return result;
			}
		}
	}
	return candidate ? 0 : -ECHILD;
}

int model_setsid(struct model *m, int tid)
{
	int me = actor(m, tid);
	struct mgroup *mine = GROUP(m, me);
	int pgid = mine->pgid, sid = mine->sid;

	if (mine->leads_session)
		return -EPERM;
	for (guint i = 0; i < m->groups->len; i++) {
		const struct mgroup *g = &g_array_index(m->groups, struct mgroup, i);

		if (g->attached && g->pgid == mine->tgid)
			return -EPERM;
	}
	mine->leads_session = true;
	if (mine->pgid != mine->tgid)
		mine->since = ++m->stamp;
	mine->sid = mine->pgid = mine->tgid;
	maybe_free(m, sid);
	maybe_free(m, pgid);
	run(m);
	return nr_in(m, mine->tgid, active_ns(m, me));
}

/* The session of the last to come into a group; -1: it has no members. */
static int session_of_group(const struct model *m, int pgid)
{
	g_autoptr(GArray) all = members(m, pgid);

	return all->len ? GROUP(m, at(all, 0))->sid : -1;
}

int model_setpgid(struct model *m, int tid, int nr, int pgid)
{
	int me = actor(m, tid), ns = active_ns(m, me), to, pid, old;
	const struct mgroup *mine = GROUP(m, me);
	struct mgroup *g;

	if (!nr)
		nr = nr_in(m, mine->tgid, ns);
	if (!pgid)
		pgid = nr;
	if (pgid < 0)
		return -EINVAL;
	to = find_task(m, ns, nr);
	if (to < 0)
		return -ESRCH;
	if (!leads(m, to))
		return -EINVAL;
	g = GROUP(m, to);
	if (TASK(m, TASK(m, to)->parent)->group == TASK(m, me)->group) {
		if (g->sid != mine->sid)
			return -EPERM;
		if (TASK(m, to)->execed)
			return -EACCES;
	} else if (g != mine) {
		return -ESRCH;
	}
	if (g->leads_session)
		return -EPERM;
	pid = g->tgid;
	if (pgid != nr) {
		pid = find_pid(m, ns, pgid);
		if (session_of_group(m, pid) != mine->sid)
			return -EPERM;
	}
	old = g->pgid;
	if (old != pid)
		g->since = ++m->stamp;
	g->pgid = pid;
	maybe_free(m, old);
	run(m);
	return 0;
}

int model_unshare(struct model *m, int tid, int flags)
{
	int me = actor(m, tid), err = 0, ns;

	if (flags & M_NEWUSER && !alone(m, me))
		return -EINVAL;
	if (flags & M_NEWUSER)
		err = check_new_userns(m, me);
	if (!err)
		err = check_newpid(m, me, flags);
	if (err)
		return err;
	if (flags & M_NEWUSER) {
		TASK(m, me)->userns = new_userns(m, me);
		TASK(m, me)->caps = true;
	}
	if (flags & M_NEWPID) {
		ns = add_ns(m, active_ns(m, me), TASK(m, me)->userns);
		TASK(m, me)->for_children = ns;
	}
	return 0;
}

int model_setns(struct model *m, int tid, int ns)
{
	int me = actor(m, tid), up = ns;

	if (!capable(m, me, NS(m, ns)->owner) || !TASK(m, me)->caps)
		return -EPERM;
	while (up >= 0 && up != active_ns(m, me))
		up = NS(m, up)->parent;
	if (up < 0)
		return -EINVAL;
	TASK(m, me)->for_children = ns;
	return 0;
}

static void tell_descendants(struct model *m, int task)
{
	const GArray *threads = GROUP(m, task)->threads;

	for (guint i = 0; i < threads->len; i++) {
		const GArray *children = TASK(m, at(threads, i))->children;

		for (guint j = 0; j < children->len; j++) {
			int child = at(children, j);
			const struct mpid *p = PID(m, TASK(m, child)->pid);

			if (GROUP(m, child)->has_subreaper || p->nr[p->level] == 1)
				continue;
			GROUP(m, child)->has_subreaper = true;
			tell_descendants(m, child);
		}
	}
}

void model_subreaper(struct model *m, int tid, bool on)
{
	int me = actor(m, tid);

	GROUP(m, me)->subreaper = on;
	if (on)
		tell_descendants(m, me);
}

int model_last_pid(struct model *m, int ns, int value)
{
	if (NS(m, ns)->reaper < 0)
		return -ESRCH;
	if (!capable(m, NS(m, ns)->reaper, NS(m, ns)->owner))
		return -EPERM;
	if (value < 0 || value > max_of(m, ns))
		return -EINVAL;
	NS(m, ns)->cursor = value + 1;
	return 0;
}

int model_namespaces(const struct model *m)
{
	return (int)m->ns->len;
}

int model_ns_of_children(const struct model *m, int tid)
{
	return TASK(m, actor(m, tid))->for_children;
}

void model_actors(const struct model *m, GArray *tids)
{
	for (guint i = 1; i < m->tasks->len; i++) {
		int nr = nr_in(m, TASK(m, (int)i)->pid, 0);

		if (!TASK(m, (int)i)->gone && !TASK(m, (int)i)->exiting)
			g_array_append_val(tids, nr);
	}
}

static void dump_task(const struct model *m, int pid, int task, GString *out)
{
	const struct mtask *t = TASK(m, task);
	const struct mgroup *g = GROUP(m, task);

	g_string_append_printf(out, " %c parent %d signal %d group %d %d %d threads",
			       t->zombie ? 'Z' : t->zapping ? 'z' : g->stopped ? 'T' : 'S',
			       nr_in(m, TASK(m, t->parent)->pid, 0), t->exit_signal,
			       nr_in(m, g->tgid, 0), nr_in(m, g->pgid, 0), nr_in(m, g->sid, 0));
	for (guint i = 0; i < g->threads->len; i++)
		g_string_append_printf(out, " %d",
				       nr_in(m, TASK(m, at(g->threads, i))->pid, 0));
	g_string_append(out, " children");
	for (guint i = 0; i < t->children->len; i++)
		g_string_append_printf(out, " %d",
				       nr_in(m, TASK(m, at(t->children, i))->pid, 0));
	g_string_append_printf(out, " uid %d caps %d level %d pending %" G_GINT64_MODIFIER
				    "x %" G_GINT64_MODIFIER "x blocked %" G_GINT64_MODIFIER
				    "x hand %" G_GINT64_MODIFIER "x %" G_GINT64_MODIFIER "x",
			       t->uid, t->caps, USERNS(m, t->userns)->level, t->pending, g->pending,
			       t->blocked, HAND(m, task)->ignored, HAND(m, task)->caught);
	(void)pid;
}

void model_dump(const struct model *m, GString *out)
{
	for (int nr = 1; nr < NUMBERS; nr++) {
		int pid = find_pid(m, 0, nr), task = find_task(m, 0, nr);

		if (pid < 0)
			continue;
		for (int i = 0; i <= PID(m, pid)->level; i++)
			g_string_append_printf(out, "%s%d", i ? "/" : "", PID(m, pid)->nr[i]);
		if (task >= 0)
			dump_task(m, pid, task, out);
		g_string_append_c(out, '\n');
	}
	for (int i = 0; i < model_namespaces(m); i++)
		g_string_append_printf(out, "ns %d: level %d cursor %d pids %d adding %d\n", i,
				       NS(m, i)->level, NS(m, i)->cursor, NS(m, i)->pids,
				       NS(m, i)->adding);
}
