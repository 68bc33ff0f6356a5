/* SPDX-License-Identifier: MIT */
/* What can be done in the virtual world: system calls by one of its tasks. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>

#include "core/exec.h"
#include "core/exit.h"
#include "core/fork.h"
#include "core/pidfd.h"
#include "core/signal.h"
#include "core/sys.h"
#include "world/virtual.h"

/* The child's number in the view, then in each namespace further in. */
static void append_numbers(const struct task_struct *child, unsigned int level, GArray *pids)
{
	const struct pid *pid = task_pid(child);

	for (; level <= pid->level; level++)
		g_array_append_val(pids, pid->numbers[level].nr);
}

static int check_uid(struct task_struct *current, int64_t uid)
{
	if (uid < 0 || (uid_t)uid == task_cred(current)->uid ||
	    ns_capable(current, task_cred(current)->user_ns, CAP_SETUID))
		return 0;
	return refuse(task_kernel(current), -EPERM, "another uid for the child needs CAP_SETUID");
}

/* clone3(2), and what the child does before anybody sees it. */
static int fork_one(struct world *w, struct task_struct *current, const struct world_fork *args,
		    const struct key_value *values, struct task_struct **child)
{
	struct kernel_clone_args kca = {
		.flags = args->flags,
		.exit_signal = args->exit_signal,
		.set_tid = args->set_tid,
		.set_tid_size = args->set_tid_size,
	};
	struct task_struct *t;
	int err = check_uid(current, args->uid);

	if (!err)
		err = kernel_clone(current, &kca, &t);
	if (err)
		return err;
	if (args->uid >= 0)
		set_task_uid(t, (uid_t)args->uid);
	if (args->cmdline)
		begin_new_exec(t, args->comm ? args->comm : task_comm(t), args->cmdline);
	else if (args->comm)
		set_task_comm(t, args->comm);
	world_set_keys(w, t, args->keys, values, args->n);
	*child = t;
	return 0;
}

/* The level of the view through which the actor was reached. */
static int check_level(const struct task_struct *current, struct world_actor a)
{
	if (a.ref.level <= task_pid(current)->level)
		return 0;
	return refuse(task_kernel(current), -ESRCH, "the process is not in that view");
}

/* The rest of what a fork needs before it begins: values has args->n of them. */
static int prepare(const struct task_struct *current, struct world_actor a,
		   const struct world_fork *args, struct key_value *values)
{
	const char *why;
	int err = check_level(current, a);

	if (!err && keys_parse(&task_keys, (const char *const *)args->keys,
			       (const char *const *)args->values, args->n, values, &why))
		err = refuse(task_kernel(current), -EINVAL, why);
	return err;
}

static int virtual_fork(struct world *w, struct world_actor a, const struct world_fork *args,
			GArray *pids)
{
	g_autofree struct key_value *values = g_new0(struct key_value, args->n);
	struct task_struct *current, *child;
	int err = world_begin_as(w, a, &current);

	if (err)
		return err;
	err = prepare(current, a, args, values);
	if (!err)
		err = fork_one(w, current, args, values, &child);
	if (!err)
		append_numbers(child, a.ref.level, pids);
	keys_clear(values, args->n);
	return world_end(w, err);
}

/* What printf(3) does, in a tenth of the time: a write may make a million of them. */
static void append_number(GString *out, int nr, char behind)
{
	char text[12], *p = text + sizeof(text);

	*--p = behind;
	do {
		*--p = (char)('0' + nr % 10);
	} while (nr /= 10);
	g_string_append_len(out, p, text + sizeof(text) - p);
}

static int virtual_fork_many(struct world *w, struct world_actor a, const struct world_fork *args,
			     unsigned int n, GString *out, int *err)
{
	g_autofree struct key_value *values = g_new0(struct key_value, args->n);
	g_autoptr(GArray) pids = g_array_new(FALSE, FALSE, sizeof(int));
	struct task_struct *current, *child;
	unsigned int made, i;

	*err = world_begin_as(w, a, &current);
	if (*err)
		return *err;
	*err = prepare(current, a, args, values);
	for (made = 0; made < n && !*err; made++) {
		*err = fork_one(w, current, args, values, &child);
		if (*err)
			break;
		g_array_set_size(pids, 0);
		append_numbers(child, a.ref.level, pids);
		for (i = 0; i < pids->len; i++)
			append_number(out, g_array_index(pids, int, i),
				      i + 1 < pids->len ? ' ' : '\n');
		/* A program's exec may have been the end of its parent's other threads. */
		if (current->exiting)
			*err = refuse(to_virtual(w)->k, -ESRCH, "the process has ended");
	}
	keys_clear(values, args->n);
	/* A failure behind a success is told by *err; the sentence goes with it. */
	if (made)
		return world_end_partly(w, (int)made);
	return world_end(w, *err);
}

