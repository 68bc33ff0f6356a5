/* SPDX-License-Identifier: MIT */
#include "core/fork.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#include "core/exit.h"
#include "core/pidfd.h"
#include "core/signal.h"
#include "core/slab.h"
#include "util/trace.h"

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND UINT64_C(0x100000000)
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP UINT64_C(0x200000000)
#endif

static int check_args(struct kernel *k, const struct kernel_clone_args *args)
{
	uint64_t flags = args->flags;

	if (args->set_tid_size > MAX_PID_NS_LEVEL)
		return refuse(k, -EINVAL, "set_tid names more than 32 numbers");
	if (args->exit_signal & ~0xff || !valid_signal(args->exit_signal))
		return refuse(k, -EINVAL, "exit_signal goes from 0 to 64");
	if (flags & ~(UINT64_C(0xffffffff) | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP))
		return refuse(k, -EINVAL, "not a flag of clone3(2)");
	if (flags & (CLONE_DETACHED | 0x7f))
		return refuse(k, -EINVAL, "not a flag of clone3(2)");
	if (flags & CLONE_SIGHAND && flags & CLONE_CLEAR_SIGHAND)
		return refuse(k, -EINVAL, "SIGHAND does not go with CLEAR_SIGHAND");
	if (flags & (CLONE_THREAD | CLONE_PARENT) && args->exit_signal)
		return refuse(k, -EINVAL, "THREAD and PARENT want exit_signal=0");
	return 0;
}

static int check_flags(struct task_struct *current, uint64_t flags)
{
	struct kernel *k = task_kernel(current);

	if ((flags & (CLONE_NEWNS | CLONE_FS)) == (CLONE_NEWNS | CLONE_FS) ||
	    (flags & (CLONE_NEWUSER | CLONE_FS)) == (CLONE_NEWUSER | CLONE_FS))
		return refuse(k, -EINVAL, "NEWNS and NEWUSER do not go with FS");
	if (flags & CLONE_THREAD && !(flags & CLONE_SIGHAND))
		return refuse(k, -EINVAL, "THREAD needs SIGHAND");
	if (flags & CLONE_SIGHAND && !(flags & CLONE_VM))
		return refuse(k, -EINVAL, "SIGHAND needs VM");
	if (flags & CLONE_PARENT && current->signal->flags & SIGNAL_UNKILLABLE)
		return refuse(k, -EINVAL, "an init has no siblings");
	if (flags & CLONE_THREAD &&
	    (flags & (CLONE_NEWUSER | CLONE_NEWPID) ||
	     task_nsproxy(current)->pid_ns_for_children != task_active_pid_ns(current)))
		return refuse(k, -EINVAL, "a thread lives in its process's namespaces");
	return 0;
}

unsigned long user_processes(const struct kernel *k, uid_t uid)
{
	const struct user_struct *user = g_hash_table_lookup(k->users, GUINT_TO_POINTER(uid));

	return user ? user->processes : 0;
}

static int check_nproc(struct task_struct *current)
{
	const struct cred *cred = task_cred(current);
	long limit = current->shared->nproc;

	if (limit < 0 || cred->user->processes < (unsigned long)limit)
		return 0;
	if (!cred->uid || cap_capable(cred, task_kernel(current)->init_user_ns, CAP_SYS_RESOURCE) ||
	    cap_capable(cred, task_kernel(current)->init_user_ns, CAP_SYS_ADMIN))
		return 0;
	return refuse(task_kernel(current), -EAGAIN, "the user has as many processes as RLIMIT_NPROC");
}

/* A reference to what the child has for handlers. */
static struct sighand_struct *copy_sighand(struct task_struct *from, uint64_t flags)
{
	struct kernel *k = task_kernel(from);
	struct sighand_struct *hand = task_sighand(from);

	if (flags & CLONE_SIGHAND) {
		hand = own_sighand(from); /* what others have a copy of must not change for them */
		hand->copy = false;
	} else if (hand->count > 1 && !hand->copy) {
		hand = sighand_copy(k, hand);
		hand->count = 0;
		hand->copy = true;
	} else {
		hand->copy = true;
	}
	if (flags & CLONE_CLEAR_SIGHAND && (hand->caught || hand->nocldwait)) {
		hand = sighand_copy(k, hand);
		hand->count = 0;
		hand->caught = 0;
		hand->nocldwait = false;
	}
	hand->count++;
	return hand;
}

