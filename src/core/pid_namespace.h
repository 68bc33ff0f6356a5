/* SPDX-License-Identifier: MIT */
/* PID namespaces: what a number means, and who inherits the orphans. */
#ifndef PIDNSFS_CORE_PID_NAMESPACE_H
#define PIDNSFS_CORE_PID_NAMESPACE_H

#include <stdbool.h>

#include "core/idr.h"
#include "core/kernel.h"

#define PIDNS_ADDING (1U << 31)

struct pid_namespace {
	struct kernel *kernel; /* borrowed */
	struct idr idr; /* nr -> struct pid */
	unsigned int count; /* references: pids, nsproxies, children, open files */
	unsigned int pid_allocated; /* published pids, and PIDNS_ADDING while it takes more */
	unsigned int level;
	uint32_t inum;
	int pid_max; /* 6.18; on 6.12 the kernel's global one is meant */
	uint64_t changes, changed; /* how often its members have changed, and when last */
	struct task_struct *child_reaper;
	bool reaper_died; /* child_reaper is NULL because it is gone */
	struct pid_namespace *parent; /* a reference; NULL at the root */
	struct user_namespace *user_ns; /* a reference: the owner */
};

struct pid_namespace *get_pid_ns(struct pid_namespace *ns);
void put_pid_ns(struct pid_namespace *ns);

/*
 * A namespace below parent, owned by user_ns, without a process yet.
 * -EINVAL: the owner of parent is no ancestor of user_ns.  -ENOSPC: too deep.
 */
int create_pid_ns(struct pid_namespace *parent, struct user_namespace *user_ns,
		  struct pid_namespace **result);
/* NULL: no namespace that still exists has it (living processes or not). */
struct pid_namespace *find_pid_namespace(const struct kernel *k, uint32_t inum);
/* Is ns the same as ancestor, or below it? */
bool pidns_is_ancestor(const struct pid_namespace *ns, const struct pid_namespace *ancestor);
int pid_ns_pid_max(const struct pid_namespace *ns);
/* The number of struct pids that are published in it. */
static inline unsigned int pid_ns_pids(const struct pid_namespace *ns)
{
	return ns->pid_allocated & ~PIDNS_ADDING;
}

/*
 * First half of the death of a namespace whose reaper (the last thread of it)
 * exits: no more pids, SIGKILL to all others.  The second half is
 * zap_pid_ns_done(): false as long as the reaper must sleep.
 */
void zap_pid_ns_processes(struct task_struct *reaper);
bool zap_pid_ns_done(struct task_struct *reaper);

/* The sysctls, with the rights of the reaper of ns. */
int pid_ns_last_pid(const struct pid_namespace *ns); /* may be -1 */
int pid_ns_set_last_pid(struct pid_namespace *ns, long value); /* -ESRCH: has none; -EPERM; -EINVAL: range */
int pid_ns_set_pid_max(struct pid_namespace *ns, long value); /* -EINVAL: range; -EACCES */

#endif
