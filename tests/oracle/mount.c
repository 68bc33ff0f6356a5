/* SPDX-License-Identifier: MIT */
/* The side that plays a script through the control files of a mounted world. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oracle/puppet.h"
#include "oracle/run.h"

static const char *const control_names[CONTROLS] = {
	[CTL_EXEC] = "exec",	 [CTL_EXIT] = "exit",		[CTL_FORK] = "fork",
	[CTL_KILL] = "kill",	 [CTL_PIDFD] = "pidfd",		[CTL_PRCTL] = "prctl",
	[CTL_REAP] = "reap",	 [CTL_SETNS] = "setns",		[CTL_SETPGID] = "setpgid",
	[CTL_SETSID] = "setsid", [CTL_SIGACTION] = "sigaction", [CTL_UNSHARE] = "unshare",
};

static ssize_t read_open(int fd, char *text, size_t size)
{
	size_t at = 0;
	ssize_t n;

	/* No file here gives less than there is. */
	do {
		n = pread(fd, text + at, size - 1 - at, (off_t)at);
		if (n > 0)
			at += (size_t)n;
	} while (n >= 4096 && at < size - 1);
	text[at] = '\0';
	return (ssize_t)at;
}

static ssize_t read_file(int dir, const char *path, char *text, size_t size)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read_open(fd, text, size);
	close(fd);
	return n;
}

