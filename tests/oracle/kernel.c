/* SPDX-License-Identifier: MIT */
/* The side that plays a script with real processes. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "oracle/puppet.h"
#include "oracle/run.h"

static int master_socket = -1, own_probe = -1;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* Between two looks: first often, then seldom. */
static void pause_a_little(unsigned int *round)
{
	struct timespec ts = { 0, 0 };

	if ((*round)++ < 20) {
		sched_yield();
		return;
	}
	ts.tv_nsec = *round < 200 ? 50000 : 2000000;
	nanosleep(&ts, NULL);
}

/* --- setting up ---------------------------------------------------------------- */

/* The C library may not know of these yet. */
#define FSOPEN_CLOEXEC 1u
#define FSMOUNT_CLOEXEC 1u
#define FSCONFIG_SET_FD 5u
#define FSCONFIG_CMD_CREATE 6u

/* A procfs: of the master's namespace, or (6.17) of that of ns_fd. */
static int open_proc(int ns_fd)
{
	int fs = (int)syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC), fd = -1;

	if (fs < 0)
		return -1;
	if ((ns_fd < 0 || !syscall(SYS_fsconfig, fs, FSCONFIG_SET_FD, "pidns", NULL, ns_fd)) &&
	    !syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	close(fs);
	return fd;
}

static void probe(struct run *r)
{
	struct utsname u;
	int major = 0, minor = 0, fd, ns, self;

	uname(&u);
	sscanf(u.release, "%d.%d", &major, &minor);
	r->per_ns_pid_max = major > 6 || (major == 6 && minor >= 14);
	r->children = access("/proc/self/task/1/../../children", F_OK) == 0 ||
		      access("/proc/thread-self/children", F_OK) == 0;
	self = open("/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC);
	r->getfd = true;
	if (self >= 0) {
		char c = '0';

		r->getfd = read(self, &c, 1) == 1 && c == '0';
		close(self);
	}
	ns = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	fd = open_proc(ns);
	r->views = fd >= 0;
	close(fd);
	close(ns);
}

static int possible_cpus(void)
{
	FILE *in = fopen("/sys/devices/system/cpu/possible", "re");
	int first = 0, last = 0, n = 0;

	if (in) {
		n = fscanf(in, "%d-%d", &first, &last);
		fclose(in);
	}
	return n == 2 ? last + 1 : 1;
}

int kernel_open(struct run *r)
{
	int sockets[2], proc;

	r->pid_max_min = 8 * possible_cpus() > 301 ? 8 * possible_cpus() : 301;
	if (puppet_map(-1)) {
		say(r, "no memory to share: %s", strerror(errno));
		return -1;
	}
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets) || dup2(sockets[1], PUPPET_FD_SOCKET) < 0) {
		say(r, "no socket: %s", strerror(errno));
		return -1;
	}
	close(sockets[1]);
	master_socket = fcntl(sockets[0], F_DUPFD_CLOEXEC, 3);
	close(sockets[0]);
	own_probe = open("/dev/null", O_RDONLY | O_CLOEXEC);
	probe(r);
	proc = open_proc(-1);
	if (proc < 0)
		proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0 || dup2(proc, PUPPET_FD_PROC) < 0) {
		say(r, "no procfs: %s", strerror(errno));
		return -1;
	}
	close(proc);
	return 0;
}

/* --- tasks as the master sees them ------------------------------------------------ */

static ssize_t read_proc(const char *path, char *text, size_t size)
{
	int fd = openat(PUPPET_FD_PROC, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	if (n >= 0)
		text[n] = '\0';
	close(fd);
	return n;
}

/* 0: there is no such task. */
static char task_state(const struct puppet *p, unsigned int *flags)
{
	char path[64], text[1024], *at;
	char state = 0;

	snprintf(path, sizeof(path), "%d/task/%d/stat", p->host_tgid, p->host);
	if (read_proc(path, text, sizeof(text)) <= 0)
		return 0;
	at = strrchr(text, ')');
	if (!at || sscanf(at + 2, "%c %*d %*d %*d %*d %*d %u", &state, flags) != 2)
		return 0;
	return state;
}

static bool task_exists(const struct puppet *p)
{
	return !syscall(SYS_tgkill, p->host_tgid, p->host, 0) || errno != ESRCH;
}

/*
 * Does anything still have the number, be it a task, a group or a session?  A
 * descriptor can be given only to an owner that is there.
 */
static bool number_busy(int host)
{
	return !fcntl(own_probe, F_SETOWN, host);
}

/* The numbers from the test's root namespace inward. */
static unsigned int read_numbers(const struct puppet *p, int *nr)
{
	char path[64], text[8192], *at, *end;
	unsigned int n = 0;

	snprintf(path, sizeof(path), "%d/task/%d/status", p->host_tgid, p->host);
	if (read_proc(path, text, sizeof(text)) <= 0)
		return 0;
	at = strstr(text, "\nNSpid:");
	if (!at)
		return 0;
	at += 7;
	strtol(at, &at, 10); /* the master's */
	while (*at == '\t' && n < LEVELS) {
		nr[n++] = (int)strtol(at, &end, 10);
		at = end;
	}
	return n;
}

/* Waits for a futex of a puppet to leave the value; false: it does not. */
static bool await(const struct run *r, uint32_t *word, uint32_t value, const struct puppet *p)
{
	double end = now() + r->patience;

	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value) {
		puppet_futex(word, FUTEX_WAIT, value, 100000000);
		if (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value)
			return true;
		if (now() > end || (p && !task_exists(p)))
			return __atomic_load_n(word, __ATOMIC_ACQUIRE) != value;
	}
	return true;
}

