/* SPDX-License-Identifier: MIT */
#include "core/exit.h"

#include <signal.h>
#include <string.h>

#include "core/pidfd.h"
#include "core/signal.h"

void wake_up_parent(struct task_struct *t)
{
	wake_up(task_kernel(t), &task_tgid(t->real_parent)->wait_pidfd);
}

/* Job control: does nobody outside pgrp, in its session, look after it? */
static bool will_become_orphaned_pgrp(struct pid *pgrp, const struct task_struct *ignored)
{
	struct task_struct *p;

	do_each_pid_task(pgrp, PIDTYPE_PGID, p) {
		if (p == ignored || (p->exit_state != EXIT_LIVE && thread_group_empty(p)) ||
		    is_global_init(p->real_parent))
			continue;
		if (task_pgrp(p->real_parent) != pgrp &&
		    task_session(p->real_parent) == task_session(p))
			return false;
	}
	return true;
}

bool is_current_pgrp_orphaned(const struct task_struct *t)
{
	return will_become_orphaned_pgrp(task_pgrp(t), NULL);
}

static bool has_stopped_jobs(struct pid *pgrp)
{
	struct task_struct *p;

	do_each_pid_task(pgrp, PIDTYPE_PGID, p)
		if (p->signal->flags & SIGNAL_STOP_STOPPED)
			return true;
	return false;
}

static void signal_pgrp(struct pid *pgrp, int sig)
{
	struct task_struct *p;

	do_each_pid_task(pgrp, PIDTYPE_PGID, p)
		send_sig_priv(sig, p);
}

/* parent NULL: t itself exits; else parent is dying, and t its child. */
static void kill_orphaned_pgrp(struct task_struct *t, struct task_struct *parent)
{
	struct pid *pgrp = task_pgrp(t);
	const struct task_struct *ignored = t;

	if (!parent)
		parent = t->real_parent;
	else
		ignored = NULL;
	if (task_pgrp(parent) != pgrp && task_session(parent) == task_session(t) &&
	    will_become_orphaned_pgrp(pgrp, ignored) && has_stopped_jobs(pgrp)) {
		signal_pgrp(pgrp, SIGHUP);
		signal_pgrp(pgrp, SIGCONT);
	}
}

bool do_notify_parent(struct task_struct *t, int sig)
{
	struct task_struct *parent = t->real_parent;
	const struct sighand_struct *hand = task_sighand(parent);
	bool autoreap = false;

	wake_up(task_kernel(t), &t->thread_pid->wait_pidfd);
	/* A parent that has become another program knows of SIGCHLD alone. */
	if (sig != SIGCHLD && t->parent_execed)
		sig = SIGCHLD;
	if (sig == SIGCHLD && hand) {
		autoreap = hand->ignored & sigmask(SIGCHLD) || hand->nocldwait;
		if (hand->ignored & sigmask(SIGCHLD))
			sig = 0;
	}
	if (valid_signal(sig) && sig)
		send_sig_notify(sig, parent);
	wake_up_parent(t);
	if (parent->zapping)
		queue_task(parent);
	return autoreap;
}

static int wait_status(const struct task_struct *t)
{
	return t->signal->flags & SIGNAL_GROUP_EXIT ? t->signal->group_exit_code : t->exit_code;
}