/* The thread's directory. */
static int open_dir(struct run *r, struct puppet *p)
{
	char path[64];

	if (p->dir >= 0)
		return p->dir;
	snprintf(path, sizeof(path), "%d/task/%d", r->puppet[p->leader].nr[0], p->nr[0]);
	p->dir = openat(r->mount, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return p->dir;
}

/* One line to one file; the reply if there is room for it.  0 or an errno. */
static int put(int fd, const char *line, char *reply, size_t size)
{
	size_t len = strlen(line);
	ssize_t n = write(fd, line, len);

	if (n < 0)
		return errno;
	if ((size_t)n != len)
		return EIO;
	if (!reply)
		return 0;
	n = read(fd, reply, size - 1);
	if (n < 0)
		return errno;
	reply[n] = '\0';
	return 0;
}

/* By this thread. */
static int control(struct run *r, struct puppet *p, enum control c, const char *line, char *reply,
		   size_t size)
{
	int err;

	if (p->control[c] < 0) {
		if (open_dir(r, p) < 0)
			return errno;
		p->control[c] = openat(p->dir, control_names[c], O_RDWR | O_CLOEXEC);
		if (p->control[c] < 0)
			return errno;
	}
	err = put(p->control[c], line, reply, size);
	if (err) { /* it would answer ECANCELED from now on */
		close(p->control[c]);
		p->control[c] = -1;
	}
	return err;
}

/* A file in the root view, opened for this. */
static int control_at(struct run *r, const char *path, const char *line, char *reply, size_t size)
{
	int fd = openat(r->mount, path, O_RDWR | O_CLOEXEC), err;

	if (fd < 0)
		return errno;
	err = put(fd, line, reply, size);
	close(fd);
	return err;
}

static unsigned int numbers(const char *reply, int *nr, unsigned int max)
{
	unsigned int n = 0;
	char *end;

	while (n < max) {
		long v = strtol(reply, &end, 10);

		if (end == reply)
			break;
		nr[n++] = (int)v;
		reply = end;
	}
	return n;
}

static void set_number(struct run *r, int id, int nr)
{
	r->puppet[id].nr[0] = nr;
	r->by_nr[nr] = id + 1;
}

int mount_open(struct run *r)
{
	r->mount = open(r->mount_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	r->by_nr = calloc(4194305, sizeof(*r->by_nr));
	r->table = openat(r->mount, "table", O_RDONLY | O_CLOEXEC);
	if (r->mount < 0 || !r->by_nr || r->table < 0)
		return -1;
	return control_at(r, "sys/kernel/pid_max", "4194304\n", NULL, 0) ? -1 : 0;
}

int mount_begin(struct run *r)
{
	char reply[64], line[96];
	int nr[LEVELS];
	int err;

	snprintf(line, sizeof(line), "newpid comm=puppet%s\n", r->other_user ? " uid=0" : "");
	err = control_at(r, "1/fork", line, reply, sizeof(reply));
	if (err || numbers(reply, nr, LEVELS) != 2 || nr[1] != 1) {
		say(r, "the mount: no new namespace: %s", errno_name(err));
		return -1;
	}
	set_number(r, 0, nr[0]);
	r->puppet[0].nr[1] = 1;
	return 0;
}

int mount_end(struct run *r)
{
	char path[64], table[4096];

	snprintf(path, sizeof(path), "%d/kill", r->puppet[0].nr[0]);
	if (r->puppet[0].life == LIFE_LIVE && control_at(r, path, "KILL\n", NULL, 0)) {
		say(r, "the mount: the root of the namespaces cannot be killed");
		return -1;
	}
	control_at(r, "1/reap", "nohang\n", table, sizeof(table));
	if (read_file(r->mount, "table", table, sizeof(table)) < 0 || !strstr(table, "\n1 0 ") ||
	    strchr(strstr(table, "\n1 0 ") + 1, '\n')[1]) {
		say(r,
		    "the mount: somebody is left after the end of the outermost "
		    "namespace:\n%s",
		    table);
		return -1;
	}
	return 0;
}

/* --- operations --------------------------------------------------------------- */

static void do_fork(struct run *r, const struct op *op, const long *v, struct answer *a)
{
	struct puppet *p = &r->puppet[op->actor];
	char line[1024], reply[512];
	int nr[LEVELS + 1];
	int at;
	long i;

	at = snprintf(line, sizeof(line), "flags=0x%lx exit_signal=%ld", (unsigned long)v[0], v[1]);
	for (i = 0; i < v[2]; i++)
		at += snprintf(line + at, sizeof(line) - (size_t)at, "%s%ld",
			       i ? "," : " set_tid=", v[3 + i]);
	strcpy(line + at, "\n");
	a->err = control(r, p, CTL_FORK, line, reply, sizeof(reply));
	if (a->err)
		return;
	a->n = numbers(reply, nr, LEVELS);
	if (a->n < 2) {
		a->err = EIO;
		return;
	}
	a->n--;
	memcpy(a->nr, nr + 1, a->n * sizeof(int));
	a->value = p->level <= (int)a->n ? a->nr[p->level - 1] : 0;
	cast_new(r, op->child);
	set_number(r, op->child, nr[0]);
	memcpy(r->puppet[op->child].nr + 1, a->nr, a->n * sizeof(int));
}

/* As the mount says it: a name without SIG, RTMIN+3, RTMAX-2 or a number. */
static int signal_number(const char *name)
{
	static const char *const names[] = { "",     "HUP",  "INT",    "QUIT", "ILL",	 "TRAP",
					     "ABRT", "BUS",  "FPE",    "KILL", "USR1",	 "SEGV",
					     "USR2", "PIPE", "ALRM",   "TERM", "STKFLT", "CHLD",
					     "CONT", "STOP", "TSTP",   "TTIN", "TTOU",	 "URG",
					     "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH",	 "IO",
					     "PWR",  "SYS" };
	char word[24];
	int sig;

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(name, "\n"), name);
	if (strncmp(word, "RTMIN", 5) == 0)
		return 34 + atoi(word + 5);
	if (strncmp(word, "RTMAX", 5) == 0)
		return 64 + atoi(word + 5);
	for (sig = 1; sig < 32; sig++)
		if (strcmp(word, names[sig]) == 0)
			return sig;
	return atoi(word);
}

static void parse_waited(const char *reply, struct answer *a)
{
	static const struct {
		const char *word;
		int code;
	} codes[] = {
		{ " exited ", CLD_EXITED },	 { " killed ", CLD_KILLED },
		{ " dumped ", CLD_DUMPED },	 { " stopped ", CLD_STOPPED },
		{ " continued", CLD_CONTINUED },
	};
	const char *at;
	size_t i;

	a->n = 3;
	a->nr[0] = atoi(reply);
	a->nr[1] = a->nr[2] = 0;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		at = strstr(reply, codes[i].word);
		if (!at)
			continue;
		at += strlen(codes[i].word);
		a->nr[1] = codes[i].code;
		a->nr[2] = codes[i].code == CLD_CONTINUED ? SIGCONT :
			   codes[i].code == CLD_EXITED	  ? atoi(at) :
							    signal_number(at);
	}
}

