/* SPDX-License-Identifier: MIT */
/* clone3(2): the only way into a world. */
#ifndef PIDNSFS_CORE_FORK_H
#define PIDNSFS_CORE_FORK_H

#include "core/task.h"

struct kernel_clone_args {
	uint64_t flags;
	int exit_signal;
	const int *set_tid; /* innermost first */
	size_t set_tid_size;
};

/*
 * A child of current, running.  Checks and errnos in the order of clone3(2):
 * -EINVAL: flags that do not go together, or set_tid.  -EAGAIN: RLIMIT_NPROC, or
 * no number left.  -ENOSPC: nested too deep.  -EPERM: a namespace or a set_tid
 * without the capability.  -EEXIST: set_tid taken.  -ENOMEM: the namespace's
 * init has died.
 */
int kernel_clone(struct task_struct *current, const struct kernel_clone_args *args,
		 struct task_struct **child);
/* The world's first task. */
struct task_struct *fork_init(struct kernel *k, uid_t uid, gid_t gid);
unsigned long user_processes(const struct kernel *k, uid_t uid);

#endif