static struct mm_struct *copy_mm(struct task_struct *from, uint64_t flags)
{
	struct mm_struct *mm = task_mm(from);

	if (flags & CLONE_VM) {
		mm = own_mm(from);
		mm->copy = false;
	} else if (mm->count > 1 && !mm->copy) {
		return mm_new(task_kernel(from), mm->cmdline);
	} else {
		mm->copy = true;
	}
	mm->count++;
	return mm;
}

/* Takes the references over. */
static void copy_shared(struct task_struct *t, struct task_struct *from, uint64_t flags,
			struct cred *cred, struct nsproxy *nsproxy)
{
	struct kernel *k = cred->user_ns->kernel;
	struct task_shared own = { .count = 1, .cred = cred, .nsproxy = nsproxy };

	own.sighand = copy_sighand(from, flags);
	own.mm = copy_mm(from, flags);
	t->shared = from->shared;
	if (own.sighand == t->shared->sighand && own.mm == t->shared->mm &&
	    cred == t->shared->cred && nsproxy == t->shared->nsproxy) {
		t->shared->count++;
		return;
	}
	own.nproc = from->shared->nproc;
	memcpy(own.comm, from->shared->comm, sizeof(own.comm));
	t->shared = kmem_cache_zalloc(k->shared_cachep);
	*t->shared = own;
}

static void share_files(struct task_struct *t, struct task_struct *from, uint64_t flags)
{
	if (flags & CLONE_FILES && !task_files(from))
		task_extra(from)->files = copy_files(NULL); /* so that both mean one table */
	if (!task_files(from))
		return;
	if (flags & CLONE_FILES) {
		task_files(from)->count++;
		task_extra(t)->files = task_files(from);
	} else {
		task_extra(t)->files = copy_files(task_files(from));
	}
}

static struct task_struct *task_new(struct kernel *k)
{
	struct task_struct *t = kmem_cache_zalloc(k->task_cachep);

	t->start_time = kernel_now(k);
	return t;
}

static void attach_leader(struct task_struct *t, struct pid *pgrp, struct pid *sid)
{
	t->signal->pids[PIDTYPE_PGID - PIDTYPE_PGID] = pgrp;
	t->signal->pids[PIDTYPE_SID - PIDTYPE_PGID] = sid;
	attach_pid(t, PIDTYPE_TGID);
	attach_pid(t, PIDTYPE_PGID);
	attach_pid(t, PIDTYPE_SID);
}

/* Where the child hangs, and what its death will say to whom. */
static void set_parent(struct task_struct *t, struct task_struct *current,
		       const struct kernel_clone_args *args)
{
	if (args->flags & (CLONE_PARENT | CLONE_THREAD)) {
		t->real_parent = current->real_parent;
		t->parent_execed = current->parent_execed;
		t->exit_signal = -1;
		if (!(args->flags & CLONE_THREAD))
			t->exit_signal = group_leader(current)->exit_signal;
	} else {
		t->real_parent = current;
		t->exit_signal = (int8_t)args->exit_signal;
	}
}

static void publish_task(struct task_struct *t, struct task_struct *current, struct pid *pid)
{
	struct signal_struct *signal = t->signal;
	struct kernel *k = task_kernel(t);

	t->thread_pid = pid;
	chain_add_tail(&t->thread_node, &signal->thread_head);
	signal->nr_threads++;
	attach_pid(t, PIDTYPE_PID);
	if (thread_group_leader(t)) {
		struct signal_struct *up = t->real_parent->signal;

		if (is_child_reaper(pid)) {
			ns_of_pid(pid)->child_reaper = t;
			signal->flags |= SIGNAL_UNKILLABLE;
		}
		signal->has_child_subreaper = up->has_child_subreaper || up->is_child_subreaper;
		attach_leader(t, task_pgrp(current), task_session(current));
		chain_add_tail(&t->sibling, &t->real_parent->children);
	}
	task_cred(t)->user->processes++;
	k->forks++;
	k->nr_threads++;
	kernel_changed(k, CHANGE_BORN, pid, ns_of_pid(pid));
	task_changed(t->real_parent);
	task_changed(current);
	kernel_event(k, thread_group_leader(t) ? EVENT_FORK : EVENT_THREAD, pid, task_tgid(current),
		     0, task_comm(t));
}

int kernel_clone(struct task_struct *current, const struct kernel_clone_args *args,
		 struct task_struct **child)
{
	struct kernel *k = task_kernel(current);
	struct nsproxy *nsproxy;
	struct task_struct *t;
	struct cred *cred;
	struct pid *pid;
	int err;

