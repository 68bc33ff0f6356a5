/* SPDX-License-Identifier: MIT */
/* The calls of the core, errno by errno; what random calls rarely meet. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "core/exec.h"
#include "core/exit.h"
#include "core/fork.h"
#include "core/pidfd.h"
#include "core/signal.h"
#include "core/sys.h"
#include "core/verify.h"

static struct kernel *k;
static struct task_struct *init;

static void begin(int version)
{
	const struct kernel_options o = { .version = version, .cpus = 2 };

	k = kernel_new(&o);
	init = kernel_init_task(k);
}

static int done(int result)
{
	char *wrong;

	kernel_run(k);
	wrong = verify(k);
	g_assert_cmpstr(wrong, ==, NULL);
	return result;
}

static void end(void)
{
	done(0);
	kernel_free(k);
}

static int clone_as(struct task_struct *t, uint64_t flags, int exit_signal,
		    struct task_struct **child)
{
	const struct kernel_clone_args args = { .flags = flags, .exit_signal = exit_signal };
	struct task_struct *unused;

	return done(kernel_clone(t, &args, child ? child : &unused));
}

static struct task_struct *child_of(struct task_struct *t)
{
	struct task_struct *child = NULL;

	g_assert_cmpint(clone_as(t, 0, SIGCHLD, &child), ==, 0);
	return child;
}

static struct task_struct *thread_of(struct task_struct *t)
{
	struct task_struct *thread = NULL;

	g_assert_cmpint(clone_as(t, CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, 0, &thread), ==, 0);
	return thread;
}

static struct task_struct *container_of_task(struct task_struct *t)
{
	struct task_struct *child = NULL;

	g_assert_cmpint(clone_as(t, CLONE_NEWPID, SIGCHLD, &child), ==, 0);
	return child;
}

static int nr(const struct task_struct *t)
{
	return pid_nr(t->thread_pid);
}

static int wait_for(struct task_struct *t, int options, struct waitid_result *res)
{
	return done(kernel_waitid(t, P_IS_ALL, 0, options | WNOHANG, res));
}

static void test_clone_flags(void)
{
	static const struct {
		uint64_t flags;
		int exit_signal, err;
	} cases[] = {
		{ 0, 65, -EINVAL },
		{ 0, 0x100, -EINVAL },
		{ UINT64_C(1) << 40, 0, -EINVAL },
		{ CLONE_DETACHED, 0, -EINVAL },
		{ 1, 0, -EINVAL },
		{ CLONE_SIGHAND | CLONE_VM | UINT64_C(0x100000000), 0, -EINVAL },
		{ CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, SIGCHLD, -EINVAL },
		{ CLONE_PARENT, SIGCHLD, -EINVAL },
		{ CLONE_NEWNS | CLONE_FS, 0, -EINVAL },
		{ CLONE_NEWUSER | CLONE_FS, 0, -EINVAL },
		{ CLONE_THREAD | CLONE_VM, 0, -EINVAL },
		{ CLONE_SIGHAND, 0, -EINVAL },
		{ CLONE_PARENT, 0, -EINVAL }, /* init has no siblings */
		{ CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_NEWPID, 0, -EINVAL },
		{ CLONE_NEWPID | CLONE_VM, SIGCHLD, 0 },
		{ CLONE_NEWUSER | CLONE_NEWPID, SIGCHLD, 0 },
	};

	begin(612);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpint(clone_as(init, cases[i].flags, cases[i].exit_signal, NULL), ==,
				cases[i].err);
	end();
}

static void test_rights_and_limits(void)
{
	const int tid = 77;
	struct kernel_clone_args args = { .set_tid = &tid, .set_tid_size = 1 };
	struct task_struct *t, *other, *child;

	begin(612);
	t = child_of(init);
	set_task_uid(t, 1000);
	g_assert_cmpint(clone_as(t, CLONE_NEWPID, SIGCHLD, NULL), ==, -EPERM);
	g_assert_cmpint(done(ksys_unshare(t, CLONE_NEWPID)), ==, -EPERM);
	g_assert_cmpint(done(setns_nsfd(t, k->init_pid_ns, 0)), ==, -EPERM);
	g_assert_cmpint(done(kernel_clone(t, &args, &child)), ==, -EPERM);
	other = child_of(init);
	g_assert_cmpint(done(ksys_kill(t, nr(other), SIGTERM)), ==, -EPERM);
	g_assert_cmpint(done(ksys_kill(t, nr(t), 0)), ==, 0);
	g_assert_cmpint(done(ksys_kill(t, -1, SIGTERM)), ==, 0);
	set_task_nproc(t, 2);
	g_assert_cmpint(clone_as(t, 0, SIGCHLD, NULL), ==, 0);
	g_assert_cmpint(clone_as(t, 0, SIGCHLD, NULL), ==, -EAGAIN);
	/* A new user namespace gives every right, there. */
	set_task_nproc(t, -1);
	g_assert_cmpint(clone_as(t, CLONE_NEWUSER | CLONE_NEWPID, SIGCHLD, &child), ==, 0);
	g_assert_cmpint(clone_as(child, CLONE_NEWPID, SIGCHLD, NULL), ==, 0);
	g_assert_cmpint(clone_as(child, CLONE_NEWUSER, SIGCHLD, NULL), ==, -EPERM);
	end();
}

