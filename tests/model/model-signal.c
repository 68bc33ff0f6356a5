/* SPDX-License-Identifier: MIT */
/* Signals of the model: each pends first, and then whoever can takes it. */
#include "tests/model/model-private.h"

#define STOPS (BIT(SIGSTOP) | BIT(SIGTSTP) | BIT(SIGTTIN) | BIT(SIGTTOU))
#define NOTHING (BIT(SIGCONT) | BIT(SIGCHLD) | BIT(SIGWINCH) | BIT(SIGURG))

static bool handler_default(const struct model *m, int task, int sig)
{
	return !((HAND(m, task)->ignored | HAND(m, task)->caught) & BIT(sig));
}

static bool is_first(const struct model *m, int task)
{
	return nr_in(m, GROUP(m, task)->tgid, 0) == 1;
}

static bool ignored(const struct model *m, int task, int sig, bool force)
{
	bool strong = sig == SIGKILL || sig == SIGSTOP;

	if (TASK(m, task)->blocked & BIT(sig))
		return false;
	if (is_first(m, task) && strong)
		return true;
	if (GROUP(m, task)->unkillable && handler_default(m, task, sig) && !(force && strong))
		return true;
	if (HAND(m, task)->ignored & BIT(sig))
		return true;
	return handler_default(m, task, sig) && BIT(sig) & NOTHING;
}

static void forget(struct model *m, int task, guint64 mask)
{
	const GArray *threads = GROUP(m, task)->threads;

	GROUP(m, task)->pending &= ~mask;
	for (guint i = 0; i < threads->len; i++)
		TASK(m, at(threads, i))->pending &= ~mask;
}

static void tell_parent(struct model *m, int task)
{
	int parent = TASK(m, GROUP(m, task)->leader)->parent;

	if (parent && !TASK(m, parent)->zombie)
		send_signal(m, parent, SIGCHLD, false, false);
}

GArray *members(const struct model *m, int pgid)
{
	GArray *all = g_array_new(FALSE, FALSE, sizeof(int));

	for (int before = G_MAXINT;;) {
		int best = -1;

		for (guint i = 0; i < m->groups->len; i++) {
			const struct mgroup *g = &g_array_index(m->groups, struct mgroup, i);

			if (g->attached && g->pgid == pgid && g->since < before &&
			    (best < 0 || g->since > GROUP(m, best)->since))
				best = g->leader;
		}
		if (best < 0)
			return all;
		g_array_append_val(all, best);
		before = GROUP(m, best)->since;
	}
}

/* Does nobody outside of it look after the group, without that one? */
static bool orphaned(const struct model *m, int pgid, int without)
{
	g_autoptr(GArray) all = members(m, pgid);

	for (guint i = 0; i < all->len; i++) {
		int task = at(all, i), parent = TASK(m, task)->parent;

		if (task == without || (TASK(m, task)->zombie && alone(m, task)) ||
		    is_first(m, parent))
			continue;
		if (GROUP(m, parent)->pgid != pgid && GROUP(m, parent)->sid == GROUP(m, task)->sid)
			return false;
	}
	return true;
}

void kill_orphaned(struct model *m, int task, int parent)
{
	int pgid = GROUP(m, task)->pgid, without = parent < 0 ? task : -1;
	g_autoptr(GArray) all = members(m, pgid);
	bool stopped = false;

	if (parent < 0)
		parent = TASK(m, task)->parent;
	for (guint i = 0; i < all->len; i++)
		stopped |= GROUP(m, at(all, i))->stopped;
	if (GROUP(m, parent)->pgid == pgid || GROUP(m, parent)->sid != GROUP(m, task)->sid ||
	    !stopped || !orphaned(m, pgid, without))
		return;
	for (guint i = 0; i < all->len; i++)
		send_signal(m, at(all, i), SIGHUP, false, true);
	for (guint i = 0; i < all->len; i++)
		send_signal(m, at(all, i), SIGCONT, false, true);
}

static void take(struct model *m, int task, int sig)
{
	struct mgroup *g = GROUP(m, task);

	if (!handler_default(m, task, sig) || BIT(sig) & NOTHING)
		return;
	if (g->unkillable && sig != SIGKILL && sig != SIGSTOP)
		return;
	if (!(BIT(sig) & STOPS)) {
		kill_group(m, task, sig);
		return;
	}
	if (sig != SIGSTOP && orphaned(m, g->pgid, -1))
		return;
	g->stopped = g->cld_stopped = true;
	g->cld_continued = false;
	g->stop_sig = sig;
	tell_parent(m, task);
}

static int lowest(guint64 mask)
{
	int sig = 1;

	while (!(mask & BIT(sig)))
		sig++;
	return sig;
}

void deliver(struct model *m, int task)
{
	struct mgroup *g = GROUP(m, task);
	bool again = true;

	while (again && !g->group_exit && !g->stopped) {
		again = false;
		for (guint i = 0; i < g->threads->len && !again; i++) {
			struct mtask *t = TASK(m, at(g->threads, i));
			guint64 own = t->pending & ~t->blocked, all = g->pending & ~t->blocked;
			int sig;

			if (t->exiting || !(own | all))
				continue;
			again = true;
			sig = lowest(own ? own : all);
			if (own)
				t->pending &= ~BIT(sig);
			else
				g->pending &= ~BIT(sig);
			take(m, at(g->threads, i), sig);
		}
	}
}

