/* SPDX-License-Identifier: MIT */
#include "core/fork.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>

#include "core/exit.h"
#include "core/pidfd.h"
#include "core/signal.h"
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
	struct kernel *k = current->kernel;

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
	     current->nsproxy->pid_ns_for_children != task_active_pid_ns(current)))
		return refuse(k, -EINVAL, "a thread lives in its process's namespaces");
	return 0;
}

unsigned long user_processes(const struct kernel *k, uid_t uid)
{
	return GPOINTER_TO_SIZE(g_hash_table_lookup(k->users, GUINT_TO_POINTER(uid)));
}

static int check_nproc(struct task_struct *current)
{
	const struct cred *cred = current->cred;
	long limit = current->signal->nproc;

	if (limit < 0 || user_processes(current->kernel, cred->uid) < (unsigned long)limit)
		return 0;
	if (!cred->uid || cap_capable(cred, current->kernel->init_user_ns, CAP_SYS_RESOURCE) ||
	    cap_capable(cred, current->kernel->init_user_ns, CAP_SYS_ADMIN))
		return 0;
	return refuse(current->kernel, -EAGAIN, "the user has as many processes as RLIMIT_NPROC");
}

static void copy_sighand(struct task_struct *t, const struct task_struct *from, uint64_t flags)
{
	if (flags & CLONE_SIGHAND) {
		from->sighand->count++;
		t->sighand = from->sighand;
		return;
	}
	t->sighand = g_new0(struct sighand_struct, 1);
	*t->sighand = *from->sighand;
	t->sighand->count = 1;
	if (flags & CLONE_CLEAR_SIGHAND) {
		t->sighand->caught = 0;
		t->sighand->nocldwait = false;
	}
}

static void copy_mm(struct task_struct *t, const struct task_struct *from, uint64_t flags)
{
	if (flags & CLONE_VM && from->mm) {
		from->mm->count++;
		t->mm = from->mm;
		return;
	}
	t->mm = g_new0(struct mm_struct, 1);
	t->mm->count = 1;
	if (from->mm && from->mm->cmdline)
		t->mm->cmdline = g_bytes_ref(from->mm->cmdline);
}

static void share_files(struct task_struct *t, struct task_struct *from, uint64_t flags)
{
	if (flags & CLONE_FILES && !from->files)
		from->files = copy_files(NULL); /* so that both mean one table */
	if (!from->files)
		return;
	if (flags & CLONE_FILES) {
		from->files->count++;
		t->files = from->files;
	} else {
		t->files = copy_files(from->files);
	}
}

static struct signal_struct *signal_new(void)
{
	struct signal_struct *signal = g_new0(struct signal_struct, 1);

	INIT_LIST_HEAD(&signal->thread_head);
	init_waitqueue_head(&signal->wait_chldexit);
	signal->nproc = -1;
	return signal;
}

static struct task_struct *task_new(struct kernel *k)
{
	struct task_struct *t = g_new0(struct task_struct, 1);
	int i;

	t->kernel = k;
	for (i = 0; i < PIDTYPE_MAX; i++)
		INIT_LIST_HEAD(&t->pid_links[i]);
	INIT_LIST_HEAD(&t->children);
	INIT_LIST_HEAD(&t->sibling);
	INIT_LIST_HEAD(&t->thread_node);
	INIT_LIST_HEAD(&t->run_list);
	t->start_time = k->clock ? k->clock(k->clock_data) : 0;
	return t;
}

static void attach_leader(struct task_struct *t, struct pid *pid, struct pid *pgrp, struct pid *sid)
{
	t->signal->pids[PIDTYPE_TGID] = pid;
	t->signal->pids[PIDTYPE_PGID] = pgrp;
	t->signal->pids[PIDTYPE_SID] = sid;
	attach_pid(t, PIDTYPE_TGID);
	attach_pid(t, PIDTYPE_PGID);
	attach_pid(t, PIDTYPE_SID);
}

void count_user(struct kernel *k, uid_t uid)
{
	g_hash_table_insert(k->users, GUINT_TO_POINTER(uid),
			    GSIZE_TO_POINTER(user_processes(k, uid) + 1));
}

static void copy_signal(struct task_struct *t, struct task_struct *current)
{
	t->signal = signal_new();
	t->signal->nproc = current->signal->nproc;
	t->group_leader = t;
}

/* Where the child hangs, and what its death will say to whom. */
static void set_parent(struct task_struct *t, struct task_struct *current,
		       const struct kernel_clone_args *args)
{
	if (args->flags & (CLONE_PARENT | CLONE_THREAD)) {
		t->real_parent = current->real_parent;
		t->parent_exec_id = current->parent_exec_id;
		t->exit_signal = args->flags & CLONE_THREAD ? -1 :
							      current->group_leader->exit_signal;
	} else {
		t->real_parent = current;
		t->parent_exec_id = current->self_exec_id;
		t->exit_signal = args->exit_signal;
	}
}