static int no(void *data)
{
	return *(int *)data;
}

static void test_late_failure(void)
{
	struct task_struct *t;
	int err = -EAGAIN;

	begin(612);
	t = child_of(init);
	g_assert_cmpint(done(ksys_unshare(t, CLONE_NEWPID)), ==, 0);
	k->can_fork = no;
	k->can_fork_data = &err;
	g_assert_cmpint(done(clone_as(t, 0, SIGCHLD, NULL)), ==, -EAGAIN);
	/* Its first pid was its last. */
	err = 0;
	g_assert_cmpint(clone_as(t, 0, SIGCHLD, NULL), ==, -ENOMEM);
	end();
}

static void test_depth(void)
{
	struct task_struct *t;

	begin(612);
	t = init;
	for (int i = 0; i < MAX_PID_NS_LEVEL; i++)
		t = container_of_task(t);
	g_assert_cmpint(t->thread_pid->level, ==, 32);
	g_assert_cmpint(clone_as(t, CLONE_NEWPID, SIGCHLD, NULL), ==, -ENOSPC);
	g_assert_cmpint(done(ksys_unshare(t, CLONE_NEWPID)), ==, -ENOSPC);
	end();
}

static void test_unshare_and_setns(void)
{
	struct task_struct *t, *box, *sibling, *dead;

	begin(612);
	t = child_of(init);
	box = container_of_task(init);
	sibling = container_of_task(init);
	g_assert_cmpint(done(ksys_unshare(t, CLONE_PARENT)), ==, -EINVAL);
	thread_of(t);
	g_assert_cmpint(done(ksys_unshare(t, CLONE_VM)), ==, -EINVAL);
	g_assert_cmpint(done(setns_nsfd(t, task_active_pid_ns(box), CLONE_NEWNET)), ==, -EINVAL);
	g_assert_cmpint(done(setns_nsfd(box, k->init_pid_ns, 0)), ==, -EINVAL);
	g_assert_cmpint(done(setns_nsfd(box, task_active_pid_ns(sibling), 0)), ==, -EINVAL);
	g_assert_cmpint(done(setns_pidfd(t, box->thread_pid, 0)), ==, -EINVAL);
	g_assert_cmpint(done(setns_pidfd(t, box->thread_pid, CLONE_VM)), ==, -EINVAL);
	g_assert_cmpint(done(setns_pidfd(t, box->thread_pid, CLONE_NEWPID)), ==, 0);
	g_assert_true(task_nsproxy(t)->pid_ns_for_children == task_active_pid_ns(box));
	dead = child_of(init);
	do_exit(dead, 0);
	done(0);
	g_assert_cmpint(done(setns_pidfd(t, dead->thread_pid, CLONE_NEWPID)), ==, -ESRCH);
	end();
}

static void test_wait_errors(void)
{
	struct waitid_result res;
	int fd;

	begin(612);
	g_assert_cmpint(done(kernel_waitid(init, P_IS_ALL, 0, WEXITED, &res)), ==, -ECHILD);
	child_of(init);
	g_assert_cmpint(done(kernel_waitid(init, P_IS_ALL, 0, 0, &res)), ==, -EINVAL);
	g_assert_cmpint(done(kernel_waitid(init, P_IS_ALL, 0, WEXITED | 0x100, &res)), ==, -EINVAL);
	g_assert_cmpint(done(kernel_waitid(init, P_IS_PID, 0, WEXITED, &res)), ==, -EINVAL);
	g_assert_cmpint(done(kernel_waitid(init, P_IS_PGID, -1, WEXITED, &res)), ==, -EINVAL);
	g_assert_cmpint(done(kernel_waitid(init, P_IS_PIDFD, -1, WEXITED, &res)), ==, -EINVAL);
	g_assert_cmpint(done(kernel_waitid(init, P_IS_PIDFD, 1, WEXITED, &res)), ==, -EBADF);
	g_assert_cmpint(done(kernel_waitid(init, 9, 1, WEXITED, &res)), ==, -EINVAL);
	g_assert_cmpint(done(kernel_waitid(init, P_IS_ALL, 0, WEXITED, &res)), ==, -EINPROGRESS);
	fd = done(pidfd_open(init, 2, O_NONBLOCK));
	g_assert_cmpint(done(kernel_waitid(init, P_IS_PIDFD, fd, WEXITED, &res)), ==, -EAGAIN);
	end();
}

