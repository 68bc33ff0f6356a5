/* SPDX-License-Identifier: MIT */
/* The lines of control files, text to arguments. */
#include <errno.h>
#include <glib.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "ctl/grammar.h"

static void split(const char *line, const char *expected)
{
	struct grammar_words words = { 0 };
	GString *why = g_string_new(NULL);
	char *joined;

	g_assert_cmpint(grammar_split(line, strlen(line), &words, why), ==, 0);
	g_assert_cmpuint(g_strv_length(words.v), ==, words.n);
	joined = g_strjoinv("|", words.v);
	g_assert_cmpstr(joined, ==, expected);
	g_assert_false(words.comment);
	g_free(joined);
	grammar_words_clear(&words);
	g_string_free(why, TRUE);
}

static void no_split(const char *line, size_t len)
{
	struct grammar_words words = { 0 };
	GString *why = g_string_new(NULL);

	g_assert_cmpint(grammar_split(line, len, &words, why), ==, -EINVAL);
	g_assert_cmpuint(why->len, >, 0);
	g_assert_null(words.v);
	g_string_free(why, TRUE);
}

static void test_split(void)
{
	struct grammar_words words = { 0 };

	split("", "");
	split(" \t ", "");
	split("a b\tc", "a|b|c");
	split("  a  ", "a");
	split("'a b' \"c d\" e\\ f", "a b|c d|e f");
	split("a'b'\"c\"d", "abcd");
	split("'' a \"\"", "|a|");
	split("'\\' \"\\\"\\\\\\$\\x\"", "\\|\"\\$\\x");
	split("a # b", "a");
	split("a#b '#' \\#", "a#b|#|#");
	split("ä '…'", "ä|…");
	no_split("'a", 2);
	no_split("a \"b\\\"", 6);
	no_split("a \\", 3);
	no_split("a\0b", 3);

	g_assert_cmpint(grammar_split(" # a", 4, &words, NULL), ==, 0);
	g_assert_true(words.comment);
	g_assert_cmpuint(words.n, ==, 0);
	grammar_words_clear(&words);
}

/* A line's words; every test below frees them with why. */
struct line {
	struct grammar_words words;
	GString *why;
};

static struct line line_new(const char *text)
{
	struct line l = { .why = g_string_new(NULL) };

	g_assert_cmpint(grammar_split(text, strlen(text), &l.words, l.why), ==, 0);
	return l;
}

static int line_end(struct line *l, int result)
{
	/* A refusal has a reason, and nothing else has one. */
	g_assert_cmpint(result != 0, ==, l->why->len != 0);
	grammar_words_clear(&l->words);
	g_string_free(l->why, TRUE);
	return result;
}

#define PARSE(verb, text, ...)                                                        \
	({                                                                            \
		struct line l_ = line_new(text);                                      \
		int r_ = grammar_##verb(l_.words.v, l_.words.n, __VA_ARGS__, l_.why); \
		line_end(&l_, r_);                                                    \
	})

static void fork_is(const char *text, uint64_t flags, int exit_signal)
{
	struct grammar_fork f;

	g_assert_cmpint(PARSE(fork, text, &f), ==, 0);
	g_assert_cmphex(f.args.flags, ==, flags);
	g_assert_cmpint(f.args.exit_signal, ==, exit_signal);
	grammar_fork_clear(&f);
}

static void test_fork_flags(void)
{
	const uint64_t thread = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;

	fork_is("", 0, SIGCHLD);
	fork_is("newpid", CLONE_NEWPID, SIGCHLD);
	fork_is("newns", CLONE_NEWNS, SIGCHLD);
	fork_is("newmnt newuts newipc newnet newcgroup newtime newuser",
		CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP | 0x80 |
			CLONE_NEWUSER,
		SIGCHLD);
	fork_is("vm fs files sighand", CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND, SIGCHLD);
	fork_is("thread", thread, 0);
	fork_is("thread exit_signal=TERM", thread, SIGTERM);
	fork_is("exit_signal=TERM thread", thread, SIGTERM);
	fork_is("parent", CLONE_PARENT, 0);
	fork_is("CLONE_THREAD", CLONE_THREAD, SIGCHLD);
	fork_is("CLONE_PARENT", CLONE_PARENT, SIGCHLD);
	fork_is("flags=0x00010000 exit_signal=0", CLONE_THREAD, 0);
	fork_is("flags=0xFFFFffffFFFFffff", UINT64_MAX, SIGCHLD);
	fork_is("CLONE_INTO_CGROUP clear_sighand", 0x300000000ull, SIGCHLD);
	fork_is("exit_signal=66", 0, 66);
	fork_is("exit_signal=-1", 0, -1);
}