	TRACE("kernel_clone by %d: flags 0x%" G_GINT64_MODIFIER "x", pid_nr(task_pid(current)),
	      args->flags);
	err = check_args(k, args);
	if (!err)
		err = check_flags(current, args->flags);
	if (!err)
		err = check_nproc(current);
	if (err)
		return err;

	if (args->flags & CLONE_NEWUSER)
		err = create_user_ns(k, task_cred(current), &cred);
	else
		cred = get_cred(task_cred(current));
	if (err)
		return err;
	err = create_new_namespaces(current, args->flags, cred, &nsproxy);
	if (err)
		goto out_cred;
	err = alloc_pid(nsproxy->pid_ns_for_children, args->set_tid, args->set_tid_size, current,
			&pid);
	if (err)
		goto out_nsproxy;
	if (k->can_fork) {
		err = k->can_fork(k->can_fork_data);
		if (err) {
			free_pid(pid);
			goto out_nsproxy;
		}
	}

	if (nsproxy->inum[NS_TIME] != nsproxy->inum[NS_TIME_FOR_CHILDREN] &&
	    !(args->flags & CLONE_VM)) {
		struct nsproxy *own = nsproxy_copy(nsproxy, nsproxy->pid_ns_for_children);

		own->inum[NS_TIME] = own->inum[NS_TIME_FOR_CHILDREN];
		put_nsproxy(nsproxy);
		nsproxy = own;
	}
	t = task_new(k);
	copy_shared(t, current, args->flags, cred, nsproxy);
	if (task_blocked(current))
		task_extra(t)->blocked = task_blocked(current);
	t->forknoexec = true;
	t->fs_shared = args->flags & CLONE_FS;
	if (t->fs_shared)
		current->fs_shared = true;
	share_files(t, current, args->flags);
	if (args->flags & CLONE_THREAD)
		t->signal = current->signal;
	else
		t->signal = kmem_cache_zalloc(k->signal_cachep);
	facts_fork(t, current, args->flags);
	set_parent(t, current, args);
	publish_task(t, current, pid);
	if (args->flags & CLONE_PIDFD)
		pidfd_create(current, pid, args->flags & CLONE_THREAD ? PIDFD_THREAD : 0);
	*child = t;
	return 0;

out_nsproxy:
	put_nsproxy(nsproxy);
out_cred:
	put_cred(cred);
	return err;
}

/* The swapper or init: what they have is theirs alone. */
static struct task_struct *first_task(struct kernel *k, struct pid *pid, const char *comm,
				      struct cred *cred)
{
	struct task_struct *t = task_new(k);

	t->shared = kmem_cache_zalloc(k->shared_cachep);
	t->shared->count = 1;
	t->shared->sighand = sighand_copy(k, NULL);
	t->shared->nsproxy = nsproxy_new(k->init_pid_ns);
	t->shared->cred = cred;
	t->shared->nproc = -1;
	g_strlcpy(t->shared->comm, comm, TASK_COMM_LEN);
	t->signal = kmem_cache_zalloc(k->signal_cachep);
	t->thread_pid = pid;
	t->exit_signal = SIGCHLD;
	chain_add_tail(&t->thread_node, &t->signal->thread_head);
	t->signal->nr_threads = 1;
	attach_pid(t, PIDTYPE_PID);
	attach_leader(t, pid, pid);
	return t;
}

struct task_struct *fork_init(struct kernel *k, uid_t uid, gid_t gid)
{
	struct task_struct *swapper, *init;
	struct pid *pid;
	int err;

	swapper = first_task(k, k->init_struct_pid, "swapper/0",
			     cred_new(k->init_user_ns, 0, 0, CAP_FULL_SET));
	swapper->real_parent = swapper;
	k->swapper = swapper;

	err = alloc_pid(k->init_pid_ns, NULL, 0, swapper, &pid);
	g_assert(!err);
	init = first_task(k, pid, "init", cred_new(k->init_user_ns, uid, gid, CAP_FULL_SET));
	init->shared->mm = mm_new(k, NULL);
	init->real_parent = swapper;
	chain_add_tail(&init->sibling, &swapper->children);
	init->signal->flags = SIGNAL_UNKILLABLE;
	init->signal->leader = true;
	k->init_pid_ns->child_reaper = init;
	task_cred(init)->user->processes++;
	k->forks = k->nr_threads = 1;
	return init;
}
