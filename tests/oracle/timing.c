/* SPDX-License-Identifier: MIT */
/*
 * What depends on timing in a real kernel, and is for that reason not compared or not
 * played.  This is the only place that knows of any such thing.
 *
 * Not compared:
 *  - whether a live task is R, S or D: a puppet may still be on its way to sleep;
 *  - numbers of the outermost namespace, inums, inode numbers, descriptors of the
 *    namespaces: others on the machine draw from the same source;
 *  - SigPnd and ShdPnd of who is exiting;
 *  - SIGCHLD among what pends: of who stops together with a child it may be handled yet;
 *  - SigBlk of what is caught: a real thread may be stopped in the middle of a handler;
 *  - the order within task/: ours is ascending, as a listing has to be that is read
 *    while threads come and go, the kernel's that in which they were made.
 * Waited for, since the kernel does it a moment later:
 *  - that a process is dead, stopped or continued, and that its number is free again.
 * Not played, since its outcome is the order in which several processes die, which no
 * kernel promises:
 *  - a death of several at once, unless nobody can see the order: those of a dying
 *    namespace, of a process whose threads have children in one place at most, or
 *    processes that have no children and whose parents live on;
 *  - any of these while somebody is stopped: an orphaned group may then be hung up;
 *  - a stop while an init waits for the end of its namespace, and the end of an init while
 *    somebody is stopped: for the same reason, since it may go on at any time;
 *  - the death of a namespace's multithreaded init that has to wait for somebody
 *    outside: which of its threads is the last can be seen meanwhile.
 *  - the end of a process of several threads, with children, in whose group somebody is
 *    stopped: the group is orphaned, and hung up, if the last thread sees the children of
 *    another as not handed over yet;
 *  - the death of an init together with others, if a parent of these shares its handlers:
 *    from then on that parent ignores SIGCHLD, and what dies later is no zombie;
 *  - the continuation of threads for whom several signals pend: who is awake first takes
 *    its own.
 * Not played for other reasons:
 *  - what hangs a real kernel for ever: an init in a group of its own namespace whose
 *    leader is dead (SEMANTICS, 6), and all that could lead there;
 *  - what reaches out of the test: numbers chosen in the machine's namespace, mounts.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "oracle/run.h"

#define MAX_TASKS 4096

struct death {
	struct run *r;
	bool *dying; /* by puppet */
	bool mass; /* one signal for several */
	bool unsure; /* an init may die or not */
	int tasks, processes;
};

void timing_state_equal(char *state)
{
	if (*state == 'R' || *state == 'D')
		*state = 'S';
}

void timing_signals_equal(char *digits, uint64_t but)
{
	unsigned long long mask = strtoull(digits, NULL, 16);

	snprintf(digits, 17, "%016llx", mask & ~(unsigned long long)but);
}

