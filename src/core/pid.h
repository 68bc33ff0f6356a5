/* SPDX-License-Identifier: MIT */
/*
 * struct pid: what a number refers to.
 *
 * A struct pid outlives no longer than its last reference, while a task can go
 * and its number be used again: who wants to name a process safely holds the
 * struct pid (or its ino), never the number.  It has one number in its own
 * namespace and one in each of that namespace's ancestors.  It is found by any
 * of these as long as some task uses it as PID, TGID, PGID or SID.
 */
#ifndef PIDNSFS_CORE_PID_H
#define PIDNSFS_CORE_PID_H

#include <stdbool.h>

#include "core/kernel.h"

enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_PGID, PIDTYPE_SID, PIDTYPE_MAX };

struct upid {
	int nr;
	struct pid_namespace *ns;
};

/*
 * There are millions of these.  At most one task has it as PID, and one process
 * as TGID, which is that task's: a pointer and a bit in place of two lists.
 */
struct pid {
	unsigned int count : 24;
	unsigned int level : 6;
	bool tgid : 1; /* task is attached as TGID, too */
	bool exited : 1;
	uint32_t told; /* the kernel's call in which the watcher was told of the process */
	uint64_t ino; /* unique for ever */
	union {
		struct task_struct *task; /* attached as PID, or NULL */
		int exit_code; /* exited: the wait status, for those who still hold it */
	};
	struct hlist_head tasks[2]; /* attached as PGID and SID */
	struct wait_queue_head wait_pidfd; /* for its end, or for that of a child */
	struct upid numbers[]; /* level + 1 of them, the root namespace's first */
};

/* pid_max and its minimum from the number of CPUs, as pid_idr_init(). */
void pid_idr_init(struct kernel *k);

struct pid *get_pid(struct pid *pid); /* NULL is fine */
void put_pid(struct pid *pid);

/*
 * A new struct pid in ns and its ancestors, published.  set_tid: the numbers
 * wanted, innermost first; may_set_tid says whether the caller has
 * CAP_CHECKPOINT_RESTORE over a namespace.
 * -EINVAL: more numbers than levels, one out of range, or not 1 where no reaper
 * is.  -EPERM: no right to choose.  -EEXIST: taken.  -EAGAIN: no number free.
 * -ENOMEM: the namespace has lost its reaper.
 */
int alloc_pid(struct pid_namespace *ns, const int *set_tid, size_t set_tid_size,
	      const struct task_struct *current, struct pid **result);
/* Takes it out of all namespaces; wakes a reaper that waits for that. */
void free_pid(struct pid *pid);
void disable_pid_allocation(struct pid_namespace *ns);

/* The tasks' side: task->thread_pid and signal->pids say which pid is meant. */
void attach_pid(struct task_struct *task, enum pid_type type);
void detach_pid(struct task_struct *task, enum pid_type type);
void change_pid(struct task_struct *task, enum pid_type type, struct pid *pid);
void exchange_tids(struct task_struct *left, struct task_struct *right);
void transfer_pid(struct task_struct *old, struct task_struct *task, enum pid_type type);

struct task_struct *pid_task(const struct pid *pid, enum pid_type type); /* NULL is fine */
/* As pid_task(): one caller at a time, so the task needs no reference. */
struct task_struct *get_pid_task(const struct pid *pid, enum pid_type type);
struct pid *get_task_pid(const struct task_struct *task, enum pid_type type); /* referenced */
struct pid *task_pid_type(const struct task_struct *task, enum pid_type type); /* borrowed */

struct pid *find_pid_ns(int nr, const struct pid_namespace *ns);
struct pid *find_vpid(const struct task_struct *current, int nr);
struct pid *find_get_pid(const struct task_struct *current, int nr);
struct task_struct *find_task_by_pid_ns(int nr, const struct pid_namespace *ns);
struct task_struct *find_task_by_vpid(const struct task_struct *current, int nr);
struct task_struct *find_get_task_by_vpid(const struct task_struct *current, int nr);
/* The published pid with the smallest number >= nr. */
struct pid *find_ge_pid(int nr, const struct pid_namespace *ns);
/* Published, whether a task has it or not. */
struct pid *find_pid_ino(const struct kernel *k, uint64_t ino);
/* One that nothing is attached to, and that is not published. */
struct pid *pid_new(struct kernel *k, struct pid_namespace *ns);

int pid_nr(const struct pid *pid); /* in the root namespace */
int pid_nr_ns(const struct pid *pid, const struct pid_namespace *ns); /* 0: not there */
int pid_vnr(const struct task_struct *current, const struct pid *pid);
int __task_pid_nr_ns(const struct task_struct *task, enum pid_type type,
		     const struct pid_namespace *ns);

static inline struct pid_namespace *ns_of_pid(const struct pid *pid)
{
	return pid ? pid->numbers[pid->level].ns : NULL;
}

/* The number in its own namespace is 1. */
static inline bool is_child_reaper(const struct pid *pid)
{
	return pid->numbers[pid->level].nr == 1;
}

static inline bool pid_has_task(const struct pid *pid, enum pid_type type)
{
	if (type >= PIDTYPE_PGID)
		return !hlist_empty(&pid->tasks[type - PIDTYPE_PGID]);
	return !pid->exited && pid->task && (type == PIDTYPE_PID || pid->tgid);
}

/* type: PGID or SID */
#define do_each_pid_task(pid, type, task)                          \
	hlist_for_each_entry(task, &(pid)->tasks[(type)-PIDTYPE_PGID], \
			     pid_links[(type)-PIDTYPE_PGID])

#endif
