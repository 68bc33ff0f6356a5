/* SPDX-License-Identifier: MIT */
/*
 * Both trees, read by the same code, since the mount's views are procfs's: what the one
 * shows is what the other shows.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "oracle/puppet.h"
#include "oracle/run.h"

#define MAX(a, b) ((a) > (b) ? (a) : (b))

struct text {
	char *s;
	size_t n, room;
};

struct side {
	struct run *r;
	bool mount;
	unsigned long users[256]; /* user namespaces in order of appearance */
	unsigned int n_users;
	struct text out;
};

static void add(struct text *t, const char *s, size_t n)
{
	if (t->n + n + 1 > t->room) {
		t->room = 2 * (t->n + n + 1024);
		t->s = realloc(t->s, t->room);
		if (!t->s)
			abort();
	}
	memcpy(t->s + t->n, s, n);
	t->n += n;
	t->s[t->n] = '\0';
}

static void adds(struct text *t, const char *s)
{
	add(t, s, strlen(s));
}

static ssize_t read_at(int dir, const char *path, char *text, size_t size)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;
	size_t at = 0;

	if (fd >= 0) {
		/* No file here gives less than there is. */
		do {
			n = read(fd, text + at, size - 1 - at);
			if (n > 0)
				at += (size_t)n;
		} while (n >= 2048 && at < size - 1);
		if (n < 0)
			at = 0;
		close(fd);
	}
	text[at] = '\0';
	return fd < 0 || n < 0 ? -errno : (ssize_t)at;
}

/* As the kernel gives it; the C library's readdir() makes calls of its own. */
struct entry {
	uint64_t ino, off;
	unsigned short len;
	unsigned char type;
	char name[];
};

/* The numbers that a directory has, in the order in which it tells them. */
static int list(int dir, const char *path, int *nrs, int max)
{
	static char entries[32768] __attribute__((aligned(8)));
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0, err = 0;
	const struct entry *e;
	long got, at;

	if (fd < 0)
		return -errno;
	while ((got = syscall(SYS_getdents64, fd, entries, sizeof(entries))) > 0)
		for (at = 0; at < got; at += e->len) {
			e = (const struct entry *)(entries + at);
			if (e->name[0] >= '0' && e->name[0] <= '9' && n < max)
				nrs[n++] = atoi(e->name);
		}
	if (got < 0)
		err = -errno;
	close(fd);
	return err ? err : n;
}

static int compare_ints(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* --- one task ----------------------------------------------------------------------- */

static void add_status(struct side *side, char *text, bool exiting)
{
	static const char *const keys[] = { "Name:",   "State:",  "Tgid:",   "Pid:",	"PPid:",
					    "NStgid:", "NSpid:",  "NSpgid:", "NSsid:",	"Threads:",
					    "SigIgn:", "SigCgt:", "SigBlk:", "SigPnd:", "ShdPnd:",
					    "CapPrm:", "CapEff:" };
	const char *caught = strstr(text, "\nSigCgt:\t");
	uint64_t caught_mask = caught ? strtoull(caught + 9, NULL, 16) : 0;
	char *line, *save = NULL;
	size_t i;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			if (strncmp(line, keys[i], strlen(keys[i])) != 0)
				continue;
			if (i >= 13 && i < 15 && exiting)
				break;
			if (i == 1) {
				timing_state_equal(line + 7);
				line[8] = '\0';
			}
			if (i == 12)
				timing_signals_equal(line + 8, caught_mask);
			if (i >= 15) /* of all that the machine's root has */
				strcpy(line + 8, strtoull(line + 8, NULL, 16) ? "some" : "none");
			else if (i >= 13)
				timing_signals_equal(line + 8, 1ull << (SIGCHLD - 1));
			adds(&side->out, line);
			adds(&side->out, " ");
			break;
		}
	adds(&side->out, "\n");
}

static void add_stat(struct side *side, const char *text)
{
	char comm[64] = "", state = '?', line[256];
	int pid = 0, ppid = 0, pgrp = 0, session = 0, threads = 0, exit_signal = 0, exit_code = 0;
	unsigned int flags = 0;
	const char *at = strrchr(text, ')'), *open = strchr(text, '(');

	if (!at || !open) {
		adds(&side->out, "stat: ?\n");
		return;
	}
	pid = atoi(text);
	snprintf(comm, sizeof(comm), "%.*s", (int)(at - open - 1), open + 1);
	sscanf(at + 2,
	       "%c %d %d %d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d %*d %*u %*u %*d "
	       "%*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %d %*d %*u %*u %*u %*u %*d "
	       "%*u %*u %*u %*u %*u %*u %*u %d",
	       &state, &ppid, &pgrp, &session, &flags, &threads, &exit_signal, &exit_code);
	timing_state_equal(&state);
	snprintf(line, sizeof(line),
		 "stat: %d (%s) %c ppid %d pgrp %d session %d threads %d exit_signal %d flags %x "
		 "exit_code %d\n",
		 pid, comm, state, ppid, pgrp, session, threads, exit_signal, flags & 0x44,
		 exit_code);
	adds(&side->out, line);
}