static void test_stop_and_orphans(void)
{
	struct waitid_result res;
	struct task_struct *shell, *job;

	begin(612);
	shell = child_of(init);
	g_assert_cmpint(done(ksys_setsid(shell)), ==, nr(shell));
	job = child_of(shell);
	g_assert_cmpint(done(ksys_setpgid(shell, nr(job), 0)), ==, 0);
	g_assert_cmpint(done(ksys_kill(init, nr(job), SIGSTOP)), ==, 0);
	g_assert_cmpint(wait_for(shell, WSTOPPED, &res), ==, 0);
	g_assert_cmpint(res.code, ==, CLD_STOPPED);
	g_assert_cmpint(res.status, ==, SIGSTOP);
	/* Once a stop. */
	g_assert_cmpint(wait_for(shell, WSTOPPED, &res), ==, 0);
	g_assert_cmpint(res.pid, ==, 0);
	/* TERM pends while it is stopped. */
	g_assert_cmpint(done(ksys_kill(init, nr(job), SIGTERM)), ==, 0);
	g_assert_cmpint(job->exit_state, ==, EXIT_LIVE);
	g_assert_cmpint(done(ksys_kill(init, nr(job), SIGCONT)), ==, 0);
	g_assert_cmpint(wait_for(shell, WEXITED, &res), ==, 0);
	g_assert_cmpint(res.code, ==, CLD_KILLED);
	g_assert_cmpint(res.status, ==, SIGTERM);
	/* Nobody is left to continue a stopped group: HUP, then CONT. */
	job = child_of(shell);
	g_assert_cmpint(done(ksys_setpgid(shell, nr(job), 0)), ==, 0);
	g_assert_cmpint(done(ksys_kill(init, nr(job), SIGSTOP)), ==, 0);
	do_group_exit(shell, 0);
	done(0);
	g_assert_cmpint(job->exit_state, ==, EXIT_ZOMBIE);
	exit_status(job, &res);
	g_assert_cmpint(res.status, ==, SIGHUP);
	end();
}

static void test_signals(void)
{
	struct task_struct *box, *in, *t, *thread;

	begin(612);
	box = container_of_task(init);
	in = child_of(box);
	g_assert_cmpint(done(ksys_kill(in, 1, SIGKILL)), ==, 0);
	g_assert_cmpint(box->exit_state, ==, EXIT_LIVE);
	g_assert_cmpint(done(ksys_kill(init, nr(box), SIGTERM)), ==, 0);
	g_assert_cmpint(box->exit_state, ==, EXIT_LIVE);
	g_assert_cmpint(done(ksys_kill(init, INT_MIN, 0)), ==, -ESRCH);
	g_assert_cmpint(done(ksys_kill(init, -4000, 0)), ==, -ESRCH);
	g_assert_cmpint(done(ksys_kill(init, nr(in), 65)), ==, -EINVAL);
	g_assert_cmpint(done(ksys_tgkill(init, 0, 1, 0)), ==, -EINVAL);
	g_assert_cmpint(done(ksys_tgkill(init, 1, nr(in), 0)), ==, -ESRCH);
	g_assert_cmpint(done(do_sigaction_ignore(init, SIGKILL)), ==, -EINVAL);
	g_assert_cmpint(done(do_sigaction_ignore(init, 65)), ==, -EINVAL);
	g_assert_cmpint(done(do_sigaction_nocldwait(init, SIGTERM)), ==, -EINVAL);
	g_assert_cmpint(done(set_pdeathsig(init, 65)), ==, -EINVAL);
	/* A zombie leader: its number kills the others, a directed signal nobody. */
	t = child_of(init);
	thread = thread_of(t);
	do_exit(t, 0);
	done(0);
	g_assert_cmpint(done(ksys_tgkill(init, nr(t), nr(t), SIGKILL)), ==, 0);
	g_assert_cmpint(thread->exit_state, ==, EXIT_LIVE);
	g_assert_cmpint(done(ksys_kill(init, nr(t), SIGKILL)), ==, 0);
	g_assert_true(thread_group_empty(t));
	g_assert_cmpint(done(ksys_kill(init, nr(t), SIGKILL)), ==, 0); /* a zombie: fine */
	/* A death signal. */
	t = child_of(init);
	in = child_of(t);
	g_assert_cmpint(done(set_pdeathsig(in, SIGTERM)), ==, 0);
	do_group_exit(t, 0);
	done(0);
	g_assert_cmpint(in->exit_state, ==, EXIT_ZOMBIE);
	g_assert_cmpint(done(ksys_kill(init, -1, SIGKILL)), ==, 0);
	end();
	begin(612);
	g_assert_cmpint(done(ksys_kill(init, -1, SIGKILL)), ==, -ESRCH);
	end();
}

