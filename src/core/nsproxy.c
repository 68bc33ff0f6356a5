/* SPDX-License-Identifier: MIT */
#include "core/nsproxy.h"

#include <errno.h>
#include <sched.h>

#include "core/pidfd.h"
#include "core/task.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

#define CLONE_NS_FLAGS                                                                 \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)

static const uint64_t kind_flag[NS_KINDS] = {
	[NS_CGROUP] = CLONE_NEWCGROUP, [NS_IPC] = CLONE_NEWIPC,
	[NS_MNT] = CLONE_NEWNS,	       [NS_NET] = CLONE_NEWNET,
	[NS_TIME] = CLONE_NEWTIME,     [NS_TIME_FOR_CHILDREN] = CLONE_NEWTIME,
	[NS_UTS] = CLONE_NEWUTS,
};

/* The inums with which a machine boots. */
static const uint32_t boot_inum[NS_KINDS] = {
	[NS_CGROUP] = 4026531835, [NS_IPC] = 4026531839,  [NS_MNT] = 4026531841,
	[NS_NET] = 4026531840,	  [NS_TIME] = 4026531834, [NS_TIME_FOR_CHILDREN] = 4026531834,
	[NS_UTS] = 4026531838,
};

struct nsproxy *nsproxy_new(struct pid_namespace *ns)
{
	struct nsproxy *p = g_new0(struct nsproxy, 1);
	int i;

	p->count = 1;
	p->pid_ns_for_children = get_pid_ns(ns);
	for (i = 0; i < NS_KINDS; i++)
		p->inum[i] = boot_inum[i];
	return p;
}

struct nsproxy *get_nsproxy(struct nsproxy *ns)
{
	ns->count++;
	return ns;
}

void put_nsproxy(struct nsproxy *ns)
{
	if (!ns || --ns->count)
		return;
	put_pid_ns(ns->pid_ns_for_children);
	g_free(ns);
}

struct nsproxy *nsproxy_copy(const struct nsproxy *old, struct pid_namespace *for_children)
{
	struct nsproxy *p = nsproxy_new(for_children);
	int i;

	for (i = 0; i < NS_KINDS; i++)
		p->inum[i] = old->inum[i];
	return p;
}

int create_new_namespaces(struct task_struct *t, uint64_t flags, struct cred *cred,
			  struct nsproxy **result)
{
	struct kernel *k = task_kernel(t);
	struct nsproxy *old = task_nsproxy(t), *p;
	struct pid_namespace *ns;
	int i, err;

	flags &= CLONE_NS_FLAGS & ~(uint64_t)CLONE_NEWUSER;
	if (!flags) {
		*result = get_nsproxy(old);
		return 0;
	}
	if (!cap_capable(cred, cred->user_ns, CAP_SYS_ADMIN))
		return refuse(k, -EPERM, "a new namespace needs CAP_SYS_ADMIN");
	if (flags & CLONE_NEWPID) {
		if (old->pid_ns_for_children != task_active_pid_ns(t))
			return refuse(k, -EINVAL,
				      "the children's pid namespace is already another one");
		err = create_pid_ns(task_active_pid_ns(t), cred->user_ns, &ns);
		if (err)
			return err;
	} else {
		ns = get_pid_ns(old->pid_ns_for_children);
	}
	p = nsproxy_copy(old, ns);
	put_pid_ns(ns);
	for (i = 0; i < NS_KINDS; i++)
		/* The caller itself stays in its time namespace. */
		if (flags & kind_flag[i] && i != NS_TIME)
			p->inum[i] = ++k->last_inum;
	*result = p;
	return 0;
}

static int check_unshare_flags(struct task_struct *current, uint64_t flags)
{
	struct kernel *k = task_kernel(current);

	if (flags & ~(CLONE_THREAD | CLONE_FS | CLONE_SIGHAND | CLONE_VM | CLONE_FILES |
		      CLONE_SYSVSEM | CLONE_NS_FLAGS))
		return refuse(k, -EINVAL, "not a flag of unshare(2)");
	if (flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM) && !thread_group_empty(current))
		return refuse(k, -EINVAL, "the process has other threads");
	if (flags & (CLONE_SIGHAND | CLONE_VM) && !task_sighand(current)->copy &&
	    task_sighand(current)->count > 1)
		return refuse(k, -EINVAL, "the signal handlers are shared");
	if (flags & CLONE_VM && !task_mm(current)->copy && task_mm(current)->count > 1)
		return refuse(k, -EINVAL, "the memory is shared");
	return 0;
}

