/* SPDX-License-Identifier: MIT */
/* Tasks, and what the tasks of a process share. */
#ifndef PIDNSFS_CORE_TASK_H
#define PIDNSFS_CORE_TASK_H

#include <stdbool.h>

#include "core/cred.h"
#include "core/facts.h"
#include "core/nsproxy.h"
#include "core/pid.h"
#include "core/pid_namespace.h"

#define TASK_COMM_LEN 16
#define SIGNAL_UNKILLABLE 0x40 /* of signal_struct.flags: init of a namespace */
#define SIGNAL_GROUP_EXIT 0x04
#define SIGNAL_STOP_STOPPED 0x01
#define SIGNAL_CLD_STOPPED 0x10 /* a wait has not yet told of the stop */
#define SIGNAL_STOP_CONTINUED 0x02 /* nor of the continuation */

enum exit_state {
	EXIT_LIVE,
	EXIT_ZOMBIE,
	EXIT_DEAD
};

/*
 * What a child of fork(2) gets a copy of is shared until somebody changes it
 * (copy), while what is shared with CLONE_SIGHAND or CLONE_VM means the same for
 * all (not copy).  Each task counts.
 */

/* Bit SIG - 1 of each mask. */
struct sighand_struct {
	unsigned int count;
	bool copy, nocldwait;
	uint64_t ignored, caught;
};

/* What execve(2) put there. */
struct mm_struct {
	unsigned int count;
	bool copy;
	GBytes *cmdline; /* may be NULL */
};

/* A descriptor: of a pid, or of something that is only a name. */
struct file {
	struct pid *pid; /* a reference; NULL: no pidfd */
	char *target; /* a GRefString; NULL: that of 0, 1 and 2 */
	unsigned int flags;
	bool open;
};

struct files_struct {
	unsigned int count;
	GArray *fd; /* of struct file */
};

/*
 * Most processes are what their parents were: what they have from them is one
 * of these for all, until one of them has something else and gets its own
 * (own_shared()).  It has no references: each of its tasks has one to each
 * member, or had it until it exited.
 */
struct task_shared {
	unsigned int count; /* tasks */
	struct sighand_struct *sighand;
	struct mm_struct *mm; /* NULL: the swapper's */
	struct nsproxy *nsproxy;
	struct cred *cred;
	long nproc; /* RLIMIT_NPROC, -1: none */
	char comm[TASK_COMM_LEN];
};

/* What few tasks have. */
struct task_extra {
	uint64_t pending, blocked; /* bit SIG - 1 */
	uint64_t shared_pending; /* a leader's: of the process */
	struct files_struct *files; /* a reference; NULL: 0, 1 and 2 alone */
	struct facts *facts; /* owned; NULL: none dictated */
};

struct signal_struct {
	struct chain thread_head; /* the threads in order of creation, the leader first */
	struct pid *pids[2]; /* PGID and SID: references while attached */
	struct group_facts *facts; /* owned; NULL: none dictated */
	uint16_t group_exit_code; /* a wait status */
	uint8_t group_stop_sig, flags;
	unsigned int nr_threads : 28;
	bool leader : 1; /* of a session */
	bool is_child_subreaper : 1, has_child_subreaper : 1;
};

/* There are millions of these: their order leaves no holes. */
struct task_struct {
	struct pid *thread_pid; /* a reference until released */
	struct hlist_node pid_links[2]; /* a leader's: PGID and SID */
	struct signal_struct *signal; /* owned by the last thread */
	struct task_shared *shared; /* counted */
	struct task_extra *extra; /* owned, or NULL */
	struct task_struct *real_parent;
	struct chain children;
	struct list_head sibling; /* of leaders: in real_parent's children */
	struct list_head thread_node;
	uint64_t start_time;
	uint16_t exit_code; /* a wait status */
	int8_t exit_signal; /* -1: not a leader */
	uint8_t pdeath_signal;
	uint8_t exit_state; /* enum exit_state */
	bool exiting : 1, zapping : 1, forknoexec : 1, fs_shared : 1;
	bool parent_execed : 1; /* its parent has become another program since the fork */
	bool queued : 1; /* in the kernel's runqueue */
	bool released : 1; /* and gone but for that */
};

static inline bool thread_group_leader(const struct task_struct *t)
{
	return t->exit_signal >= 0;
}

static inline bool thread_group_empty(const struct task_struct *t)
{
	return t->signal->nr_threads == 1;
}

static inline bool same_thread_group(const struct task_struct *a, const struct task_struct *b)
{
	return a->signal == b->signal;
}

