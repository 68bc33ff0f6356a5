/* SPDX-License-Identifier: MIT */
/*
 * Random calls to the core and to the model: the same results and the same
 * world after each, and verify() agrees.  A failure prints the seed and the calls
 * that led to it; test-model --seed N [--steps N] does the same again, and
 * --seeds N goes on from there.
 */
#include <errno.h>
#include <glib.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "core/exec.h"
#include "core/exit.h"
#include "core/fork.h"
#include "core/pidfd.h"
#include "core/signal.h"
#include "core/sys.h"
#include "core/verify.h"
#include "tests/model/model.h"

#ifndef __WALL
#define __WALL 0x40000000
#endif

#define SEEDS 150
#define STEPS 250
#define CROWD 50 /* with more tasks than that, more of them die */
#define PID_MAX 320

struct pair {
	struct kernel *k;
	struct model *m;
	GRand *rand;
	GPtrArray *ns; /* of the core, referenced, as the model numbers them */
	GString *log;
	guint seed;
};

static int below(struct pair *p, int n)
{
	return (int)g_rand_int_range(p->rand, 0, n);
}

static struct task_struct *core_task(struct pair *p, int tid)
{
	return find_task_by_pid_ns(tid, p->k->init_pid_ns);
}

static void dump_core_task(const struct task_struct *t, GString *out)
{
	const struct task_struct *other;

	g_string_append_printf(out, " %c parent %d signal %d group %d %d %d threads",
			       t->exit_state == EXIT_ZOMBIE		     ? 'Z' :
			       t->zapping				     ? 'z' :
			       t->signal->flags & SIGNAL_STOP_STOPPED ? 'T' :
									       'S',
			       pid_nr(t->real_parent->thread_pid), t->exit_signal,
			       pid_nr(task_tgid(t)), pid_nr(task_pgrp(t)),
			       pid_nr(task_session(t)));
	for_each_thread(t->signal, other)
		g_string_append_printf(out, " %d", pid_nr(other->thread_pid));
	g_string_append(out, " children");
	chain_for_each_entry(other, &t->children, sibling)
		g_string_append_printf(out, " %d", pid_nr(other->thread_pid));
	g_string_append_printf(out, " uid %u caps %d level %u pending %" G_GINT64_MODIFIER
				    "x %" G_GINT64_MODIFIER "x blocked %" G_GINT64_MODIFIER
				    "x hand %" G_GINT64_MODIFIER "x %" G_GINT64_MODIFIER "x",
			       task_cred(t)->uid, task_cred(t)->cap_effective != 0,
			       task_cred(t)->user_ns->level, task_pending(t),
			       shared_pending(t->signal), task_blocked(t), task_sighand(t)->ignored,
			       task_sighand(t)->caught);
}

static void dump_core(struct pair *p, GString *out)
{
	struct pid *pid;

	for (int nr = 1; (pid = find_ge_pid(nr, p->k->init_pid_ns)); nr++) {
		nr = pid_nr(pid);
		for (unsigned int i = 0; i <= pid->level; i++)
			g_string_append_printf(out, "%s%d", i ? "/" : "", pid->numbers[i].nr);
		if (pid_task(pid, PIDTYPE_PID))
			dump_core_task(pid_task(pid, PIDTYPE_PID), out);
		g_string_append_c(out, '\n');
	}
	for (guint i = 0; i < p->ns->len; i++) {
		const struct pid_namespace *ns = g_ptr_array_index(p->ns, i);

		g_string_append_printf(out, "ns %u: level %u cursor %u pids %u adding %d\n", i,
				       ns->level, idr_get_cursor(&ns->idr), pid_ns_pids(ns),
				       (ns->pid_allocated & PIDNS_ADDING) != 0);
	}
}

