/* SPDX-License-Identifier: MIT */
#include "ctl/verb.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "util/parse.h"
#include "util/trace.h"

/* Where processes are real, a child is a program. */
static int run_program(struct verb_call *c, const struct grammar_fork *f)
{
	int err;

	if (f->count > 1) {
		g_string_assign(c->why, "a program is run once a line");
		return -EINVAL;
	}
	err = world_fork_run(c->w, c->actor, &f->args, c->reply, &c->output);
	return err ? err : -EINPROGRESS;
}

static int run_fork(struct verb_call *c)
{
	struct grammar_fork f;
	int made, failure = 0;
	int err = grammar_fork(c->words.v, c->words.n, &f, c->why);

	if (err)
		return err;
	if (world_has_files(c->w)) {
		err = run_program(c, &f);
		grammar_fork_clear(&f);
		return err;
	}
	if (f.args.like_target || f.args.host_mounts) {
		g_string_assign(c->why, "like= and mounts= are for programs of a real machine");
		grammar_fork_clear(&f);
		return -EINVAL;
	}
	made = world_fork_many(c->w, c->actor, &f.args, f.count, c->reply, &failure);
	if (made >= 0 && (unsigned int)made < f.count) {
		c->partial = ABS(failure);
		g_string_printf(c->why, "%d of %u were made, then: %s", made, f.count,
				*world_reason() ? world_reason() : g_strerror(c->partial));
	}
	grammar_fork_clear(&f);
	return MIN(made, 0);
}

static int run_exec(struct verb_call *c)
{
	struct grammar_exec e;
	int err = grammar_exec(c->words.v, c->words.n, &e, c->why);

	if (err)
		return err;
	err = world_exec(c->w, c->actor, e.comm, e.cmdline);
	grammar_exec_clear(&e);
	return err;
}

static int run_exit(struct verb_call *c)
{
	int code;
	int err = grammar_exit(c->words.v, c->words.n, &code, c->why);

	return err ? err : world_exit(c->w, c->actor, code);
}

static int run_kill(struct verb_call *c)
{
	struct grammar_kill k;
	int err = grammar_kill(c->words.v, c->words.n, &k, c->why);

	if (err)
		return err;
	if (k.how == KILL_PID)
		return world_kill(c->w, c->actor, k.pid, k.sig);
	if (k.how == KILL_THREAD)
		return world_tgkill(c->w, c->actor, k.pid, k.tid, k.sig);
	return world_signal(c->w, c->actor, k.sig);
}

static int run_setns(struct verb_call *c)
{
	struct grammar_setns s;
	int err = grammar_setns(c->words.v, c->words.n, &s, c->why);

	if (err)
		return err;
	if (s.by_pid)
		return world_setns_pid(c->w, c->actor, s.pid, s.type);
	return world_setns(c->w, c->actor, s.inum, s.type);
}

static int run_unshare(struct verb_call *c)
{
	uint64_t flags;
	int err = grammar_unshare(c->words.v, c->words.n, &flags, c->why);

	return err ? err : world_unshare(c->w, c->actor, flags);
}

/* A result that is a number is read back. */
static int reply_number(struct verb_call *c, int result)
{
	if (result < 0)
		return result;
	g_string_append_printf(c->reply, "%d\n", result);
	return 0;
}

static int run_setsid(struct verb_call *c)
{
	int err = grammar_nothing(c->words.v, c->words.n, c->why);

	return err ? err : reply_number(c, world_setsid(c->w, c->actor));
}

static int run_setpgid(struct verb_call *c)
{
	int pid, pgid;
	int err = grammar_setpgid(c->words.v, c->words.n, &pid, &pgid, c->why);

	return err ? err : world_setpgid(c->w, c->actor, pid, pgid);
}

static int run_reap(struct verb_call *c)
{
	struct world_waited res;
	int err = grammar_reap(c->words.v, c->words.n, &c->wait, c->why);

	/* Nobody reads yet: without a waiter nothing is registered. */
	if (!err)
		err = world_waitid(c->w, c->actor, &c->wait, &res, NULL);
	if (!err)
		verb_waited_text(&res, c->reply);
	return err;
}

