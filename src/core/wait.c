/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "core/exit.h"
#include "core/pidfd.h"

#ifndef __WNOTHREAD
#define __WNOTHREAD 0x20000000
#define __WALL 0x40000000
#define __WCLONE 0x80000000
#endif

struct wait_opts {
	struct task_struct *current;
	enum pid_type type;
	struct pid *pid; /* NULL with PIDTYPE_MAX: any */
	unsigned int options;
	struct waitid_result *res;
	bool candidate, found;
};

static bool eligible_child(const struct wait_opts *wo, const struct task_struct *p)
{
	if (wo->type != PIDTYPE_MAX && task_pid_type(p, wo->type) != wo->pid)
		return false;
	if (wo->options & __WALL)
		return true;
	return (p->exit_signal != SIGCHLD) == !!(wo->options & (unsigned int)__WCLONE);
}

static void found(struct wait_opts *wo, struct task_struct *p, int code, int status)
{
	wo->res->pid = pid_vnr(wo->current, task_pid(p));
	wo->res->code = code;
	wo->res->status = status;
	wo->found = true;
}

static void wait_consider_task(struct wait_opts *wo, struct task_struct *p)
{
	struct signal_struct *signal = p->signal;
	bool keep = wo->options & WNOWAIT;

	if (p->exit_state == EXIT_DEAD || !eligible_child(wo, p))
		return;
	if (p->exit_state == EXIT_ZOMBIE && !delay_group_leader(p)) {
		/* Who wants to hear of others alone has no such child. */
		if (!(wo->options & WEXITED))
			return;
		exit_status(p, wo->res);
		found(wo, p, wo->res->code, wo->res->status);
		if (!keep) {
			facts_wait(wo->current, p);
			p->exit_state = EXIT_DEAD;
			release_task(p);
		}
		return;
	}
	wo->candidate = true;
	if (wo->options & WSTOPPED && signal->flags & SIGNAL_CLD_STOPPED) {
		found(wo, p, CLD_STOPPED, signal->group_stop_sig);
		/* The status that was told is also in the child's stat. */
		task_changed(p);
		if (!keep)
			signal->flags &= (uint8_t)~SIGNAL_CLD_STOPPED;
	} else if (wo->options & WCONTINUED && signal->flags & SIGNAL_STOP_CONTINUED) {
		found(wo, p, CLD_CONTINUED, SIGCONT);
		if (!keep)
			signal->flags &= (uint8_t)~SIGNAL_STOP_CONTINUED;
	}
}

static void do_wait_thread(struct wait_opts *wo, struct task_struct *t)
{
	struct task_struct *p;

	chain_for_each_entry(p, &t->children, sibling) {
		wait_consider_task(wo, p);
		if (wo->found)
			return;
	}
}

/* One child can be looked up: no walk, however many there are. */
static void do_wait_pid(struct wait_opts *wo)
{
	struct task_struct *p = pid_task(wo->pid, PIDTYPE_TGID);

	if (!p)
		return;
	if (p->real_parent == wo->current || (!(wo->options & __WNOTHREAD) &&
					      same_thread_group(p->real_parent, wo->current)))
		wait_consider_task(wo, p);
}

static void do_wait_group(struct wait_opts *wo)
{
	struct list_head *pos = &wo->current->thread_node;

	/* Around the ring of threads, the caller's own children first. */
	do {
		do_wait_thread(wo, list_entry(pos, struct task_struct, thread_node));
		pos = pos->next;
	} while (!wo->found && !(wo->options & __WNOTHREAD) && pos != &wo->current->thread_node);
}

static int wait_target(struct wait_opts *wo, int idtype, int id, bool *nonblock)
{
	struct task_struct *current = wo->current;
	struct kernel *k = task_kernel(current);
	unsigned int flags;
	int err;

	switch (idtype) {
	case P_IS_ALL:
		wo->type = PIDTYPE_MAX;
		return 0;
	case P_IS_PID:
		if (id <= 0)
			return refuse(k, -EINVAL, "a pid is above 0");
		wo->type = PIDTYPE_TGID;
		wo->pid = find_vpid(current, id);
		break;
	case P_IS_PGID:
		if (id < 0)
			return refuse(k, -EINVAL, "a group is not below 0");
		wo->type = PIDTYPE_PGID;
		wo->pid = id ? find_vpid(current, id) : task_pgrp(current);
		break;
	case P_IS_PIDFD:
		if (id < 0)
			return refuse(k, -EINVAL, "a descriptor is not below 0");
		wo->type = PIDTYPE_TGID;
		err = pidfd_get_pid(current, id, &wo->pid, &flags);
		if (err)
			return err;
		put_pid(wo->pid); /* the descriptor has it */
		*nonblock = flags & O_NONBLOCK;
		break;
	default:
		return refuse(k, -EINVAL, "no such kind of id");
	}
	if (!wo->pid || !pid_has_task(wo->pid, wo->type))
		return refuse(k, -ECHILD, "no child is meant by that");
	return 0;
}

int kernel_waitid(struct task_struct *current, int idtype, int id, int options,
		  struct waitid_result *res)
{
	struct kernel *k = task_kernel(current);
	struct wait_opts wo = { .current = current, .options = (unsigned int)options, .res = res };
	bool nonblock = false;
	int err;

	if (wo.options & ~(unsigned int)(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED |
					 __WNOTHREAD | __WCLONE | __WALL))
		return refuse(k, -EINVAL, "no such option");
	if (!(wo.options & (WEXITED | WSTOPPED | WCONTINUED)))
		return refuse(k, -EINVAL, "wait for what: exited, stopped or continued?");
	err = wait_target(&wo, idtype, id, &nonblock);
	if (err)
		return err;
	if (wo.type == PIDTYPE_TGID)
		do_wait_pid(&wo);
	else
		do_wait_group(&wo);
	if (wo.found)
		return 0;
	if (!wo.candidate)
		return refuse(k, -ECHILD, "the caller has no such child");
	if (wo.options & WNOHANG) {
		*res = (struct waitid_result){ 0 };
		return 0;
	}
	if (nonblock)
		return refuse(k, -EAGAIN, "the pidfd does not block, and nothing is ready");
	return -EINPROGRESS;
}