static void failed(struct pair *p, const char *what, const char *core, const char *model)
{
	g_printerr("%s\n%s\n--- core\n%s\n--- model\n%s\n*** test-model --seed %u\n", p->log->str,
		   what, core, model, p->seed);
	g_error("seed %u: %s", p->seed, what);
}

static void compare(struct pair *p, int core, int model)
{
	GString *a = g_string_new(NULL), *b = g_string_new(NULL);
	char *wrong = verify(p->k);

	g_string_append_printf(p->log, " = %d\n", core);
	if (wrong)
		failed(p, wrong, "", "");
	g_string_printf(a, "%d", core);
	g_string_printf(b, "%d", model);
	if (core != model)
		failed(p, "another result", a->str, b->str);
	g_string_truncate(a, 0);
	g_string_truncate(b, 0);
	dump_core(p, a);
	model_dump(p->m, b);
	if (strcmp(a->str, b->str) != 0)
		failed(p, "another world", a->str, b->str);
	g_string_free(a, TRUE);
	g_string_free(b, TRUE);
}

static void add_core_ns(struct pair *p, struct pid_namespace *ns)
{
	g_ptr_array_add(p->ns, get_pid_ns(ns));
}

static void step_fork(struct pair *p, int tid)
{
	static const int signals[] = { SIGCHLD, SIGCHLD, SIGCHLD, SIGCHLD,
				       SIGCHLD, 0,	 SIGWINCH, SIGUSR1 };
	struct kernel_clone_args args = { 0 };
	struct task_struct *current = core_task(p, tid), *child = NULL;
	int flags = 0, set_tid[3], n = below(p, 4) ? 0 : 1 + below(p, 3), core;

	if (!below(p, 4))
		flags |= M_NEWPID;
	if (!below(p, 4))
		flags |= M_THREAD;
	if (!below(p, 6))
		flags |= M_PARENT;
	if (!below(p, 9))
		flags |= M_NEWUSER;
	args.exit_signal = signals[below(p, G_N_ELEMENTS(signals))];
	if (flags & (M_THREAD | M_PARENT) && below(p, 5))
		args.exit_signal = 0;
	for (int i = 0; i < 3; i++)
		set_tid[i] = below(p, 8) ? 1 + below(p, 12) : below(p, PID_MAX + 10) - 5;
	args.flags = (flags & M_NEWPID ? CLONE_NEWPID : 0) |
		     (flags & M_NEWUSER ? CLONE_NEWUSER : 0) |
		     (flags & M_THREAD ? CLONE_THREAD | CLONE_SIGHAND | CLONE_VM : 0) |
		     (flags & M_PARENT ? CLONE_PARENT : 0);
	args.set_tid = set_tid;
	args.set_tid_size = (size_t)n;
	g_string_append_printf(p->log, "%d fork flags %d signal %d tids %d (%d %d %d)", tid, flags,
			       args.exit_signal, n, set_tid[0], set_tid[1], set_tid[2]);
	core = kernel_clone(current, &args, &child);
	kernel_run(p->k);
	if (!core) {
		core = pid_nr(child->thread_pid);
		if (flags & M_NEWPID)
			add_core_ns(p, ns_of_pid(child->thread_pid));
	}
	compare(p, core, model_fork(p->m, tid, flags, args.exit_signal, set_tid, n));
}

static void step_exit(struct pair *p, int tid)
{
	struct task_struct *t = core_task(p, tid);
	bool group = below(p, 2);
	int code = below(p, 256);

	if (is_global_init(t)) /* nobody can: the layer above sees to it */
		return;
	g_string_append_printf(p->log, "%d exit %d%s", tid, code, group ? " group" : "");
	if (group)
		do_group_exit(t, code << 8);
	else
		do_exit(t, code << 8);
	kernel_run(p->k);
	compare(p, 0, model_exit(p->m, tid, code, group));
}

static const int signals[] = { SIGKILL, SIGKILL, SIGTERM, SIGTERM, 0,	SIGSTOP,
			       SIGSTOP, SIGCONT, SIGCONT, SIGTSTP, SIGUSR1, SIGUSR1,
			       SIGCHLD, 65 };