static bool await_birth(const struct run *r, struct puppet *p)
{
	struct slot *s = &puppets->slot[p->slot];

	if (!await(r, &s->born, 0, NULL))
		return false;
	p->host = s->tid;
	p->host_tgid = s->tgid;
	return true;
}

int kernel_begin(struct run *r)
{
	struct puppet *p = &r->puppet[0];
	unsigned int n;
	long pid;

	p->slot = cast_slot(r);
	pid = puppet_first(p->slot, CLONE_NEWPID);
	if (pid < 0) {
		say(r, "the kernel: no new namespace: %s", strerror((int)-pid));
		return -1;
	}
	p->host = p->host_tgid = (int)pid;
	if (!await_birth(r, p)) {
		say(r, "the kernel: the first puppet does not answer");
		return -1;
	}
	p->host = p->host_tgid = (int)pid;
	n = read_numbers(p, p->nr + 1);
	if (n != 1) {
		say(r, "the kernel: the first puppet has %u numbers", n);
		return -1;
	}
	return 0;
}

int kernel_end(struct run *r)
{
	struct puppet *p = &r->puppet[0];
	struct pollfd dead = { .events = POLLIN };
	siginfo_t info = { 0 };

	if (!p->host)
		return 0;
	dead.fd = (int)syscall(SYS_pidfd_open, p->host, 0);
	kill(p->host, SIGKILL);
	/* What hangs must be known to hang. */
	if (dead.fd < 0 || poll(&dead, 1, 120000) != 1 ||
	    waitid(P_PID, (id_t)p->host, &info, WEXITED | WNOHANG) || !info.si_pid) {
		say(r, "the kernel: the outermost namespace does not end (pid %d)", p->host);
		return -1;
	}
	close(dead.fd);
	p->host = 0;
	return 0;
}

/* --- operations ---------------------------------------------------------------------- */

static void send_fd(int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	char byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };

	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	if (sendmsg(master_socket, &msg, 0) < 0)
		perror("sendmsg");
}

static void ask(struct slot *s, enum puppet_call call)
{
	s->call = call;
	__atomic_store_n(&s->asked, s->asked + 1, __ATOMIC_RELEASE);
	puppet_futex(&s->asked, FUTEX_WAKE, 1, 0);
}

static bool answered(const struct run *r, struct slot *s, const struct puppet *p)
{
	double end = now() + r->patience;
	uint32_t have;

	for (;;) {
		have = __atomic_load_n(&s->answered, __ATOMIC_ACQUIRE);
		if (have == s->asked)
			return true;
		if (!await(r, &s->answered, have, p) || now() > end)
			return false;
	}
}

static void put_args(struct slot *s, const long *v, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n && i < 4; i++)
		s->arg[i] = v[i];
}

static bool prepare(struct run *r, const struct op *op, const long *v, struct slot *s,
		    enum puppet_call *call)
{
	static const enum puppet_call calls[VERBS] = {
		[V_FORK] = CALL_FORK,
		[V_EXIT] = CALL_EXIT,
		[V_EXIT_GROUP] = CALL_EXIT_GROUP,
		[V_KILL] = CALL_KILL,
		[V_TGKILL] = CALL_TGKILL,
		[V_WAIT] = CALL_WAITID,
		[V_UNSHARE] = CALL_UNSHARE,
		[V_SETNS] = CALL_SETNS,
		[V_SETNS_PID] = CALL_SETNS_PID,
		[V_SETSID] = CALL_SETSID,
		[V_SETPGID] = CALL_SETPGID,
		[V_SUBREAPER] = CALL_SUBREAPER,
		[V_PDEATHSIG] = CALL_PDEATHSIG,
		[V_NAME] = CALL_NAME,
		[V_SIGACTION] = CALL_SIGACTION,
		[V_SIGBLOCK] = CALL_SIGBLOCK,
		[V_EXEC] = CALL_EXEC,
		[V_PIDFD_OPEN] = CALL_PIDFD_OPEN,
		[V_PIDFD_GETFD] = CALL_PIDFD_GETFD,
		[V_PIDFD_SEND] = CALL_PIDFD_SEND,
		[V_CLOSE] = CALL_CLOSE,
		[V_LAST_PID] = CALL_WRITE_SYSCTL,
		[V_PID_MAX] = CALL_WRITE_SYSCTL,
		[V_READ_LAST] = CALL_LAST_PID,
	};
	int child;
	long i;