/* LTP's pidns20 and pidns21: what counts is the disposition at the unblocking. */
static void test_blocked_signals(void)
{
	struct task_struct *t, *thread, *child, *box;

	begin(612);
	t = child_of(init);
	g_assert_cmpint(done(sigprocmask_block(t, 0)), ==, -EINVAL);
	g_assert_cmpint(done(sigprocmask_unblock(t, 65)), ==, -EINVAL);
	g_assert_cmpint(done(sigprocmask_block(t, SIGKILL)), ==, 0); /* in vain, and no error */
	g_assert_cmpuint(task_blocked(t), ==, 0);
	g_assert_cmpint(done(sigprocmask_block(t, SIGUSR1)), ==, 0);
	child = child_of(t);
	g_assert_cmpint(done(ksys_kill(init, nr(t), SIGUSR1)), ==, 0);
	g_assert_cmpint(done(ksys_kill(init, nr(child), SIGUSR1)), ==, 0);
	g_assert_cmpint(t->exit_state, ==, EXIT_LIVE);
	g_assert_cmpuint(shared_pending(t->signal), ==, sigmask(SIGUSR1));
	g_assert_cmpint(done(do_sigaction_catch(t, SIGUSR1)), ==, 0);
	g_assert_cmpint(done(sigprocmask_unblock(t, SIGUSR1)), ==, 0);
	g_assert_cmpuint(shared_pending(t->signal), ==, 0);
	g_assert_cmpint(t->exit_state, ==, EXIT_LIVE);
	/* The child inherited the mask, and its default is the end. */
	g_assert_cmpint(done(sigprocmask_unblock(child, SIGUSR1)), ==, 0);
	g_assert_cmpint(child->exit_state, ==, EXIT_ZOMBIE);
	/* What one thread blocks, another takes; what is for the first alone waits. */
	thread = thread_of(t);
	g_assert_cmpint(done(sigprocmask_block(t, SIGUSR2)), ==, 0);
	g_assert_cmpint(done(ksys_tgkill(init, nr(t), nr(t), SIGUSR2)), ==, 0);
	g_assert_cmpint(thread->exit_state, ==, EXIT_LIVE);
	g_assert_cmpuint(task_pending(t), ==, sigmask(SIGUSR2));
	g_assert_cmpint(done(do_sigaction_ignore(t, SIGUSR2)), ==, 0);
	g_assert_cmpuint(task_pending(t), ==, 0); /* ignoring it forgets what pends */
	g_assert_cmpint(done(do_sigaction_default(t, SIGUSR2)), ==, 0);
	g_assert_cmpint(done(ksys_kill(init, nr(t), SIGUSR2)), ==, 0);
	g_assert_cmpint(t->exit_state, ==, EXIT_ZOMBIE);
	/* A namespace's init: a caught one comes through, a default one is dropped. */
	box = container_of_task(init);
	g_assert_cmpint(done(sigprocmask_block(box, SIGUSR1)), ==, 0);
	g_assert_cmpint(done(ksys_kill(init, nr(box), SIGUSR1)), ==, 0);
	g_assert_cmpuint(shared_pending(box->signal), ==, sigmask(SIGUSR1));
	g_assert_cmpint(done(sigprocmask_unblock(box, SIGUSR1)), ==, 0);
	g_assert_cmpuint(shared_pending(box->signal), ==, 0);
	g_assert_cmpint(box->exit_state, ==, EXIT_LIVE);
	/* A blocked stop pends; CONT continues even where it is blocked. */
	t = child_of(init);
	g_assert_cmpint(done(sigprocmask_block(t, SIGCONT)), ==, 0);
	g_assert_cmpint(done(ksys_kill(init, nr(t), SIGSTOP)), ==, 0);
	g_assert_true(t->signal->flags & SIGNAL_STOP_STOPPED);
	g_assert_cmpint(done(ksys_kill(init, nr(t), SIGCONT)), ==, 0);
	g_assert_false(t->signal->flags & SIGNAL_STOP_STOPPED);
	end();
}

static void test_caps(void)
{
	struct task_struct *t, *child;

	begin(612);
	t = child_of(init);
	set_task_caps(t, 0);
	g_assert_cmpint(clone_as(t, CLONE_NEWPID, SIGCHLD, NULL), ==, -EPERM);
	set_task_caps(t, UINT64_C(1) << CAP_SYS_ADMIN);
	g_assert_cmpint(clone_as(t, CLONE_NEWPID, SIGCHLD, NULL), ==, 0);
	set_task_caps(t, 0);
	g_assert_cmpint(done(begin_new_exec(t, "root", NULL)), ==, 0);
	g_assert_cmphex(task_cred(t)->cap_effective, ==, CAP_FULL_SET);
	set_task_uid(t, 1000);
	set_task_caps(t, CAP_FULL_SET);
	g_assert_cmpint(done(begin_new_exec(t, "user", NULL)), ==, 0);
	g_assert_cmphex(task_cred(t)->cap_effective, ==, 0);
	/* In a user namespace all is allowed until an exec, where nobody is root. */
	g_assert_cmpint(clone_as(t, CLONE_NEWUSER, SIGCHLD, &child), ==, 0);
	task_cred(child)->user_ns->mapped = true;
	g_assert_cmpint(done(begin_new_exec(child, "root", NULL)), ==, 0);
	g_assert_cmphex(task_cred(child)->cap_effective, ==, CAP_FULL_SET);
	g_assert_cmpint(clone_as(child, CLONE_NEWUSER, SIGCHLD, NULL), ==, 0);
	task_cred(child)->user_ns->mapped = false;
	g_assert_cmpint(clone_as(child, CLONE_NEWUSER, SIGCHLD, NULL), ==, -EPERM);
	g_assert_cmpint(done(begin_new_exec(child, "nobody", NULL)), ==, 0);
	g_assert_cmphex(task_cred(child)->cap_effective, ==, 0);
	end();
}

