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

/* Shared with CLONE_SIGHAND; bit SIG - 1 of each mask. */
struct sighand_struct {
	unsigned int count;
	uint64_t ignored, caught;
	bool nocldwait;
};

/* Shared with CLONE_VM: what execve(2) put there. */
struct mm_struct {
	unsigned int count;
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

struct signal_struct {
	struct list_head thread_head; /* the threads in order of creation */
	struct pid *pids[PIDTYPE_MAX]; /* references while attached; PID unused */
	struct task_struct *curr_target;
	struct wait_queue_head wait_chldexit;
	uint64_t shared_pending;
	unsigned int flags;
	int nr_threads;
	int group_exit_code, group_stop_sig;
	uint32_t told; /* the kernel's call in which the watcher was told of it */
	long nproc; /* RLIMIT_NPROC, -1: none */
	struct group_facts *facts; /* owned; NULL: none dictated */
	bool leader; /* of a session */
	bool is_child_subreaper, has_child_subreaper;
};

struct task_struct {
	struct kernel *kernel; /* borrowed */
	struct pid *thread_pid; /* a reference until released */
	struct list_head pid_links[PIDTYPE_MAX];
	struct signal_struct *signal; /* owned by the last thread */
	struct sighand_struct *sighand; /* a reference */
	struct mm_struct *mm; /* a reference; NULL once exited */
	struct files_struct *files; /* a reference; NULL: 0, 1 and 2 alone */
	struct nsproxy *nsproxy; /* a reference; NULL once exited */
	struct cred *cred; /* a reference */
	struct task_struct *group_leader, *real_parent;
	struct list_head children, sibling; /* sibling: leaders only */
	struct list_head thread_node;
	struct list_head run_list; /* in kernel->runqueue, or empty */
	uint64_t pending, blocked; /* bit SIG - 1, as in sighand */
	uint32_t self_exec_id, parent_exec_id;
	uint64_t start_time;
	int exit_code, exit_signal, pdeath_signal;
	enum exit_state exit_state;
	bool exiting, zapping, forknoexec, fs_shared;
	struct facts *facts; /* owned; NULL: none dictated */
	char comm[TASK_COMM_LEN];
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
	return t->signal->pids[PIDTYPE_PGID];
}

static inline struct pid *task_session(const struct task_struct *t)
{
	return t->signal->pids[PIDTYPE_SID];
}

static inline struct pid *task_tgid(const struct task_struct *t)
{
	return t->signal->pids[PIDTYPE_TGID];
}

static inline struct pid *task_pid(const struct task_struct *t)
{
	return t->thread_pid;
}

static inline bool is_global_init(const struct task_struct *t)
{
	return task_tgid(t) && pid_nr(task_tgid(t)) == 1;
}

#define for_each_thread(sig, t) list_for_each_entry(t, &(sig)->thread_head, thread_node)

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
/* Another user: all capabilities for root, none for others; the same one: nothing. */
void set_task_uid(struct task_struct *t, uid_t uid);
void set_task_gid(struct task_struct *t, gid_t gid);
void set_task_caps(struct task_struct *t, uint64_t caps); /* permitted and effective */
/* Queues t for kernel_run(); again is harmless. */
void queue_task(struct task_struct *t);
void free_task(struct task_struct *t);

#endif