static void step_kill(struct pair *p, int tid)
{
	int nr = below(p, 40), sig = signals[below(p, G_N_ELEMENTS(signals))], core;

	if (!below(p, 4))
		nr = -nr; /* a group */
	if (!below(p, 40))
		nr = -1; /* everybody */
	g_string_append_printf(p->log, "%d kill %d %d", tid, nr, sig);
	core = ksys_kill(core_task(p, tid), nr, sig);
	kernel_run(p->k);
	compare(p, core, model_kill(p->m, tid, nr, sig));
}

static void step_wait(struct pair *p, int tid)
{
	int nr = below(p, 3) ? 0 : 1 + below(p, 40), status = 0, core, model;
	int what = below(p, 3) ? M_EXITED : 1 + below(p, 7);
	int options = WNOHANG;
	struct waitid_result res = { 0 }, want = { 0 };

	what |= below(p, 2) ? M_ALL : 0;
	what |= below(p, 4) ? 0 : M_NOWAIT;
	options |= (what & M_EXITED ? WEXITED : 0) | (what & M_STOPPED ? WSTOPPED : 0) |
		   (what & M_CONTINUED ? WCONTINUED : 0) | (what & M_ALL ? __WALL : 0) |
		   (what & M_NOWAIT ? WNOWAIT : 0);
	g_string_append_printf(p->log, "%d wait %d options %d", tid, nr, what);
	core = kernel_waitid(core_task(p, tid), nr ? P_IS_PID : P_IS_ALL, nr, options, &res);
	kernel_run(p->k);
	model = model_wait(p->m, tid, nr, what, &status);
	compare(p, core ? core : res.pid, model);
	if (model <= 0)
		return;
	if (status & M_IS_STOPPED)
		want = (struct waitid_result){ .code = CLD_STOPPED, .status = status & 0xff };
	else if (status & M_IS_CONTINUED)
		want = (struct waitid_result){ .code = CLD_CONTINUED, .status = SIGCONT };
	else
		decode_status(status, &want);
	compare(p, res.code * 1000 + res.status, want.code * 1000 + want.status);
}

static void step_exec(struct pair *p, int tid)
{
	struct task_struct *t = core_task(p, tid);

	g_string_append_printf(p->log, "%d exec", tid);
	begin_new_exec(t, "exec", NULL);
	kernel_run(p->k);
	compare(p, pid_nr(t->thread_pid), model_exec(p->m, tid));
}

static void step_sigaction(struct pair *p, int tid)
{
	static const int some[] = { SIGCHLD, SIGCHLD, SIGUSR1, SIGUSR1, SIGTERM,
				    SIGTSTP, SIGCONT, SIGHUP,  SIGKILL };
	static int (*const calls[])(struct task_struct *, int) = {
		[M_DEFAULT] = do_sigaction_default, [M_IGNORE] = do_sigaction_ignore,
		[M_CATCH] = do_sigaction_catch,	    [M_BLOCK] = sigprocmask_block,
		[M_UNBLOCK] = sigprocmask_unblock,
	};
	int sig = some[below(p, G_N_ELEMENTS(some))], action = below(p, 5), core;

	g_string_append_printf(p->log, "%d sigaction %d %d", tid, sig, action);
	core = calls[action](core_task(p, tid), sig);
	kernel_run(p->k);
	compare(p, core, model_sigaction(p->m, tid, sig, (enum model_action)action));
}