static void test_exec(void)
{
	struct task_struct *t, *thread, *child;
	int number, tid;

	begin(612);
	t = child_of(init);
	number = nr(t);
	thread = thread_of(t);
	tid = nr(thread);
	child = child_of(thread);
	g_assert_cmpint(done(do_sigaction_nocldwait(thread, SIGCHLD)), ==, 0);
	g_assert_cmpint(done(begin_new_exec(thread, "a-name-that-is-too-long", NULL)), ==, 0);
	g_assert_cmpint(nr(thread), ==, number);
	g_assert_true(thread_group_leader(thread) && thread_group_empty(thread));
	g_assert_cmpstr(task_comm(thread), ==, "a-name-that-is-");
	g_assert_true(child->real_parent == thread);
	g_assert_false(task_sighand(thread)->nocldwait);
	g_assert_null(find_pid_ns(tid, k->init_pid_ns));
	g_assert_cmpint(done(ksys_setpgid(init, number, 0)), ==, -EACCES);
	/* So, too, the init of a namespace. */
	t = container_of_task(init);
	thread = thread_of(t);
	g_assert_cmpint(done(begin_new_exec(thread, "init", NULL)), ==, 0);
	g_assert_true(task_active_pid_ns(thread)->child_reaper == thread);
	end();
}

static void test_sessions(void)
{
	struct task_struct *t, *child, *thread;

	begin(612);
	g_assert_cmpint(done(ksys_setsid(init)), ==, -EPERM);
	t = child_of(init);
	child = child_of(t);
	thread = thread_of(child);
	g_assert_cmpint(done(ksys_setpgid(t, 0, -1)), ==, -EINVAL);
	g_assert_cmpint(done(ksys_setpgid(t, -1, 5)), ==, -ESRCH);
	g_assert_cmpint(done(ksys_setpgid(t, nr(thread), 0)), ==, -EINVAL);
	g_assert_cmpint(done(ksys_setpgid(child, nr(t), 0)), ==, -ESRCH);
	g_assert_cmpint(done(ksys_setpgid(t, 0, 999)), ==, -EPERM);
	g_assert_cmpint(done(ksys_setpgid(init, 1, 0)), ==, -EPERM);
	g_assert_cmpint(done(ksys_setsid(child)), ==, nr(child));
	g_assert_cmpint(done(ksys_setpgid(t, nr(child), 0)), ==, -EPERM);
	g_assert_cmpint(ksys_getsid(t, nr(child)), ==, nr(child));
	g_assert_cmpint(ksys_getpgid(t, 999), ==, -ESRCH);
	end();
}

static void test_pidfd(int version)
{
	struct task_struct *t, *thread, *box;
	unsigned int flags;
	struct pid *pid;
	int fd;

	begin(version);
	t = child_of(init);
	thread = thread_of(t);
	g_assert_cmpint(done(pidfd_open(init, nr(t), 1)), ==, -EINVAL);
	g_assert_cmpint(done(pidfd_open(init, 0, 0)), ==, -EINVAL);
	g_assert_cmpint(done(pidfd_open(init, 999, 0)), ==, -ESRCH);
	g_assert_cmpint(done(pidfd_open(init, nr(thread), 0)), ==,
			version == 612 ? -EINVAL : -ENOENT);
	fd = done(pidfd_open(init, nr(thread), PIDFD_THREAD));
	g_assert_cmpint(fd, ==, 3);
	g_assert_cmpint(done(close_fd(init, fd)), ==, 0);
	g_assert_cmpint(done(close_fd(init, fd)), ==, -EBADF);
	g_assert_cmpint(done(pidfd_get_pid(init, 0, &pid, &flags)), ==, -EBADF);
	fd = done(pidfd_open(init, nr(t), 0));
	g_assert_cmpint(done(pidfd_getfd(init, fd, 0, 1)), ==, -EINVAL);
	g_assert_cmpint(done(pidfd_getfd(init, 77, 0, 0)), ==, -EBADF);
	g_assert_cmpint(done(pidfd_getfd(init, fd, 77, 0)), ==, -EBADF);
	g_assert_cmpint(done(pidfd_getfd(init, fd, 0, 0)), ==, 4);
	g_assert_cmpint(done(pidfd_send_signal(init, fd, 0, 3)), ==, -EINVAL);
	g_assert_cmpint(done(pidfd_send_signal(init, fd, 65, 0)), ==, -EINVAL);
	g_assert_cmpint(done(pidfd_send_signal(init, fd, 0, PIDFD_SIGNAL_PROCESS_GROUP)), ==,
			-ESRCH);
	/* A descriptor that came from outside its own namespace. */
	box = NULL;
	g_assert_cmpint(clone_as(init, CLONE_NEWPID | CLONE_FILES, SIGCHLD, &box), ==, 0);
	g_assert_cmpint(done(pidfd_send_signal(box, fd, 0, 0)), ==, -EINVAL);
	set_task_uid(box, 1000);
	g_assert_cmpint(done(pidfd_getfd(box, fd, 0, 0)), ==, -EPERM);
	do_group_exit(t, 0);
	done(0);
	g_assert_cmpint(done(pidfd_getfd(init, fd, 0, 0)), ==, -ESRCH);
	g_assert_cmpint(done(pidfd_send_signal(init, fd, 0, 0)), ==, 0);
	release_task(t);
	g_assert_cmpint(done(pidfd_send_signal(init, fd, 0, 0)), ==, -ESRCH);
	end();
}

