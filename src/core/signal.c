/* SPDX-License-Identifier: MIT */
#include "core/signal.h"

#include <errno.h>
#include <limits.h>

#include "core/exit.h"

#define SIG_KERNEL_STOP \
	(sigmask(SIGSTOP) | sigmask(SIGTSTP) | sigmask(SIGTTIN) | sigmask(SIGTTOU))
#define SIG_KERNEL_ONLY (sigmask(SIGKILL) | sigmask(SIGSTOP))
#define SIG_KERNEL_IGNORE \
	(sigmask(SIGCONT) | sigmask(SIGCHLD) | sigmask(SIGWINCH) | sigmask(SIGURG))
#define SIG_KERNEL_COREDUMP                                                                \
	(sigmask(SIGQUIT) | sigmask(SIGILL) | sigmask(SIGTRAP) | sigmask(SIGABRT) |        \
	 sigmask(SIGFPE) | sigmask(SIGSEGV) | sigmask(SIGBUS) | sigmask(SIGSYS) |          \
	 sigmask(SIGXCPU) | sigmask(SIGXFSZ))

static bool handler_is_default(const struct sighand_struct *hand, int sig)
{
	return !((hand->ignored | hand->caught) & sigmask(sig));
}

static bool sig_ignored(const struct task_struct *t, int sig, bool force)
{
	uint64_t mask = sigmask(sig);

	/* What a blocked one does is decided when it is unblocked. */
	if (t->blocked & mask)
		return false;
	/* Nobody is above the first init: not even KILL comes through. */
	if (is_global_init(t) && mask & SIG_KERNEL_ONLY)
		return true;
	if (t->signal->flags & SIGNAL_UNKILLABLE && handler_is_default(t->sighand, sig) &&
	    !(force && mask & SIG_KERNEL_ONLY))
		return true;
	if (t->sighand->ignored & mask)
		return true;
	return handler_is_default(t->sighand, sig) && mask & SIG_KERNEL_IGNORE;
}

static void flush_signals(struct signal_struct *signal, uint64_t mask)
{
	struct task_struct *t;

	signal->shared_pending &= ~mask;
	for_each_thread(signal, t)
		t->pending &= ~mask;
}

static void notify_cldstop(struct task_struct *t, bool cont)
{
	struct task_struct *parent = t->group_leader->real_parent;

	kernel_event(t->kernel, cont ? EVENT_CONT : EVENT_STOP, task_tgid(t), NULL,
		     t->signal->group_stop_sig, NULL);
	send_sig_notify(SIGCHLD, parent);
	wake_up_parent(t->group_leader);
}

void group_exit(struct signal_struct *sig, int code)
{
	struct task_struct *t;

	/* Alone: an init that dies is killable, a stop or its end no news. */
	sig->flags = SIGNAL_GROUP_EXIT;
	sig->group_exit_code = code;
	for_each_thread(sig, t)
		if (!t->exiting)
			queue_task(t);
}

static void do_signal_stop(struct task_struct *t, int sig)
{
	t->signal->flags &= ~(unsigned int)SIGNAL_STOP_CONTINUED;
	t->signal->flags |= SIGNAL_STOP_STOPPED | SIGNAL_CLD_STOPPED;
	t->signal->group_stop_sig = sig;
	notify_cldstop(t, false);
}

/* What get_signal() does with one signal that t has dequeued. */
static void act(struct task_struct *t, int sig)
{
	uint64_t mask = sigmask(sig);
	const struct group_facts *f = t->signal->facts;

	if (!handler_is_default(t->sighand, sig) || mask & SIG_KERNEL_IGNORE)
		return;
	if (t->signal->flags & SIGNAL_UNKILLABLE && !(mask & SIG_KERNEL_ONLY))
		return;
	if (mask & SIG_KERNEL_STOP) {
		if (sig == SIGSTOP || !is_current_pgrp_orphaned(t))
			do_signal_stop(t, sig);
		return;
	}
	group_exit(t->signal, mask & SIG_KERNEL_COREDUMP && f && f->core ? sig | 0x80 : sig);
}

/* A thread that does not block something that pends for it, or for the process. */
static struct task_struct *pending_thread(struct signal_struct *signal, uint64_t *mask)
{
	struct task_struct *t;

	for_each_thread(signal, t) {
		*mask = (t->pending | signal->shared_pending) & ~t->blocked;
		if (*mask && !t->exiting)
			return t;
	}
	return NULL;
}