static void do_wait(struct run *r, const struct op *op, const long *v, struct answer *a)
{
	static const struct {
		unsigned int bit;
		const char *word;
	} options[] = {
		{ WNOHANG, "nohang" },	  { WNOWAIT, "nowait" },       { WEXITED, "exited" },
		{ WSTOPPED, "stopped" },  { WCONTINUED, "continued" }, { 0x40000000u, "all" },
		{ 0x80000000u, "clone" }, { 0x20000000u, "nothread" },
	};
	char line[256], reply[128];
	size_t i;
	int at;

	switch (v[0]) {
	case P_ALL:
		at = snprintf(line, sizeof(line), "-1");
		break;
	case P_PID:
		at = snprintf(line, sizeof(line), "%ld", v[1]);
		break;
	case P_PGID:
		at = snprintf(line, sizeof(line), "%ld", -v[1]);
		break;
	default:
		at = snprintf(line, sizeof(line), "fd=%ld", v[1]);
	}
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (v[2] & options[i].bit)
			at += snprintf(line + at, sizeof(line) - (size_t)at, " %s",
				       options[i].word);
	strcpy(line + at, "\n");
	a->err = control(r, &r->puppet[op->actor], CTL_REAP, line, reply, sizeof(reply));
	if (!a->err)
		parse_waited(reply, a);
}

static int outside(struct run *r, const struct op *op, const long *v)
{
	struct puppet *p = &r->puppet[op->arg[1].value];
	char path[64], line[32];

	if (op->verb == V_OUTSIDE_THREAD)
		snprintf(path, sizeof(path), "%d/task/%d/kill", r->puppet[p->leader].nr[0],
			 p->nr[0]);
	else
		snprintf(path, sizeof(path), "%d/kill", p->nr[0]);
	snprintf(line, sizeof(line), "%ld\n", v[0]);
	return control_at(r, path, line, NULL, 0);
}

static int sysctl(struct run *r, int ns, const char *name, long value)
{
	char path[64], line[32];

	snprintf(path, sizeof(path), "ns/%lu/sys/kernel/%s", r->ns[ns].mount_inum, name);
	snprintf(line, sizeof(line), "%ld\n", value);
	return control_at(r, path, line, NULL, 0);
}

static void read_last(struct run *r, const struct puppet *p, struct answer *a)
{
	char path[64], text[256], *last;

	snprintf(path, sizeof(path), "ns/%lu/loadavg", r->ns[p->ns].mount_inum);
	if (read_file(r->mount, path, text, sizeof(text)) <= 0) {
		a->err = EIO;
		return;
	}
	last = strrchr(text, ' ');
	a->value = last ? atol(last) : 0;
}

static void reply_number(struct answer *a, const char *reply)
{
	if (!a->err)
		a->value = atol(reply);
}