static void test_pidfd_612(void)
{
	test_pidfd(612);
}

static void test_pidfd_618(void)
{
	test_pidfd(618);
}

static void test_sysctls(void)
{
	const int one = 1;
	struct kernel_clone_args args = {
		.flags = CLONE_NEWPID, .exit_signal = SIGCHLD, .set_tid = &one, .set_tid_size = 1
	};
	struct task_struct *box;
	struct pid_namespace *ns;

	begin(612);
	g_assert_cmpint(k->pid_max, ==, 32768);
	g_assert_cmpint(done(pid_ns_set_pid_max(k->init_pid_ns, 300)), ==, -EINVAL);
	g_assert_cmpint(done(pid_ns_set_pid_max(k->init_pid_ns, 4194305)), ==, -EINVAL);
	g_assert_cmpint(done(pid_ns_set_last_pid(k->init_pid_ns, -1)), ==, -EINVAL);
	g_assert_cmpint(done(pid_ns_set_last_pid(k->init_pid_ns, 32769)), ==, -EINVAL);
	g_assert_cmpint(done(pid_ns_set_last_pid(k->init_pid_ns, 32768)), ==, 0);
	g_assert_cmpint(nr(child_of(init)), ==, 300);
	/* A first pid that was chosen does not move the cursor. */
	g_assert_cmpint(done(kernel_clone(init, &args, &box)), ==, 0);
	ns = task_active_pid_ns(box);
	g_assert_cmpint(pid_ns_last_pid(ns), ==, -1);
	g_assert_cmpint(pid_nr_ns(child_of(box)->thread_pid, ns), ==, 2);
	set_task_uid(box, 1000);
	g_assert_cmpint(done(pid_ns_set_last_pid(ns, 7)), ==, -EPERM);
	end();
	begin(618);
	box = container_of_task(init);
	g_assert_cmpint(pid_ns_pid_max(task_active_pid_ns(box)), ==, 4194304);
	set_task_uid(box, 1000);
	g_assert_cmpint(done(pid_ns_set_pid_max(task_active_pid_ns(box), 400)), ==, -EACCES);
	end();
}

/* What is refused seldom: each errno that a header promises and no other test meets. */
static void test_seldom_refused(void)
{
	const int taken = 1;
	struct kernel_clone_args args = { .exit_signal = SIGCHLD,
					  .set_tid = &taken,
					  .set_tid_size = 1 };
	struct task_struct *t, *other, *box, *child;
	struct pid_namespace *ns;
	int fd;

	begin(612);
	t = child_of(init);
	g_assert_cmpint(done(kernel_clone(t, &args, &child)), ==, -EEXIST);
	args.set_tid_size = 2;
	g_assert_cmpint(done(kernel_clone(t, &args, &child)), ==, -EINVAL);
	args.set_tid_size = 33;
	g_assert_cmpint(done(kernel_clone(t, &args, &child)), ==, -EINVAL);
	g_assert_cmpint(done(pid_ns_set_pid_max(k->init_pid_ns, 301)), ==, 0);
	g_assert_cmpint(done(pid_ns_set_last_pid(k->init_pid_ns, 300)), ==, 0);
	g_assert_cmpint(nr(child_of(t)), ==, 300);
	g_assert_cmpint(clone_as(t, 0, SIGCHLD, NULL), ==, -EAGAIN);
	g_assert_cmpint(done(pid_ns_set_pid_max(k->init_pid_ns, 400)), ==, 0);
	/* Nobody is in it, so nobody can write its sysctl. */
	g_assert_cmpint(done(ksys_unshare(t, CLONE_NEWPID)), ==, 0);
	ns = task_nsproxy(t)->pid_ns_for_children;
	g_assert_cmpint(done(pid_ns_set_last_pid(ns, 5)), ==, -ESRCH);
	g_assert_cmpint(clone_as(t, CLONE_NEWPID, SIGCHLD, NULL), ==, -EINVAL);
	g_assert_cmpint(clone_as(t, CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, 0, NULL), ==, -EINVAL);
	g_assert_cmpint(ksys_getsid(t, 999), ==, -ESRCH);
	/* A pidfd's process, while it is there. */
	other = child_of(init);
	fd = done(pidfd_open(init, nr(other), 0));
	g_assert_cmpint(done(pidfd_get_task(init, fd, &child)), ==, 0);
	g_assert_true(child == other);
	g_assert_cmpint(done(pidfd_get_task(init, 0, &child)), ==, -EBADF);
	do_group_exit(other, 0);
	done(0);
	release_task(other);
	g_assert_cmpint(done(pidfd_get_task(init, fd, &child)), ==, -ESRCH);
	/* Through a pidfd of who is more: no right to look. */
	other = child_of(init);
	set_task_uid(other, 1000);
	g_assert_cmpint(done(setns_pidfd(other, init->thread_pid, CLONE_NEWPID)), ==, -EPERM);
	g_assert_cmpint(done(setns_pidfd(init, other->thread_pid, CLONE_NEWUSER)), ==, -EINVAL);
	/* Born by setns into a namespace whose owner is below: no namespace of its own there. */
	g_assert_cmpint(clone_as(init, CLONE_NEWUSER | CLONE_NEWPID, SIGCHLD, &box), ==, 0);
	t = child_of(init);
	g_assert_cmpint(done(setns_nsfd(t, task_active_pid_ns(box), CLONE_NEWPID)), ==, 0);
	child = child_of(t);
	g_assert_true(task_active_pid_ns(child) == task_active_pid_ns(box));
	g_assert_cmpint(clone_as(child, CLONE_NEWPID, SIGCHLD, NULL), ==, -EINVAL);
	g_assert_cmpint(done(ksys_unshare(child, CLONE_NEWPID)), ==, -EINVAL);
	/* User namespaces nest 32 deep. */
	t = box;
	for (int i = 1; i < 32; i++) {
		task_cred(t)->user_ns->mapped = true;
		g_assert_cmpint(clone_as(t, CLONE_NEWUSER, SIGCHLD, &child), ==, 0);
		t = child;
	}
	task_cred(t)->user_ns->mapped = true;
	g_assert_cmpint(task_cred(t)->user_ns->level, ==, 32);
	g_assert_cmpint(clone_as(t, CLONE_NEWUSER, SIGCHLD, NULL), ==, -ENOSPC);
	g_assert_cmpint(done(ksys_unshare(t, CLONE_NEWUSER)), ==, -ENOSPC);
	end();
}