static void test_fork_keys(void)
{
	GString *many = g_string_new("set_tid=1");
	struct grammar_fork f;
	const char *cmdline;
	gsize size;

	g_assert_cmpint(PARSE(fork, "set_tid=5,-6,0x7 uid=0", &f), ==, 0);
	g_assert_cmpuint(f.args.set_tid_size, ==, 3);
	g_assert_cmpint(f.args.set_tid[0], ==, 5);
	g_assert_cmpint(f.args.set_tid[1], ==, -6);
	g_assert_cmpint(f.args.set_tid[2], ==, 7);
	g_assert_cmpint(f.args.uid, ==, 0);
	g_assert_cmpuint(f.count, ==, 1);
	g_assert_null(f.args.comm);
	g_assert_null(f.args.cmdline);

	for (int i = 0; i < 100; i++)
		g_string_append(many, ",1");
	g_assert_cmpint(PARSE(fork, many->str, &f), ==, 0);
	g_assert_cmpuint(f.args.set_tid_size, ==, WORLD_MAX_LEVEL + 1);
	g_string_free(many, TRUE);

	g_assert_cmpint(PARSE(fork, "count=4194304 comm=averyveryverylongname", &f), ==, 0);
	g_assert_cmpuint(f.count, ==, 4194304);
	g_assert_cmpstr(f.args.comm, ==, "averyveryverylo");
	g_assert_true(f.args.comm == f.comm);
	g_assert_cmpint(f.args.uid, ==, -1);

	g_assert_cmpint(PARSE(fork, "newpid -- /bin/sh -c 'a b' ''", &f), ==, 0);
	g_assert_cmpstr(f.args.comm, ==, "sh");
	cmdline = g_bytes_get_data(f.args.cmdline, &size);
	g_assert_cmpmem(cmdline, size, "/bin/sh\0-c\0a b\0", 16);
	grammar_fork_clear(&f);
	g_assert_cmpint(PARSE(fork, "comm=x -- a --", &f), ==, 0);
	g_assert_cmpstr(f.args.comm, ==, "x");
	g_assert_cmpuint(f.args.n, ==, 0);
	grammar_fork_clear(&f);

	/* What fork has no word for is for the world to know. */
	g_assert_cmpint(PARSE(fork, "nice=5 newpid fd=3:a=b flags=0x100 nonsense= -- x", &f), ==, 0);
	g_assert_cmpuint(f.args.n, ==, 3);
	g_assert_cmpstr(f.args.keys[0], ==, "nice");
	g_assert_cmpstr(f.args.values[0], ==, "5");
	g_assert_cmpstr(f.args.keys[1], ==, "fd");
	g_assert_cmpstr(f.args.values[1], ==, "3:a=b");
	g_assert_cmpstr(f.args.keys[2], ==, "nonsense");
	g_assert_cmpstr(f.args.values[2], ==, "");
	g_assert_cmphex(f.args.flags, ==, CLONE_NEWPID | 0x100);
	grammar_fork_clear(&f);
	g_assert_cmpint(PARSE(fork, "nice=5 nonsense", &f), ==, -EINVAL);
	g_assert_cmpint(PARSE(fork, "=5", &f), ==, -EINVAL);
}

static void test_fork_refused(void)
{
	static const char *const bad[] = {
		"nonsense",
		"NEWPID",
		"CLONE_newpid",
		"CLONE_",
		"flags=",
		"flags=-1",
		"flags=0x1ffffffffffffffff",
		"count=0",
		"count=4194305",
		"count=-1",
		"count=",
		"set_tid=",
		"set_tid=1,",
		"set_tid=a",
		"set_tid=2147483648",
		"exit_signal=",
		"exit_signal=X",
		"uid=-1",
		"uid=4294967295",
		"--",
		"flags",
		"''",
		"count",
	};
	struct grammar_fork f;

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_cmpint(PARSE(fork, bad[i], &f), ==, -EINVAL);
}

