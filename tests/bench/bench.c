/* SPDX-License-Identifier: MIT */
/*
 * A mount beside /proc: the same work on as many virtual processes as real ones,
 * in turns.  tests/bench/bench.sh mounts the world and makes tables of what comes
 * out here, lines of
 *
 *	KEY<TAB>LOAD<TAB>PROCESSES<TAB>NAME<TAB>VALUE...
 *
 *	bench [-n N] [-r ROUNDS] [-s RATE] [-v VIEW] [-p PROC] [-t TOOL] [-c]
 *	      WORLD DAEMON
 *
 *	WORLD    a fresh world; DAEMON the pid of who serves it
 *	-n N     so many processes; -p PROC: a directory where the real ones' /proc can
 *	         be mounted (without it there are no real ones)
 *	-v VIEW  a directory on which the same world's root view is mounted
 *	-s RATE  under so many forks and exits a second
 *	-t TOOL  a command line to be measured as well, on what it thinks is /proc
 *	-c       cold as well: drops the kernel's caches, which is felt by all
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/bench-procs.h"

#define ROUNDS_MAX 25
#define TOOLS_MAX 16
#define ONES 1000 /* repetitions of what is about one process */
#define SECONDS_MAX 20 /* for all rounds of a work, once each has been done thrice */

static char buf[1 << 18];
static int load;
static pid_t daemon_pid;
static struct side sides[3];
static int n_sides, mount_side;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* --- the works: each returns how many were done --------------------------- */