static int ns_by_inum(const struct run *r, bool mount, unsigned long inum)
{
	int i;

	for (i = 0; i < r->n_ns; i++)
		if ((mount ? r->ns[i].mount_inum : r->ns[i].kernel_inum) == inum)
			return i;
	return -1;
}

static int user_by_inum(struct side *side, unsigned long inum)
{
	unsigned int i;

	for (i = 0; i < side->n_users; i++)
		if (side->users[i] == inum)
			return (int)i;
	if (side->n_users == 256)
		return -1;
	side->users[side->n_users] = inum;
	return (int)side->n_users++;
}

static void add_link(struct side *side, int dir, const char *base, const char *name)
{
	char path[96], text[64], line[96];
	unsigned long inum = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/ns/%s", base, name);
	n = readlinkat(dir, path, text, sizeof(text) - 1);
	if (n < 0) {
		snprintf(line, sizeof(line), "%s: %s ", name, errno_name(errno));
	} else {
		text[n] = '\0';
		sscanf(text, "%*[a-z]:[%lu]", &inum);
		snprintf(line, sizeof(line), "%s: %d ", name,
			 strcmp(name, "user") == 0 ? user_by_inum(side, inum) :
						     ns_by_inum(side->r, side->mount, inum));
	}
	adds(&side->out, line);
}

static bool is_exiting(const char *stat)
{
	const char *at = strrchr(stat, ')');
	unsigned int flags = 0;

	return at && sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %u", &flags) == 1 && flags & 4;
}

static void add_task(struct side *side, int dir, const char *base)
{
	char path[96], text[8192], stat[1024], line[64];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/stat", base);
	read_at(dir, path, stat, sizeof(stat));
	adds(&side->out, base);
	adds(&side->out, ": ");
	snprintf(path, sizeof(path), "%s/status", base);
	n = read_at(dir, path, text, sizeof(text));
	if (n <= 0) {
		snprintf(line, sizeof(line), "status: %s\n", errno_name((int)-n));
		adds(&side->out, line);
		return;
	}
	add_status(side, text, is_exiting(stat));
	add_stat(side, stat);
	add_link(side, dir, base, "pid");
	add_link(side, dir, base, "pid_for_children");
	add_link(side, dir, base, "user");
	adds(&side->out, "\n");
}

/* Whom the pidfds mean that a process has. */
static void add_fds(struct side *side, int dir, int pid)
{
	char path[64], text[1024], line[96], *at;
	unsigned long flags;
	int fds[64], n, i;

	snprintf(path, sizeof(path), "%d/fd", pid);
	n = list(dir, path, fds, 64);
	if (n < 0) {
		snprintf(line, sizeof(line), "fd: %s\n", errno_name(-n));
		adds(&side->out, line);
	}
	for (i = 0; i < n; i++) {
		if (fds[i] < 3 || fds[i] >= PUPPET_FD_FIRST)
			continue;
		snprintf(path, sizeof(path), "%d/fdinfo/%d", pid, fds[i]);
		read_at(dir, path, text, sizeof(text));
		at = strstr(text, "\nflags:\t");
		flags = at ? strtoul(at + 8, NULL, 8) : 0;
		/* O_LARGEFILE is not the same everywhere. */
		flags &= O_ACCMODE | O_CLOEXEC | O_NONBLOCK | O_EXCL;
		snprintf(line, sizeof(line), "fd %d flags %lo", fds[i], flags);
		adds(&side->out, line);
		at = strstr(text, "\nPid:");
		adds(&side->out, at ? at : " is no pidfd\n");
	}
}

static void add_process(struct side *side, int dir, int pid)
{
	char base[64], path[96], text[8192], line[96];
	int tids[512], n, i;
	struct stat st;

	snprintf(base, sizeof(base), "%d", pid);
	add_task(side, dir, base);
	add_fds(side, dir, pid);
	snprintf(path, sizeof(path), "%d/task", pid);
	n = list(dir, path, tids, 512);
	if (n < 0) {
		snprintf(line, sizeof(line), "task: %s\n", errno_name(-n));
		adds(&side->out, line);
	}
	/* See timing.c. */
	if (n > 1)
		qsort(tids, (size_t)n, sizeof(tids[0]), compare_ints);
	if (!fstatat(dir, path, &st, 0)) {
		snprintf(line, sizeof(line), "task nlink %u\n", (unsigned int)st.st_nlink);
		adds(&side->out, line);
	}
	for (i = 0; i < n; i++) {
		snprintf(base, sizeof(base), "%d/task/%d", pid, tids[i]);
		if (n > 1)
			add_task(side, dir, base);
		if (!side->r->children)
			continue;
		snprintf(path, sizeof(path), "%s/children", base);
		read_at(dir, path, text, sizeof(text));
		snprintf(line, sizeof(line), "children of %d: ", tids[i]);
		adds(&side->out, line);
		adds(&side->out, text);
		adds(&side->out, "\n");
	}
}