static void step_pidfd(struct pair *p, int tid)
{
	static const unsigned int flags[] = { 0, 0, 0, 1, 2, 4, 3, 8 };
	struct task_struct *t = core_task(p, tid);
	int fd = 2 + below(p, 5), nr = below(p, 40), other = below(p, 7), core;
	unsigned int how = flags[below(p, G_N_ELEMENTS(flags))];
	int sig = signals[below(p, G_N_ELEMENTS(signals))];
	bool thread = below(p, 2);

	switch (below(p, 7)) {
	case 0:
	case 1:
		g_string_append_printf(p->log, "%d pidfd of %d%s", tid, nr, thread ? " thread" : "");
		core = pidfd_open(t, nr, thread ? PIDFD_THREAD : 0);
		compare(p, core, model_pidfd_open(p->m, tid, nr, thread));
		break;
	case 2:
	case 3:
		g_string_append_printf(p->log, "%d getfd %d %d", tid, fd, other);
		core = pidfd_getfd(t, fd, other, 0);
		compare(p, core, model_getfd(p->m, tid, fd, other));
		break;
	case 4:
	case 5:
		g_string_append_printf(p->log, "%d signals %d by %d, flags %u", tid, sig, fd, how);
		core = pidfd_send_signal(t, fd, sig, how);
		kernel_run(p->k);
		compare(p, core, model_pidfd_signal(p->m, tid, fd, sig, (int)how));
		break;
	default:
		g_string_append_printf(p->log, "%d closes %d", tid, fd);
		core = close_fd(t, fd);
		compare(p, core, model_close(p->m, tid, fd));
	}
}

static void step_uid(struct pair *p, int tid)
{
	int uid = below(p, 3) ? 1000 : 0;

	if (tid == 1) /* the first one's rights are needed */
		return;
	g_string_append_printf(p->log, "%d uid %d", tid, uid);
	set_task_uid(core_task(p, tid), (uid_t)uid);
	model_set_uid(p->m, tid, uid);
	compare(p, 0, 0);
}

static void step_setpgid(struct pair *p, int tid)
{
	int nr = below(p, 2) ? 0 : below(p, 40), pgid = below(p, 2) ? 0 : below(p, 40) - 1, core;

	g_string_append_printf(p->log, "%d setpgid %d %d", tid, nr, pgid);
	core = ksys_setpgid(core_task(p, tid), nr, pgid);
	kernel_run(p->k);
	compare(p, core, model_setpgid(p->m, tid, nr, pgid));
}

static void step_setns(struct pair *p, int tid)
{
	int ns = below(p, (int)p->ns->len), core;

	g_string_append_printf(p->log, "%d setns %d", tid, ns);
	core = setns_nsfd(core_task(p, tid), g_ptr_array_index(p->ns, (guint)ns), 0);
	compare(p, core, model_setns(p->m, tid, ns));
}

static void step_unshare(struct pair *p, int tid)
{
	int flags = below(p, 4) ? M_NEWPID : 1 + 7 * below(p, 2), core;
	uint64_t bits = (flags & M_NEWPID ? CLONE_NEWPID : 0) |
			(flags & M_NEWUSER ? CLONE_NEWUSER : 0);

	if (!below(p, 4))
		flags |= M_NEWUSER, bits |= CLONE_NEWUSER;
	g_string_append_printf(p->log, "%d unshare %d", tid, flags);
	core = ksys_unshare(core_task(p, tid), bits);
	if (!core && flags & M_NEWPID)
		add_core_ns(p, task_nsproxy(core_task(p, tid))->pid_ns_for_children);
	compare(p, core, model_unshare(p->m, tid, flags));
}

static void step_other(struct pair *p, int tid)
{
	struct task_struct *t = core_task(p, tid);
	bool on = below(p, 2);
	int ns, value, core;

	switch (below(p, 3)) {
	case 0:
		g_string_append_printf(p->log, "%d setsid", tid);
		core = ksys_setsid(t);
		kernel_run(p->k);
		compare(p, core, model_setsid(p->m, tid));
		break;
	case 1:
		g_string_append_printf(p->log, "%d subreaper %d", tid, on);
		set_child_subreaper(t, on);
		model_subreaper(p->m, tid, on);
		compare(p, 0, 0);
		break;
	default:
		ns = below(p, (int)p->ns->len);
		value = below(p, 6) ? below(p, 40) : below(p, PID_MAX + 20) - 10;
		g_string_append_printf(p->log, "last pid of %d %d", ns, value);
		core = pid_ns_set_last_pid(g_ptr_array_index(p->ns, (guint)ns), value);
		compare(p, core, model_last_pid(p->m, ns, value));
	}
}

