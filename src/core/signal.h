/* SPDX-License-Identifier: MIT */
/* Signals, as far as they decide over life, stop and continue. */
#ifndef PIDNSFS_CORE_SIGNAL_H
#define PIDNSFS_CORE_SIGNAL_H

#include <signal.h>
#include <stdbool.h>

#include "core/task.h"

#undef sigmask /* libc has one of int */
#define sigmask(sig) (UINT64_C(1) << ((sig)-1))

static inline bool valid_signal(int sig)
{
	return sig >= 0 && sig <= 64;
}

/*
 * Each returns 0, -EINVAL: no such signal, -EPERM: another user's process,
 * -ESRCH: nobody there.  Signal 0 only checks.  The order of the checks is the
 * kernel's: an unknown pid comes before a bad signal.
 */
int ksys_kill(struct task_struct *current, int pid, int sig);
int ksys_tgkill(struct task_struct *current, int tgid, int tid, int sig);
/* By somebody in the namespace ns who may: 0, -EINVAL. */
int send_sig_from_ns(struct pid_namespace *ns, struct task_struct *t, bool thread, int sig);
int kill_task(struct task_struct *current, struct task_struct *t, bool thread, int sig);
int kill_pgrp(struct task_struct *current, struct pid *pgrp, int sig);

/* From the kernel itself: no permission is asked. */
void group_send_sig_kill(struct task_struct *t);
void send_sig_priv(int sig, struct task_struct *t);
void send_sig_notify(int sig, struct task_struct *parent); /* do_notify_parent's */
void send_sig_pdeath(int sig, struct task_struct *t, struct task_struct *dying);
/* All threads go with this status. */
void group_exit(struct signal_struct *sig, int code);

/* -EINVAL: not 1 to 64, or SIGKILL or SIGSTOP. */
int do_sigaction_ignore(struct task_struct *current, int sig);
int do_sigaction_default(struct task_struct *current, int sig);
int do_sigaction_catch(struct task_struct *current, int sig);
int do_sigaction_nocldwait(struct task_struct *current, int sig); /* only SIGCHLD */

/*
 * The calling thread's mask without KILL and STOP, which nobody can block; what
 * pended behind the old one is delivered, by the disposition of now.
 */
void set_current_blocked(struct task_struct *current, uint64_t blocked);
/* sigprocmask(2) with one signal.  -EINVAL: not 1 to 64. */
int sigprocmask_block(struct task_struct *current, int sig);
int sigprocmask_unblock(struct task_struct *current, int sig);

#endif
