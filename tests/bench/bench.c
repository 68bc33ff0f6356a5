/* SPDX-License-Identifier: MIT */
/*
 * A mount beside /proc: the same work on as many virtual processes as real ones,
 * in turns.  tests/bench/bench.sh mounts the world and makes tables of what comes
 * out here, lines of
 *
 *	KEY<TAB>LOAD<TAB>PROCESSES<TAB>NAME<TAB>VALUE...
 *
 *	bench [-n N] [-r ROUNDS] [-s RATE] [-v VIEW -m PIDNSFS] [-p PROC] [-t TOOL] [-c]
 *	      WORLD DAEMON
 *
 *	WORLD    a fresh world; DAEMON the pid of who serves it
 *	-n N     so many processes; -p PROC: a directory where the real ones' /proc can
 *	         be mounted (without it there are no real ones)
 *	-v VIEW  a directory on which the same world's root view is to be mounted, with
 *	         the program PIDNSFS and -o OPTIONS
 *	-s RATE  under so many forks and exits a second
 *	-t TOOL  a command line to be measured as well, on what it thinks is /proc
 *	-c       cold as well: drops the kernel's caches, which is felt by all
 *
 * Cold is the first reader: nothing is left from those before.  A view that warms
 * itself has done so by then.  Where there are many, a mount that has to be asked is
 * read in part, or the dear works would take an hour.
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
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/bench-procs.h"

#define ROUNDS_MAX 25
#define TOOLS_MAX 16
#define ONES 1000 /* repetitions of what is about one process */
#define SECONDS_MAX 10 /* for all rounds of a work, once there were so many as must be */
#define MANY 5000 /* have fewer rounds */
#define PART 20000 /* of the mount's processes, for what is dear */
#define ALONE_MAX 200000 /* beyond that nothing is done with each process */
#define WARM_SECONDS 120

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

	for (int i = 0; i < s->n; i += s->step)
		n += slurp(s, s->pids[i], "stat", 4096);
	return n;
}

static int all_status(struct side *s)
{
	int n = 0;

	for (int i = 0; i < s->n; i += s->step)
		n += slurp(s, s->pids[i], "status", 4096);
	return n;
}

