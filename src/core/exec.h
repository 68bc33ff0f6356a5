/* SPDX-License-Identifier: MIT */
#ifndef PIDNSFS_CORE_EXEC_H
#define PIDNSFS_CORE_EXEC_H

#include "core/task.h"

/*
 * execve(2) by current, whichever thread it is: the others die, it becomes the
 * leader under the process's number.  comm is cut to 15 bytes; cmdline may be
 * NULL.  Returns 0.
 */
int begin_new_exec(struct task_struct *current, const char *comm, GBytes *cmdline);

#endif