/*
 * What a child has from its parent is one thing for both until one of them
 * changes it, and what threads share stays one.
 */
static void test_sharing(void)
{
	const uint64_t thread_flags = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM;
	struct task_struct *t, *child, *thread, *partner;

	begin(612);
	t = child_of(init);
	child = child_of(t);
	g_assert_true(child->shared == t->shared);
	g_assert_cmpint(done(do_sigaction_ignore(child, SIGTERM)), ==, 0);
	g_assert_cmpuint(task_sighand(t)->ignored, ==, 0);
	g_assert_cmpuint(task_sighand(child)->ignored, ==, sigmask(SIGTERM));
	set_task_comm(child, "child");
	g_assert_cmpstr(task_comm(t), ==, "init");
	/* unshare(2) sees that nothing is shared, whatever is one in memory. */
	g_assert_cmpint(done(ksys_unshare(child_of(t), CLONE_VM)), ==, 0);
	g_assert_cmpint(clone_as(t, thread_flags, 0, &thread), ==, 0);
	g_assert_cmpint(done(do_sigaction_ignore(thread, SIGHUP)), ==, 0);
	g_assert_cmpuint(task_sighand(t)->ignored, ==, sigmask(SIGHUP));
	child = child_of(thread);
	g_assert_cmpint(done(do_sigaction_default(t, SIGHUP)), ==, 0);
	g_assert_cmpuint(task_sighand(child)->ignored, ==, sigmask(SIGHUP));
	g_assert_cmpuint(task_sighand(thread)->ignored, ==, 0);
	/* Another process, with the same handlers and memory. */
	g_assert_cmpint(clone_as(child, CLONE_VM | CLONE_SIGHAND, SIGCHLD, &partner), ==, 0);
	g_assert_cmpint(done(do_sigaction_catch(partner, SIGHUP)), ==, 0);
	g_assert_cmpuint(task_sighand(child)->caught, ==, sigmask(SIGHUP));
	g_assert_cmpint(done(ksys_unshare(partner, CLONE_SIGHAND)), ==, -EINVAL);
	g_assert_cmpint(done(ksys_unshare(partner, CLONE_VM)), ==, -EINVAL);
	g_assert_cmpint(done(begin_new_exec(partner, "other", NULL)), ==, 0);
	g_assert_cmpuint(task_sighand(partner)->caught, ==, 0);
	g_assert_cmpuint(task_sighand(child)->caught, ==, sigmask(SIGHUP));
	g_assert_cmpint(done(ksys_unshare(child, CLONE_VM)), ==, 0);
	/* CLEAR_SIGHAND keeps what is ignored. */
	g_assert_cmpint(done(do_sigaction_ignore(child, SIGUSR1)), ==, 0);
	g_assert_cmpint(clone_as(child, UINT64_C(0x100000000), SIGCHLD, &partner), ==, 0);
	g_assert_cmpuint(task_sighand(partner)->caught, ==, 0);
	g_assert_cmpuint(task_sighand(partner)->ignored, ==, sigmask(SIGUSR1));
	end();
}