	*call = calls[op->verb];
	put_args(s, v, op->n);
	switch (op->verb) {
	case V_FORK:
		child = cast_slot(r);
		if (child < 0) {
			say(r, "no mailbox is free");
			return false;
		}
		puppets->slot[child].asked = puppets->slot[child].answered = 0;
		s->arg[2] = v[2];
		s->arg[3] = child;
		for (i = 0; i < v[2] && i < PUPPET_TIDS; i++)
			s->tids[i] = (int)v[3 + i];
		break;
	case V_KILL:
		s->arg[0] = v[1];
		s->arg[1] = v[0];
		break;
	case V_TGKILL:
		s->arg[0] = v[1];
		s->arg[1] = v[2];
		s->arg[2] = v[0];
		break;
	case V_SETNS:
		send_fd(r->ns[v[0]].kernel_fd);
		s->arg[0] = v[1];
		break;
	case V_NAME:
		snprintf(s->text, sizeof(s->text), "name%ld", v[0]);
		break;
	case V_EXEC:
		snprintf(s->text, sizeof(s->text), "%s/program%ld", r->bin, v[0]);
		break;
	case V_LAST_PID:
		strcpy(s->text, "ns_last_pid");
		break;
	case V_PID_MAX:
		strcpy(s->text, "pid_max");
		break;
	default:
		break;
	}
	return true;
}

static void fork_answer(struct run *r, const struct op *op, struct slot *s, struct answer *a)
{
	int child = (int)s->arg[3];
	struct puppet *p;

	if (s->result < 0) {
		r->slot_used[child] = 0;
		return;
	}
	p = cast_puppet(r, op->child);
	if (!p) { /* the mount refused */
		a->value = s->result;
		return;
	}
	p->slot = child;
	a->value = s->result;
	if (await_birth(r, p))
		a->n = read_numbers(p, a->nr);
}

static void outside(struct run *r, const struct op *op, const long *v, struct answer *a)
{
	const struct puppet *p = &r->puppet[op->arg[1].value];
	long err;

	if (op->verb == V_OUTSIDE_THREAD)
		err = syscall(SYS_tgkill, p->host_tgid, p->host, (int)v[0]);
	else
		err = kill(p->host, (int)v[0]);
	a->err = err ? errno : 0;
}

/* Who began to exec as a thread goes on as the leader: see play.c. */
void kernel_do(struct run *r, const struct op *op, const long *v, bool will_end, struct answer *a)
{
	enum puppet_call call;
	struct puppet *p;
	struct slot *s;

	memset(a, 0, sizeof(*a));
	if (op->actor == OUTSIDE) {
		outside(r, op, v, a);
		return;
	}
	p = &r->puppet[op->actor];
	s = &puppets->slot[p->slot];
	if (!prepare(r, op, v, s, &call)) {
		a->err = ENOMEM;
		return;
	}
	ask(s, call);
	if (will_end) {
		a->none = true;
		return;
	}
	if (!answered(r, s, op->verb == V_EXEC ? NULL : p)) {
		a->none = true;
		return;
	}
	if (s->result < 0 && call != CALL_LAST_PID)
		a->err = (int)-s->result;
	switch (op->verb) {
	case V_FORK:
		fork_answer(r, op, s, a);
		break;
	case V_WAIT:
		if (a->err)
			break;
		a->n = 3;
		memcpy(a->nr, s->waited, 3 * sizeof(int));
		break;
	case V_SETSID:
	case V_PIDFD_OPEN:
	case V_PIDFD_GETFD:
		if (!a->err)
			a->value = s->result;
		break;
	case V_READ_LAST:
		a->value = s->result;
		break;
	case V_EXEC:
		if (!a->err) {
			p->host = s->tid;
			p->host_tgid = s->tgid;
		}
		break;
	default:
		break;
	}
}