static bool is_stop(long sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

bool timing_is_fatal(long sig)
{
	return sig > 0 && sig <= 64 && !is_stop(sig) && sig != SIGCHLD && sig != SIGCONT &&
	       sig != SIGURG && sig != SIGWINCH;
}

static void dies(struct death *d, int id)
{
	struct puppet *p = &d->r->puppet[id];

	if (p->life == LIFE_LIVE && !d->dying[id]) {
		d->dying[id] = true;
		d->tasks++;
	}
}

static void process_dies(struct death *d, int leader)
{
	int ids[256], n = cast_threads(d->r, leader, ids, 256), i;

	for (i = 0; i < n; i++)
		dies(d, ids[i]);
}

static bool whole_process_dies(const struct death *d, int leader)
{
	int ids[256], n = cast_threads(d->r, leader, ids, 256), i;

	for (i = 0; i < n; i++)
		if (!d->dying[ids[i]])
			return false;
	return n > 0;
}

static int parent_of(const struct run *r, int id)
{
	const struct puppet *leader = &r->puppet[r->puppet[id].leader];

	return leader->ppid ? r->by_nr[leader->ppid] - 1 : -1;
}

/* Everybody whom these deaths kill. */
static void close_over(struct death *d)
{
	struct run *r = d->r;
	int before, i, j;

	do {
		before = d->tasks;
		for (i = 0; i < r->n_live; i++) {
			int id = r->live[i], parent;
			struct puppet *p = &r->puppet[id];

			if (p->life == LIFE_GONE)
				continue;
			parent = parent_of(r, id);
			if (p->pdeath && parent >= 0 && !p->exiting) {
				int ids[256], n = cast_threads(r, parent, ids, 256);

				for (j = 0; j < n; j++)
					if (d->dying[ids[j]]) {
						d->unsure |= r->puppet[p->leader].init;
						process_dies(d, p->leader);
					}
			}
			if (!d->dying[id])
				continue;
			/* A zombie is fatal when it is handed over, too: to an init. */
			if (r->puppet[p->leader].fatal_exit_signal && parent >= 0 &&
			    !r->puppet[parent].init && whole_process_dies(d, p->leader))
				process_dies(d, parent);
			if (r->puppet[p->leader].init && whole_process_dies(d, p->leader))
				for (j = 0; j < r->n_live; j++)
					if (cast_inside(r, r->puppet[r->live[j]].ns, p->ns) &&
					    !r->puppet[r->live[j]].exiting)
						dies(d, r->live[j]);
		}
	} while (d->tasks != before);
}

/* Is it in a namespace whose init dies? */
static bool in_dying_ns(const struct death *d, const struct puppet *p)
{
	int ns;

	for (ns = p->ns; ns >= 0; ns = d->r->ns[ns].parent) {
		int init = d->r->ns[ns].init;

		if (whole_process_dies(d, d->r->puppet[init].leader))
			return true;
	}
	return false;
}

static int threads_with_children(struct run *r, int leader, int but)
{
	int ids[256], n = cast_threads(r, leader, ids, 256), i, with = 0;

	for (i = 0; i < n; i++)
		if (ids[i] != but && mount_children(r, ids[i]))
			with++;
	return with;
}

static bool has_children(const struct run *r, int leader)
{
	int i;

	for (i = 0; i < r->n_live; i++) {
		int id = r->live[i];

		if (r->puppet[id].life != LIFE_GONE && parent_of(r, id) == leader &&
		    r->puppet[id].leader != leader)
			return true;
	}
	return false;
}

/* Somebody outside ns to whom those inside matter, be it as parent or by group. */
static bool held_from_outside(const struct run *r, int ns)
{
	int i;

	for (i = 0; i < r->n_live; i++) {
		const struct puppet *p = &r->puppet[r->live[i]];
		int parent, group, session;

		if (p->life == LIFE_GONE)
			continue;
		if (cast_inside(r, p->ns, ns)) {
			parent = parent_of(r, r->live[i]);
			if (parent >= 0 && !cast_inside(r, r->puppet[parent].ns, ns) &&
			    !r->puppet[p->leader].init)
				return true;
			continue;
		}
		group = r->by_nr[r->puppet[p->leader].pgrp] - 1;
		session = r->by_nr[r->puppet[p->leader].session] - 1;
		if ((group >= 0 && cast_inside(r, r->puppet[group].ns, ns)) ||
		    (session >= 0 && cast_inside(r, r->puppet[session].ns, ns)))
			return true;
	}
	return false;
}

/*
 * At its end an init has who shares its handlers ignore SIGCHLD, too: is there one that lives
 * on, and a child of that one that dies elsewhere?  It stays as a zombie if it is the first.
 */
static bool ignored_meanwhile(const struct death *d)
{
	const struct run *r = d->r;
	int i, j;

	for (i = 0; i < r->n_live; i++) {
		const struct puppet *init = &r->puppet[r->live[i]];

		if (!d->dying[r->live[i]] || !r->puppet[init->leader].init)
			continue;
		for (j = 0; j < r->n_live; j++) {
			const struct puppet *p = &r->puppet[r->live[j]];
			int parent = parent_of(r, r->live[j]);

			if (d->dying[r->live[j]] && p->leader != init->leader &&
			    !cast_inside(r, p->ns, init->ns) && parent >= 0 &&
			    r->puppet[parent].sighand == init->sighand)
				return true;
		}
	}
	return false;
}

/*
 * Threads die, and one hands over its children: if that is not the last, the group is
 * orphaned as the last of them looks, else no more.  Somebody stopped is hung up or not.
 */
static bool handed_over_meanwhile(const struct death *d, int leader)
{
	const struct run *r = d->r;
	int ids[256], i;

	if (cast_threads(r, leader, ids, 256) < 2 || !whole_process_dies(d, leader) ||
	    !has_children(r, leader))
		return false;
	for (i = 0; i < r->n_live; i++) {
		const struct puppet *p = &r->puppet[r->live[i]];

		if (p->stopped && r->puppet[p->leader].pgrp == r->puppet[leader].pgrp)
			return true;
	}
	return false;
}

static bool anybody_ending(const struct run *r)
{
	int i;

	for (i = 0; i < r->n_live; i++)
		if (r->puppet[r->live[i]].exiting && r->puppet[r->live[i]].life == LIFE_LIVE)
			return true;
	return false;
}

static bool anybody_stopped(const struct run *r)
{
	int i;

	for (i = 0; i < r->n_live; i++)
		if (r->puppet[r->live[i]].stopped)
			return true;
	return false;
}

/*
 * A group may be hung up when one of its members dies, or the parent of one.  NULL: only
 * one can die of that.
 */
static const char *hangups(const struct death *d)
{
	const struct run *r = d->r;
	int i, j, group = 0;

	for (i = 0; i < r->n_live; i++) {
		const struct puppet *p = &r->puppet[r->live[i]];

		if (!p->stopped)
			continue;
		if (group && r->puppet[p->leader].pgrp != group)
			return "members of several groups are stopped";
		group = r->puppet[p->leader].pgrp;
	}
	for (i = 0; group && i < r->n_live; i++) {
		int id = r->live[i], others = 0, parent = parent_of(r, id);
		const struct puppet *p = &r->puppet[id];

		if (p->life == LIFE_GONE || id != p->leader || p->pgrp != group)
			continue;
		if (!d->dying[id] && (parent < 0 || !whole_process_dies(d, parent)))
			continue;
		for (j = 0; j < r->n_live; j++) {
			const struct puppet *o = &r->puppet[r->live[j]];

			if (o->life == LIFE_LIVE && r->puppet[o->leader].pgrp == group &&
			    !d->dying[r->live[j]])
				others++;
		}
		if (others > 1)
			return "several might be hung up";
	}
	return NULL;
}

/* Two of one thread each, of whom the one dies of the other's death: one after the other. */
static bool one_by_the_other(const struct death *d)
{
	const struct run *r = d->r;
	int i;

	for (i = 0; i < r->n_live; i++) {
		int id = r->live[i], parent = parent_of(r, id);

		if (d->dying[id] && r->puppet[id].leader == id &&
		    (r->puppet[id].pdeath || r->puppet[id].fatal_exit_signal) && parent >= 0 &&
		    whole_process_dies(d, parent) && !r->puppet[id].init && !r->puppet[parent].init)
			return true;
	}
	return false;
}

static const char *judge(struct death *d, int survivor)
{
	struct run *r = d->r;
	int i, first = -1, id;

	if (d->unsure)
		return "an init may die or not";
	for (i = 0; i < r->n_live; i++)
		if (d->dying[r->live[i]] && r->puppet[r->puppet[r->live[i]].leader].init &&
		    anybody_stopped(r))
			return "an init may end while somebody is stopped";
	if (d->tasks <= 1)
		return hangups(d);
	for (i = 0; i < r->n_live; i++) {
		id = r->live[i];
		if (!d->dying[id] || (first >= 0 && r->puppet[id].leader == first))
			continue;
		if (first < 0)
			first = r->puppet[id].leader;
		d->processes++;
	}
	if (d->processes == 1 && !r->puppet[first].init) {
		const char *why = hangups(d);

		if (!why && threads_with_children(r, first, survivor) > 1)
			why = "threads die that have children each";
		if (!why && handed_over_meanwhile(d, first))
			why = "threads die, and somebody in their group is stopped";
		return why;
	}
	if (anybody_stopped(r))
		return "several die while somebody is stopped";
	if (d->tasks == 2 && !d->mass && one_by_the_other(d))
		return NULL;
	if (ignored_meanwhile(d))
		return "an init dies with a child of who shares its handlers";
	for (i = 0; i < r->n_live; i++) {
		const struct puppet *p;
		int threads[256], n, parent;

		id = r->live[i];
		p = &r->puppet[id];
		if (!d->dying[id] || (id != p->leader && r->puppet[p->leader].life == LIFE_LIVE))
			continue;
		n = cast_threads(r, p->leader, threads, 256);
		if (in_dying_ns(d, p)) {
			if (r->puppet[p->leader].init && n > 1 && held_from_outside(r, p->ns))
				return "which thread of an init is the last can be seen";
			parent = parent_of(r, id);
			if (r->puppet[p->leader].fatal_exit_signal && parent >= 0 &&
			    !in_dying_ns(d, &r->puppet[parent]))
				return "the deaths of a namespace kill somebody outside";
			continue;
		}
		parent = parent_of(r, id);
		if (n > 1 || has_children(r, p->leader))
			return "several die of whom one has children";
		if (parent >= 0 && whole_process_dies(d, parent))
			return "parent and child die at once";
	}
	return NULL;
}

/* --- whom an operation kills -------------------------------------------------------- */

static void signalled(struct death *d, int leader, long sig, int sender_ns)
{
	const struct puppet *p = &d->r->puppet[leader];

	leader = p->leader;
	p = &d->r->puppet[leader];
	/* Certain to die if the sender has no number there, and certain not to if it has. */
	if (p->init && (sig != SIGKILL || (sender_ns >= 0 && cast_inside(d->r, sender_ns, p->ns))))
		return;
	process_dies(d, leader);
}

static void group_signalled(struct death *d, const struct op *op, long pid, long sig)
{
	struct run *r = d->r;
	const struct puppet *actor = &r->puppet[op->actor];
	int group = r->puppet[actor->leader].pgrp, i;

	d->mass = true;
	if (pid < -1) {
		group = 0;
		for (i = 0; i < r->n_live; i++)
			if (cast_has_number(r, r->live[i], actor->ns, -pid))
				group = r->puppet[r->live[i]].nr[0];
		if (!group)
			return;
	}
	for (i = 0; i < r->n_live; i++) {
		int id = r->live[i];
		const struct puppet *p = &r->puppet[id];

		if (id != p->leader || p->life == LIFE_GONE)
			continue;
		if (pid == -1 ? id != actor->leader && cast_visible(r, p, actor->ns) &&
					cast_number(r, id, actor->ns) > 1 :
				p->pgrp == group)
			signalled(d, id, sig, actor->ns);
	}
}

static int pidfd_target(struct run *r, const struct op *op, long fd);

static const char *deaths(struct run *r, const struct op *op, const long *v)
{
	static bool dying[MAX_TASKS];
	struct death d = { .r = r, .dying = dying };
	const struct puppet *p = op->actor == OUTSIDE ? NULL : &r->puppet[op->actor];
	int survivor = -1, target;

	if (r->n > MAX_TASKS)
		return "too many tasks";
	memset(dying, 0, sizeof(dying));
	switch (op->verb) {
	case V_EXIT:
		dies(&d, op->actor);
		break;
	case V_EXIT_GROUP:
		process_dies(&d, p->leader);
		break;
	case V_EXEC:
		process_dies(&d, p->leader);
		dying[op->actor] = false;
		d.tasks--;
		survivor = op->actor;
		break;
	case V_KILL:
		if (!timing_is_fatal(v[0]))
			return NULL;
		if (v[1] > 0) {
			target = cast_by_number(r, p->ns, v[1]);
			if (target >= 0)
				signalled(&d, target, v[0], p->ns);
		} else {
			group_signalled(&d, op, v[1], v[0]);
		}
		break;
	case V_SIGBLOCK:
		/* What has been pending kills; no init, though. */
		if (!v[1] && !r->puppet[p->leader].init)
			process_dies(&d, p->leader);
		break;
	case V_TGKILL:
		target = cast_by_number(r, p->ns, v[2]);
		if (timing_is_fatal(v[0]) && target >= 0)
			signalled(&d, target, v[0], p->ns);
		break;
	case V_OUTSIDE:
	case V_OUTSIDE_THREAD:
		if (timing_is_fatal(v[0]))
			signalled(&d, (int)op->arg[1].value, v[0], -1);
		break;
	case V_PIDFD_SEND:
		if (!timing_is_fatal(v[1]))
			return NULL;
		target = pidfd_target(r, op, v[0]);
		if (target < 0)
			break;
		if (v[2] == 4)
			group_signalled(&d, op, -cast_number(r, target, p->ns), v[1]);
		else
			signalled(&d, target, v[1], p->ns);
		break;
	default:
		return NULL;
	}
	close_over(&d);
	return judge(&d, survivor);
}

/* Whom a descriptor means, the kernel knows. */
static int pidfd_target(struct run *r, const struct op *op, long fd)
{
	int host = kernel_pidfd(r, op->actor, (int)fd), i;

	for (i = 0; i < r->n_live; i++)
		if (host > 0 && r->puppet[r->live[i]].host == host)
			return r->live[i];
	return -1;
}

/* Threads that are stopped, and for whom more than one thing pends. */
static bool race_when_continued(struct run *r)
{
	int i, j;

	for (i = 0; i < r->n_live; i++) {
		int id = r->live[i], ids[256], n;
		uint64_t pending = 0;

		if (!r->puppet[id].stopped || r->puppet[id].life != LIFE_LIVE)
			continue;
		n = cast_threads(r, r->puppet[id].leader, ids, 256);
		for (j = 0; j < n && !r->puppet[ids[j]].stopped; j++)
			;
		if (j == n || ids[j] != id) /* once for each process */
			continue;
		for (j = 0; n > 1 && j < n; j++)
			pending |= mount_pending(r, ids[j]);
		pending &= ~(UINT64_C(1) << (SIGCHLD - 1));
		if (pending & (pending - 1))
			return true;
	}
	return false;
}

/* --- what hangs or reaches out ---------------------------------------------------------- */

static const char *setpgid_forbidden(struct run *r, const struct op *op, const long *v)
{
	const struct puppet *p = &r->puppet[op->actor];
	int target = v[0] ? cast_by_number(r, p->ns, v[0]) : p->leader, i;

	if (target < 0 || !r->puppet[target].init || !v[1])
		return NULL;
	for (i = 0; i < r->n_live; i++) {
		int id = r->live[i], ns = r->puppet[id].ns;

		if (!cast_has_number(r, id, p->ns, v[1]) || id == target)
			continue;
		if (ns == r->puppet[target].ns || !cast_inside(r, r->puppet[target].ns, ns))
			return "an init in such a group may never end";
	}
	return NULL;
}

static const char *fork_forbidden(const struct run *r, const struct op *op, const long *v)
{
	const uint64_t never = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWCGROUP |
			       0x80 /* NEWTIME */ | CLONE_VFORK | CLONE_SETTLS | CLONE_PTRACE |
			       CLONE_UNTRACED | CLONE_IO | CLONE_SYSVSEM | CLONE_CHILD_CLEARTID |
			       CLONE_CHILD_SETTID | CLONE_PARENT_SETTID |
			       UINT64_C(0x200000000) /* INTO_CGROUP */;
	const struct puppet *p = &r->puppet[op->actor];
	int level = p->kids == UNBORN ? p->level + 1 : r->ns[p->kids].level;

	if (v[0] & never)
		return "that flag reaches out of the test";
	if (v[0] & CLONE_NEWPID && p->kids == p->ns)
		level++;
	if (v[2] < 0 || v[2] > OP_ARGS - 3 || v[2] != (long)op->n - 3)
		return "set_tid is not what it says";
	if (v[2] == level + 1)
		return "the last number would be the machine's";
	return NULL;
}

const char *timing_forbids(struct run *r, const struct op *op, const long *v)
{
	const struct puppet *p = op->actor == OUTSIDE ? NULL : &r->puppet[op->actor];
	const uint64_t unshared = CLONE_NEWPID | CLONE_NEWUSER | CLONE_THREAD | CLONE_SIGHAND |
				  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_NEWUTS | CLONE_PARENT;

	switch (op->verb) {
	case V_FORK:
		return fork_forbidden(r, op, v);
	case V_SETPGID:
		return setpgid_forbidden(r, op, v);
	case V_UNSHARE:
		if (v[0] & ~unshared)
			return "that flag reaches out of the test";
		if (op->actor == 0 && v[0] & CLONE_NEWUSER)
			return "the first puppet has to die with the master";
		return NULL;
	case V_EXEC:
		if (p->leader == 0)
			return "the first puppet has to die with the master";
		return deaths(r, op, v);
	case V_PDEATHSIG:
		return op->actor == 0 ? "the first puppet has to die with the master" : NULL;
	case V_PID_MAX:
		if (!r->per_ns_pid_max)
			return "pid_max is the machine's before 6.14";
		/* fall through */
	case V_LAST_PID:
		return p->init && op->actor == p->leader ? NULL :
							   "the mount writes it as the view's init";
	case V_SETNS_PID:
		if (v[1] & ~(uint64_t)(CLONE_NEWPID | CLONE_NEWUSER | CLONE_VM))
			return "that flag reaches out of the test";
		return NULL;
	case V_PIDFD_GETFD:
		return r->getfd ? NULL : "Yama has rules of its own";
	case V_WAIT:
		/* Nobody waits who has not been told what comes of it. */
		if (!(v[2] & WNOHANG) && !op->told)
			return "it might wait for ever";
		if ((v[0] == P_PGID && (v[1] == 1 || v[1] < 0)) || (v[0] == P_PID && v[1] <= 0))
			return "the mount cannot say so";
		return NULL;
	case V_KILL:
	case V_TGKILL:
	case V_OUTSIDE:
	case V_OUTSIDE_THREAD:
	case V_PIDFD_SEND:
		if (v[op->verb == V_PIDFD_SEND] == SIGCONT && race_when_continued(r))
			return "several signals pend for several threads";
		if (is_stop(v[op->verb == V_PIDFD_SEND]) && anybody_ending(r))
			return "an init may go on with its end at any time";
		/* fall through */
	case V_EXIT:
	case V_EXIT_GROUP:
		return deaths(r, op, v);
	case V_SIGBLOCK:
		if (is_stop(v[0]) && anybody_ending(r))
			return "an init may go on with its end at any time";
		return deaths(r, op, v);
	default:
		return NULL;
	}
}