void mount_do(struct run *r, const struct op *op, const long *v, struct answer *a)
{
	static const char *const acts[] = { "default", "ignore", "catch", "nocldwait" };
	struct puppet *p = op->actor == OUTSIDE ? NULL : &r->puppet[op->actor];
	char line[512], path[64], reply[64] = "";

	memset(a, 0, sizeof(*a));
	switch (op->verb) {
	case V_FORK:
		do_fork(r, op, v, a);
		break;
	case V_EXIT:
		snprintf(line, sizeof(line), "%ld\n", v[0]);
		a->err = control(r, p, CTL_EXIT, line, NULL, 0);
		break;
	case V_EXIT_GROUP:
		snprintf(path, sizeof(path), "%d/exit", r->puppet[p->leader].nr[0]);
		snprintf(line, sizeof(line), "%ld\n", v[0]);
		a->err = control_at(r, path, line, NULL, 0);
		break;
	case V_KILL:
		snprintf(line, sizeof(line), "%ld %ld\n", v[0], v[1]);
		a->err = control(r, p, CTL_KILL, line, NULL, 0);
		break;
	case V_TGKILL:
		snprintf(line, sizeof(line), "%ld %ld %ld\n", v[0], v[1], v[2]);
		a->err = control(r, p, CTL_KILL, line, NULL, 0);
		break;
	case V_OUTSIDE:
	case V_OUTSIDE_THREAD:
		a->err = outside(r, op, v);
		break;
	case V_WAIT:
		do_wait(r, op, v, a);
		break;
	case V_UNSHARE:
		snprintf(line, sizeof(line), "flags=0x%lx\n", (unsigned long)v[0]);
		a->err = control(r, p, CTL_UNSHARE, line, NULL, 0);
		break;
	case V_SETNS:
		snprintf(line, sizeof(line), "%lu type=0x%lx\n", r->ns[v[0]].mount_inum,
			 (unsigned long)v[1]);
		a->err = control(r, p, CTL_SETNS, line, NULL, 0);
		break;
	case V_SETNS_PID:
		snprintf(line, sizeof(line), "pid=%ld type=0x%lx\n", v[0], (unsigned long)v[1]);
		a->err = control(r, p, CTL_SETNS, line, NULL, 0);
		break;
	case V_SETSID:
		a->err = control(r, p, CTL_SETSID, "\n", reply, sizeof(reply));
		reply_number(a, reply);
		break;
	case V_SETPGID:
		snprintf(line, sizeof(line), "%ld %ld\n", v[0], v[1]);
		a->err = control(r, p, CTL_SETPGID, line, NULL, 0);
		break;
	case V_SUBREAPER:
		snprintf(line, sizeof(line), "set_child_subreaper %ld\n", v[0]);
		a->err = control(r, p, CTL_PRCTL, line, NULL, 0);
		break;
	case V_PDEATHSIG:
		snprintf(line, sizeof(line), "set_pdeathsig %ld\n", v[0]);
		a->err = control(r, p, CTL_PRCTL, line, NULL, 0);
		break;
	case V_NAME:
		snprintf(line, sizeof(line), "set_name name%ld\n", v[0]);
		a->err = control(r, p, CTL_PRCTL, line, NULL, 0);
		break;
	case V_SIGACTION:
		snprintf(line, sizeof(line), "%ld %s\n", v[0], acts[v[1]]);
		a->err = control(r, p, CTL_SIGACTION, line, NULL, 0);
		break;
	case V_SIGBLOCK:
		snprintf(line, sizeof(line), "%ld %s\n", v[0], v[1] ? "block" : "unblock");
		a->err = control(r, p, CTL_SIGACTION, line, NULL, 0);
		break;
	case V_EXEC:
		snprintf(line, sizeof(line), "%s/program%ld\n", r->bin, v[0]);
		a->err = control(r, p, CTL_EXEC, line, NULL, 0);
		break;
	case V_PIDFD_OPEN:
		snprintf(line, sizeof(line), "open %ld flags=0x%lx\n", v[0], (unsigned long)v[1]);
		a->err = control(r, p, CTL_PIDFD, line, reply, sizeof(reply));
		reply_number(a, reply);
		break;
	case V_PIDFD_GETFD:
		snprintf(line, sizeof(line), "getfd %ld %ld flags=0x%lx\n", v[0], v[1],
			 (unsigned long)v[2]);
		a->err = control(r, p, CTL_PIDFD, line, reply, sizeof(reply));
		reply_number(a, reply);
		break;
	case V_PIDFD_SEND:
		snprintf(line, sizeof(line), "send_signal %ld %ld flags=0x%lx\n", v[0], v[1],
			 (unsigned long)v[2]);
		a->err = control(r, p, CTL_PIDFD, line, NULL, 0);
		break;
	case V_CLOSE:
		snprintf(line, sizeof(line), "close %ld\n", v[0]);
		a->err = control(r, p, CTL_PIDFD, line, NULL, 0);
		break;
	case V_LAST_PID:
		a->err = sysctl(r, p->ns, "ns_last_pid", v[0]);
		break;
	case V_PID_MAX:
		a->err = sysctl(r, p->ns, "pid_max", v[0]);
		break;
	case V_READ_LAST:
		read_last(r, p, a);
		break;
	case V_CHECK:
	case VERBS:
		break;
	}
}

