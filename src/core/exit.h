/* SPDX-License-Identifier: MIT */
/* The end of tasks, and who hears of it. */
#ifndef PIDNSFS_CORE_EXIT_H
#define PIDNSFS_CORE_EXIT_H

#include <stdbool.h>

#include "core/task.h"

/* exit(2) and exit_group(2); the task is gone after kernel_run(). */
void do_exit(struct task_struct *t, int code);
void do_group_exit(struct task_struct *t, int code);
/* Goes on with the exit of a task that sleeps in zap_pid_ns_processes(). */
void resume_exit(struct task_struct *t);
/* Its number is free afterwards, unless somebody's group or session has it. */
void release_task(struct task_struct *t);
/* Tells the parent; true: nobody will wait, release it now. */
bool do_notify_parent(struct task_struct *t, int sig);
bool is_current_pgrp_orphaned(const struct task_struct *t);
void wake_up_parent(struct task_struct *t);
void kernel_event(struct kernel *k, enum event_kind kind, const struct pid *pid,
		  const struct pid *other, int value, const char *comm);

/* waitid(2). */
enum { P_IS_ALL, P_IS_PID, P_IS_PGID, P_IS_PIDFD };

struct waitid_result {
	int pid, code, status;
};

/*
 * -ECHILD: no child fits.  -EINVAL: a bad option or id.  -EBADF: no pidfd.
 * -EAGAIN: a nonblocking pidfd.  -EINPROGRESS: none is ready, sleep on
 * current->signal->wait_chldexit.  0: res says; its pid 0 if WNOHANG found none.
 */
int kernel_waitid(struct task_struct *current, int idtype, int id, int options,
		  struct waitid_result *res);
/* How t, a dead leader or a dead process's thread, ended: CLD_ code and status. */
void decode_status(int wait_status, struct waitid_result *res);
void exit_status(const struct task_struct *t, struct waitid_result *res);

#endif