/* A zombie leader whose threads live: there, but nothing to wait for. */
static inline bool delay_group_leader(const struct task_struct *t)
{
	return thread_group_leader(t) && !thread_group_empty(t);
}

static inline struct pid *task_pgrp(const struct task_struct *t)
{
	return t->signal->pids[PIDTYPE_PGID - PIDTYPE_PGID];
}

static inline struct pid *task_session(const struct task_struct *t)
{
	return t->signal->pids[PIDTYPE_SID - PIDTYPE_PGID];
}

static inline struct task_struct *group_leader(const struct task_struct *t)
{
	return list_entry(t->signal->thread_head.first, struct task_struct, thread_node);
}

static inline struct pid *task_tgid(const struct task_struct *t)
{
	return group_leader(t)->thread_pid;
}

static inline struct pid *task_pid(const struct task_struct *t)
{
	return t->thread_pid;
}

static inline bool is_global_init(const struct task_struct *t)
{
	return task_tgid(t) && pid_nr(task_tgid(t)) == 1;
}

#define for_each_thread(sig, t) chain_for_each_entry(t, &(sig)->thread_head, thread_node)

static inline struct cred *task_cred(const struct task_struct *t)
{
	return t->shared->cred;
}

static inline struct kernel *task_kernel(const struct task_struct *t)
{
	return task_cred(t)->user_ns->kernel;
}

static inline struct sighand_struct *task_sighand(const struct task_struct *t)
{
	return t->shared->sighand;
}

/* NULL once exited, as the next one. */
static inline struct mm_struct *task_mm(const struct task_struct *t)
{
	return t->exiting ? NULL : t->shared->mm;
}

static inline struct nsproxy *task_nsproxy(const struct task_struct *t)
{
	return t->exiting ? NULL : t->shared->nsproxy;
}

static inline const char *task_comm(const struct task_struct *t)
{
	return t->shared->comm;
}

static inline struct files_struct *task_files(const struct task_struct *t)
{
	return t->extra ? t->extra->files : NULL;
}

static inline struct facts *facts_of(const struct task_struct *t)
{
	return t->extra ? t->extra->facts : NULL;
}

static inline uint64_t task_pending(const struct task_struct *t)
{
	return t->extra ? t->extra->pending : 0;
}

static inline uint64_t task_blocked(const struct task_struct *t)
{
	return t->extra ? t->extra->blocked : 0;
}

static inline uint64_t shared_pending(const struct signal_struct *signal)
{
	const struct task_struct *leader =
		list_entry(signal->thread_head.first, struct task_struct, thread_node);

	return leader->extra ? leader->extra->shared_pending : 0;
}

struct task_extra *task_extra(struct task_struct *t); /* made when first asked for */
/* What is t's alone from now on, to be changed. */
struct task_shared *own_shared(struct task_struct *t);
struct sighand_struct *own_sighand(struct task_struct *t);
struct mm_struct *own_mm(struct task_struct *t);
/* Takes a reference over and gives the old one back. */
void set_task_cred(struct task_struct *t, struct cred *cred);
void set_task_nsproxy(struct task_struct *t, struct nsproxy *nsproxy);
void set_task_mm(struct task_struct *t, struct mm_struct *mm);
struct mm_struct *mm_new(struct kernel *k, GBytes *cmdline); /* cmdline may be NULL */
void put_mm(struct kernel *k, struct mm_struct *mm); /* NULL is fine */
struct sighand_struct *sighand_copy(struct kernel *k, const struct sighand_struct *from);
void put_sighand(struct kernel *k, struct sighand_struct *sighand);
void put_shared(struct kernel *k, struct task_shared *shared);

/* The namespace of its pid: what its own numbers are of.  Never changes. */
struct pid_namespace *task_active_pid_ns(const struct task_struct *t);
int task_tgid_vnr(const struct task_struct *current, const struct task_struct *t);
/* Some thread of t's group that has not begun to exit, in list order, or NULL. */
struct task_struct *find_alive_thread(const struct task_struct *t);
/*
 * Something that the files of t's process show is about to change, or has: its
 * threads' as well, because they share most of it.
 */
void task_changed(struct task_struct *t);
void set_task_comm(struct task_struct *t, const char *comm);
void set_task_nproc(struct task_struct *t, long nproc); /* of the process */
/* Another user: all capabilities for root, none for others; the same one: nothing. */
void set_task_uid(struct task_struct *t, uid_t uid);
void set_task_gid(struct task_struct *t, gid_t gid);
void set_task_caps(struct task_struct *t, uint64_t caps); /* permitted and effective */
/* Queues t for kernel_run(); again is harmless. */
void queue_task(struct task_struct *t);
void free_task(struct task_struct *t);

#endif