/* Delivers what pends, until nothing is left or the process stops or dies. */
static void deliver(struct signal_struct *signal)
{
	struct task_struct *t;
	uint64_t mask;

	while (!(signal->flags & (SIGNAL_GROUP_EXIT | SIGNAL_STOP_STOPPED))) {
		int sig;

		t = pending_thread(signal, &mask);
		if (!t)
			return;
		if (mask & t->pending) {
			sig = __builtin_ctzll(mask & t->pending) + 1;
			t->pending &= ~sigmask(sig);
		} else {
			sig = __builtin_ctzll(mask) + 1;
			signal->shared_pending &= ~sigmask(sig);
		}
		act(t, sig);
	}
}

static void continue_stopped(struct task_struct *t)
{
	struct signal_struct *signal = t->signal;

	flush_signals(signal, SIG_KERNEL_STOP);
	if (!(signal->flags & SIGNAL_STOP_STOPPED))
		return;
	signal->flags &= ~(unsigned int)(SIGNAL_STOP_STOPPED | SIGNAL_CLD_STOPPED);
	signal->flags |= SIGNAL_STOP_CONTINUED;
	signal->group_stop_sig = SIGCONT;
	notify_cldstop(t, true);
}

/* send_signal_locked(): prepare, queue, complete.  sig is 1 to 64. */
static void send_signal(int sig, struct task_struct *t, bool thread, bool force)
{
	struct signal_struct *signal = t->signal;
	uint64_t mask = sigmask(sig);

	if (signal->flags & SIGNAL_GROUP_EXIT)
		return;
	task_changed(t);
	if (mask & SIG_KERNEL_STOP)
		flush_signals(signal, sigmask(SIGCONT));
	else if (sig == SIGCONT)
		continue_stopped(t);
	if (!sig_ignored(t, sig, force)) {
		if (sig == SIGKILL) {
			/* A thread that is dead already takes nobody with it. */
			if (!thread || !t->exiting)
				group_exit(signal, SIGKILL);
			return;
		}
		if (thread)
			t->pending |= mask;
		else
			signal->shared_pending |= mask;
	}
	deliver(signal);
}

static bool from_ancestor_ns(const struct task_struct *sender, const struct task_struct *t)
{
	return !__task_pid_nr_ns(sender, PIDTYPE_PID, task_active_pid_ns(t));
}

static int check_kill_permission(struct task_struct *current, struct task_struct *t, int sig)
{
	if (!valid_signal(sig))
		return refuse(current->kernel, -EINVAL, "signals go from 0 to 64");
	if (same_thread_group(current, t) || current->cred->uid == t->cred->uid ||
	    ns_capable(current, t->cred->user_ns, CAP_KILL))
		return 0;
	if (sig == SIGCONT && task_session(current) == task_session(t))
		return 0;
	return refuse(current->kernel, -EPERM, "another user's process");
}

int kill_task(struct task_struct *current, struct task_struct *t, bool thread, int sig)
{
	int err = check_kill_permission(current, t, sig);

	if (!err && sig)
		send_signal(sig, t, thread, from_ancestor_ns(current, t));
	return err;
}

int send_sig_from_ns(struct pid_namespace *ns, struct task_struct *t, bool thread, int sig)
{
	if (!valid_signal(sig))
		return refuse(ns->kernel, -EINVAL, "signals go from 0 to 64");
	if (sig)
		send_signal(sig, t, thread, ns != task_active_pid_ns(t));
	return 0;
}

int kill_pgrp(struct task_struct *current, struct pid *pgrp, int sig)
{
	struct task_struct *t;
	int err = -ESRCH;
	bool success = false;

	if (pgrp)
		do_each_pid_task(pgrp, PIDTYPE_PGID, t) {
			err = kill_task(current, t, false, sig);
			success |= !err;
		}
	if (success)
		return 0;
	return err == -ESRCH ? refuse(current->kernel, err, "no such process group") : err;
}

static int kill_all(struct task_struct *current, int sig)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	int nr, err, result = 0, count = 0;
	struct pid *pid;

	for (nr = 2; (pid = find_ge_pid(nr, ns)); nr++) {
		struct task_struct *t = pid_task(pid, PIDTYPE_TGID);

		nr = pid_nr_ns(pid, ns);
		if (!t || same_thread_group(t, current))
			continue;
		count++;
		err = kill_task(current, t, false, sig);
		if (err != -EPERM)
			result = err;
	}
	return count ? result : refuse(current->kernel, -ESRCH, "nobody else is there");
}

