/* SPDX-License-Identifier: MIT */
#include "core/exec.h"

#include <signal.h>

#include "core/exit.h"
#include "core/pidfd.h"

/* The caller's own children stay first, the dying threads' come behind them. */
static void kill_other_threads(struct task_struct *current)
{
	struct task_struct *t, *next;

	chain_for_each_entry_safe(t, next, &current->signal->thread_head, thread_node)
		if (t != current && !t->exiting)
			do_exit(t, 0);
}

/* The caller, not a leader, takes the place of the leader, which is a zombie. */
static void take_over(struct task_struct *current)
{
	struct task_struct *leader = group_leader(current);
	struct chain *threads = &current->signal->thread_head;

	exchange_tids(current, leader);
	transfer_pid(leader, current, PIDTYPE_TGID);
	transfer_pid(leader, current, PIDTYPE_PGID);
	transfer_pid(leader, current, PIDTYPE_SID);
	chain_replace_init(&leader->sibling, &current->sibling, &leader->real_parent->children);
	/* First in the list of threads, which is the leader's place. */
	chain_del_init(&current->thread_node, threads);
	list_add_tail(&current->thread_node, threads->first);
	threads->first = &current->thread_node;
	if (leader->extra && leader->extra->shared_pending)
		task_extra(current)->shared_pending = leader->extra->shared_pending;
	current->exit_signal = SIGCHLD;
	leader->exit_signal = -1;
	current->start_time = leader->start_time;
	leader->exit_state = EXIT_DEAD;
	release_task(leader);
}

static void flush_signal_handlers(struct task_struct *t)
{
	struct kernel *k = task_kernel(t);
	struct sighand_struct *old = task_sighand(t), *own;

	if (!old->caught && !old->nocldwait && (old->copy || old->count == 1))
		return;
	if (old->count > 1) {
		own = sighand_copy(k, old);
		own->copy = true;
		own_shared(t)->sighand = own;
		put_sighand(k, old);
	}
	task_sighand(t)->caught = 0;
	task_sighand(t)->nocldwait = false;
}

/* So that they will say SIGCHLD when they end, whatever was agreed upon. */
static void tell_children(struct task_struct *current)
{
	struct task_struct *child, *t;

	chain_for_each_entry(child, &current->children, sibling)
		for_each_thread(child->signal, t)
			t->parent_execed = true;
}

/* A user namespace's root gets all that its bounding set allows, nobody else any. */
static void update_caps(struct task_struct *current)
{
	const struct cred *cred = task_cred(current);
	uint64_t caps = cred_is_root(cred) ? cred->cap_bset : 0;

	/* The world's first one keeps its rights, whoever mounted it. */
	if (!is_global_init(current) && caps != cred->cap_effective)
		set_task_caps(current, caps);
}

int begin_new_exec(struct task_struct *current, const char *comm, GBytes *cmdline)
{
	struct pid_namespace *ns = task_active_pid_ns(current);

	kill_other_threads(current);
	if (!thread_group_leader(current)) {
		bool reaper = ns->child_reaper == group_leader(current) ||
			      ns->child_reaper == current;

		if (reaper)
			ns->child_reaper = current;
		take_over(current);
	}
	current->exit_signal = SIGCHLD;
	flush_signal_handlers(current);
	set_task_mm(current, mm_new(task_kernel(current), cmdline));
	current->forknoexec = false;
	tell_children(current);
	exec_files(current);
	facts_exec(current);
	set_task_comm(current, comm);
	update_caps(current);
	kernel_event(task_kernel(current), EVENT_EXEC, task_pid(current), NULL, 0, task_comm(current));
	return 0;
}