static void test_exec_exit(void)
{
	struct grammar_exec e;
	int code = 7;

	g_assert_cmpint(PARSE(exec, "/a/'b c' d", &e), ==, 0);
	g_assert_cmpstr(e.comm, ==, "b c");
	g_assert_cmpuint(g_bytes_get_size(e.cmdline), ==, 9);
	grammar_exec_clear(&e);
	g_assert_cmpint(PARSE(exec, "-- -x", &e), ==, 0);
	g_assert_cmpstr(e.comm, ==, "-x");
	grammar_exec_clear(&e);
	g_assert_cmpint(PARSE(exec, "", &e), ==, -EINVAL);
	g_assert_cmpint(PARSE(exec, "--", &e), ==, -EINVAL);

	g_assert_cmpint(PARSE(exit, "", &code), ==, 0);
	g_assert_cmpint(code, ==, 0);
	g_assert_cmpint(PARSE(exit, "-1", &code), ==, 0);
	g_assert_cmpint(code, ==, -1);
	g_assert_cmpint(PARSE(exit, "x", &code), ==, -EINVAL);
	g_assert_cmpint(PARSE(exit, "1 2", &code), ==, -EINVAL);
	g_assert_cmpint(PARSE(exit, "2147483648", &code), ==, -EINVAL);
}

static void test_kill(void)
{
	struct grammar_kill k;

	g_assert_cmpint(PARSE(kill, "term", &k), ==, 0);
	g_assert_cmpint(k.how, ==, KILL_THIS);
	g_assert_cmpint(k.sig, ==, SIGTERM);
	g_assert_cmpint(PARSE(kill, "66 -1", &k), ==, 0);
	g_assert_cmpint(k.how, ==, KILL_PID);
	g_assert_cmpint(k.sig, ==, 66);
	g_assert_cmpint(k.pid, ==, -1);
	g_assert_cmpint(PARSE(kill, "0 5 6", &k), ==, 0);
	g_assert_cmpint(k.how, ==, KILL_THREAD);
	g_assert_cmpint(k.pid, ==, 5);
	g_assert_cmpint(k.tid, ==, 6);
	g_assert_cmpint(PARSE(kill, "", &k), ==, -EINVAL);
	g_assert_cmpint(PARSE(kill, "KILL 1 2 3", &k), ==, -EINVAL);
	g_assert_cmpint(PARSE(kill, "KILL x", &k), ==, -EINVAL);
	g_assert_cmpint(PARSE(kill, "1 2 x", &k), ==, -EINVAL);
	g_assert_cmpint(PARSE(kill, "nosuch", &k), ==, -EINVAL);
}

static void test_namespaces(void)
{
	struct grammar_setns s;
	uint64_t flags = 7;

	g_assert_cmpint(PARSE(setns, "4026531836", &s), ==, 0);
	g_assert_false(s.by_pid);
	g_assert_cmpuint(s.inum, ==, 4026531836u);
	g_assert_cmphex(s.type, ==, 0);
	g_assert_cmpint(PARSE(setns, "pid:[12] newpid", &s), ==, 0);
	g_assert_cmpuint(s.inum, ==, 12);
	g_assert_cmphex(s.type, ==, CLONE_NEWPID);
	g_assert_cmpint(PARSE(setns, "pid=7", &s), ==, 0);
	g_assert_true(s.by_pid);
	g_assert_cmpint(s.pid, ==, 7);
	g_assert_cmphex(s.type, ==, CLONE_NEWPID);
	g_assert_cmpint(PARSE(setns, "pid=-7 type=0", &s), ==, 0);
	g_assert_cmphex(s.type, ==, 0);
	g_assert_cmpint(PARSE(setns, "pid=7 newpid newuser", &s), ==, 0);
	g_assert_cmphex(s.type, ==, CLONE_NEWPID | CLONE_NEWUSER);

	static const char *const bad[] = { "",	 "x",	 "pid:[", "pid:[]", "pid:[x]", "4294967296",
					   "-1", "pid=", "pid=x", "1 2",    "1 type=", "1 what" };
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_cmpint(PARSE(setns, bad[i], &s), ==, -EINVAL);

	g_assert_cmpint(PARSE(unshare, "", &flags), ==, 0);
	g_assert_cmphex(flags, ==, 0);
	g_assert_cmpint(PARSE(unshare, "newpid CLONE_NEWUTS flags=1", &flags), ==, 0);
	g_assert_cmphex(flags, ==, CLONE_NEWPID | CLONE_NEWUTS | 1);
	g_assert_cmpint(PARSE(unshare, "pid", &flags), ==, -EINVAL);
}

static void test_setpgid(void)
{
	int pid = 1, pgid = 1;
	struct line l = line_new("x");

	g_assert_cmpint(PARSE(setpgid, "5", &pid, &pgid), ==, 0);
	g_assert_cmpint(pid, ==, 0);
	g_assert_cmpint(pgid, ==, 5);
	g_assert_cmpint(PARSE(setpgid, "-5 -6", &pid, &pgid), ==, 0);
	g_assert_cmpint(pid, ==, -5);
	g_assert_cmpint(pgid, ==, -6);
	g_assert_cmpint(PARSE(setpgid, "", &pid, &pgid), ==, -EINVAL);
	g_assert_cmpint(PARSE(setpgid, "1 2 3", &pid, &pgid), ==, -EINVAL);
	g_assert_cmpint(PARSE(setpgid, "1 x", &pid, &pgid), ==, -EINVAL);
	g_assert_cmpint(grammar_nothing(l.words.v, 0, l.why), ==, 0);
	g_assert_cmpint(line_end(&l, grammar_nothing(l.words.v, 1, l.why)), ==, -EINVAL);
}