static int virtual_exec(struct world *w, struct world_actor a, const char *comm, GBytes *cmdline)
{
	struct task_struct *current;
	int err = world_begin_as(w, a, &current);

	return err ? err : world_end(w, begin_new_exec(current, comm, cmdline));
}

static bool has_other_thread(const struct task_struct *t)
{
	const struct task_struct *other;

	for_each_thread(t->signal, other)
		if (other != t && !other->exiting)
			return true;
	return false;
}

static int virtual_exit(struct world *w, struct world_actor a, int code)
{
	struct task_struct *current;
	int err = world_begin_as(w, a, &current);

	if (err)
		return err;
	if (is_global_init(current) && (!a.thread || !has_other_thread(current)))
		return world_end(
			w, refuse(to_virtual(w)->k, -EPERM,
				  "without its first init a machine panics: pid 1 of the root "
				  "namespace cannot end"));
	if (a.thread)
		do_exit(current, (code & 0xff) << 8);
	else
		do_group_exit(current, (code & 0xff) << 8);
	return world_end(w, 0);
}

static int virtual_kill(struct world *w, struct world_actor a, int pid, int sig)
{
	struct task_struct *current;
	int err = world_begin_as(w, a, &current);

	return err ? err : world_end(w, ksys_kill(current, pid, sig));
}

static int virtual_tgkill(struct world *w, struct world_actor a, int tgid, int tid, int sig)
{
	struct task_struct *current;
	int err = world_begin_as(w, a, &current);

	return err ? err : world_end(w, ksys_tgkill(current, tgid, tid, sig));
}

static int virtual_signal(struct world *w, struct world_actor target, int sig)
{
	struct kernel *k = world_begin(w);
	struct pid *pid = find_pid_ino(k, target.ref.ino);
	struct task_struct *t = pid_task(pid, PIDTYPE_PID);
	struct pid_namespace *view = t ? world_view(pid, target.ref.level) : NULL;

	if (!view)
		return world_end(w, refuse(k, -ESRCH, "the process is gone"));
	return world_end(w, send_sig_from_ns(view, t, target.thread, sig));
}

static int virtual_setns(struct world *w, struct world_actor a, uint32_t inum, uint64_t type)
{
	struct task_struct *current;
	struct pid_namespace *ns;
	int err = world_begin_as(w, a, &current);

	if (err)
		return err;
	ns = world_live_ns(w, inum);
	if (!ns) {
		/* A dead one is found only by who has it open. */
		struct hold *hold =
			g_hash_table_lookup(to_virtual(w)->held_ns, GUINT_TO_POINTER(inum));

		ns = hold ? hold->ns : NULL;
	}
	if (!ns)
		return world_end(w, refuse(to_virtual(w)->k, -EBADF,
					   "no pid namespace has that number"));
	return world_end(w, setns_nsfd(current, ns, type));
}

static int virtual_setns_pid(struct world *w, struct world_actor a, int nr, uint64_t type)
{
	struct task_struct *current;
	int fd, err = world_begin_as(w, a, &current);

	if (err)
		return err;
	fd = pidfd_open(current, nr, 0);
	if (fd < 0)
		return world_end(w, fd);
	close_fd(current, fd);
	return world_end(w, setns_pidfd(current, find_vpid(current, nr), type));
}

static int virtual_unshare(struct world *w, struct world_actor a, uint64_t flags)
{
	struct task_struct *current;
	int err = world_begin_as(w, a, &current);

	return err ? err : world_end(w, ksys_unshare(current, flags));
}

static int virtual_setsid(struct world *w, struct world_actor a)
{
	struct task_struct *current;
	int err = world_begin_as(w, a, &current);

	return err ? err : world_end(w, ksys_setsid(current));
}

static int virtual_setpgid(struct world *w, struct world_actor a, int pid, int pgid)
{
	struct task_struct *current;
	int err = world_begin_as(w, a, &current);

	return err ? err : world_end(w, ksys_setpgid(current, pid, pgid));
}

static int virtual_waitid(struct world *w, struct world_actor a, const struct world_wait *args,
			  struct world_waited *res, struct world_waiter *waiter)
{
	static const int idtypes[] = {
		[WORLD_P_ALL] = P_IS_ALL,
		[WORLD_P_PID] = P_IS_PID,
		[WORLD_P_PGID] = P_IS_PGID,
		[WORLD_P_PIDFD] = P_IS_PIDFD,
	};
	struct waitid_result r = { 0 };
	struct task_struct *current;
	int err = world_begin_as(w, a, &current);

	if (err)
		return err;
	err = kernel_waitid(current, idtypes[args->idtype], args->id, args->options, &r);
	if (err == -EINPROGRESS)
		world_sleep(w, &task_tgid(current)->wait_pidfd, waiter);
	if (!err)
		*res = (struct world_waited){ .pid = r.pid, .code = r.code, .status = r.status };
	return world_end(w, err);
}