/* --- a view ---------------------------------------------------------------------------- */

/* Whoever reads is not in any of these namespaces: the links are there, and dangle. */
static void add_self(struct side *side, int dir, const char *name)
{
	char text[64], line[160];
	struct stat st;
	bool there = !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW);
	ssize_t n = readlinkat(dir, name, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	snprintf(line, sizeof(line), "%s: %s, %s\n", name,
		 !there		     ? "not there" :
		 S_ISLNK(st.st_mode) ? "a link" :
				       "no link",
		 n < 0 ? errno_name(errno) : text);
	adds(&side->out, line);
}

static void add_view(struct side *side, int dir)
{
	int pids[2048], n = list(dir, ".", pids, 2048), i;
	char line[64];

	add_self(side, dir, "self");
	add_self(side, dir, "thread-self");
	if (n < 0) {
		snprintf(line, sizeof(line), "listing: %s\n", errno_name(-n));
		adds(&side->out, line);
	}
	for (i = 0; i < n; i++)
		add_process(side, dir, pids[i]);
}

static void first_difference(struct run *r, int ns, const char *kernel, const char *mount)
{
	const char *k = kernel, *m = mount;
	size_t i, line = 0;

	for (i = 0; k[i] && k[i] == m[i]; i++)
		if (k[i] == '\n')
			line = i + 1;
	say(r, "the view of namespace %d (init p%d)\n\tthe kernel: %.*s\n\tthe mount:  %.*s", ns,
	    r->ns[ns].init, (int)strcspn(k + line, "\n"), k + line, (int)strcspn(m + line, "\n"),
	    m + line);
}

static void fill(struct side *side, int dir)
{
	side->out.n = 0;
	side->n_users = 0;
	add(&side->out, "", 0);
	add_view(side, dir);
}

static bool ns_lives(const struct run *r, int ns)
{
	const struct puppet *init = &r->puppet[r->ns[ns].init];
	int ids[2];

	/* Its last thread may be another one than the first. */
	return init->life == LIFE_LIVE || init->life == LIFE_ZOMBIE ||
	       cast_threads(r, init->leader, ids, 2);
}

/*
 * Without views of other namespaces: the master's procfs has all numbers of every
 * task, and so has the mount's root view.
 */
static void add_from_outside(struct side *side, int dir, const struct puppet *p)
{
	char path[64], text[8192], *line, *save = NULL;

	snprintf(path, sizeof(path), "%d/task/%d/status",
		 side->mount ? side->r->puppet[p->leader].nr[0] : p->host_tgid,
		 side->mount ? p->nr[0] : p->host);
	if (read_at(dir, path, text, sizeof(text)) <= 0) {
		adds(&side->out, "no status\n");
		return;
	}
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, "NS", 2) == 0 || strncmp(line, "Name", 4) == 0 ||
		    strncmp(line, "Threads", 7) == 0) {
			char *at = strchr(line, '\t'), *next = at ? strchr(at + 1, '\t') : NULL;

			/* The first is the outermost namespace's. */
			adds(&side->out, strncmp(line, "NS", 2) == 0 && next ? next : line);
		}
	adds(&side->out, "\n");
}

static bool same(struct run *r, struct side *kernel, struct side *mount, int ns)
{
	int i;

	if (ns >= 0) {
		fill(kernel, r->ns[ns].kernel_proc);
		fill(mount, r->ns[ns].mount_dir);
	} else {
		kernel->out.n = mount->out.n = 0;
		for (i = 0; i < r->n_live; i++) {
			const struct puppet *p = &r->puppet[r->live[i]];

			if (p->life == LIFE_GONE)
				continue;
			add_from_outside(kernel, PUPPET_FD_PROC, p);
			add_from_outside(mount, r->mount, p);
		}
	}
	return kernel->out.n == mount->out.n && !memcmp(kernel->out.s, mount->out.s, kernel->out.n);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static int compare_ns(struct run *r, int ns)
{
	static struct side kernel, mount;
	double end = now() + r->patience;
	struct timespec ts = { 0, 1000000 };

	kernel.r = mount.r = r;
	mount.mount = true;
	/* What differs may just not have happened yet; it is read again until it has. */
	while (!same(r, &kernel, &mount, ns)) {
		if (now() > end) {
			first_difference(r, MAX(ns, 0), kernel.out.s, mount.out.s);
			return -1;
		}
		nanosleep(&ts, NULL);
		if (ts.tv_nsec < 50000000)
			ts.tv_nsec *= 2;
	}
	return 0;
}

int dump_compare(struct run *r, bool outermost)
{
	int i;

	if (mount_observe(r, true))
		return -1;
	if (!r->views)
		return compare_ns(r, -1);
	for (i = 0; i < (outermost ? 1 : r->n_ns); i++)
		if (ns_lives(r, i) && compare_ns(r, i))
			return -1;
	return 0;
}
