/* SPDX-License-Identifier: MIT */
/*
 * The two ways in which what a command does can reach virtual processes, see HACKING:
 * a real stand-in for each, with its number, or an answer to each call.
 * tests/bench/bench-acting.sh makes the table of what comes out here, lines of
 * NAME<TAB>VALUE.
 *
 *	bench-acting stand-ins N   makes them, in a PID namespace of its own,
 *	                           calls them, kills them and notices that
 *	bench-acting calls N       under `pidnsctl run': calls as many virtual processes,
 *	                           of the same numbers, and kills them
 *
 * Values are microseconds, medians of all, and bytes for each.
 */
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FIRST 2 /* the lowest number of a virtual process that is not init */
#define N_MAX 30000

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "bench-acting: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void tell(const char *name, double value)
{
	printf("%s\t%.2f\n", name, value);
}

static double took[N_MAX]; /* each */

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The median: a busy machine makes some of them much longer. */
static void tell_time(const char *name, int n)
{
	qsort(took, (size_t)n, sizeof(*took), compare);
	tell(name, took[n / 2]);
}

/* The sum of the lines of a file of /proc that begin with `what', told in kB; in bytes. */
static double bytes(const char *path, const char *what)
{
	FILE *f = fopen(path, "re");
	char line[256];
	double sum = 0;

	if (!f)
		die(path);
	while (fgets(line, sizeof(line), f)) {
		const char *colon = strchr(line, ':');

		if (colon && !strncmp(line, what, strlen(what)))
			sum += strtod(colon + 1, NULL) * 1024;
	}
	fclose(f);
	return sum;
}

/* Pages of its own, tables of pages, and its share of what stacks of the kernel grew. */
static void tell_memory(int pidfd, double stack)
{
	char path[64];
	pid_t pid;

	/* /proc is that of the namespace around, where it has another number. */
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	pid = (pid_t)(bytes(path, "Pid:") / 1024);
	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	tell("pages", bytes(path, "Private_"));
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	tell("tables", bytes(path, "VmPTE:"));
	tell("stack", stack);
}

/* Returns its pidfd. */
static int stand_in(pid_t nr)
{
	int pidfd = -1;
	struct clone_args args = {
		/* What can be shared costs less. */
		.flags = CLONE_PIDFD | CLONE_FILES | CLONE_FS,
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&nr,
		.set_tid_size = 1,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0)
		die("clone3 with set_tid");
	if (!pid)
		for (;;)
			pause();
	return pidfd;
}

/* Existence is asked for, which is the cheapest call of all. */
static void call_all(int n)
{
	for (int i = 0; i < n; i++) {
		double start = now();

		if (kill(FIRST + i, 0))
			die("kill with 0");
		took[i] = now() - start;
	}
	tell_time("call", n);
}

/* Kills each, and waits until its keeper would know: only then he can tell the world. */
static void kill_stand_ins(int epoll, int n)
{
	for (int i = 0; i < n; i++) {
		double start = now();
		struct epoll_event event;
		siginfo_t info;

		if (kill(FIRST + i, SIGKILL))
			die("kill");
		while (epoll_wait(epoll, &event, 1, -1) < 0)
			if (errno != EINTR)
				die("epoll_wait");
		/* The status, which the world must be told; and the number is free again. */
		if (waitid(P_PIDFD, (id_t)event.data.fd, &info, WEXITED))
			die("waitid");
		took[i] = now() - start;
		if (info.si_pid != FIRST + i || info.si_status != SIGKILL) {
			errno = ESRCH;
			die("somebody else has died");
		}
		close(event.data.fd);
	}
	tell_time("kill", n);
}

static int stand_ins(int n)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct rlimit files;
	double before;
	int pidfd = -1;

	/* A descriptor for each. */
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	before = bytes("/proc/meminfo", "KernelStack:");
	for (int i = 0; i < n; i++) {
		double start = now();
		struct epoll_event event = { .events = EPOLLIN };

		pidfd = stand_in(FIRST + i);
		event.data.fd = pidfd;
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, pidfd, &event))
			die("epoll_ctl");
		took[i] = now() - start;
	}
	tell_memory(pidfd, (bytes("/proc/meminfo", "KernelStack:") - before) / n);
	tell_time("make", n);
	call_all(n);
	kill_stand_ins(epoll, n);
	return 0;
}

/* As init of a PID namespace, whose death takes all that may be left. */
static int in_namespace(int n)
{
	int status;
	pid_t pid;

	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWPID : CLONE_NEWPID))
		die("a PID namespace");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		int err = stand_ins(n);

		fflush(stdout);
		_exit(err);
	}
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int calls(int n)
{
	call_all(n);
	for (int i = 0; i < n; i++) {
		double start = now();

		if (kill(FIRST + i, SIGKILL))
			die("kill");
		took[i] = now() - start;
	}
	tell_time("kill", n);
	return 0;
}

int main(int argc, char **argv)
{
	int n = argc == 3 ? atoi(argv[2]) : 0;

	if (n >= 1 && n <= N_MAX && !strcmp(argv[1], "stand-ins"))
		return in_namespace(n);
	if (n >= 1 && n <= N_MAX && !strcmp(argv[1], "calls"))
		return calls(n);
	fprintf(stderr, "usage: bench-acting stand-ins|calls N    (N up to %d)\n", N_MAX);
	return 2;
}
