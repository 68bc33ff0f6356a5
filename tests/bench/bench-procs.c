/* SPDX-License-Identifier: MIT */
#include "tests/bench/bench-procs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Beyond so many the real ones share memory: the machine would have too little. */
#define OWN_MEMORY_MAX 20000
#define STACK_SIZE 4096
#define TICKS_PER_SECOND 100 /* in which a storm comes */

/* --- real ones ------------------------------------------------------------ */

static int sleeper(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return 0;
}

static int make_real(int n)
{
	char *stacks = NULL;

	if (n > OWN_MEMORY_MAX) {
		stacks = mmap(NULL, (size_t)n * STACK_SIZE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (stacks == MAP_FAILED)
			return -errno;
	}
	for (int i = 1; i < n; i++) {
		pid_t pid;

		if (stacks)
			pid = clone(sleeper, stacks + (size_t)(i + 1) * STACK_SIZE,
				    CLONE_VM | SIGCHLD, NULL);
		else
			pid = fork();
		if (pid < 0)
			return -errno;
		if (!pid)
			_exit(sleeper(NULL));
	}
	return 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Waits for the next tick, or for something to be heard: 1. */
static int tick(int fd, double next)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	double left = next - now();

	return poll(&p, 1, left > 0 ? (int)(left * 1000) : 0);
}

/* Of tick i; what a late one could not do is not made up for. */
static long due(long i, int rate)
{
	return i * rate / TICKS_PER_SECOND - (i - 1) * rate / TICKS_PER_SECOND;
}

static long next_tick(long i, double began)
{
	long ticks = (long)((now() - began) * TICKS_PER_SECOND);

	return (ticks > i ? ticks : i) + 1;
}

static void storm_real(int control, int rate)
{
	double began = now();
	long done = 0;

	for (long i = 1; !tick(control, began + (double)i / TICKS_PER_SECOND);
	     i = next_tick(i, began)) {
		for (long left = due(i, rate); left > 0; left--) {
			pid_t pid = fork();

			if (!pid)
				_exit(0);
			if (pid > 0 && waitpid(pid, NULL, 0) == pid)
				done++;
		}
	}
	dprintf(control, "%f\n", (double)done / (now() - began));
}

/* The init of the namespace: makes the others, then does as it is told. */
static int init_main(int control, const char *dir, int n)
{
	int rate, err = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "bench-init");
	if (mount("proc", dir, "proc", 0, NULL))
		err = -errno;
	if (!err) {
		err = make_real(n);
		if (err)
			umount2(dir, MNT_DETACH);
	}
	if (write(control, &err, sizeof(err)) != sizeof(err) || err)
		return 1;
	while (read(control, &rate, sizeof(rate)) == sizeof(rate))
		if (rate)
			storm_real(control, rate);
	return 0;
}

int procs_real(struct side *s, const char *dir, int n, const char **what)
{
	int sk[2], err = 0;

	*s = (struct side){ .name = "proc", .dir = dir, .dirfd = -1, .fork_fd = -1, .kill_fd = -1 };
	*what = "a socket";
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sk))
		return -errno;
	s->control = sk[0];
	*what = "a PID namespace";
	/* As fork(2): the child has its own copy of this stack. */
	s->init = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL);
	if (s->init < 0)
		return -errno;
	if (!s->init) {
		close(sk[0]);
		_exit(init_main(sk[1], dir, n));
	}
	close(sk[1]);
	*what = "so many real processes";
	if (read(s->control, &err, sizeof(err)) != sizeof(err))
		err = -EIO;
	if (err)
		procs_end(s);
	return err ? err : procs_list(s);
}

/* --- virtual ones --------------------------------------------------------- */

static int open_in(const char *dir, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return open(path, O_RDWR | O_CLOEXEC);
}

static int write_line(int fd, const char *line)
{
	size_t len = strlen(line);

	return write(fd, line, len) == (ssize_t)len ? 0 : -errno;
}

static int write_in(const char *dir, const char *name, const char *line)
{
	int fd = open_in(dir, name);
	int err = fd < 0 ? -errno : write_line(fd, line);

	if (fd >= 0)
		close(fd);
	return err;
}