/* Takes t out of everything that finds tasks. */
static void unhash_process(struct task_struct *t)
{
	struct signal_struct *signal = t->signal;
	struct kernel *k = task_kernel(t);
	struct pid *pid = get_pid(t->thread_pid);
	struct pid_namespace *ns = ns_of_pid(pid);

	/* The last thread of an init need not be the leader. */
	if (ns->child_reaper == t) {
		ns->child_reaper = NULL;
		ns->reaper_died = true;
		kernel_event(k, EVENT_NS_DEAD, pid, NULL, 0, NULL);
	}
	task_changed(t);
	task_changed(t->real_parent);
	signal->nr_threads--;
	k->nr_threads--;
	facts_release(t);
	wake_up(k, &pid->wait_pidfd);
	if (thread_group_leader(t)) {
		detach_pid(t, PIDTYPE_TGID);
		detach_pid(t, PIDTYPE_PGID);
		detach_pid(t, PIDTYPE_SID);
		chain_del_init(&t->sibling, &t->real_parent->children);
		if (t->real_parent->zapping)
			queue_task(t->real_parent);
	}
	chain_del_init(&t->thread_node, &signal->thread_head);
	kernel_changed(k, CHANGE_GONE, pid, ns);
	detach_pid(t, PIDTYPE_PID);
	pid->exited = true;
	pid->exit_code = wait_status(t);
	put_pid(pid);
}

void release_task(struct task_struct *t)
{
	struct task_struct *leader, *next;

	for (; t; t = next) {
		next = NULL;
		leader = group_leader(t);
		if (thread_group_leader(t))
			kernel_event(task_kernel(t), EVENT_REAP, t->thread_pid, NULL, 0, NULL);
		unhash_process(t);
		/* The last thread behind a dead leader: now its parent may know. */
		if (leader != t && thread_group_empty(leader) &&
		    leader->exit_state == EXIT_ZOMBIE &&
		    do_notify_parent(leader, leader->exit_signal)) {
			leader->exit_state = EXIT_DEAD;
			next = leader;
		}
		free_task(t);
	}
}

static void reparent_leader(struct task_struct *father, struct task_struct *p, GPtrArray *dead)
{
	if (p->exit_state == EXIT_DEAD)
		return;
	p->exit_signal = SIGCHLD;
	kernel_event(task_kernel(p), EVENT_ADOPT, p->thread_pid, task_tgid(p->real_parent), 0, NULL);
	if (p->exit_state == EXIT_ZOMBIE && thread_group_empty(p) &&
	    do_notify_parent(p, p->exit_signal)) {
		p->exit_state = EXIT_DEAD;
		g_ptr_array_add(dead, p);
	}
	kill_orphaned_pgrp(p, father);
}

static struct task_struct *find_new_reaper(struct task_struct *father)
{
	struct task_struct *thread = find_alive_thread(father), *reaper;
	unsigned int level = task_pid(father)->level;

	if (thread)
		return thread;
	if (father->signal->has_child_subreaper)
		for (reaper = father->real_parent; task_pid(reaper)->level == level;
		     reaper = reaper->real_parent) {
			if (reaper == task_kernel(father)->swapper)
				break;
			if (!reaper->signal->is_child_subreaper)
				continue;
			thread = find_alive_thread(reaper);
			if (thread)
				return thread;
		}
	return task_active_pid_ns(father)->child_reaper;
}

static void forget_original_parent(struct task_struct *father, GPtrArray *dead)
{
	struct task_struct *reaper, *p, *t;

	if (chain_empty(&father->children))
		return;
	reaper = find_new_reaper(father);
	task_changed(father);
	task_changed(reaper);
	chain_for_each_entry(p, &father->children, sibling) {
		task_changed(p);
		for_each_thread(p->signal, t) {
			t->real_parent = reaper;
			if (t->pdeath_signal)
				send_sig_pdeath(t->pdeath_signal, t, father);
		}
		if (!same_thread_group(reaper, father))
			reparent_leader(father, p, dead);
	}
	chain_splice_tail_init(&father->children, &reaper->children);
}