static void wait_is(const char *text, enum world_idtype idtype, int id, int options)
{
	struct world_wait w;

	g_assert_cmpint(PARSE(reap, text, &w), ==, 0);
	g_assert_cmpint(w.idtype, ==, idtype);
	g_assert_cmpint(w.id, ==, id);
	g_assert_cmphex((guint)w.options, ==, (guint)options);
}

static void test_reap(void)
{
	struct world_wait w;

	wait_is("", WORLD_P_ALL, 0, WEXITED);
	wait_is("-1 nohang", WORLD_P_ALL, 0, WEXITED | WNOHANG);
	wait_is("5 stopped", WORLD_P_PID, 5, WSTOPPED);
	wait_is("0 continued exited", WORLD_P_PGID, 0, WCONTINUED | WEXITED);
	wait_is("-7 nowait", WORLD_P_PGID, 7, WEXITED | WNOWAIT);
	wait_is("fd=-3 all clone nothread", WORLD_P_PIDFD, -3,
		WEXITED | __WALL | (int)__WCLONE | __WNOTHREAD);
	wait_is("nohang 5", WORLD_P_PID, 5, WEXITED | WNOHANG);
	g_assert_cmpint(PARSE(reap, "-2147483648", &w), ==, -ESRCH);
	g_assert_cmpint(PARSE(reap, "5 6", &w), ==, -EINVAL);
	g_assert_cmpint(PARSE(reap, "fd=", &w), ==, -EINVAL);
	g_assert_cmpint(PARSE(reap, "what", &w), ==, -EINVAL);
	g_assert_cmpint(PARSE(reap, "2147483648", &w), ==, -EINVAL);
}

static void test_sigaction_prctl(void)
{
	struct grammar_sigaction s;
	struct grammar_prctl p;

	g_assert_cmpint(PARSE(sigaction, "CHLD nocldwait", &s), ==, 0);
	g_assert_cmpint(s.sig, ==, SIGCHLD);
	g_assert_cmpint(s.act, ==, WORLD_SIG_NOCLDWAIT);
	g_assert_cmpint(PARSE(sigaction, "USR1 block", &s), ==, 0);
	g_assert_cmpint(s.act, ==, WORLD_SIG_BLOCK);
	g_assert_cmpint(PARSE(sigaction, "USR1 unblock", &s), ==, 0);
	g_assert_cmpint(s.act, ==, WORLD_SIG_UNBLOCK);
	g_assert_cmpint(PARSE(sigaction, "9 ignore", &s), ==, 0);
	g_assert_cmpint(s.act, ==, WORLD_SIG_IGNORE);
	g_assert_cmpint(PARSE(sigaction, "TERM", &s), ==, -EINVAL);
	g_assert_cmpint(PARSE(sigaction, "TERM no", &s), ==, -EINVAL);
	g_assert_cmpint(PARSE(sigaction, "no ignore", &s), ==, -EINVAL);

	g_assert_cmpint(PARSE(prctl, "set_child_subreaper 1", &p), ==, 0);
	g_assert_cmpint(p.option, ==, PR_SET_CHILD_SUBREAPER);
	g_assert_cmpuint(p.arg, ==, 1);
	g_assert_cmpint(PARSE(prctl, "set_pdeathsig KILL", &p), ==, 0);
	g_assert_cmpint(p.option, ==, PR_SET_PDEATHSIG);
	g_assert_cmpuint(p.arg, ==, SIGKILL);
	g_assert_cmpint(PARSE(prctl, "set_child_subreaper", &p), ==, -EINVAL);
	g_assert_cmpint(PARSE(prctl, "set_child_subreaper x", &p), ==, -EINVAL);
	g_assert_cmpint(PARSE(prctl, "what 1", &p), ==, -EINVAL);
}

