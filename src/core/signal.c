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
	if (task_blocked(t) & mask)
		return false;
	/* Nobody is above the first init: not even KILL comes through. */
	if (is_global_init(t) && mask & SIG_KERNEL_ONLY)
		return true;
	if (t->signal->flags & SIGNAL_UNKILLABLE && handler_is_default(task_sighand(t), sig) &&
	    !(force && mask & SIG_KERNEL_ONLY))
		return true;
	if (task_sighand(t)->ignored & mask)
		return true;
	return handler_is_default(task_sighand(t), sig) && mask & SIG_KERNEL_IGNORE;
}

static void flush_signals(struct signal_struct *signal, uint64_t mask)
{
	struct task_struct *t;

	for_each_thread(signal, t)
		if (t->extra) {
			t->extra->shared_pending &= ~mask;
			t->extra->pending &= ~mask;
		}
}

static void notify_cldstop(struct task_struct *t, bool cont)
{
	struct task_struct *parent = group_leader(t)->real_parent;

	kernel_event(task_kernel(t), cont ? EVENT_CONT : EVENT_STOP, task_tgid(t), NULL,
		     t->signal->group_stop_sig, NULL);
	send_sig_notify(SIGCHLD, parent);
	wake_up_parent(group_leader(t));
}

void group_exit(struct signal_struct *sig, int code)
{
	struct task_struct *t;

	/* Alone: an init that dies is killable, a stop or its end no news. */
	sig->flags = SIGNAL_GROUP_EXIT;
	sig->group_exit_code = (uint16_t)code;
	for_each_thread(sig, t)
		if (!t->exiting)
			queue_task(t);
}

static void do_signal_stop(struct task_struct *t, int sig)
{
	t->signal->flags &= (uint8_t)~SIGNAL_STOP_CONTINUED;
	t->signal->flags |= SIGNAL_STOP_STOPPED | SIGNAL_CLD_STOPPED;
	t->signal->group_stop_sig = (uint8_t)sig;
	notify_cldstop(t, false);
}