int ksys_kill(struct task_struct *current, int pid, int sig)
{
	struct task_struct *t;

	if (pid > 0) {
		t = find_task_by_vpid(current, pid);
		if (!t)
			return refuse(current->kernel, -ESRCH,
				      "no process has that number in the caller's namespace");
		return kill_task(current, t, false, sig);
	}
	if (pid == INT_MIN)
		return refuse(current->kernel, -ESRCH, "no such process group");
	if (pid == -1)
		return kill_all(current, sig);
	return kill_pgrp(current, pid ? find_vpid(current, -pid) : task_pgrp(current), sig);
}

int ksys_tgkill(struct task_struct *current, int tgid, int tid, int sig)
{
	struct task_struct *t;

	if (tgid <= 0 || tid <= 0)
		return refuse(current->kernel, -EINVAL, "tgkill wants two numbers above 0");
	t = find_task_by_vpid(current, tid);
	if (!t || task_tgid_vnr(current, t) != tgid)
		return refuse(current->kernel, -ESRCH, "that process has no such thread");
	return kill_task(current, t, true, sig);
}

void group_send_sig_kill(struct task_struct *t)
{
	send_signal(SIGKILL, t, false, true);
}

void send_sig_priv(int sig, struct task_struct *t)
{
	send_signal(sig, t, false, true);
}

void send_sig_notify(int sig, struct task_struct *parent)
{
	if (parent->exit_state == EXIT_LIVE && parent != parent->kernel->swapper)
		send_signal(sig, parent, false, false);
}

void send_sig_pdeath(int sig, struct task_struct *t, struct task_struct *dying)
{
	send_signal(sig, t, false, from_ancestor_ns(dying, t));
}

static int check_sigset(struct task_struct *current, int sig)
{
	if (sig < 1 || sig > 64)
		return refuse(current->kernel, -EINVAL, "signals go from 1 to 64");
	return 0;
}

static int check_sigaction(struct task_struct *current, int sig)
{
	int err = check_sigset(current, sig);

	if (!err && sigmask(sig) & SIG_KERNEL_ONLY)
		err = refuse(current->kernel, -EINVAL, "KILL and STOP cannot be handled");
	return err;
}

static int set_handler(struct task_struct *current, int sig, bool ignore, bool catch)
{
	int err = check_sigaction(current, sig);

	if (err)
		return err;
	current->sighand->ignored &= ~sigmask(sig);
	current->sighand->caught &= ~sigmask(sig);
	if (ignore)
		current->sighand->ignored |= sigmask(sig);
	if (catch)
		current->sighand->caught |= sigmask(sig);
	if (sig == SIGCHLD)
		current->sighand->nocldwait = false;
	if (ignore || (!catch && sigmask(sig) & SIG_KERNEL_IGNORE))
		flush_signals(current->signal, sigmask(sig));
	return 0;
}

int do_sigaction_ignore(struct task_struct *current, int sig)
{
	return set_handler(current, sig, true, false);
}

int do_sigaction_default(struct task_struct *current, int sig)
{
	return set_handler(current, sig, false, false);
}

int do_sigaction_catch(struct task_struct *current, int sig)
{
	return set_handler(current, sig, false, true);
}

int do_sigaction_nocldwait(struct task_struct *current, int sig)
{
	int err = check_sigaction(current, sig);

	if (err)
		return err;
	if (sig != SIGCHLD)
		return refuse(current->kernel, -EINVAL, "nocldwait is for CHLD alone");
	current->sighand->nocldwait = true;
	return 0;
}

void set_current_blocked(struct task_struct *current, uint64_t blocked)
{
	current->blocked = blocked & ~SIG_KERNEL_ONLY;
	deliver(current->signal);
}

int sigprocmask_block(struct task_struct *current, int sig)
{
	int err = check_sigset(current, sig);

	if (!err)
		set_current_blocked(current, current->blocked | sigmask(sig));
	return err;
}

int sigprocmask_unblock(struct task_struct *current, int sig)
{
	int err = check_sigset(current, sig);

	if (!err)
		set_current_blocked(current, current->blocked & ~sigmask(sig));
	return err;
}