static void test_pidfd(void)
{
	struct grammar_pidfd p;

	g_assert_cmpint(PARSE(pidfd, "open 5 nonblock thread", &p), ==, 0);
	g_assert_cmpint(p.call, ==, PIDFD_CALL_OPEN);
	g_assert_cmpint(p.arg, ==, 5);
	g_assert_cmphex(p.flags, ==, 0x880);
	g_assert_cmpint(PARSE(pidfd, "getfd 3 -4", &p), ==, 0);
	g_assert_cmpint(p.call, ==, PIDFD_CALL_GETFD);
	g_assert_cmpint(p.arg2, ==, -4);
	g_assert_cmpint(PARSE(pidfd, "send_signal 3 TERM pgrp thread group", &p), ==, 0);
	g_assert_cmpint(p.arg2, ==, SIGTERM);
	g_assert_cmphex(p.flags, ==, 7);
	g_assert_cmpint(PARSE(pidfd, "open 5 flags=0x10", &p), ==, 0);
	g_assert_cmphex(p.flags, ==, 0x10);
	g_assert_cmpint(PARSE(pidfd, "close 3", &p), ==, 0);
	g_assert_cmpint(p.call, ==, PIDFD_CALL_CLOSE);

	static const char *const bad[] = { "",
					   "open",
					   "open x",
					   "getfd 3",
					   "send_signal 3",
					   "send_signal 3 nosuch",
					   "close",
					   "close 3 4",
					   "open 5 group",
					   "what 3",
					   "send_signal 3 9 open",
					   "open 5 flags=0x100000000" };
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_cmpint(PARSE(pidfd, bad[i], &p), ==, -EINVAL);
}

static void test_fault(void)
{
	struct grammar_fault f;

	g_assert_cmpint(PARSE(fault, "list", &f), ==, 0);
	g_assert_cmpint(f.when, ==, WORLD_FAULT_LISTED);
	g_assert_cmpint(f.how, ==, WORLD_FAULT_GONE);
	g_assert_cmpint(PARSE(fault, "open zombie", &f), ==, 0);
	g_assert_cmpint(f.when, ==, WORLD_FAULT_OPENED);
	g_assert_cmpint(f.how, ==, WORLD_FAULT_ZOMBIE);
	g_assert_cmpint(PARSE(fault, "reuse open", &f), ==, 0);
	g_assert_cmpint(f.when, ==, WORLD_FAULT_OPENED);
	g_assert_cmpint(f.how, ==, WORLD_FAULT_REUSE);
	g_assert_cmpint(PARSE(fault, "gone", &f), ==, 0);
	g_assert_cmpint(f.when, ==, WORLD_FAULT_LISTED);
	g_assert_cmpint(PARSE(fault, "off", &f), ==, 0);
	g_assert_cmpint(f.when, ==, WORLD_FAULT_NEVER);
	g_assert_cmpint(PARSE(fault, "", &f), ==, -EINVAL);
	g_assert_cmpint(PARSE(fault, "off gone", &f), ==, -EINVAL);
	g_assert_cmpint(PARSE(fault, "list open", &f), ==, -EINVAL);
	g_assert_cmpint(PARSE(fault, "zombie reuse", &f), ==, -EINVAL);
	g_assert_cmpint(PARSE(fault, "soon", &f), ==, -EINVAL);
}

static void test_set(void)
{
	struct grammar_set s;

	g_assert_cmpint(PARSE(set, "a=1 b= c==", &s), ==, 0);
	g_assert_cmpuint(s.n, ==, 3);
	g_assert_cmpstr(s.keys[0], ==, "a");
	g_assert_cmpstr(s.values[0], ==, "1");
	g_assert_cmpstr(s.values[1], ==, "");
	g_assert_cmpstr(s.values[2], ==, "=");
	grammar_set_clear(&s);
	g_assert_cmpint(PARSE(set, "", &s), ==, -EINVAL);
	g_assert_cmpint(PARSE(set, "a=1 b", &s), ==, -EINVAL);
	g_assert_cmpint(PARSE(set, "=1", &s), ==, -EINVAL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/grammar/split", test_split);
	g_test_add_func("/grammar/fork/flags", test_fork_flags);
	g_test_add_func("/grammar/fork/keys", test_fork_keys);
	g_test_add_func("/grammar/fork/refused", test_fork_refused);
	g_test_add_func("/grammar/exec-exit", test_exec_exit);
	g_test_add_func("/grammar/kill", test_kill);
	g_test_add_func("/grammar/namespaces", test_namespaces);
	g_test_add_func("/grammar/setpgid", test_setpgid);
	g_test_add_func("/grammar/reap", test_reap);
	g_test_add_func("/grammar/sigaction-prctl", test_sigaction_prctl);
	g_test_add_func("/grammar/pidfd", test_pidfd);
	g_test_add_func("/grammar/fault", test_fault);
	g_test_add_func("/grammar/set", test_set);
	return g_test_run();
}