static void step(struct pair *p)
{
	g_autoptr(GArray) tids = g_array_new(FALSE, FALSE, sizeof(int));
	int tid, what;

	model_actors(p->m, tids);
	tid = g_array_index(tids, int, below(p, (int)tids->len));
	what = below(p, 30) + (tids->len > CROWD ? 12 : 0);
	if (what < 9)
		step_fork(p, tid);
	else if (what < 11)
		step_wait(p, tid);
	else if (what < 12)
		step_setpgid(p, tid);
	else if (what < 14)
		step_other(p, tid);
	else if (what < 15)
		step_unshare(p, tid);
	else if (what < 17)
		step_setns(p, tid);
	else if (what < 18)
		step_exec(p, tid);
	else if (what < 20)
		step_sigaction(p, tid);
	else if (what < 22)
		step_pidfd(p, tid);
	else if (what < 23)
		step_uid(p, tid);
	else if (what < 26)
		step_exit(p, tid);
	else
		step_kill(p, tid);
}

static void run_seed(guint seed, int steps)
{
	struct kernel_options options = { .version = seed & 1 ? 618 : 612, .cpus = 1 };
	struct pair p = { .seed = seed };

	p.rand = g_rand_new_with_seed(seed);
	p.k = kernel_new(&options);
	g_assert_cmpint(pid_ns_set_pid_max(p.k->init_pid_ns, PID_MAX), ==, 0);
	p.m = model_new(PID_MAX, options.version == 618);
	p.ns = g_ptr_array_new();
	p.log = g_string_new(NULL);
	add_core_ns(&p, p.k->init_pid_ns);
	for (int i = 0; i < steps; i++)
		step(&p);
	for (guint i = 0; i < p.ns->len; i++)
		put_pid_ns(g_ptr_array_index(p.ns, i));
	g_ptr_array_unref(p.ns);
	kernel_free(p.k);
	model_free(p.m);
	g_string_free(p.log, TRUE);
	g_rand_free(p.rand);
}

static guint first_seed = 1, seeds = SEEDS;
static int steps_each = STEPS;

static void test_random(void)
{
	for (guint i = 0; i < seeds; i++)
		run_seed(first_seed + i, steps_each);
}

/* Before GLib sees them: it has a --seed of its own. */
static void take_options(int *argc, char **argv)
{
	int kept = 1;

	for (int i = 1; i < *argc; i++) {
		if (i + 1 < *argc && strcmp(argv[i], "--seed") == 0) {
			first_seed = (guint)strtoul(argv[++i], NULL, 0);
			seeds = 1;
		} else if (i + 1 < *argc && strcmp(argv[i], "--seeds") == 0) {
			seeds = (guint)strtoul(argv[++i], NULL, 0);
		} else if (i + 1 < *argc && strcmp(argv[i], "--steps") == 0) {
			steps_each = atoi(argv[++i]);
		} else {
			argv[kept++] = argv[i];
		}
	}
	*argc = kept;
}

int main(int argc, char **argv)
{
	const char *env = g_getenv("PIDNSFS_TEST_SEED");

	if (env)
		first_seed = (guint)strtoul(env, NULL, 0);
	take_options(&argc, argv);
	g_test_init(&argc, &argv, NULL);
	g_test_message("seeds %u to %u, %d steps each", first_seed, first_seed + seeds - 1,
		       steps_each);
	g_test_add_func("/model/random", test_random);
	return g_test_run();
}