/* Everything after a namespace's death, which may have had to wait. */
static void exit_notify(struct task_struct *t)
{
	g_autoptr(GPtrArray) dead = g_ptr_array_new();
	bool group_dead = !find_alive_thread(t);
	unsigned int i;

	task_changed(t);
	forget_original_parent(t, dead);
	if (group_dead)
		kill_orphaned_pgrp(group_leader(t), NULL);
	t->exit_state = EXIT_ZOMBIE;
	kernel_event(task_kernel(t), EVENT_EXIT, t->thread_pid, NULL, wait_status(t), NULL);
	if (!thread_group_leader(t) ||
	    (thread_group_empty(t) && do_notify_parent(t, t->exit_signal))) {
		t->exit_state = EXIT_DEAD;
		g_ptr_array_add(dead, t);
	} else if (task_kernel(t)->version < 618 || thread_group_empty(t)) {
		/* On 6.12 a thread's pidfd is ready as soon as the leader is dead. */
		wake_up(task_kernel(t), &t->thread_pid->wait_pidfd);
	}
	for (i = 0; i < dead->len; i++)
		release_task(g_ptr_array_index(dead, i));
}

void resume_exit(struct task_struct *t)
{
	if (t->zapping) {
		if (!zap_pid_ns_done(t))
			return;
		t->zapping = false;
	}
	exit_notify(t);
}

/* t->exiting is set: nobody sees them any more. */
static void exit_resources(struct task_struct *t)
{
	put_mm(task_kernel(t), t->shared->mm);
	put_nsproxy(t->shared->nsproxy);
	if (t->extra) {
		put_files(t->extra->files);
		t->extra->files = NULL;
	}
}

void do_exit(struct task_struct *t, int code)
{
	struct pid_namespace *ns = task_active_pid_ns(t);
	struct signal_struct *signal = t->signal;
	struct task_struct *other;

	g_assert(!t->exiting);
	task_changed(t);
	t->exiting = true;
	other = find_alive_thread(t);
	if (!other && !(signal->flags & SIGNAL_GROUP_EXIT)) {
		signal->flags = SIGNAL_GROUP_EXIT;
		signal->group_exit_code = (uint16_t)code;
	}
	t->exit_code = (uint16_t)code;
	exit_resources(t);
	if (!other)
		facts_exit(t);
	if (ns->child_reaper == t) {
		if (other)
			ns->child_reaper = other;
		else
			zap_pid_ns_processes(t);
	}
	if (!other)
		/* Who sleeps in a wait of this process has no process any more. */
		wake_up(task_kernel(t), &task_tgid(t)->wait_pidfd);
	if (t->zapping)
		queue_task(t); /* those it killed come first */
	else
		exit_notify(t);
}

void do_group_exit(struct task_struct *t, int code)
{
	if (t->signal->flags & SIGNAL_GROUP_EXIT)
		code = t->signal->group_exit_code;
	else
		group_exit(t->signal, code);
	if (!t->exiting)
		do_exit(t, code);
}

void exit_status(const struct task_struct *t, struct waitid_result *res)
{
	decode_status(wait_status(t), res);
}

void decode_status(int code, struct waitid_result *res)
{
	if (code & 0x7f) {
		res->code = code & 0x80 ? CLD_DUMPED : CLD_KILLED;
		res->status = code & 0x7f;
	} else {
		res->code = CLD_EXITED;
		res->status = code >> 8 & 0xff;
	}
}

void kernel_event(struct kernel *k, enum event_kind kind, const struct pid *pid,
		  const struct pid *other, int value, const char *comm)
{
	struct event *e;
	unsigned int i;

	if (!event_ring_has_readers(k->events))
		return;
	e = g_malloc0(sizeof(*e) + (pid->level + 1) * sizeof(e->nr[0]));
	e->time = k->clock(k->clock_data);
	e->kind = kind;
	e->value = value;
	if (comm)
		g_strlcpy(e->comm, comm, sizeof(e->comm));
	e->levels = pid->level + 1;
	for (i = 0; i <= pid->level; i++) {
		e->nr[i].inum = pid->numbers[i].ns->inum;
		e->nr[i].nr = pid->numbers[i].nr;
		e->nr[i].other = pid_nr_ns(other, pid->numbers[i].ns);
	}
	event_ring_add(k->events, e);
}
