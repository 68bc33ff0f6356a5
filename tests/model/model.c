/* SPDX-License-Identifier: MIT */
#include "tests/model/model.h"

#include <errno.h>
#include <signal.h>

#define LEVELS 33
#define NUMBERS 1024 /* pid_max of a test is below this */

struct mns {
	int parent, level, cursor, pids;
	bool adding, had_reaper;
	int reaper; /* a task, or -1 */
};

struct mpid {
	int level, ns[LEVELS], nr[LEVELS];
	bool live;
};

struct mgroup {
	int leader, tgid, pgid, sid;
	bool leads_session, subreaper, has_subreaper, unkillable, group_exit, attached;
	int code;
	GArray *threads; /* tasks, oldest first */
};

struct mtask {
	int pid, group, parent, exit_signal, hand, for_children, code;
	bool exiting, zombie, zapping, gone, queued;
	GArray *children;
};

struct model {
	GArray *ns, *pids, *groups, *tasks, *hands; /* hands: is CHLD ignored? */
	GArray *queue; /* tasks that have dying to do, in the order they were hit */
	int pid_max;
	bool per_ns;
};

static struct mns *NS(const struct model *m, int i)
{
	return &g_array_index(m->ns, struct mns, i);
}

static struct mpid *PID(const struct model *m, int i)
{
	return &g_array_index(m->pids, struct mpid, i);
}

static struct mtask *TASK(const struct model *m, int i)
{
	return &g_array_index(m->tasks, struct mtask, i);
}

static struct mgroup *GROUP(const struct model *m, int task)
{
	return &g_array_index(m->groups, struct mgroup, TASK(m, task)->group);
}

static int at(const GArray *a, guint i)
{
	return g_array_index(a, int, i);
}

static void take_out(GArray *a, int value)
{
	for (guint i = 0; i < a->len; i++)
		if (at(a, i) == value) {
			g_array_remove_index(a, i);
			return;
		}
}

static int active_ns(const struct model *m, int task)
{
	const struct mpid *p = PID(m, TASK(m, task)->pid);

	return p->ns[p->level];
}

static int nr_in(const struct model *m, int pid, int ns)
{
	const struct mpid *p = PID(m, pid);
	int level = NS(m, ns)->level;

	return level <= p->level && p->ns[level] == ns ? p->nr[level] : 0;
}

static int find_pid(const struct model *m, int ns, int nr)
{
	for (guint i = 0; i < m->pids->len; i++)
		if (PID(m, (int)i)->live && nr > 0 && nr_in(m, (int)i, ns) == nr)
			return (int)i;
	return -1;
}

static int find_task(const struct model *m, int ns, int nr)
{
	int pid = find_pid(m, ns, nr);

	for (guint i = 1; pid >= 0 && i < m->tasks->len; i++)
		if (!TASK(m, (int)i)->gone && TASK(m, (int)i)->pid == pid)
			return (int)i;
	return -1;
}

static bool leads(const struct model *m, int task)
{
	return GROUP(m, task)->leader == task;
}

static bool alone(const struct model *m, int task)
{
	return GROUP(m, task)->threads->len == 1;
}

static int alive_thread(const struct model *m, int task)
{
	const GArray *threads = GROUP(m, task)->threads;

	for (guint i = 0; i < threads->len; i++)
		if (!TASK(m, at(threads, i))->exiting)
			return at(threads, i);
	return -1;
}

static void enqueue(struct model *m, int task)
{
	if (!TASK(m, task)->queued)
		g_array_append_val(m->queue, task);
	TASK(m, task)->queued = true;
}

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

static int alloc(struct model *m, int ns, const int *set_tid, int n)
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

static void maybe_free(struct model *m, int pid)
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

static void kill_group(struct model *m, int task, int sig)
{
	struct mgroup *g = GROUP(m, task);

	if (g->group_exit)
		return;
	g->group_exit = true;
	g->unkillable = false;
	g->code = sig;
	for (guint i = 0; i < g->threads->len; i++)
		if (!TASK(m, at(g->threads, i))->exiting)
			enqueue(m, at(g->threads, i));
}

/* Nobody will wait for it: true. */
static bool notify(struct model *m, int task)
{
	int parent = TASK(m, task)->parent;
	bool autoreap = TASK(m, task)->exit_signal == SIGCHLD && parent &&
			at(m->hands, (guint)TASK(m, parent)->hand);

	if (parent && TASK(m, parent)->zapping)
		enqueue(m, parent);
	return autoreap;
}