int procs_virtual(struct side *s, const char *dir, int n, double *took, const char **what)
{
	char line[64];
	int err;

	*s = (struct side){ .name = "mount", .dir = dir, .dirfd = -1, .control = -1 };
	*what = "a world";
	s->fork_fd = open_in(dir, "1/fork");
	s->kill_fd = open_in(dir, "1/kill");
	if (s->fork_fd < 0 || s->kill_fd < 0)
		return -errno;
	err = write_in(dir, "sys/kernel/pid_max", "4194304\n");
	if (!err)
		err = write_in(dir, "1/sigaction", "CHLD ignore\n");
	*what = "so many virtual processes";
	snprintf(line, sizeof(line), "count=%d comm=bench\n", n - 1);
	*took = now();
	if (!err && n > 1)
		err = write_in(dir, "1/fork", line);
	*took = (now() - *took) * 1e6 / n;
	return err ? err : procs_list(s);
}

double procs_kill(struct side *s)
{
	double began = now();

	return write_line(s->kill_fd, "KILL -1\n") ? -1 : (now() - began) * 1e6 / s->n;
}

/* Forks, then kills, in one write each; returns how many, or -1. */
static long fork_and_kill(struct side *s, long n)
{
	char reply[65536], kills[65536], *line, *rest = reply;
	size_t len = 0;
	ssize_t got;
	long done = 0;

	snprintf(reply, sizeof(reply), "count=%ld comm=storm\n", n);
	if (write_line(s->fork_fd, reply))
		return -1;
	got = read(s->fork_fd, reply, sizeof(reply) - 1);
	if (got <= 0)
		return -1;
	reply[got] = '\0';
	for (; (line = strsep(&rest, "\n")) && *line; done++)
		len += (size_t)snprintf(kills + len, sizeof(kills) - len, "KILL %s\n", line);
	return write(s->kill_fd, kills, len) == (ssize_t)len ? done : -1;
}

static void storm_virtual(struct side *s, int control, int rate)
{
	double began = now();
	long done = 0, n;

	for (long i = 1; !tick(control, began + (double)i / TICKS_PER_SECOND);
	     i = next_tick(i, began)) {
		for (long left = due(i, rate); left > 0; left -= n) {
			n = fork_and_kill(s, left < 1000 ? left : 1000);
			if (n <= 0)
				return;
			done += n;
		}
	}
	dprintf(control, "%f\n", (double)done / (now() - began));
}

/* --- both ----------------------------------------------------------------- */

int procs_list(struct side *s)
{
	struct dirent *d;
	int room = 0;
	DIR *dir;

	if (s->dirfd < 0)
		s->dirfd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = opendir(s->dir);
	if (s->dirfd < 0 || !dir)
		return -errno;
	s->n = 0;
	while ((d = readdir(dir))) {
		if (*d->d_name < '1' || *d->d_name > '9')
			continue;
		if (s->n == room) {
			room = room ? 2 * room : 1024;
			s->pids = realloc(s->pids, (size_t)room * sizeof(*s->pids));
			if (!s->pids)
				abort();
		}
		s->pids[s->n++] = atoi(d->d_name);
	}
	closedir(dir);
	return 0;
}

void procs_end(struct side *s)
{
	if (s->init > 0) {
		kill(s->init, SIGKILL);
		waitpid(s->init, NULL, 0);
		umount2(s->dir, MNT_DETACH);
		s->init = 0;
	}
	if (s->control >= 0)
		close(s->control);
	if (s->dirfd >= 0)
		close(s->dirfd);
	if (s->fork_fd >= 0)
		close(s->fork_fd);
	if (s->kill_fd >= 0)
		close(s->kill_fd);
	free(s->pids);
	s->pids = NULL;
	s->control = s->dirfd = s->fork_fd = s->kill_fd = -1;
}

static double heard(int fd)
{
	char text[64];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return 0;
	text[n] = '\0';
	return strtod(text, NULL);
}

static int start_virtual_storm(struct side *s, int rate)
{
	pid_t parent = getpid(), pid;
	int sk[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sk))
		return -errno;
	pid = fork();
	if (!pid) {
		close(sk[0]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			storm_virtual(s, sk[1], rate);
		_exit(0);
	}
	close(sk[1]);
	s->control = sk[0];
	return pid;
}

double procs_storm(struct side *s, int rate)
{
	static pid_t stormer;
	double reached = 0;

	if (s->init) {
		/* It listens to the next number while it storms, and hears any as an end. */
		if (write(s->control, &rate, sizeof(rate)) == sizeof(rate) && !rate)
			reached = heard(s->control);
	} else if (rate) {
		stormer = start_virtual_storm(s, rate);
	} else {
		shutdown(s->control, SHUT_WR);
		reached = heard(s->control);
		close(s->control);
		s->control = -1;
		waitpid(stormer, NULL, 0);
	}
	return reached;
}
