/* SPDX-License-Identifier: MIT */
/* What the oracle (tests/oracle/) has found to be otherwise in a real kernel. */
#include <errno.h>
#include <glib.h>
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
#include "world/virtual.h"

static struct kernel *k;
static struct task_struct *init;

static void begin(void)
{
	const struct kernel_options o = { .version = 618, .cpus = 2 };

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

static struct task_struct *child_of(struct task_struct *t)
{
	const struct kernel_clone_args args = { .exit_signal = SIGCHLD };
	struct task_struct *child = NULL;

	g_assert_cmpint(done(kernel_clone(t, &args, &child)), ==, 0);
	return child;
}

/* A dead child is nobody to wait for, for who does not want to hear of deaths. */
static void test_zombie_is_no_candidate(void)
{
	struct waitid_result res;
	struct task_struct *child;

	begin();
	child = child_of(init);
	g_assert_cmpint(
		done(kernel_waitid(init, P_IS_ALL, 0, WSTOPPED | WCONTINUED | WNOHANG, &res)), ==,
		0);
	do_exit(child, 0);
	done(0);
	g_assert_cmpint(
		done(kernel_waitid(init, P_IS_ALL, 0, WSTOPPED | WCONTINUED | WNOHANG, &res)), ==,
		-ECHILD);
	g_assert_cmpint(done(kernel_waitid(init, P_IS_ALL, 0, WEXITED, &res)), ==, 0);
	end();
}

/* A pidfd is close-on-exec, got from somebody else, too. */
static void test_exec_closes_pidfds(void)
{
	struct task_struct *child;

	begin();
	child = child_of(init);
	g_assert_cmpint(done(pidfd_open(child, 1, 0)), ==, 3);
	g_assert_cmpint(done(pidfd_getfd(child, 3, 0, 0)), ==, 4);
	g_assert_cmpint(done(begin_new_exec(child, "program", NULL)), ==, 0);
	g_assert_cmpint(done(close_fd(child, 3)), ==, -EBADF);
	g_assert_cmpint(done(close_fd(child, 4)), ==, -EBADF);
	g_assert_cmpint(done(close_fd(child, 2)), ==, 0);
	end();
}

/* Who has unshared its descriptors closes nobody else's. */
static void test_unshare_of_files(void)
{
	const struct kernel_clone_args args = { .flags = CLONE_FILES, .exit_signal = SIGCHLD };
	struct task_struct *child;
	int fd, other;

	begin();
	g_assert_cmpint(done(kernel_clone(init, &args, &child)), ==, 0);
	fd = done(pidfd_open(init, 1, 0));
	g_assert_cmpint(fd, >=, 3);
	other = done(pidfd_open(child, 1, 0));
	g_assert_cmpint(other, ==, fd + 1); /* one table yet */
	g_assert_cmpint(done(ksys_unshare(child, CLONE_FILES)), ==, 0);
	g_assert_cmpint(done(close_fd(child, fd)), ==, 0);
	g_assert_cmpint(done(pidfd_open(init, 1, 0)), ==, fd + 2);
	g_assert_cmpint(done(pidfd_open(child, 1, 0)), ==, fd);
	end();
}

/* At the end of its namespace an init ignores SIGCHLD, whatever it did with it before. */
static void test_dying_init_ignores(void)
{
	const struct kernel_clone_args args = { .exit_signal = SIGCHLD, .flags = CLONE_NEWPID };
	struct task_struct *child;

	begin();
	g_assert_cmpint(done(kernel_clone(init, &args, &child)), ==, 0);
	g_assert_cmpint(done(do_sigaction_catch(child, SIGCHLD)), ==, 0);
	do_exit(child, 0);
	done(0);
	g_assert_cmpint(child->exit_state, ==, EXIT_ZOMBIE);
	g_assert_cmpuint(task_sighand(child)->caught & sigmask(SIGCHLD), ==, 0);
	g_assert_cmpuint(task_sighand(child)->ignored & sigmask(SIGCHLD), !=, 0);
	end();
}

/* Who owns a user namespace is not its root as long as nothing is mapped there. */
static void test_pid_max_of_unmapped(void)
{
	const struct kernel_clone_args args = { .exit_signal = SIGCHLD,
						.flags = CLONE_NEWPID | CLONE_NEWUSER };
	struct task_struct *child;

	begin();
	g_assert_cmpint(done(kernel_clone(init, &args, &child)), ==, 0);
	g_assert_cmpint(done(pid_ns_set_pid_max(task_active_pid_ns(child), 400)), ==, 0);
	g_assert_cmpint(done(begin_new_exec(child, "program", NULL)), ==, 0);
	g_assert_cmpint(done(pid_ns_set_pid_max(task_active_pid_ns(child), 400)), ==, -EACCES);
	end();
}

/* To a zombie leader alone not even SIGCONT comes; to its process it does. */
static void test_signal_to_dead_thread(void)
{
	const struct kernel_clone_args args = { .flags = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM };
	struct task_struct *leader, *thread;

	begin();
	leader = child_of(init);
	g_assert_cmpint(done(kernel_clone(leader, &args, &thread)), ==, 0);
	do_exit(leader, 0);
	g_assert_cmpint(done(ksys_kill(init, 2, SIGSTOP)), ==, 0);
	g_assert_cmpint(done(ksys_tgkill(init, 2, 2, SIGCONT)), ==, 0);
	g_assert_cmpuint(thread->signal->flags & SIGNAL_STOP_STOPPED, !=, 0);
	g_assert_cmpint(done(ksys_kill(init, 2, SIGCONT)), ==, 0);
	g_assert_cmpuint(thread->signal->flags & SIGNAL_STOP_STOPPED, ==, 0);
	end();
}

/* --- through a world ---------------------------------------------------------- */

static struct world *w;
static struct world_actor first;

static void begin_world(void)
{
	const struct world_options o = { .kernel = 618, .cpus = 2, .frozen = true };

	w = world_virtual_new(&o);
	g_assert_cmpint(world_find(w, WORLD_ROOT_INUM, 1, &first.ref), ==, 0);
}

static struct world_actor forked(struct world_actor a, uint64_t flags)
{
	const struct world_fork f = { .flags = flags, .exit_signal = SIGCHLD, .uid = -1 };
	g_autoptr(GArray) pids = g_array_new(FALSE, FALSE, sizeof(int));
	struct world_actor child = { 0 };

	g_assert_cmpint(world_fork(w, a, &f, pids), ==, 0);
	g_assert_cmpint(world_find(w, WORLD_ROOT_INUM, g_array_index(pids, int, 0), &child.ref), ==,
			0);
	return child;
}

/* Who is stopped shows why in stat, until somebody has waited for that. */
static void test_exit_code_of_stopped(void)
{
	const struct world_wait wait = { .idtype = WORLD_P_ALL, .options = WSTOPPED };
	struct world_waited waited;
	struct world_actor child;
	struct world_task task;

	begin_world();
	child = forked(first, 0);
	g_assert_cmpint(world_signal(w, child, SIGSTOP), ==, 0);
	g_assert_cmpint(world_task(w, child.ref, &task), ==, 0);
	g_assert_cmpint(task.group_exit_code, ==, SIGSTOP);
	g_assert_cmpint(task.exit_code, ==, 0);
	g_assert_cmpint(world_waitid(w, first, &wait, &waited, NULL), ==, 0);
	g_assert_cmpint(world_task(w, child.ref, &task), ==, 0);
	g_assert_cmpint(task.group_exit_code, ==, 0);
	world_free(w);
}

/* The namespace of the children to be has a link though it is dead. */
static void test_link_of_dead_namespace(void)
{
	struct world_actor child, inner;
	uint32_t inum, link;

	begin_world();
	child = forked(first, 0);
	g_assert_cmpint(world_unshare(w, child, CLONE_NEWPID), ==, 0);
	g_assert_cmpint(world_ns_link(w, child.ref, WORLD_NS_PID_FOR_CHILDREN, &link), ==, -ENOENT);
	inner = forked(child, 0);
	g_assert_cmpint(world_ns_link(w, inner.ref, WORLD_NS_PID, &inum), ==, 0);
	g_assert_cmpint(world_exit(w, inner, 0), ==, 0);
	g_assert_cmpint(world_ns_link(w, child.ref, WORLD_NS_PID_FOR_CHILDREN, &link), ==, 0);
	g_assert_cmpuint(link, ==, inum);
	world_free(w);
}

/* That a pidfd is of a thread shows among its flags, as O_EXCL. */
static void test_flags_of_pidfd(void)
{
	static const unsigned int flags[] = { 0, PIDFD_THREAD, 04000 | PIDFD_THREAD };
	g_autoptr(GString) target = g_string_new(NULL);
	struct world_fd fd;
	size_t i;
	int nr;

	begin_world();
	for (i = 0; i < G_N_ELEMENTS(flags); i++) {
		nr = world_pidfd_open(w, first, 1, flags[i]);
		g_assert_cmpint(nr, >=, 3);
		g_assert_cmpint(world_fd(w, first.ref, nr, &fd, target), ==, 0);
		g_assert_cmphex(fd.flags, ==, 02000002 | flags[i]);
	}
	/* A descriptor that was got from somebody is close-on-exec. */
	nr = world_pidfd_getfd(w, first, 3, 0, 0);
	g_assert_cmpint(nr, >, 3);
	g_assert_cmpint(world_fd(w, first.ref, nr, &fd, target), ==, 0);
	g_assert_cmphex(fd.flags & 02000000, ==, 02000000);
	g_assert_cmpint(world_fd(w, first.ref, 0, &fd, target), ==, 0);
	g_assert_cmphex(fd.flags & 02000000, ==, 0);
	world_free(w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/found/zombie-is-no-candidate", test_zombie_is_no_candidate);
	g_test_add_func("/found/exec-closes-pidfds", test_exec_closes_pidfds);
	g_test_add_func("/found/unshare-of-files", test_unshare_of_files);
	g_test_add_func("/found/dying-init-ignores", test_dying_init_ignores);
	g_test_add_func("/found/pid-max-of-unmapped", test_pid_max_of_unmapped);
	g_test_add_func("/found/signal-to-dead-thread", test_signal_to_dead_thread);
	g_test_add_func("/found/exit-code-of-stopped", test_exit_code_of_stopped);
	g_test_add_func("/found/link-of-dead-namespace", test_link_of_dead_namespace);
	g_test_add_func("/found/flags-of-pidfd", test_flags_of_pidfd);
	return g_test_run();
}
