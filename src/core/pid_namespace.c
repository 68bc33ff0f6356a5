/* SPDX-License-Identifier: MIT */
#include "core/pid_namespace.h"

#include <errno.h>

#include "core/exit.h"
#include "core/signal.h"
#include "core/task.h"

struct pid_namespace *get_pid_ns(struct pid_namespace *ns)
{
	ns->count++;
	return ns;
}

void put_pid_ns(struct pid_namespace *ns)
{
	while (ns && !--ns->count) {
		struct pid_namespace *parent = ns->parent;

		g_assert(idr_is_empty(&ns->idr));
		kernel_changed(ns->kernel, CHANGE_NS_GONE, NULL, ns);
		g_tree_remove(ns->kernel->pid_namespaces, GUINT_TO_POINTER(ns->inum));
		idr_destroy(&ns->idr);
		put_user_ns(ns->user_ns);
		g_free(ns);
		ns = parent;
	}
}

int create_pid_ns(struct pid_namespace *parent, struct user_namespace *user_ns,
		  struct pid_namespace **result)
{
	struct kernel *k = user_ns->kernel;
	struct pid_namespace *ns;

	if (parent && !in_userns(parent->user_ns, user_ns))
		return refuse(k, -EINVAL, "the user namespace is not below the owner's");
	if (parent && parent->level >= MAX_PID_NS_LEVEL)
		return refuse(k, -ENOSPC, "pid namespaces nest 32 deep at most");
	ns = g_new0(struct pid_namespace, 1);
	ns->kernel = k;
	ns->count = 1;
	idr_init(&ns->idr, k->idr_nodes);
	ns->pid_allocated = PIDNS_ADDING;
	ns->level = parent ? parent->level + 1 : 0;
	ns->inum = parent ? ++k->last_inum : 4026531836U;
	ns->pid_max = parent ? PID_MAX_LIMIT : k->pid_max;
	ns->parent = parent ? get_pid_ns(parent) : NULL;
	ns->user_ns = get_user_ns(user_ns);
	g_tree_insert(k->pid_namespaces, GUINT_TO_POINTER(ns->inum), ns);
	kernel_changed(k, CHANGE_NS, NULL, ns);
	*result = ns;
	return 0;
}

struct pid_namespace *find_pid_namespace(const struct kernel *k, uint32_t inum)
{
	return g_tree_lookup(k->pid_namespaces, GUINT_TO_POINTER(inum));
}

bool pidns_is_ancestor(const struct pid_namespace *ns, const struct pid_namespace *ancestor)
{
	if (ns->level < ancestor->level)
		return false;
	while (ns->level > ancestor->level)
		ns = ns->parent;
	return ns == ancestor;
}

int pid_ns_pid_max(const struct pid_namespace *ns)
{
	return ns->kernel->version >= 618 ? ns->pid_max : ns->kernel->pid_max;
}

static int init_pids(const struct task_struct *reaper)
{
	/* A leader that died before its threads still holds its number. */
	return thread_group_leader(reaper) ? 1 : 2;
}

void zap_pid_ns_processes(struct task_struct *reaper)
{
	struct pid_namespace *ns = task_active_pid_ns(reaper);
	struct pid *pid;
	int nr;

	disable_pid_allocation(ns);
	/* Children that die now need nobody to wait for them. */
	own_sighand(reaper)->ignored |= sigmask(SIGCHLD);
	own_sighand(reaper)->caught &= ~sigmask(SIGCHLD);
	reaper->zapping = true;
	for (nr = 2; (pid = find_ge_pid(nr, ns)); nr++) {
		struct task_struct *t = pid_task(pid, PIDTYPE_PID);

		nr = pid_nr_ns(pid, ns);
		if (t && t->exit_state == EXIT_LIVE)
			group_send_sig_kill(t);
	}
}

bool zap_pid_ns_done(struct task_struct *reaper)
{
	struct pid_namespace *ns = task_active_pid_ns(reaper);
	struct task_struct *child, *next;

	chain_for_each_entry_safe(child, next, &reaper->children, sibling)
		if (child->exit_state == EXIT_ZOMBIE && !delay_group_leader(child))
			release_task(child);
	return chain_empty(&reaper->children) && (int)pid_ns_pids(ns) == init_pids(reaper);
}

int pid_ns_last_pid(const struct pid_namespace *ns)
{
	return (int)idr_get_cursor(&ns->idr) - 1;
}

int pid_ns_set_last_pid(struct pid_namespace *ns, long value)
{
	const struct task_struct *init = ns->child_reaper;

	/* Only who lives there can: the first process of a namespace is always 1. */
	if (!init)
		return refuse(ns->kernel, -ESRCH, "nobody lives in that namespace to write it");
	if (!ns_capable_checkpoint(init, ns->user_ns))
		return refuse(ns->kernel, -EPERM, "the view's init may not set ns_last_pid");
	if (value < 0 || value > pid_ns_pid_max(ns))
		return refuse(ns->kernel, -EINVAL, "ns_last_pid goes from 0 to pid_max");
	kernel_changed(ns->kernel, CHANGE_NS, NULL, ns);
	idr_set_cursor(&ns->idr, (unsigned int)value + 1);
	return 0;
}

int pid_ns_set_pid_max(struct pid_namespace *ns, long value)
{
	struct kernel *k = ns->kernel;
	const struct task_struct *init = ns->child_reaper;

	if (init && k->version >= 618 && !uid_is_root_of(task_cred(init)->uid, ns->user_ns) &&
	    !ns_capable(init, ns->user_ns, CAP_SYS_ADMIN))
		return refuse(k, -EACCES, "the view's init may not set pid_max");
	if (value < k->pid_max_min || value > k->pid_max_max)
		return refuse(k, -EINVAL,
			      "pid_max goes from 301 (or 8 for each CPU, if that is more) to 4194304");
	kernel_changed(k, CHANGE_NS, NULL, ns);
	ns->pid_max = (int)value;
	if (k->version < 618)
		k->pid_max = (int)value;
	return 0;
}