static int virtual_sigaction(struct world *w, struct world_actor a, int sig, enum world_sigact act)
{
	static int (*const acts[])(struct task_struct *, int) = {
		[WORLD_SIG_DEFAULT] = do_sigaction_default,
		[WORLD_SIG_IGNORE] = do_sigaction_ignore,
		[WORLD_SIG_CATCH] = do_sigaction_catch,
		[WORLD_SIG_NOCLDWAIT] = do_sigaction_nocldwait,
		[WORLD_SIG_BLOCK] = sigprocmask_block,
		[WORLD_SIG_UNBLOCK] = sigprocmask_unblock,
	};
	struct task_struct *current;
	int err = world_begin_as(w, a, &current);

	return err ? err : world_end(w, acts[act](current, sig));
}

static int virtual_prctl(struct world *w, struct world_actor a, int option, unsigned long arg)
{
	struct task_struct *current;
	int err = world_begin_as(w, a, &current);

	if (err)
		return err;
	switch (option) {
	case PR_SET_CHILD_SUBREAPER:
		set_child_subreaper(current, arg != 0);
		break;
	case PR_SET_PDEATHSIG:
		err = set_pdeathsig(current, (int)MIN(arg, INT_MAX));
		break;
	default:
		err = refuse(to_virtual(w)->k, -EINVAL, "no such option of prctl");
	}
	return world_end(w, err);
}

static int virtual_pidfd_open(struct world *w, struct world_actor a, int pid, unsigned int flags)
{
	struct task_struct *current;
	int err = world_begin_as(w, a, &current);

	return err ? err : world_end(w, pidfd_open(current, pid, flags));
}

static int virtual_pidfd_getfd(struct world *w, struct world_actor a, int pidfd, int fd,
			       unsigned int flags)
{
	struct task_struct *current;
	int err = world_begin_as(w, a, &current);

	return err ? err : world_end(w, pidfd_getfd(current, pidfd, fd, flags));
}

static int virtual_pidfd_send_signal(struct world *w, struct world_actor a, int pidfd, int sig,
				     unsigned int flags)
{
	struct task_struct *current;
	int err = world_begin_as(w, a, &current);

	return err ? err : world_end(w, pidfd_send_signal(current, pidfd, sig, flags));
}

static int virtual_close(struct world *w, struct world_actor a, int fd)
{
	struct task_struct *current;
	int err = world_begin_as(w, a, &current);

	return err ? err : world_end(w, close_fd(current, fd));
}

static int virtual_set_comm(struct world *w, struct world_actor a, const char *comm, size_t len)
{
	char name[TASK_COMM_LEN] = "";
	struct task_struct *current;
	int err = world_begin_as(w, a, &current);

	if (err)
		return err;
	memcpy(name, comm, MIN(len, sizeof(name) - 1));
	set_task_comm(current, name);
	return world_end(w, 0);
}

static int virtual_set_pid_max(struct world *w, uint32_t inum, long value)
{
	struct kernel *k = world_begin(w);
	struct pid_namespace *ns = world_live_ns(w, inum);

	if (!ns)
		return world_end(w, refuse(k, -ENOENT, "the namespace is dead"));
	return world_end(w, pid_ns_set_pid_max(ns, value));
}

static int virtual_set_last_pid(struct world *w, uint32_t inum, long value)
{
	struct kernel *k = world_begin(w);
	struct pid_namespace *ns = world_live_ns(w, inum);

	if (!ns)
		return world_end(w, refuse(k, -ENOENT, "the namespace is dead"));
	return world_end(w, pid_ns_set_last_pid(ns, value));
}

void virtual_act_ops(struct world_ops *ops)
{
	ops->fork = virtual_fork;
	ops->fork_many = virtual_fork_many;
	ops->exec = virtual_exec;
	ops->exit = virtual_exit;
	ops->kill = virtual_kill;
	ops->tgkill = virtual_tgkill;
	ops->signal = virtual_signal;
	ops->setns = virtual_setns;
	ops->setns_pid = virtual_setns_pid;
	ops->unshare = virtual_unshare;
	ops->setsid = virtual_setsid;
	ops->setpgid = virtual_setpgid;
	ops->waitid = virtual_waitid;
	ops->sigaction = virtual_sigaction;
	ops->prctl = virtual_prctl;
	ops->pidfd_open = virtual_pidfd_open;
	ops->pidfd_getfd = virtual_pidfd_getfd;
	ops->pidfd_send_signal = virtual_pidfd_send_signal;
	ops->close = virtual_close;
	ops->set_comm = virtual_set_comm;
	ops->set_pid_max = virtual_set_pid_max;
	ops->set_last_pid = virtual_set_last_pid;
}