static int list(struct side *s)
{
	int n = 0, fd = openat(s->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *d;
	DIR *dir = fdopendir(fd);

	if (!dir)
		return -1;
	while ((d = readdir(dir)))
		n += *d->d_name > '0' && *d->d_name <= '9';
	closedir(dir);
	return n;
}

static int list_stat(struct side *s)
{
	int n = 0, fd = openat(s->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *d;
	struct stat st;
	DIR *dir = fdopendir(fd);

	if (!dir)
		return -1;
	while ((d = readdir(dir)))
		n += *d->d_name > '0' && *d->d_name <= '9' &&
		     !fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW);
	closedir(dir);
	return n;
}

static bool slurp(struct side *s, int pid, const char *name, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%d/%s", pid, name);
	fd = openat(s->dirfd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while ((n = read(fd, buf, size)) == (ssize_t)size)
		;
	close(fd);
	return n >= 0;
}

static int all_stat(struct side *s)
{
	int n = 0;

	for (int i = 0; i < s->n; i++)
		n += slurp(s, s->pids[i], "stat", 4096);
	return n;
}

static int all_status(struct side *s)
{
	int n = 0;

	for (int i = 0; i < s->n; i++)
		n += slurp(s, s->pids[i], "status", 4096);
	return n;
}

/* What procps 4.0.2 does for ps -e, as strace shows it. */
static int ps_calls(struct side *s)
{
	int n = 0, fd = openat(s->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *d;
	struct stat st;
	DIR *dir = fdopendir(fd);

	if (!dir)
		return -1;
	while ((d = readdir(dir))) {
		int pid = atoi(d->d_name);

		if (pid <= 0 || fstatat(s->dirfd, d->d_name, &st, 0))
			continue;
		if (!slurp(s, pid, "stat", 1024) || !slurp(s, pid, "status", 1024))
			continue;
		slurp(s, pid, "environ", 131072);
		slurp(s, pid, "cmdline", 131072);
		slurp(s, pid, "ctty", 1024);
		n++;
	}
	closedir(dir);
	return n;
}

/* What htop 3.2 does in each of its rounds. */
static int htop_calls(struct side *s)
{
	int n = 0, fd = openat(s->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *d, *t;
	DIR *dir = fdopendir(fd);
	char path[64];

	if (!dir)
		return -1;
	while ((d = readdir(dir))) {
		int pid = atoi(d->d_name);
		DIR *task;

		if (pid <= 0)
			continue;
		snprintf(path, sizeof(path), "%d/task", pid);
		fd = openat(s->dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		task = fd < 0 ? NULL : fdopendir(fd);
		if (!task)
			continue;
		while ((t = readdir(task)))
			;
		closedir(task);
		slurp(s, pid, "statm", 4096);
		n += slurp(s, pid, "stat", 4096);
	}
	closedir(dir);
	return n;
}

static int one_status(struct side *s)
{
	int n = 0;

	for (int i = 0; i < ONES; i++)
		n += slurp(s, s->pids[s->n / 2], "status", 4096);
	return n;
}

static int one_fstatat(struct side *s)
{
	char name[16];
	struct stat st;
	int n = 0;

	snprintf(name, sizeof(name), "%d", s->pids[s->n / 2]);
	for (int i = 0; i < ONES; i++)
		n += !fstatat(s->dirfd, name, &st, 0);
	return n;
}

static int enoent_again(struct side *s)
{
	struct stat st;
	int n = 0;

	for (int i = 0; i < ONES; i++)
		n += fstatat(s->dirfd, "nobody", &st, 0) && errno == ENOENT;
	return n;
}

static int enoent_new(struct side *s)
{
	static int number;
	char name[32];
	struct stat st;
	int n = 0;

	for (int i = 0; i < ONES; i++) {
		snprintf(name, sizeof(name), "nobody%d", number++);
		n += fstatat(s->dirfd, name, &st, 0) && errno == ENOENT;
	}
	return n;
}

/* Signal 0 to somebody: who has to be found, and to whom nothing happens. */
static int control(struct side *s)
{
	char line[32];
	int n = 0, len;

	if (s->kill_fd < 0)
		return -1;
	len = snprintf(line, sizeof(line), "0 %d\n", s->pids[s->n / 2]);
	for (int i = 0; i < ONES; i++)
		n += write(s->kill_fd, line, (size_t)len) == len;
	return n;
}

static int table(struct side *s)
{
	int fd = openat(s->dirfd, "table", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		;
	close(fd);
	return n < 0 ? -1 : s->n;
}

/* The floor of anything that asks another process. */
static int ping_pong(struct side *s)
{
	int to[2], back[2], n = 0;
	pid_t pid;
	char c = 0;

	(void)s;
	if (pipe2(to, O_CLOEXEC) || pipe2(back, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		close(to[1]);
		while (read(to[0], &c, 1) == 1)
			if (write(back[1], &c, 1) != 1)
				break;
		_exit(0);
	}
	for (int i = 0; i < ONES; i++)
		n += write(to[1], &c, 1) == 1 && read(back[0], &c, 1) == 1;
	close(to[0]);
	close(to[1]);
	close(back[0]);
	close(back[1]);
	waitpid(pid, NULL, 0);
	return n;
}

/* --- a tool --------------------------------------------------------------- */

static const char *tool;

/* Where what side has is /proc; who looks itself up there has to be there. */
static int tool_main(struct side *s)
{
	if (s->init) {
		snprintf(buf, sizeof(buf), "/proc/%d/ns/pid", s->init);
		int fd = open(buf, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || setns(fd, 0))
			return 126;
	}
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(s->dir, "/proc", NULL, MS_BIND, NULL))
		return 126;
	pid_t pid = fork();

	if (!pid) {
		int fd = open("/dev/null", O_RDWR);

		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		execl("/bin/sh", "sh", "-c", tool, NULL);
		_exit(126);
	}
	int status = 0;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}

static int run_tool(struct side *s)
{
	pid_t pid = fork();
	int status = 0;

	if (!pid)
		_exit(tool_main(s));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) < 125 ? s->n : -1;
}

/* --- measuring ------------------------------------------------------------ */

/* Requests that the daemon had, all kinds. */
static long requests(void)
{
	int fd = openat(sides[mount_side].dirfd, ".live/requests", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);
	char *line, *rest = buf;
	long sum = 0;

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return 0;
	buf[n] = '\0';
	while ((line = strsep(&rest, "\n")))
		if ((line = strchr(line, '\t')))
			sum += atol(line);
	return sum;
}

/* Of the daemon, in clock ticks. */
static long daemon_cpu(void)
{
	long user, system;
	char *end;
	ssize_t n;
	int fd;

	snprintf(buf, sizeof(buf), "/proc/%d/stat", daemon_pid);
	fd = open(buf, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return 0;
	buf[n] = '\0';
	end = strrchr(buf, ')');
	if (!end || sscanf(end + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user,
			   &system) != 2)
		return 0;
	return user + system;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), compare);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		sync();
		if (write(fd, "3", 1) != 1)
			fprintf(stderr, "bench: the kernel's caches cannot be dropped\n");
		close(fd);
	}
}

/* One line: for each side the median, in us for each thing done; -1: not there. */
static void measure(const char *name, int (*work)(struct side *), int rounds, bool cold)
{
	double took[3][ROUNDS_MAX], value[3] = { -1, -1, -1 }, asked = 0, cpu = 0;
	double began = now();
	int done = 0, things[3] = { 0 };

	for (; done < rounds && (done < 3 || now() - began < SECONDS_MAX * 1e6); done++) {
		for (int i = 0; i < n_sides; i++) {
			long r = requests(), c = daemon_cpu();
			double t;

			if (cold)
				drop_caches();
			t = now();
			things[i] = work(&sides[i]);
			took[i][done] = now() - t;
			/* Not those of the question itself: lookups of a path, open, read, release. */
			if (i == mount_side && things[i] > 0) {
				asked += (double)(requests() - r) / things[i];
				cpu += (double)(daemon_cpu() - c) / things[i];
			}
		}
	}
	for (int i = 0; i < n_sides; i++)
		if (things[i] > 0)
			value[i] = median(took[i], done) / things[i];
	printf("time\t%d\t%d\t%s%s\t%.4f\t%.4f\t%.4f\t%.3f\t%.3f\n", load, sides[mount_side].n,
	       name, cold ? ", cold" : "", n_sides > 1 && !mount_side ? -1 : value[0],
	       value[mount_side], mount_side + 1 < n_sides ? value[mount_side + 1] : -1,
	       asked / done, cpu / done * 1e6 / (double)sysconf(_SC_CLK_TCK));
	fflush(stdout);
}

static const struct {
	const char *name;
	int (*work)(struct side *);
	bool cold; /* is worth it */
	bool quiet; /* not under a storm */
} works[] = {
	{ "listing", list, true, false },
	{ "listing + stat", list_stat, true, false },
	{ "PID/stat of all", all_stat, true, false },
	{ "PID/status of all", all_status, true, false },
	{ "calls of ps -e", ps_calls, true, false },
	{ "calls of htop", htop_calls, false, false },
	{ "one PID/status", one_status, false, false },
	{ "stat()", one_fstatat, false, false },
	{ "ENOENT again", enoent_again, false, true },
	{ "ENOENT anew", enoent_new, false, true },
	{ "control write", control, false, false },
	{ "table", table, false, false },
};

static long kilobytes(const char *file, const char *key)
{
	FILE *f = fopen(file, "re");
	char line[256];
	long n = 0;

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, key, strlen(key)) == 0)
			n = atol(line + strlen(key));
	if (f)
		fclose(f);
	return n;
}

static long kernel_memory(void)
{
	return kilobytes("/proc/meminfo", "Slab:") + kilobytes("/proc/meminfo", "KernelStack:") +
	       kilobytes("/proc/meminfo", "PageTables:");
}

static long daemon_memory(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/status", daemon_pid);
	return kilobytes(path, "VmRSS:");
}

static void say_memory(const char *name, long before, long after, int n)
{
	printf("memory\t%d\t%d\t%s\t%.0f\n", load, n, name, (double)(after - before) * 1024 / n);
}

int main(int argc, char **argv)
{
	const char *proc = NULL, *view = NULL, *what = NULL, *tools[TOOLS_MAX];
	int opt, n = 1000, rounds = 5, rate = 0, n_tools = 0, err;
	bool cold = false;
	long before;

	while ((opt = getopt(argc, argv, "n:r:s:v:p:t:c")) != -1) {
		switch (opt) {
		case 'n':
			n = atoi(optarg);
			break;
		case 'r':
			rounds = atoi(optarg);
			break;
		case 's':
			rate = atoi(optarg);
			break;
		case 'v':
			view = optarg;
			break;
		case 'p':
			proc = optarg;
			break;
		case 't':
			if (n_tools < TOOLS_MAX)
				tools[n_tools++] = optarg;
			break;
		case 'c':
			cold = true;
			break;
		default:
			return 2;
		}
	}
	if (argc - optind != 2 || n < 1 || rounds < 1)
		return 2;
	if (rounds > ROUNDS_MAX)
		rounds = ROUNDS_MAX;
	daemon_pid = atoi(argv[optind + 1]);
	load = rate;
	/* What is mounted here goes when this process goes. */
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		fprintf(stderr, "bench: no mount namespace: %s\n", strerror(errno));
		return 1;
	}

	before = daemon_memory();
	mount_side = proc != NULL;
	err = procs_virtual(&sides[mount_side], argv[optind], n, &what);
	if (err) {
		fprintf(stderr, "bench: %s cannot be had: %s\n", what, strerror(-err));
		return 1;
	}
	say_memory("daemon, a virtual process", before, daemon_memory(), n);
	before = kernel_memory();
	ps_calls(&sides[mount_side]);
	say_memory("kernel, a virtual process that ps has read", before, kernel_memory(), n);
	n_sides = mount_side + 1;
	if (view) {
		sides[n_sides] = (struct side){ .name = "view",
						.dir = view,
						.dirfd = -1,
						.control = -1,
						.fork_fd = -1,
						.kill_fd = -1 };
		if (procs_list(&sides[n_sides]))
			fprintf(stderr, "bench: no view at %s\n", view);
		else
			n_sides++;
	}
	if (proc) {
		before = kernel_memory();
		err = procs_real(&sides[0], proc, n, &what);
		if (err) {
			/* Only the virtual ones are left to be measured. */
			fprintf(stderr, "bench: %d: %s cannot be had: %s\n", n, what,
				strerror(-err));
			memmove(sides, sides + 1, sizeof(*sides) * 2);
			mount_side = 0;
			n_sides--;
		} else {
			say_memory("kernel, a real process", before, kernel_memory(), n);
		}
	}
	int real = mount_side ? 0 : -1;

	if (rate) {
		if (real == 0)
			procs_storm(&sides[0], rate);
		procs_storm(&sides[mount_side], rate);
	}
	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
		if (rate && works[i].quiet)
			continue;
		measure(works[i].name, works[i].work, rounds, false);
		if (cold && works[i].cold && !rate)
			measure(works[i].name, works[i].work, rounds < 3 ? rounds : 3, true);
	}
	for (int i = 0; i < n_tools; i++) {
		tool = tools[i];
		measure(tool, run_tool, rounds, false);
	}
	if (rate) {
		if (real == 0)
			printf("storm\t%d\t%d\tproc\t%.0f\n", rate, n, procs_storm(&sides[0], 0));
		printf("storm\t%d\t%d\tmount\t%.0f\n", rate, n, procs_storm(&sides[mount_side], 0));
	} else {
		double took = now();
		int done = ping_pong(NULL);

		printf("floor\t0\t%d\tpipe round trip\t%.4f\n", n, (now() - took) / done);
	}
	for (int i = 0; i < n_sides; i++)
		procs_end(&sides[i]);
	return 0;
}