static void publish_task(struct task_struct *t, struct task_struct *current, struct pid *pid)
{
	struct signal_struct *signal = t->signal;

	t->thread_pid = pid;
	if (thread_group_leader(t)) {
		struct signal_struct *up = t->real_parent->signal;

		if (is_child_reaper(pid)) {
			ns_of_pid(pid)->child_reaper = t;
			signal->flags |= SIGNAL_UNKILLABLE;
		}
		signal->has_child_subreaper = up->has_child_subreaper || up->is_child_subreaper;
		attach_leader(t, pid, task_pgrp(current), task_session(current));
		list_add_tail(&t->sibling, &t->real_parent->children);
	}
	list_add_tail(&t->thread_node, &signal->thread_head);
	signal->nr_threads++;
	attach_pid(t, PIDTYPE_PID);
	count_user(t->kernel, t->cred->uid);
	t->kernel->forks++;
	t->kernel->nr_threads++;
	kernel_changed(t->kernel, CHANGE_BORN, pid, ns_of_pid(pid));
	task_changed(t->real_parent);
	task_changed(current);
	kernel_event(t->kernel, thread_group_leader(t) ? EVENT_FORK : EVENT_THREAD, pid,
		     task_tgid(current), 0, t->comm);
}

int kernel_clone(struct task_struct *current, const struct kernel_clone_args *args,
		 struct task_struct **child)
{
	struct kernel *k = current->kernel;
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
		err = create_user_ns(k, current->cred, &cred);
	else
		cred = get_cred(current->cred);
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

	t = task_new(k);
	t->cred = cred;
	t->nsproxy = nsproxy;
	if (nsproxy->inum[NS_TIME] != nsproxy->inum[NS_TIME_FOR_CHILDREN] &&
	    !(args->flags & CLONE_VM)) {
		struct nsproxy *own = nsproxy_copy(nsproxy, nsproxy->pid_ns_for_children);

		own->inum[NS_TIME] = own->inum[NS_TIME_FOR_CHILDREN];
		put_nsproxy(nsproxy);
		t->nsproxy = own;
	}
	set_task_comm(t, current->comm);
	t->self_exec_id = current->self_exec_id;
	t->blocked = current->blocked;
	t->forknoexec = true;
	t->fs_shared = args->flags & CLONE_FS;
	if (t->fs_shared)
		current->fs_shared = true;
	copy_sighand(t, current, args->flags);
	copy_mm(t, current, args->flags);
	share_files(t, current, args->flags);
	if (args->flags & CLONE_THREAD) {
		t->signal = current->signal;
		t->group_leader = current->group_leader;
	} else {
		copy_signal(t, current);
	}
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

static struct task_struct *first_task(struct kernel *k, struct pid *pid, const char *comm)
{
	struct task_struct *t = task_new(k);

	set_task_comm(t, comm);
	t->signal = signal_new();
	t->group_leader = t;
	t->thread_pid = pid;
	t->exit_signal = SIGCHLD;
	t->sighand = g_new0(struct sighand_struct, 1);
	t->sighand->count = 1;
	t->nsproxy = nsproxy_new(k->init_pid_ns);
	attach_pid(t, PIDTYPE_PID);
	list_add_tail(&t->thread_node, &t->signal->thread_head);
	t->signal->nr_threads = 1;
	return t;
}

struct task_struct *fork_init(struct kernel *k, uid_t uid, gid_t gid)
{
	struct task_struct *swapper, *init;
	struct pid *pid;
	int err;

	swapper = first_task(k, k->init_struct_pid, "swapper/0");
	swapper->cred = cred_new(k->init_user_ns, 0, 0, CAP_FULL_SET);
	swapper->real_parent = swapper;
	attach_leader(swapper, k->init_struct_pid, k->init_struct_pid, k->init_struct_pid);
	k->swapper = swapper;

	err = alloc_pid(k->init_pid_ns, NULL, 0, swapper, &pid);
	g_assert(!err);
	init = first_task(k, pid, "init");
	init->cred = cred_new(k->init_user_ns, uid, gid, CAP_FULL_SET);
	init->real_parent = swapper;
	copy_mm(init, swapper, 0);
	attach_leader(init, pid, pid, pid);
	list_add_tail(&init->sibling, &swapper->children);
	init->signal->flags = SIGNAL_UNKILLABLE;
	init->signal->leader = true;
	k->init_pid_ns->child_reaper = init;
	count_user(k, uid);
	k->forks = k->nr_threads = 1;
	return init;
}