static int run_sigaction(struct verb_call *c)
{
	struct grammar_sigaction s;
	int err = grammar_sigaction(c->words.v, c->words.n, &s, c->why);

	return err ? err : world_sigaction(c->w, c->actor, s.sig, s.act);
}

static int run_prctl(struct verb_call *c)
{
	struct grammar_prctl p;
	int err = grammar_prctl(c->words.v, c->words.n, &p, c->why);

	if (err)
		return err;
	if (p.option == PR_SET_NAME)
		return world_set_comm(c->w, c->actor, p.name, strlen(p.name));
	return world_prctl(c->w, c->actor, p.option, p.arg);
}

static int run_pidfd(struct verb_call *c)
{
	struct grammar_pidfd p;
	int err = grammar_pidfd(c->words.v, c->words.n, &p, c->why);

	if (err)
		return err;
	switch (p.call) {
	case PIDFD_CALL_OPEN:
		return reply_number(c, world_pidfd_open(c->w, c->actor, p.arg, p.flags));
	case PIDFD_CALL_GETFD:
		return reply_number(c, world_pidfd_getfd(c->w, c->actor, p.arg, p.arg2, p.flags));
	case PIDFD_CALL_SEND_SIGNAL:
		return world_pidfd_send_signal(c->w, c->actor, p.arg, p.arg2, p.flags);
	case PIDFD_CALL_CLOSE:
		return world_close(c->w, c->actor, p.arg);
	}
	return -EINVAL;
}

static int run_fault(struct verb_call *c)
{
	struct grammar_fault f;
	int err = grammar_fault(c->words.v, c->words.n, &f, c->why);

	return err ? err : world_fault(c->w, c->actor, f.when, f.how);
}

static int run_set_machine(struct verb_call *c)
{
	struct grammar_set s;
	int err = grammar_set(c->words.v, c->words.n, &s, c->why);

	if (err)
		return err;
	err = world_set_machine(c->w, (const char *const *)s.keys, (const char *const *)s.values,
				s.n);
	grammar_set_clear(&s);
	return err;
}

static int run_set(struct verb_call *c)
{
	struct grammar_set s;
	int err = grammar_set(c->words.v, c->words.n, &s, c->why);

	if (err)
		return err;
	err = world_set(c->w, c->actor, (const char *const *)s.keys, (const char *const *)s.values,
			s.n);
	grammar_set_clear(&s);
	return err;
}

void verb_waited_text(const struct world_waited *res, GString *out)
{
	char name[SIGNAL_NAME_LEN];
	const char *how = "stopped";

	if (!res->pid) {
		g_string_append(out, "0\n");
		return;
	}
	switch (res->code) {
	case CLD_EXITED:
		g_string_append_printf(out, "%d exited %d\n", res->pid, res->status);
		return;
	case CLD_CONTINUED:
		g_string_append_printf(out, "%d continued\n", res->pid);
		return;
	case CLD_KILLED:
		how = "killed";
		break;
	case CLD_DUMPED:
		how = "dumped";
		break;
	default:
		break;
	}
	g_string_append_printf(out, "%d %s %s\n", res->pid, how, signal_name(res->status, name));
}