/* --- what became of everybody ---------------------------------------------------- */

static void become(struct run *r, struct puppet *p, enum life life)
{
	if (p->life == life)
		return;
	p->life = life;
	p->changed = true;
	p->stopped = false;
	r->deaths = true;
	if (life == LIFE_GONE)
		p->pinned = true; /* until the table says otherwise */
}

/* stat's third and ninth field. */
static char task_state(struct run *r, struct puppet *p, unsigned int *flags)
{
	char path[64], text[1024], *at;
	char state = 0;

	if (p->stat < 0) {
		snprintf(path, sizeof(path), "%d/task/%d/stat", r->puppet[p->leader].nr[0],
			 p->nr[0]);
		p->stat = openat(r->mount, path, O_RDONLY | O_CLOEXEC);
	}
	if (p->stat < 0 || read_open(p->stat, text, sizeof(text)) <= 0)
		return 0;
	at = strrchr(text, ')');
	if (!at || sscanf(at + 2, "%c %*d %*d %*d %*d %*d %u", &state, flags) != 2)
		return 0;
	return state;
}

static void set_stopped(struct puppet *p, bool stopped)
{
	if (p->stopped != stopped && p->life == LIFE_LIVE) {
		p->stopped = stopped;
		p->changed = true;
	}
}

/* The threads of a group of many: who of them is there? */
static int observe_threads(struct run *r, int leader, bool dead_leader)
{
	char path[32];
	bool there;
	int ids[256], n = cast_threads(r, leader, ids, 256), i;
	unsigned int flags;

	for (i = 0; i < n; i++) {
		struct puppet *p = &r->puppet[ids[i]];
		char state;

		if (ids[i] == leader)
			continue;
		snprintf(path, sizeof(path), "%d/task/%d", r->puppet[leader].nr[0], p->nr[0]);
		there = faccessat(r->mount, path, F_OK, 0) == 0;
		if (!there) {
			become(r, p, LIFE_GONE);
			continue;
		}
		if (!dead_leader) {
			set_stopped(p, r->puppet[leader].stopped);
			continue;
		}
		state = task_state(r, p, &flags);
		set_stopped(p, state == 'T');
	}
	return 0;
}

static void observe_row(struct run *r, const char *row)
{
	int pid, ppid, pgrp, session, threads, id, ids[256], n, i;
	struct puppet *p;
	char state;

	if (sscanf(row, "%d %d %d %d %*u %c %d", &pid, &ppid, &pgrp, &session, &state, &threads) !=
	    6)
		return;
	id = r->by_nr[pid] - 1;
	if (id < 0)
		return;
	p = &r->puppet[id];
	p->seen = r->seen;
	p->ppid = ppid;
	p->pgrp = pgrp;
	p->session = session;
	p->threads = threads;
	if (state == 'Z')
		become(r, p, LIFE_ZOMBIE);
	else
		set_stopped(p, state == 'T');
	n = cast_threads(r, id, ids, 256);
	if (n == 1 && threads == 1 && ids[0] == id)
		return;
	if (state == 'Z' && threads == 1) {
		for (i = 0; i < n; i++)
			become(r, &r->puppet[ids[i]], LIFE_GONE);
		return;
	}
	if (n == threads && p->life == LIFE_LIVE) {
		for (i = 0; i < n; i++)
			set_stopped(&r->puppet[ids[i]], p->stopped);
		return;
	}
	if (n || threads > 1)
		observe_threads(r, id, state == 'Z');
}