/* What get_signal() does with one signal that t has dequeued. */
static void act(struct task_struct *t, int sig)
{
	uint64_t mask = sigmask(sig);
	const struct group_facts *f = t->signal->facts;

	if (!handler_is_default(task_sighand(t), sig) || mask & SIG_KERNEL_IGNORE)
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
		*mask = (task_pending(t) | shared_pending(signal)) & ~task_blocked(t);
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
		if (mask & task_pending(t)) {
			sig = __builtin_ctzll(mask & task_pending(t)) + 1;
			t->extra->pending &= ~sigmask(sig);
		} else {
			sig = __builtin_ctzll(mask) + 1;
			group_leader(t)->extra->shared_pending &= ~sigmask(sig);
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
	signal->flags &= (uint8_t)~(SIGNAL_STOP_STOPPED | SIGNAL_CLD_STOPPED);
	signal->flags |= SIGNAL_STOP_CONTINUED;
	signal->group_stop_sig = SIGCONT;
	notify_cldstop(t, true);
}

/* The first thread that can take it, or NULL. */
static struct task_struct *pending_taker(const struct signal_struct *signal, uint64_t mask)
{
	struct task_struct *t;

	for_each_thread(signal, t)
		if (!t->exiting && !(task_blocked(t) & mask))
			return t;
	return NULL;
}

/* send_signal_locked(): prepare, queue, complete.  sig is 1 to 64. */
static void send_signal(int sig, struct task_struct *t, bool thread, bool force)
{
	struct signal_struct *signal = t->signal;
	struct task_struct *taker;
	uint64_t mask = sigmask(sig), other;

	if (signal->flags & SIGNAL_GROUP_EXIT)
		return;
	/* Sent to a thread that is dead it is nothing, not even a SIGCONT. */
	if (thread && t->exit_state != EXIT_LIVE)
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
		/* What is delivered at once, as most are, need not pend before. */
		taker = thread ? t : pending_taker(signal, mask);
		if (taker && !taker->exiting && !(task_blocked(taker) & mask) &&
		    !(signal->flags & SIGNAL_STOP_STOPPED) && !pending_thread(signal, &other))
			act(taker, sig);
		else if (thread)
			task_extra(t)->pending |= mask;
		else
			task_extra(group_leader(t))->shared_pending |= mask;
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
		return refuse(task_kernel(current), -EINVAL, "signals go from 0 to 64");
	if (same_thread_group(current, t) || task_cred(current)->uid == task_cred(t)->uid ||
	    ns_capable(current, task_cred(t)->user_ns, CAP_KILL))
		return 0;
	if (sig == SIGCONT && task_session(current) == task_session(t))
		return 0;
	return refuse(task_kernel(current), -EPERM, "another user's process");
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
	return err == -ESRCH ? refuse(task_kernel(current), err, "no such process group") : err;
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
	return count ? result : refuse(task_kernel(current), -ESRCH, "nobody else is there");
}

int ksys_kill(struct task_struct *current, int pid, int sig)
{
	struct task_struct *t;

	if (pid > 0) {
		t = find_task_by_vpid(current, pid);
		if (!t)
			return refuse(task_kernel(current), -ESRCH,
				      "no process has that number in the caller's namespace");
		return kill_task(current, t, false, sig);
	}
	if (pid == INT_MIN)
		return refuse(task_kernel(current), -ESRCH, "no such process group");
	if (pid == -1)
		return kill_all(current, sig);
	return kill_pgrp(current, pid ? find_vpid(current, -pid) : task_pgrp(current), sig);
}

int ksys_tgkill(struct task_struct *current, int tgid, int tid, int sig)
{
	struct task_struct *t;

	if (tgid <= 0 || tid <= 0)
		return refuse(task_kernel(current), -EINVAL, "tgkill wants two numbers above 0");
	t = find_task_by_vpid(current, tid);
	if (!t || task_tgid_vnr(current, t) != tgid)
		return refuse(task_kernel(current), -ESRCH, "that process has no such thread");
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
	if (parent->exit_state == EXIT_LIVE && parent != task_kernel(parent)->swapper)
		send_signal(sig, parent, false, false);
}

void send_sig_pdeath(int sig, struct task_struct *t, struct task_struct *dying)
{
	send_signal(sig, t, false, from_ancestor_ns(dying, t));
}

static int check_sigset(struct task_struct *current, int sig)
{
	if (sig < 1 || sig > 64)
		return refuse(task_kernel(current), -EINVAL, "signals go from 1 to 64");
	return 0;
}

static int check_sigaction(struct task_struct *current, int sig)
{
	int err = check_sigset(current, sig);

	if (!err && sigmask(sig) & SIG_KERNEL_ONLY)
		err = refuse(task_kernel(current), -EINVAL, "KILL and STOP cannot be handled");
	return err;
}

static int set_handler(struct task_struct *current, int sig, bool ignore, bool catch)
{
	struct sighand_struct *hand;
	int err = check_sigaction(current, sig);

	if (err)
		return err;
	hand = own_sighand(current);
	hand->ignored &= ~sigmask(sig);
	hand->caught &= ~sigmask(sig);
	if (ignore)
		hand->ignored |= sigmask(sig);
	if (catch)
		hand->caught |= sigmask(sig);
	if (sig == SIGCHLD)
		hand->nocldwait = false;
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
		return refuse(task_kernel(current), -EINVAL, "nocldwait is for CHLD alone");
	own_sighand(current)->nocldwait = true;
	return 0;
}

void set_current_blocked(struct task_struct *current, uint64_t blocked)
{
	blocked &= ~SIG_KERNEL_ONLY;
	if (blocked != task_blocked(current))
		task_extra(current)->blocked = blocked;
	deliver(current->signal);
}

int sigprocmask_block(struct task_struct *current, int sig)
{
	int err = check_sigset(current, sig);

	if (!err)
		set_current_blocked(current, task_blocked(current) | sigmask(sig));
	return err;
}

int sigprocmask_unblock(struct task_struct *current, int sig)
{
	int err = check_sigset(current, sig);

	if (!err)
		set_current_blocked(current, task_blocked(current) & ~sigmask(sig));
	return err;
}