int ksys_unshare(struct task_struct *current, uint64_t flags)
{
	struct kernel *k = task_kernel(current);
	struct cred *cred = NULL;
	struct nsproxy *p;
	int err;

	if (flags & CLONE_NEWUSER)
		flags |= CLONE_THREAD | CLONE_FS;
	if (flags & CLONE_VM)
		flags |= CLONE_SIGHAND;
	if (flags & CLONE_SIGHAND)
		flags |= CLONE_THREAD;
	err = check_unshare_flags(current, flags);
	if (err)
		return err;
	if (flags & CLONE_NEWUSER)
		err = create_user_ns(k, task_cred(current), &cred);
	else
		cred = get_cred(task_cred(current));
	if (err)
		return err;
	err = create_new_namespaces(current, flags, cred, &p);
	if (err) {
		put_cred(cred);
		return err;
	}
	if (flags & CLONE_FILES)
		unshare_files(current);
	set_task_cred(current, cred);
	set_task_nsproxy(current, p);
	return 0;
}

static int pidns_install(struct task_struct *current, struct pid_namespace *ns)
{
	struct kernel *k = task_kernel(current);

	if (!ns_capable(current, ns->user_ns, CAP_SYS_ADMIN) ||
	    !ns_capable(current, task_cred(current)->user_ns, CAP_SYS_ADMIN))
		return refuse(k, -EPERM, "setns needs CAP_SYS_ADMIN over both namespaces");
	if (!pidns_is_ancestor(ns, task_active_pid_ns(current)))
		return refuse(k, -EINVAL,
			      "only the active pid namespace and those below can be entered");
	return 0;
}

int setns_nsfd(struct task_struct *current, struct pid_namespace *ns, uint64_t type)
{
	int err;

	if (type && type != CLONE_NEWPID)
		return refuse(task_kernel(current), -EINVAL,
			      "that is a pid namespace, not another type");
	err = pidns_install(current, ns);
	if (!err)
		set_task_nsproxy(current, nsproxy_copy(task_nsproxy(current), ns));
	return err;
}

int setns_pidfd(struct task_struct *current, struct pid *pid, uint64_t type)
{
	struct kernel *k = task_kernel(current);
	struct task_struct *t = pid_task(pid, PIDTYPE_PID);
	struct pid_namespace *ns;
	struct nsproxy *p;
	int i, err;

	if (!type || type & ~(uint64_t)CLONE_NS_FLAGS)
		return refuse(k, -EINVAL,
			      "through a pidfd, the type is some of the CLONE_NEW flags");
	if (!t)
		return refuse(k, -ESRCH, "that process is gone");
	if (!ptrace_may_access(current, t))
		return refuse(k, -EPERM, "no right to look into that process");
	if (!task_nsproxy(t))
		return refuse(k, -ESRCH, "that process is a zombie, without namespaces");
	if (type & CLONE_NEWUSER) {
		/* The same one, or one in which the caller has no rights yet. */
		if (task_cred(t)->user_ns == task_cred(current)->user_ns)
			return refuse(k, -EINVAL, "it is in that user namespace already");
		if (!thread_group_empty(current) || current->fs_shared)
			return refuse(k, -EINVAL, "a process with threads cannot change it");
		if (!ns_capable(current, task_cred(t)->user_ns, CAP_SYS_ADMIN))
			return refuse(k, -EPERM, "no CAP_SYS_ADMIN over that user namespace");
	} else if (!ns_capable(current, task_cred(t)->user_ns, CAP_SYS_ADMIN) &&
		   type & ~(uint64_t)(CLONE_NEWPID | CLONE_NEWUSER)) {
		return refuse(k, -EPERM, "no CAP_SYS_ADMIN over those namespaces");
	}
	ns = task_nsproxy(current)->pid_ns_for_children;
	if (type & CLONE_NEWPID) {
		ns = task_active_pid_ns(t);
		if (type & CLONE_NEWUSER) {
			if (!pidns_is_ancestor(ns, task_active_pid_ns(current)))
				return refuse(k, -EINVAL, "that pid namespace is not below");
		} else {
			err = pidns_install(current, ns);
			if (err)
				return err;
		}
	}
	p = nsproxy_copy(task_nsproxy(current), ns);
	for (i = 0; i < NS_KINDS; i++)
		if (type & kind_flag[i])
			p->inum[i] = task_nsproxy(t)->inum[i];
	if (type & CLONE_NEWUSER)
		set_task_cred(current, cred_new(task_cred(t)->user_ns, task_cred(current)->uid,
						task_cred(current)->gid, CAP_FULL_SET));
	set_task_nsproxy(current, p);
	return 0;
}