static void mark_pins(struct run *r, const char *table)
{
	const char *row;
	int i, pgrp, session;

	for (i = 0; i < r->n_live; i++)
		r->puppet[r->live[i]].pinned = false;
	for (row = strchr(table, '\n'); row && row[1]; row = strchr(row + 1, '\n')) {
		if (sscanf(row + 1, "%*d %*d %d %d", &pgrp, &session) != 2)
			continue;
		if (r->by_nr[pgrp])
			r->puppet[r->by_nr[pgrp] - 1].pinned = true;
		if (r->by_nr[session])
			r->puppet[r->by_nr[session] - 1].pinned = true;
	}
}

int mount_observe(struct run *r, bool inits)
{
	static char table[262144];
	const char *row;
	unsigned int flags;
	int i, two[2];

	if (read_open(r->table, table, sizeof(table)) <= 0) {
		say(r, "the mount: no table");
		return -1;
	}
	r->seen++;
	for (row = strchr(table, '\n'); row && row[1]; row = strchr(row + 1, '\n'))
		observe_row(r, row + 1);
	for (i = 0; i < r->n_live; i++) {
		struct puppet *p = &r->puppet[r->live[i]];

		if (r->puppet[p->leader].seen != r->seen)
			become(r, p, LIFE_GONE);
	}
	mark_pins(r, table);
	/* An init that is there may yet be at its end, with one thread left. */
	for (i = 0; inits && i < r->n_live; i++) {
		struct puppet *p = &r->puppet[r->live[i]];

		if (p->life != LIFE_LIVE || !r->puppet[p->leader].init || p->exiting ||
		    cast_threads(r, p->leader, two, 2) > 1)
			continue;
		if (task_state(r, p, &flags) && flags & 4) {
			p->exiting = true;
			p->changed = true;
			p->stopped = false;
		}
	}
	return 0;
}

int mount_children(struct run *r, int id)
{
	const struct puppet *p = &r->puppet[id];
	char path[64], text[8192], *at = text;
	int n = 0;

	snprintf(path, sizeof(path), "%d/task/%d/children", r->puppet[p->leader].nr[0], p->nr[0]);
	if (read_file(r->mount, path, text, sizeof(text)) < 0)
		return 0;
	while ((at = strchr(at, ' '))) {
		n++;
		at++;
	}
	return n;
}

uint64_t mount_pending(struct run *r, int id)
{
	const struct puppet *p = &r->puppet[id];
	char path[64], text[8192], *own, *shared;

	snprintf(path, sizeof(path), "%d/task/%d/status", r->puppet[p->leader].nr[0], p->nr[0]);
	if (read_file(r->mount, path, text, sizeof(text)) < 0)
		return 0;
	own = strstr(text, "\nSigPnd:\t");
	shared = strstr(text, "\nShdPnd:\t");
	return (own ? strtoull(own + 9, NULL, 16) : 0) |
	       (shared ? strtoull(shared + 9, NULL, 16) : 0);
}

unsigned long mount_ns_inum(struct run *r, int id)
{
	char path[64], text[64];
	unsigned long inum = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "%d/ns/pid", r->puppet[id].nr[0]);
	n = readlinkat(r->mount, path, text, sizeof(text) - 1);
	if (n > 0) {
		text[n] = '\0';
		sscanf(text, "pid:[%lu]", &inum);
	}
	return inum;
}

int mount_open_ns(struct run *r, struct nspace *ns)
{
	char path[64];

	snprintf(path, sizeof(path), "ns/%lu", ns->mount_inum);
	ns->mount_dir = openat(r->mount, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof(path), "ns/%lu/pidns", ns->mount_inum);
	ns->mount_hold = openat(r->mount, path, O_RDONLY | O_CLOEXEC);
	return ns->mount_dir < 0 || ns->mount_hold < 0 ? -1 : 0;
}