/* --- waiting until it is quiet ---------------------------------------------------------- */

/* What keeps p from being what the mount says it is; NULL: it is. */
static const char *not_yet(struct puppet *p)
{
	unsigned int flags = 0;
	char state;

	switch (p->life) {
	case LIFE_GONE:
		if (p->host && task_exists(p))
			return "it should be gone";
		/* 6.18 lets go of the number a moment later. */
		if (!p->pinned && p->host && number_busy(p->host))
			return "its number should be free";
		if (p->pinned && !number_busy(p->host))
			return "its number should be kept by a group or session";
		return NULL;
	case LIFE_ZOMBIE:
		state = task_state(p, &flags);
		return state == 'Z' ? NULL : "it should be a zombie";
	case LIFE_LIVE:
		state = task_state(p, &flags);
		if (!state || state == 'Z' || state == 'X')
			return "it should be alive";
		/* It begins to exit before its namespace is dead, and sleeps after that. */
		if (p->exiting && (!(flags & 4) || state != 'S'))
			return "it should be at the end of its namespace";
		if (!p->exiting && flags & 4)
			return "it should not be exiting";
		if (p->stopped != (state == 'T'))
			return p->stopped ? "it should be stopped" : "it should not be stopped";
		return NULL;
	default:
		return NULL;
	}
}

static int settle_one(struct run *r, int id, double end)
{
	struct puppet *p = &r->puppet[id];
	unsigned int round = 0;
	const char *why;

	while ((why = not_yet(p))) {
		if (now() > end) {
			unsigned int flags = 0;
			char state = task_state(p, &flags);

			say(r,
			    "p%d: %s by what the mount says; for the kernel its state is %c, "
			    "flags 0x%x%s",
			    id, why, state ? state : '-', flags,
			    number_busy(p->host) ? ", its number busy" : ", its number free");
			return -1;
		}
		pause_a_little(&round);
	}
	p->changed = false;
	return 0;
}

/* An answer that was asked for after a signal was sent means: it did not kill. */
static bool is_asked(const struct run *r, int id)
{
	return r->puppet[id].asked & (r->deaths ? ASKED | ASKED_IF_DEATHS : ASKED) &&
	       cast_can_act(r, id);
}

static int ping(struct run *r)
{
	int i;

	for (i = 0; i < r->n_live; i++)
		if (is_asked(r, r->live[i]))
			ask(&puppets->slot[r->puppet[r->live[i]].slot], CALL_PING);
	for (i = 0; i < r->n_live; i++) {
		struct puppet *p = &r->puppet[r->live[i]];

		if (!is_asked(r, r->live[i]) || answered(r, &puppets->slot[p->slot], p))
			continue;
		say(r, "p%d should be alive by what the mount says; the kernel's does not answer",
		    r->live[i]);
		return -1;
	}
	return 0;
}

int kernel_settle(struct run *r)
{
	double end = now() + r->patience;
	int i;

	for (i = 0; i < r->n_live; i++) {
		struct puppet *p = &r->puppet[r->live[i]];

		if ((p->changed || p->life == LIFE_GONE) && settle_one(r, r->live[i], end))
			return -1;
	}
	/* Who is a zombie has perhaps not yet told its parent: this waits for that. */
	kill(-0x3ffffff0, 0);
	if (ping(r))
		return -1;
	cast_forget_gone(r);
	return 0;
}

int kernel_pidfd(struct run *r, int id, int fd)
{
	const struct puppet *p = &r->puppet[id];
	char path[96], text[1024], *at;

	snprintf(path, sizeof(path), "%d/task/%d/fdinfo/%d", p->host_tgid, p->host, fd);
	if (read_proc(path, text, sizeof(text)) <= 0)
		return -1;
	at = strstr(text, "\nPid:");
	return at ? atoi(at + 5) : -1;
}

unsigned long kernel_ns_inum(struct run *r, int id)
{
	char path[64], text[64];
	unsigned long inum = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "%d/ns/pid", r->puppet[id].host_tgid);
	n = readlinkat(PUPPET_FD_PROC, path, text, sizeof(text) - 1);
	if (n > 0) {
		text[n] = '\0';
		sscanf(text, "pid:[%lu]", &inum);
	}
	return inum;
}

int kernel_open_ns(struct run *r, struct nspace *ns)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/ns/pid", r->puppet[ns->init].host_tgid);
	ns->kernel_fd = openat(PUPPET_FD_PROC, path, O_RDONLY | O_CLOEXEC);
	if (ns->kernel_fd < 0)
		return -1;
	if (r->views)
		ns->kernel_proc = open_proc(ns->kernel_fd);
	return 0;
}