static void release(struct model *m, int task)
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
	}
	if (children->len)
		g_array_append_vals(TASK(m, to)->children, children->data, children->len);
	g_array_set_size(children, 0);
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
	g_array_index(m->hands, int, TASK(m, task)->hand) = 1;
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

static void do_exit(struct model *m, int task, int code)
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
		GROUP(m, task)->unkillable = false;
		GROUP(m, task)->code = code;
	}
	t->code = code;
	t->for_children = -1;
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

static void run(struct model *m)
{
	while (m->queue->len) {
		int task = at(m->queue, 0);

		g_array_remove_index(m->queue, 0);
		TASK(m, task)->queued = false;
		if (TASK(m, task)->gone)
			continue;
		if (!TASK(m, task)->exiting) {
			do_exit(m, task, GROUP(m, task)->code);
		} else if (TASK(m, task)->zapping && zapped(m, task)) {
			TASK(m, task)->zapping = false;
			exit_notify(m, task);
		}
	}
}

/* --- calls --------------------------------------------------------------------------- */

static int actor(const struct model *m, int tid)
{
	return find_task(m, 0, tid);
}

static int add_task(struct model *m, int pid, int parent, int exit_signal, int hand)
{
	const struct mpid *p = PID(m, pid);
	struct mtask t = { .pid = pid,
			   .parent = parent,
			   .exit_signal = exit_signal,
			   .hand = hand,
			   .for_children = p->ns[p->level],
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
			    .threads = g_array_new(FALSE, FALSE, sizeof(int)) };

	g_array_append_val(g.threads, leader);
	g_array_append_val(m->groups, g);
	return (int)m->groups->len - 1;
}

static int add_hand(struct model *m, int ignores)
{
	g_array_append_val(m->hands, ignores);
	return (int)m->hands->len - 1;
}

static int add_ns(struct model *m, int parent)
{
	struct mns ns = { .parent = parent,
			  .level = parent < 0 ? 0 : NS(m, parent)->level + 1,
			  .adding = true,
			  .reaper = -1 };

	g_array_append_val(m->ns, ns);
	return (int)m->ns->len - 1;
}

struct model *model_new(int pid_max, bool per_ns)
{
	struct model *m = g_new0(struct model, 1);
	int pid, hand, group;

	m->pid_max = pid_max;
	m->per_ns = per_ns;
	m->ns = g_array_new(FALSE, FALSE, sizeof(struct mns));
	m->pids = g_array_new(FALSE, FALSE, sizeof(struct mpid));
	m->groups = g_array_new(FALSE, FALSE, sizeof(struct mgroup));
	m->tasks = g_array_new(FALSE, FALSE, sizeof(struct mtask));
	m->hands = g_array_new(FALSE, FALSE, sizeof(int));
	m->queue = g_array_new(FALSE, FALSE, sizeof(int));
	add_ns(m, -1);
	hand = add_hand(m, 0);
	/* Task 0 is the parent of pid 1: it has number 0, which is nobody's. */
	g_array_set_size(m->pids, 1);
	*PID(m, 0) = (struct mpid){ .live = false };
	add_task(m, 0, 0, SIGCHLD, hand);
	group = add_group(m, 0, 0, 0, 0);
	TASK(m, 0)->group = group;
	pid = alloc(m, 0, NULL, 0);
	add_task(m, pid, 0, SIGCHLD, hand);
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
	for (guint i = 0; i < m->tasks->len; i++)
		g_array_unref(TASK(m, (int)i)->children);
	for (guint i = 0; i < m->groups->len; i++)
		g_array_unref(g_array_index(m->groups, struct mgroup, i).threads);
	g_array_unref(m->ns);
	g_array_unref(m->pids);
	g_array_unref(m->groups);
	g_array_unref(m->tasks);
	g_array_unref(m->hands);
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
	if (flags & M_THREAD && (flags & M_NEWPID || away))
		return -EINVAL;
	if (flags & M_NEWPID && away)
		return -EINVAL;
	if (flags & M_NEWPID && NS(m, active_ns(m, me))->level >= LEVELS - 1)
		return -ENOSPC;
	return 0;
}