/* What procps 4.0.2 does for ps -e, as strace shows it. */
static int ps_calls(struct side *s)
{
	int i = 0, n = 0, fd = openat(s->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *d;
	struct stat st;
	DIR *dir = fdopendir(fd);

	if (!dir)
		return -1;
	while ((d = readdir(dir))) {
		int pid = atoi(d->d_name);

		if (pid <= 0 || i++ % s->step || fstatat(s->dirfd, d->d_name, &st, 0))
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
	int i = 0, n = 0, fd = openat(s->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *d, *t;
	DIR *dir = fdopendir(fd);
	char path[64];

	if (!dir)
		return -1;
	while ((d = readdir(dir))) {
		int pid = atoi(d->d_name);
		DIR *task;

		if (pid <= 0 || i++ % s->step)
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

/* A request that asks for nothing: what any other costs at least. */
static int bare(struct side *s)
{
	struct statfs st;
	int n = 0;

	if (s->kill_fd < 0)
		return -1;
	for (int i = 0; i < ONES; i++)
		n += !fstatfs(s->dirfd, &st);
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
	/* Of two the lower: before the first one something may have been cold. */
	return v[(n - 1) / 2];
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

static const char *world_dir, *view_dir, *pidnsfs, *view_options = "ro";

static int spawn(const char *const *argv)
{
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}

/* How many are not warm yet; -1: it does not warm itself. */
static long waiting(const struct side *s)
{
	int fd = openat(s->dirfd, "pidns", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);
	unsigned long warmed, all;
	const char *line;

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return -1;
	buf[n] = '\0';
	line = strstr(buf, "Warmed:");
	if (!line || sscanf(line, "Warmed: %lu of %lu", &warmed, &all) != 2)
		return -1;
	return all > warmed ? (long)(all - warmed) : 0;
}

/* Until a view has warmed itself, or has not for long. */
static void await_warmth(const struct side *s)
{
	const struct timespec tick = { .tv_nsec = 20 * 1000000 };
	double began = now();

	while (waiting(s) > 0 && now() - began < WARM_SECONDS * 1e6)
		nanosleep(&tick, NULL);
}

/* A fresh one; what was there goes. */
static int mount_view(struct side *s)
{
	const char *const argv[] = { pidnsfs, world_dir, view_dir, "-o", view_options, NULL };

	if (s->dirfd >= 0) {
		close(s->dirfd);
		umount2(view_dir, MNT_DETACH);
	}
	free(s->pids);
	*s = (struct side){ .name = "view",
			    .dir = view_dir,
			    .step = 1,
			    .dirfd = -1,
			    .control = -1,
			    .fork_fd = -1,
			    .kill_fd = -1 };
	if (spawn(argv) || procs_list(s))
		return -1;
	await_warmth(s);
	return 0;
}

static void make_cold(struct side *s)
{
	drop_caches();
	if (s > &sides[mount_side])
		mount_view(s);
}

/*
 * One line: for each side the median, in us for each thing done (-1: not there), then
 * requests and the daemon's CPU time for each, on the mount and on the view.
 */
static void measure(const char *name, int (*work)(struct side *), int rounds, bool cold, bool dear)
{
	double took[3][ROUNDS_MAX], value[3] = { -1, -1, -1 }, asked[3] = { 0 }, cpu[3] = { 0 };
	const int mount = mount_side, view = mount_side + 1;
	double began = now();
	const int n = sides[mount].n, least = n > PART ? 1 : n > MANY ? 2 : 3;
	int done = 0, things[3] = { 0 };

	for (; done < rounds && (done < least || now() - began < SECONDS_MAX * 1e6); done++) {
		for (int i = 0; i < n_sides; i++) {
			long r, c;
			double t;

			if (dear && i == mount && sides[i].step > 1)
				continue;
			if (cold)
				make_cold(&sides[i]);
			r = requests();
			c = daemon_cpu();
			t = now();
			things[i] = work(&sides[i]);
			took[i][done] = now() - t;
			if (i >= mount && things[i] > 0) {
				/* Of the last round: what is warm asks less. */
				asked[i] = (double)(requests() - r) / things[i];
				cpu[i] += (double)(daemon_cpu() - c) / things[i];
			}
		}
	}
	for (int i = 0; i < n_sides; i++) {
		if (things[i] > 0)
			value[i] = median(took[i], done) / things[i];
		cpu[i] *= 1e6 / (double)sysconf(_SC_CLK_TCK);
	}
	printf("time\t%d\t%d\t%s%s\t%.4f\t%.4f\t%.4f\t%.3f\t%.3f\t%.3f\t%.3f\n", load, n, name,
	       cold ? ", cold" : "", mount ? value[0] : -1, value[mount],
	       view < n_sides ? value[view] : -1, asked[mount], view < n_sides ? asked[view] : -1,
	       cpu[mount] / done, view < n_sides ? cpu[view] / done : -1);
	fflush(stdout);
}

static const struct {
	const char *name;
	int (*work)(struct side *);
	bool cold; /* is worth it */
	bool quiet; /* not under a storm */
	bool each; /* costs a request or more for each process */
} works[] = {
	{ "listing", list, true, false, false },
	{ "listing + stat", list_stat, true, false, true },
	{ "PID/stat of all", all_stat, true, false, true },
	{ "PID/status of all", all_status, true, false, true },
	{ "calls of ps -e", ps_calls, true, false, true },
	{ "calls of htop", htop_calls, false, false, true },
	{ "one PID/status", one_status, false, false, false },
	{ "stat()", one_fstatat, false, false, false },
	{ "ENOENT again", enoent_again, false, true, false },
	{ "ENOENT anew", enoent_new, false, true, false },
	{ "bare round trip", bare, false, false, false },
	{ "control write", control, false, false, false },
	{ "table", table, false, false, false },
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
	const char *proc = NULL, *what = NULL, *tools[TOOLS_MAX];
	double took;
	int opt, n = 1000, rounds = 5, rate = 0, n_tools = 0, err;
	bool cold = false;
	long before;

	while ((opt = getopt(argc, argv, "n:r:s:v:m:o:p:t:c")) != -1) {
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
			view_dir = optarg;
			break;
		case 'm':
			pidnsfs = optarg;
			break;
		case 'o':
			view_options = optarg;
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
	if (argc - optind != 2 || n < 1 || rounds < 1 || !view_dir != !pidnsfs)
		return 2;
	world_dir = argv[optind];
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
	err = procs_virtual(&sides[mount_side], world_dir, n, &took, &what);
	if (err) {
		fprintf(stderr, "bench: %s cannot be had: %s\n", what, strerror(-err));
		return 1;
	}
	sides[mount_side].step = n / PART + 1;
	printf("bulk\t%d\t%d\tfork, in one write\t%.4f\n", load, n, took);
	say_memory("daemon, a virtual process", before, daemon_memory(), n);
	n_sides = mount_side + 1;
	if (n <= ALONE_MAX) {
		before = kernel_memory();
		err = ps_calls(&sides[mount_side]);
		say_memory("kernel, a virtual process that ps has read", before, kernel_memory(),
			   err > 0 ? err : n);
	}
	if (view_dir && n <= ALONE_MAX) {
		if (mount_view(&sides[n_sides]))
			fprintf(stderr, "bench: no view at %s\n", view_dir);
		else
			n_sides++;
	}
	if (proc) {
		before = kernel_memory();
		err = procs_real(&sides[0], proc, n, &what);
		sides[0].step = 1;
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
		if ((rate && works[i].quiet) || (n > ALONE_MAX && works[i].each))
			continue;
		measure(works[i].name, works[i].work, rounds, false, false);
	}
	for (int i = 0; i < n_tools && n <= ALONE_MAX; i++) {
		tool = tools[i];
		measure(tool, run_tool, rounds, false, true);
	}
	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++)
		if (cold && works[i].cold && !rate && n <= ALONE_MAX)
			measure(works[i].name, works[i].work, n > MANY ? 1 : MIN(rounds, 3), true,
				false);
	if (rate) {
		if (real == 0)
			printf("storm\t%d\t%d\tproc\t%.0f\n", rate, n, procs_storm(&sides[0], 0));
		printf("storm\t%d\t%d\tmount\t%.0f\n", rate, n, procs_storm(&sides[mount_side], 0));
	} else {
		int done;

		took = now();
		done = ping_pong(NULL);

		printf("floor\t0\t%d\tpipe round trip\t%.4f\n", n, (now() - took) / done);
	}
	printf("bulk\t%d\t%d\tdeath, in one write\t%.4f\n", load, n,
	       procs_kill(&sides[mount_side]));
	for (int i = 0; i < n_sides; i++)
		procs_end(&sides[i]);
	if (view_dir)
		umount2(view_dir, MNT_DETACH);
	return 0;
}