static const struct verb verbs[] = {
	{ "fork",
	  "fork: [FLAG…] [KEY=VALUE…] [-- ARGV…]: this process makes a child, as clone3(2)\n"
	  "\n"
	  "FLAG   newpid newuser newns newuts newipc newnet newcgroup newtime thread parent\n"
	  "       vm fs files sighand …; CLONE_… or flags=0xHEX for exactly these bits\n"
	  "KEY    set_tid=N[,N…] (innermost first)  exit_signal=SIG  count=N  comm=NAME  uid=N\n"
	  "       and every key of set, for each child\n"
	  "ARGV   what the child executes\n"
	  "Reads back a line per child: its pid here, then in each namespace further in.\n"
	  "\n"
	  "	echo > fork\n"
	  "	echo newpid -- /sbin/init > fork\n"
	  "	echo count=1000 comm=worker > fork\n"
	  "	exec 3<>fork; echo set_tid=1,42 newpid >&3; read -r pid <&3\n",
	  run_fork },
	{ "exec",
	  "exec: ARGV…: this process executes a program, as execve(2)\n"
	  "\n"
	  "Words are quoted as in a shell.  Its other threads end, and it takes their leader's id.\n"
	  "\n"
	  "	echo \"/usr/bin/printf '%s %s' a b\" > exec\n",
	  run_exec },
	{ "exit",
	  "exit: [CODE]: this process ends, as exit_group(2); in task/ the thread, as exit(2)\n"
	  "\n"
	  "	echo > exit\n"
	  "	echo 3 > exit\n",
	  run_exit },
	{ "kill",
	  "kill: SIG | SIG PID | SIG TGID TID: a signal to this process, or from it\n"
	  "\n"
	  "SIG            to this process (in task/ to this thread), by somebody in the namespace\n"
	  "               of the view through which the path goes\n"
	  "SIG PID        this process calls kill(2): a pid, 0, -1 or -PGRP as there\n"
	  "SIG TGID TID   this process calls tgkill(2)\n"
	  "\n"
	  "	echo TERM > kill\n"
	  "	echo KILL -1 > kill\n",
	  run_kill },
	{ "setns",
	  "setns: INUM | pid:[INUM] | pid=PID, then [newpid newuser … | type=0xHEX]: as setns(2)\n"
	  "\n"
	  "pid=PID is a pidfd of that process: it stands for the namespace the process is in.\n"
	  "Children of this process will be born there; it stays itself where it is.\n"
	  "\n"
	  "	echo pid=42 > setns\n"
	  "	readlink ../7/ns/pid > setns\n",
	  run_setns },
	{ "unshare",
	  "unshare: FLAG…: as unshare(2)\n"
	  "\n"
	  "FLAG   newpid newuser newns newuts newipc newnet newcgroup newtime fs files …,\n"
	  "       CLONE_…, or flags=0xHEX for exactly these bits\n"
	  "\n"
	  "	echo newpid > unshare; echo > fork\n",
	  run_unshare },
	{ "setsid",
	  "setsid: an empty line: this process leads a new session, as setsid(2)\n"
	  "\n"
	  "Reads back the session.\n"
	  "\n"
	  "	echo > setsid\n",
	  run_setsid },
	{ "setpgid",
	  "setpgid: [PID] PGID: as setpgid(2)\n"
	  "\n"
	  "	echo 0 > setpgid\n"
	  "	echo 42 40 > setpgid\n",
	  run_setpgid },
	{ "reap",
	  "reap: [PID | 0 | -1 | -PGRP | fd=FD] [OPTION…]: wait for a child, as waitid(2)\n"
	  "\n"
	  "OPTION   nohang nowait exited stopped continued all clone nothread\n"
	  "The write does not wait: reading what comes back does.\n"
	  "Reads back PID exited CODE, PID killed SIG, PID dumped SIG, PID stopped SIG or\n"
	  "PID continued; 0 if nohang found nothing.\n"
	  "\n"
	  "	exec 3<>reap; echo >&3; read -r pid how status <&3\n"
	  "	echo nohang > reap\n",
	  run_reap },
	{ "sigaction",
	  "sigaction: SIG ignore | default | catch | nocldwait: as sigaction(2)\n"
	  "           SIG block | unblock: of this thread, as sigprocmask(2)\n"
	  "\n"
	  "	echo TERM catch > sigaction\n"
	  "	echo CHLD ignore > sigaction\n"
	  "	echo USR1 block > sigaction\n",
	  run_sigaction },
	{ "prctl",
	  "prctl: set_child_subreaper 0|1, set_pdeathsig SIG, set_name NAME: as prctl(2)\n"
	  "\n"
	  "	echo set_child_subreaper 1 > prctl\n"
	  "	echo set_pdeathsig KILL > prctl\n",
	  run_prctl },
	{ "pidfd",
	  "pidfd: open PID | getfd FD FD | send_signal FD SIG | close FD: as pidfd_open(2) …\n"
	  "\n"
	  "open PID [nonblock] [thread]\n"
	  "getfd PIDFD FD\n"
	  "send_signal PIDFD SIG [thread | group | pgrp]\n"
	  "close FD\n"
	  "flags=0xHEX gives exactly these bits.  Reads back the new descriptor.\n"
	  "\n"
	  "	exec 3<>pidfd; echo open 42 >&3; read -r fd <&3\n"
	  "	echo send_signal 3 TERM > pidfd\n",
	  run_pidfd },
	{ "fault",
	  "fault: [list | open] [gone | zombie | reuse], or off: dies under a reader's eyes\n"
	  "\n"
	  "list     once a listing has named this process: opening its files fails (ENOENT)\n"
	  "open     once a file of it has been opened: reading it fails (ESRCH)\n"
	  "gone     killed and reaped, as if its parent had waited just then\n"
	  "zombie   killed alone: files that need its memory are empty\n"
	  "reuse    killed and reaped, and another process has its number at once\n"
	  "Either word may be left out: list, gone.\n"
	  "\n"
	  "	echo list > fault; ls -l ../..\n"
	  "	echo open reuse > fault; cat status; cat status\n",
	  run_fault },
	{ "set",
	  "set: KEY=VALUE…: what a fixture dictates of this process, all or none of a line\n"
	  "\n"
	  "names     comm cmdline environ cgroup exe cwd root wchan fd=N:TARGET fd=N\n"
	  "ids       uid euid suid fsuid gid egid sgid fsgid groups=N,N loginuid sessionid\n"
	  "state     state (R S D T t I) flags personality umask seccomp no_new_privs core\n"
	  "rights    caps cap_inh cap_amb (a mask, none or all) mapped\n"
	  "times     utime stime cutime cstime blkio starttime (1/100 s) run wait (ns) slices\n"
	  "schedule  nice priority rt_priority policy processor cpus=0-3,7 timerslack (ns)\n"
	  "terminal  tty tpgid\n"
	  "memory    vsize peak rss hwm shared shmem swap data stack text lib locked pinned pte\n"
	  "          (bytes) minflt majflt cminflt cmajflt oom_score oom_score_adj\n"
	  "io        rchar wchar syscr syscw read_bytes write_bytes cancelled_write_bytes\n"
	  "switches  nvcsw nivcsw\n"
	  "limits    limit_NAME=SOFT[:HARD]: cpu fsize data stack core rss nproc nofile memlock\n"
	  "          as locks sigpending msgqueue nice rtprio rttime; nproc\n"
	  "\n"
	  "	echo utime=100 rss=1048576 > set\n"
	  "	echo 'environ=\"A=1 B=2\" fd=3:socket:[77]' > set\n",
	  run_set },
};

int verb_run(const struct verb *verb, struct verb_call *c)
{
	TRACE("%s by ino %" G_GUINT64_FORMAT ": %u words", verb->name, c->actor.ref.ino,
	      c->words.n);
	return verb->run(c);
}

const struct verb verb_set_machine = {
	"set",
	"set: KEY=VALUE…: what a fixture dictates of the machine, all or none of a line\n"
	"\n"
	"cpus btime (s since 1970) hostname domainname osrelease version\n"
	"mem_total mem_free buffers cached swap_total (bytes)  loadavg=0.25,0.10,0.05\n"
	"ctxt intr; and to add to what its processes have used, in 1/100 s:\n"
	"user nice system iowait irq softirq steal guest guest_nice\n"
	"\n"
	"	echo cpus=8 hostname=box mem_total=17179869184 > set\n",
	run_set_machine,
};

const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

const struct verb *verb_at(unsigned int i)
{
	return i < G_N_ELEMENTS(verbs) ? &verbs[i] : NULL;
}