int model_fork(struct model *m, int tid, int flags, int exit_signal, const int *set_tid, int n)
{
	int me = actor(m, tid), ns, pid, child, parent, hand, group;
	int err = check_fork(m, me, flags, exit_signal);

	if (err)
		return err;
	ns = flags & M_NEWPID ? add_ns(m, active_ns(m, me)) : TASK(m, me)->for_children;
	pid = alloc(m, ns, set_tid, n);
	if (pid < 0) {
		if (flags & M_NEWPID)
			g_array_set_size(m->ns, m->ns->len - 1);
		return pid;
	}
	parent = me;
	if (flags & (M_THREAD | M_PARENT)) {
		parent = TASK(m, me)->parent;
		exit_signal = TASK(m, GROUP(m, me)->leader)->exit_signal;
	}
	hand = flags & M_THREAD ? TASK(m, me)->hand :
				  add_hand(m, at(m->hands, (guint)TASK(m, me)->hand));
	child = add_task(m, pid, parent, flags & M_THREAD ? -1 : exit_signal, hand);
	if (flags & M_THREAD) {
		TASK(m, child)->group = TASK(m, me)->group;
		g_array_append_val(GROUP(m, me)->threads, child);
	} else {
		group = add_group(m, child, pid, GROUP(m, me)->pgid, GROUP(m, me)->sid);
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
	return nr_in(m, pid, 0);
}

int model_exit(struct model *m, int tid, int code, bool group)
{
	int me = actor(m, tid);

	/* Which thread is the last is open; here the caller is the first to go. */
	if (group)
		kill_group(m, me, code << 8);
	do_exit(m, me, code << 8);
	run(m);
	return 0;
}

int model_kill(struct model *m, int tid, int nr, int sig)
{
	int me = actor(m, tid);
	int to = find_task(m, active_ns(m, me), nr);
	bool from_above;

	if (to < 0)
		return -ESRCH;
	from_above = !nr_in(m, TASK(m, me)->pid, active_ns(m, to));
	if (!sig || nr_in(m, GROUP(m, to)->tgid, 0) == 1)
		return 0;
	if (GROUP(m, to)->unkillable && !(from_above && sig == SIGKILL))
		return 0;
	kill_group(m, to, sig);
	run(m);
	return 0;
}

static int try_child(struct model *m, int me, int child, bool all, bool nowait, int *status,
		     bool *candidate)
{
	int nr = nr_in(m, TASK(m, child)->pid, active_ns(m, me));

	if (!all && TASK(m, child)->exit_signal != SIGCHLD)
		return -1;
	*candidate = true;
	if (!TASK(m, child)->zombie || !alone(m, child))
		return -1;
	*status = GROUP(m, child)->group_exit ? GROUP(m, child)->code : TASK(m, child)->code;
	if (!nowait)
		release(m, child);
	return nr;
}

int model_wait(struct model *m, int tid, int nr, bool all, bool nowait, int *status)
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
			result = try_child(m, me, child, all, nowait, status, &candidate);
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
	mine->sid = mine->pgid = mine->tgid;
	maybe_free(m, sid);
	maybe_free(m, pgid);
	run(m);
	return nr_in(m, mine->tgid, active_ns(m, me));
}

/* The session of a group that has members; -1. */
static int session_of_group(const struct model *m, int pgid)
{
	for (guint i = 0; i < m->groups->len; i++) {
		const struct mgroup *g = &g_array_index(m->groups, struct mgroup, i);

		if (pgid >= 0 && g->attached && g->pgid == pgid)
			return g->sid;
	}
	return -1;
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
	g->pgid = pid;
	maybe_free(m, old);
	run(m);
	return 0;
}

int model_unshare(struct model *m, int tid)
{
	int me = actor(m, tid), ns;

	if (TASK(m, me)->for_children != active_ns(m, me))
		return -EINVAL;
	if (NS(m, active_ns(m, me))->level >= LEVELS - 1)
		return -ENOSPC;
	ns = add_ns(m, active_ns(m, me));
	TASK(m, me)->for_children = ns;
	return 0;
}

int model_setns(struct model *m, int tid, int ns)
{
	int me = actor(m, tid), up = ns;

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

void model_ignore_chld(struct model *m, int tid, bool on)
{
	g_array_index(m->hands, int, TASK(m, actor(m, tid))->hand) = on;
}

int model_last_pid(struct model *m, int ns, int value)
{
	if (NS(m, ns)->reaper < 0)
		return -ESRCH;
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
			       t->zombie ? 'Z' : t->zapping ? 'z' : 'S',
			       nr_in(m, TASK(m, t->parent)->pid, 0), t->exit_signal,
			       nr_in(m, g->tgid, 0), nr_in(m, g->pgid, 0), nr_in(m, g->sid, 0));
	for (guint i = 0; i < g->threads->len; i++)
		g_string_append_printf(out, " %d",
				       nr_in(m, TASK(m, at(g->threads, i))->pid, 0));
	g_string_append(out, " children");
	for (guint i = 0; i < t->children->len; i++)
		g_string_append_printf(out, " %d",
				       nr_in(m, TASK(m, at(t->children, i))->pid, 0));
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