static void test_hanging_init(void)
{
	struct task_struct *box, *in;

	begin(612);
	box = container_of_task(init);
	in = child_of(box);
	g_assert_cmpint(done(ksys_setpgid(box, 2, 2)), ==, 0);
	g_assert_cmpint(done(ksys_setpgid(box, 0, 2)), ==, 0);
	do_group_exit(in, 0);
	done(0);
	/* Its own group's number keeps its namespace from being empty, for ever. */
	g_assert_cmpint(done(ksys_kill(init, nr(box), SIGKILL)), ==, 0);
	g_assert_true(box->exit_state == EXIT_LIVE && box->zapping);
	end();
}

/* Each way from a number to who has it, and back, from both sides of a namespace. */
static void test_lookups(void)
{
	struct task_struct *box, *inside, *thread;
	const struct pid_namespace *ns;
	struct waitid_result res;
	struct pid *pid, *same;

	begin(612);
	child_of(init);
	box = container_of_task(init); /* 3, and 1 in there */
	inside = child_of(box); /* 4, and 2 */
	thread = thread_of(inside); /* 5, and 3 */
	ns = task_active_pid_ns(inside);
	g_assert_true(ns == ns_of_pid(box->thread_pid));

	pid = find_vpid(box, 2);
	g_assert_nonnull(pid);
	g_assert_true(pid == find_pid_ns(2, ns));
	g_assert_true(pid == find_vpid(init, 4));
	g_assert_false(pid == find_vpid(init, 2));
	g_assert_null(find_vpid(box, 4));

	g_assert_true(find_task_by_vpid(box, 2) == inside);
	g_assert_true(find_get_task_by_vpid(box, 2) == inside);
	g_assert_true(find_get_task_by_vpid(init, 4) == inside);
	g_assert_true(find_task_by_pid_ns(3, ns) == thread);
	g_assert_null(find_get_task_by_vpid(box, 4));

	g_assert_true(pid_task(pid, PIDTYPE_PID) == inside);
	g_assert_true(get_pid_task(pid, PIDTYPE_TGID) == inside);
	g_assert_null(get_pid_task(pid, PIDTYPE_SID));
	/* A thread is nobody's leader, and has its leader's group. */
	g_assert_null(get_pid_task(thread->thread_pid, PIDTYPE_TGID));
	g_assert_cmpint(__task_pid_nr_ns(thread, PIDTYPE_PID, ns), ==, 3);
	g_assert_cmpint(__task_pid_nr_ns(thread, PIDTYPE_TGID, ns), ==, 2);
	/* The session is init's, who is not to be seen from in there. */
	g_assert_cmpint(__task_pid_nr_ns(inside, PIDTYPE_SID, ns), ==, 0);
	g_assert_cmpint(pid_nr(pid), ==, 4);
	g_assert_cmpint(pid_vnr(box, pid), ==, 2);
	g_assert_cmpint(pid_vnr(init, pid), ==, 4);
	g_assert_cmpint(pid_nr_ns(init->thread_pid, ns), ==, 0);

	/* Who holds a pid has it when its task has gone, and finds nobody by it. */
	same = get_task_pid(inside, PIDTYPE_TGID);
	g_assert_true(same == pid);
	g_assert_true(find_get_pid(box, 2) == pid);
	do_group_exit(inside, 0);
	done(0);
	g_assert_cmpint(wait_for(box, WEXITED, &res), ==, 0);
	g_assert_cmpint(res.pid, ==, 2);
	g_assert_null(find_get_pid(box, 2));
	g_assert_null(pid_task(pid, PIDTYPE_PID));
	g_assert_null(get_pid_task(same, PIDTYPE_TGID));
	put_pid(pid);
	put_pid(same);
	end();
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/core/clone-flags", test_clone_flags);
	g_test_add_func("/core/rights-and-limits", test_rights_and_limits);
	g_test_add_func("/core/late-failure", test_late_failure);
	g_test_add_func("/core/depth", test_depth);
	g_test_add_func("/core/unshare-and-setns", test_unshare_and_setns);
	g_test_add_func("/core/wait-errors", test_wait_errors);
	g_test_add_func("/core/stop-and-orphans", test_stop_and_orphans);
	g_test_add_func("/core/signals", test_signals);
	g_test_add_func("/core/blocked-signals", test_blocked_signals);
	g_test_add_func("/core/caps", test_caps);
	g_test_add_func("/core/exec", test_exec);
	g_test_add_func("/core/sessions", test_sessions);
	g_test_add_func("/core/pidfd-6.12", test_pidfd_612);
	g_test_add_func("/core/pidfd-6.18", test_pidfd_618);
	g_test_add_func("/core/sysctls", test_sysctls);
	g_test_add_func("/core/seldom-refused", test_seldom_refused);
	g_test_add_func("/core/sharing", test_sharing);
	g_test_add_func("/core/lookups", test_lookups);
	g_test_add_func("/core/hanging-init", test_hanging_init);
	return g_test_run();
}