void send_signal(struct model *m, int task, int sig, bool thread, bool force)
{
	struct mgroup *g = GROUP(m, task);

	if (g->group_exit)
		return;
	if (BIT(sig) & STOPS)
		forget(m, task, BIT(SIGCONT));
	if (sig == SIGCONT) {
		forget(m, task, STOPS);
		if (g->stopped) {
			g->stopped = g->cld_stopped = false;
			g->cld_continued = true;
			tell_parent(m, task);
		}
	}
	if (!ignored(m, task, sig, force)) {
		if (sig == SIGKILL) {
			if (!thread || !TASK(m, task)->exiting)
				kill_group(m, task, sig);
			return;
		}
		if (thread)
			TASK(m, task)->pending |= BIT(sig);
		else
			g->pending |= BIT(sig);
	}
	deliver(m, task);
}

/* --- calls -------------------------------------------------------------------------- */

static int kill_one(struct model *m, int me, int to, int sig, bool thread)
{
	bool from_above = !nr_in(m, TASK(m, me)->pid, active_ns(m, to));

	if (sig < 0 || sig > 64)
		return -EINVAL;
	if (GROUP(m, me) != GROUP(m, to) && TASK(m, me)->uid != TASK(m, to)->uid &&
	    !capable(m, me, TASK(m, to)->userns) &&
	    !(sig == SIGCONT && GROUP(m, me)->sid == GROUP(m, to)->sid))
		return -EPERM;
	if (sig)
		send_signal(m, to, sig, thread, from_above);
	return 0;
}

static int kill_members(struct model *m, int me, int pgid, int sig)
{
	g_autoptr(GArray) all = members(m, pgid);
	int err = -ESRCH;
	bool good = false;

	for (guint i = 0; i < all->len; i++) {
		err = kill_one(m, me, at(all, i), sig, false);
		good |= !err;
	}
	return good ? 0 : err;
}

static int kill_everybody(struct model *m, int me, int sig)
{
	int result = 0, ns = active_ns(m, me);
	bool any = false;

	for (int nr = 2; nr < NUMBERS; nr++) {
		int to = find_task(m, ns, nr), err;

		if (to < 0 || !leads(m, to) || GROUP(m, to) == GROUP(m, me))
			continue;
		any = true;
		err = kill_one(m, me, to, sig, false);
		if (err != -EPERM)
			result = err;
	}
	return any ? result : -ESRCH;
}

int model_kill(struct model *m, int tid, int nr, int sig)
{
	int me = actor(m, tid), to, result;

	if (nr > 0) {
		to = find_task(m, active_ns(m, me), nr);
		result = to < 0 ? -ESRCH : kill_one(m, me, to, sig, false);
	} else if (nr == -1) {
		result = kill_everybody(m, me, sig);
	} else {
		to = nr ? find_pid(m, active_ns(m, me), -nr) : GROUP(m, me)->pgid;
		result = to < 0 ? -ESRCH : kill_members(m, me, to, sig);
	}
	run(m);
	return result;
}

int model_pidfd_signal(struct model *m, int tid, int fd, int sig, int flags)
{
	int me = actor(m, tid), pid, to = -1, up, result;
	const GArray *fds = TASK(m, me)->fds;
	bool thread;

	if (flags != 0 && flags != 1 && flags != 2 && flags != 4)
		return -EINVAL;
	pid = fd >= 0 && fd < (int)fds->len ? at(fds, (guint)fd) : FD_CLOSED;
	if (pid < 0)
		return -EBADF;
	thread = flags == 1 || (!flags && pid & FD_THREAD);
	pid &= ~FD_THREAD;
	up = PID(m, pid)->ns[PID(m, pid)->level];
	while (up >= 0 && up != active_ns(m, me))
		up = NS(m, up)->parent;
	if (up < 0)
		return -EINVAL;
	for (guint i = 1; i < m->tasks->len; i++)
		if (!TASK(m, (int)i)->gone && TASK(m, (int)i)->pid == pid)
			to = (int)i;
	if (flags == 4)
		result = kill_members(m, me, pid, sig);
	else
		result = to < 0 ? -ESRCH : kill_one(m, me, to, sig, thread);
	run(m);
	return result;
}

int model_sigaction(struct model *m, int tid, int sig, enum model_action action)
{
	int me = actor(m, tid);
	struct mhand *hand = HAND(m, me);

	if (action == M_BLOCK || action == M_UNBLOCK) {
		if (action == M_UNBLOCK)
			TASK(m, me)->blocked &= ~BIT(sig);
		else if (sig != SIGKILL && sig != SIGSTOP)
			TASK(m, me)->blocked |= BIT(sig);
		deliver(m, me);
		run(m);
		return 0;
	}
	if (sig == SIGKILL || sig == SIGSTOP)
		return -EINVAL;
	hand->ignored &= ~BIT(sig);
	hand->caught &= ~BIT(sig);
	if (action == M_IGNORE)
		hand->ignored |= BIT(sig);
	if (action == M_CATCH)
		hand->caught |= BIT(sig);
	if (action == M_IGNORE || (action == M_DEFAULT && BIT(sig) & NOTHING))
		forget(m, me, BIT(sig));
	return 0;
}
