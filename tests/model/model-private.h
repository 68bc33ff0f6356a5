/* SPDX-License-Identifier: MIT */
/* What the files of the model share. */
#ifndef PIDNSFS_TESTS_MODEL_PRIVATE_H
#define PIDNSFS_TESTS_MODEL_PRIVATE_H

#include <errno.h>
#include <signal.h>

#include "tests/model/model.h"

#define LEVELS 33
#define NUMBERS 1024 /* pid_max of a test is below this */

struct mns {
	int parent, level, cursor, pids;
	bool adding, had_reaper;
	int reaper; /* a task, or -1 */
	int owner; /* a user namespace */
};

struct mpid {
	int level, ns[LEVELS], nr[LEVELS];
	bool live;
};

struct muserns {
	int parent, level, owner;
	bool mapped;
};

/* Bit SIG - 1. */
struct mhand {
	guint64 ignored, caught;
	bool nocldwait;
};

struct mgroup {
	int leader, tgid, pgid, sid;
	bool leads_session, subreaper, has_subreaper, unkillable, group_exit, attached;
	bool stopped, cld_stopped, cld_continued;
	int code, stop_sig;
	int since; /* when it came into its process group */
	guint64 pending;
	GArray *threads; /* tasks, oldest first */
};

enum { FD_CLOSED = -1, FD_PLAIN = -2, FD_THREAD = 1 << 20 /* a flag beside the index */ };

struct mtask {
	int pid, group, parent, exit_signal, hand, for_children, code;
	int uid, userns;
	int self_exec, parent_exec; /* how often who has exec'ed, as far as it knows */
	bool caps; /* all, or none */
	bool exiting, zombie, zapping, gone, queued, execed;
	guint64 pending, blocked;
	GArray *fds; /* of a pid's index, or one of these */
	GArray *children;
};

struct model {
	GArray *ns, *pids, *groups, *tasks, *hands, *userns;
	GArray *queue; /* tasks that have dying to do, in the order they were hit */
	int pid_max;
	int stamp; /* the last one given */
	bool per_ns;
};

static inline struct mns *NS(const struct model *m, int i)
{
	return &g_array_index(m->ns, struct mns, i);
}

static inline struct mpid *PID(const struct model *m, int i)
{
	return &g_array_index(m->pids, struct mpid, i);
}

static inline struct mtask *TASK(const struct model *m, int i)
{
	return &g_array_index(m->tasks, struct mtask, i);
}

static inline struct mgroup *GROUP(const struct model *m, int task)
{
	return &g_array_index(m->groups, struct mgroup, TASK(m, task)->group);
}

static inline struct mhand *HAND(const struct model *m, int task)
{
	return &g_array_index(m->hands, struct mhand, TASK(m, task)->hand);
}

static inline struct muserns *USERNS(const struct model *m, int i)
{
	return &g_array_index(m->userns, struct muserns, i);
}

static inline int at(const GArray *a, guint i)
{
	return g_array_index(a, int, i);
}

static inline void take_out(GArray *a, int value)
{
	for (guint i = 0; i < a->len; i++)
		if (at(a, i) == value) {
			g_array_remove_index(a, i);
			return;
		}
}

static inline int active_ns(const struct model *m, int task)
{
	const struct mpid *p = PID(m, TASK(m, task)->pid);

	return p->ns[p->level];
}

static inline int nr_in(const struct model *m, int pid, int ns)
{
	const struct mpid *p = PID(m, pid);
	int level = NS(m, ns)->level;

	return level <= p->level && p->ns[level] == ns ? p->nr[level] : 0;
}

static inline int find_pid(const struct model *m, int ns, int nr)
{
	for (guint i = 0; i < m->pids->len; i++)
		if (PID(m, (int)i)->live && nr > 0 && nr_in(m, (int)i, ns) == nr)
			return (int)i;
	return -1;
}

static inline int find_task(const struct model *m, int ns, int nr)
{
	int pid = find_pid(m, ns, nr);

	for (guint i = 1; pid >= 0 && i < m->tasks->len; i++)
		if (!TASK(m, (int)i)->gone && TASK(m, (int)i)->pid == pid)
			return (int)i;
	return -1;
}

static inline int actor(const struct model *m, int tid)
{
	return find_task(m, 0, tid);
}

static inline bool leads(const struct model *m, int task)
{
	return GROUP(m, task)->leader == task;
}

static inline bool alone(const struct model *m, int task)
{
	return GROUP(m, task)->threads->len == 1;
}

static inline int alive_thread(const struct model *m, int task)
{
	const GArray *threads = GROUP(m, task)->threads;

	for (guint i = 0; i < threads->len; i++)
		if (!TASK(m, at(threads, i))->exiting)
			return at(threads, i);
	return -1;
}

static inline void enqueue(struct model *m, int task)
{
	if (!TASK(m, task)->queued)
		g_array_append_val(m->queue, task);
	TASK(m, task)->queued = true;
}

/* model.c */
void maybe_free(struct model *m, int pid);
void kill_group(struct model *m, int task, int sig);
void release(struct model *m, int task);
void end_task(struct model *m, int task, int code);
void run(struct model *m);
int add_hand(struct model *m, const struct mhand *hand);

/* model-signal.c */
#define BIT(sig) (G_GUINT64_CONSTANT(1) << ((sig)-1))
void send_signal(struct model *m, int task, int sig, bool thread, bool force);
void deliver(struct model *m, int task);
/* parent -1: task itself is dying, else it is a child of a dying one. */
void kill_orphaned(struct model *m, int task, int parent);
/* The leaders of a group, the last to come first. */
GArray *members(const struct model *m, int pgid);

/* model-cred.c */
bool capable(const struct model *m, int task, int userns);
int check_new_userns(const struct model *m, int task);
int new_userns(struct model *m, int task);
void exec_caps(struct model *m, int task);
bool below_userns(const struct model *m, int userns, int above);
bool may_look(const struct model *m, int me, int task);

/* model-pidfd.c */
void copy_fds(struct model *m, int from, int to);
void close_pidfds(struct model *m, int task);

#endif
