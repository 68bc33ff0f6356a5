/* SPDX-License-Identifier: MIT */
/* Sessions, groups and prctl(2). */
#ifndef PIDNSFS_CORE_SYS_H
#define PIDNSFS_CORE_SYS_H

#include "core/task.h"

/* The session.  -EPERM: leads one already, or some process has that group. */
int ksys_setsid(struct task_struct *current);
/*
 * -EINVAL: pgid < 0, or pid is a thread's.  -ESRCH: neither the caller nor a
 * child.  -EACCES: the child has exec'ed.  -EPERM: another session, a session
 * leader, or no such group in the session.
 */
int ksys_setpgid(struct task_struct *current, int pid, int pgid);
/* -ESRCH.  0: not visible. */
int ksys_getpgid(struct task_struct *current, int pid);
int ksys_getsid(struct task_struct *current, int pid);
void set_child_subreaper(struct task_struct *current, bool on);
int set_pdeathsig(struct task_struct *current, int sig); /* -EINVAL */

#endif
