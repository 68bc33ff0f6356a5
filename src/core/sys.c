/* SPDX-License-Identifier: MIT */
#include "core/sys.h"

#include <errno.h>

#include "core/exit.h"
#include "core/signal.h"

int ksys_setsid(struct task_struct *current)
{
	struct task_struct *leader = group_leader(current);
	struct pid *sid = task_pid(leader);

	if (leader->signal->leader)
		return refuse(task_kernel(current), -EPERM, "it leads a session already");
	if (pid_task(sid, PIDTYPE_PGID))
		return refuse(task_kernel(current), -EPERM, "it leads a process group");
	leader->signal->leader = true;
	/* A session begins without a terminal. */
	if (leader->signal->facts)
		leader->signal->facts->tty_nr = leader->signal->facts->tty_pgrp = 0;
	if (task_session(leader) != sid)
		change_pid(leader, PIDTYPE_SID, sid);
	if (task_pgrp(leader) != sid)
		change_pid(leader, PIDTYPE_PGID, sid);
	kernel_event(task_kernel(current), EVENT_SESSION, sid, NULL, 0, NULL);
	return pid_vnr(current, sid);
}

int ksys_setpgid(struct task_struct *current, int pid, int pgid)
{
	struct kernel *k = task_kernel(current);
	struct task_struct *leader = group_leader(current), *p, *g;
	struct pid *pgrp;

	if (!pid)
		pid = pid_vnr(current, task_pid(leader));
	if (!pgid)
		pgid = pid;
	if (pgid < 0)
		return refuse(k, -EINVAL, "a group is not below 0");
	p = find_task_by_vpid(current, pid);
	if (!p)
		return refuse(k, -ESRCH, "no process has that number in the caller's namespace");
	if (!thread_group_leader(p))
		return refuse(k, -EINVAL, "that is a thread, not a process");
	if (same_thread_group(p->real_parent, leader)) {
		if (task_session(p) != task_session(leader))
			return refuse(k, -EPERM, "the child is in another session");
		if (!p->forknoexec)
			return refuse(k, -EACCES, "the child has exec'ed since its fork");
	} else if (p != leader) {
		return refuse(k, -ESRCH, "neither the caller itself nor a child of it");
	}
	if (p->signal->leader)
		return refuse(k, -EPERM, "a session leader stays in its group");
	pgrp = task_pid(p);
	if (pgid != pid) {
		pgrp = find_vpid(current, pgid);
		g = pid_task(pgrp, PIDTYPE_PGID);
		if (!g || task_session(g) != task_session(leader))
			return refuse(k, -EPERM, "no such group in the caller's session");
	}
	task_changed(p);
	if (task_pgrp(p) != pgrp)
		change_pid(p, PIDTYPE_PGID, pgrp);
	kernel_event(k, EVENT_GROUP, task_pid(p), pgrp, 0, NULL);
	return 0;
}

int ksys_getpgid(struct task_struct *current, int pid)
{
	struct task_struct *p = pid ? find_task_by_vpid(current, pid) : current;

	return p ? pid_vnr(current, task_pgrp(p)) :
		   refuse(task_kernel(current), -ESRCH, "no process has that number");
}

int ksys_getsid(struct task_struct *current, int pid)
{
	struct task_struct *p = pid ? find_task_by_vpid(current, pid) : current;

	return p ? pid_vnr(current, task_session(p)) :
		   refuse(task_kernel(current), -ESRCH, "no process has that number");
}

/*
 * Every descendant is told, but not those of a process that knows already or
 * of an init, whose orphans stay with it.  Without recursion: a family may be a
 * million deep.
 */
static void propagate_has_child_subreaper(struct task_struct *current)
{
	g_autoptr(GPtrArray) todo = g_ptr_array_new();
	struct task_struct *t, *child;

	g_ptr_array_add(todo, current);
	while (todo->len) {
		struct task_struct *p = g_ptr_array_steal_index_fast(todo, todo->len - 1);

		for_each_thread(p->signal, t)
			chain_for_each_entry(child, &t->children, sibling) {
				if (child->signal->has_child_subreaper ||
				    is_child_reaper(task_pid(child)))
					continue;
				child->signal->has_child_subreaper = true;
				g_ptr_array_add(todo, child);
			}
	}
}

void set_child_subreaper(struct task_struct *current, bool on)
{
	current->signal->is_child_subreaper = on;
	if (on)
		propagate_has_child_subreaper(current);
}

int set_pdeathsig(struct task_struct *current, int sig)
{
	if (!valid_signal(sig))
		return refuse(task_kernel(current), -EINVAL, "signals go from 0 to 64");
	current->pdeath_signal = (uint8_t)sig;
	return 0;
}
