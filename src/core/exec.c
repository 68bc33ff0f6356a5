/* SPDX-License-Identifier: MIT */
#include "core/exec.h"

#include <signal.h>

#include "core/exit.h"
#include "core/pidfd.h"

/* The caller's own children stay first, the dying threads' come behind them. */
static void kill_other_threads(struct task_struct *current)
{
	struct task_struct *t, *next;

	list_for_each_entry_safe(t, next, &current->signal->thread_head, thread_node)
		if (t != current && !t->exiting)
			do_exit(t, 0);
}

/* The caller, not a leader, takes the place of the leader, which is a zombie. */
static void take_over(struct task_struct *current)
{
	struct task_struct *leader = current->group_leader;

	exchange_tids(current, leader);
	transfer_pid(leader, current, PIDTYPE_TGID);
	transfer_pid(leader, current, PIDTYPE_PGID);
	transfer_pid(leader, current, PIDTYPE_SID);
	list_replace_init(&leader->sibling, &current->sibling);
	/* First in the list of threads: the leader is the oldest. */
	list_del_init(&current->thread_node);
	list_add(&current->thread_node, &current->signal->thread_head);
	current->group_leader = current;
	leader->group_leader = current;
	current->exit_signal = SIGCHLD;
	leader->exit_signal = -1;
	current->start_time = leader->start_time;
	leader->exit_state = EXIT_DEAD;
	release_task(leader);
}

static void flush_signal_handlers(struct task_struct *t)
{
	if (t->sighand->count > 1) {
		struct sighand_struct *own = g_new0(struct sighand_struct, 1);

		*own = *t->sighand;
		own->count = 1;
		t->sighand->count--;
		t->sighand = own;
	}
	t->sighand->caught = 0;
	t->sighand->nocldwait = false;
}

/* A user namespace's root gets all that its bounding set allows, nobody else any. */
static void update_caps(struct task_struct *current)
{
	const struct cred *cred = current->cred;
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
		bool reaper = ns->child_reaper == current->group_leader ||
			      ns->child_reaper == current;

		if (reaper)
			ns->child_reaper = current;
		take_over(current);
	}
	current->exit_signal = SIGCHLD;
	flush_signal_handlers(current);
	if (!--current->mm->count) {
		g_clear_pointer(&current->mm->cmdline, g_bytes_unref);
		g_free(current->mm);
	}
	current->mm = g_new0(struct mm_struct, 1);
	current->mm->count = 1;
	current->mm->cmdline = cmdline ? g_bytes_ref(cmdline) : NULL;
	current->forknoexec = false;
	current->self_exec_id++;
	exec_files(current);
	facts_exec(current);
	set_task_comm(current, comm);
	update_caps(current);
	kernel_event(current->kernel, EVENT_EXEC, task_pid(current), NULL, 0, current->comm);
	return 0;
}
