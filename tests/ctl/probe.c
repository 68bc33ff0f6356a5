/* SPDX-License-Identifier: MIT */
/*
 * Makes system calls that name a process, and says what they answer.
 *
 *	probe CALL [ARGUMENT...] [, CALL [ARGUMENT...]]...
 *
 * Prints a line for each call: its result, or the name of the error.  Arguments
 * are numbers; where a call wants memory its contents are given, or printed
 * behind the result.  `self' is the own number; pidfd_… use the last descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define WORDS 8

static int last_fd = -1;

struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/* What is given where a call wants an address. */
static union {
	uint64_t pair[16];
	int ints[32];
	struct attr attr;
} memory;

static const char *error_name(int err)
{
	static const struct {
		int err;
		const char *name;
	} names[] = { { EPERM, "EPERM" },	   { ESRCH, "ESRCH" },	 { EBADF, "EBADF" },
		      { ECHILD, "ECHILD" },	   { EACCES, "EACCES" }, { EFAULT, "EFAULT" },
		      { EINVAL, "EINVAL" },	   { E2BIG, "E2BIG" },	 { EBUSY, "EBUSY" },
		      { ENOENT, "ENOENT" },	   { ENOSYS, "ENOSYS" }, { EAGAIN, "EAGAIN" },
		      { EOPNOTSUPP, "EOPNOTSUPP" } };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].err == err)
			return names[i].name;
	return "another error";
}

static void write_line(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, line, strlen(line)) < 0) {
		perror(path);
		exit(1);
	}
	close(fd);
}

static long do_call(const char *name, int n, const long *a)
{
	struct attr *attr = &memory.attr;
	uint64_t *pair = memory.pair;
	int *ints = memory.ints;

	memset(&memory, 0, sizeof(memory));
	if (!strcmp(name, "kill"))
		return syscall(SYS_kill, a[0], a[1]);
	if (!strcmp(name, "tkill"))
		return syscall(SYS_tkill, a[0], a[1]);
	if (!strcmp(name, "tgkill"))
		return syscall(SYS_tgkill, a[0], a[1], a[2]);
	if (!strcmp(name, "sigqueue")) { /* PID SIG CODE */
		ints[0] = (int)a[1];
		ints[2] = (int)a[2];
		return syscall(SYS_rt_sigqueueinfo, a[0], a[1], &memory);
	}
	if (!strcmp(name, "tgsigqueue")) { /* TGID TID SIG CODE */
		ints[0] = (int)a[2];
		ints[2] = (int)a[3];
		return syscall(SYS_rt_tgsigqueueinfo, a[0], a[1], a[2], &memory);
	}
	if (!strcmp(name, "pidfd_open")) {
		last_fd = (int)syscall(SYS_pidfd_open, a[0], a[1]);
		return last_fd < 0 ? last_fd : 0;
	}
	if (!strcmp(name, "reuse")) { /* PID: it is reaped, and another gets its number */
		const char *world = getenv("PROBE_WORLD") ? getenv("PROBE_WORLD") : "/proc";
		char path[4096], line[32];

		snprintf(path, sizeof(path), "%s/1/reap", world);
		snprintf(line, sizeof(line), "%ld", a[0]);
		write_line(path, line);
		snprintf(path, sizeof(path), "%s/1/fork", world);
		snprintf(line, sizeof(line), "set_tid=%ld", a[0]);
		write_line(path, line);
		return 0;
	}
	if (!strcmp(name, "cloexec"))
		return fcntl(last_fd, F_GETFD);
	if (!strcmp(name, "process_dir")) {
		char path[32];

		snprintf(path, sizeof(path), "/proc/%ld", a[0]);
		last_fd = open(path, O_RDONLY | O_DIRECTORY);
		return last_fd < 0 ? last_fd : 0;
	}
	if (!strcmp(name, "pidfd_send")) /* SIG FLAGS */
		return syscall(SYS_pidfd_send_signal, last_fd, a[0], NULL, a[1]);
	if (!strcmp(name, "pidfd_info")) { /* SIG SIGNO CODE */
		ints[0] = (int)a[1];
		ints[2] = (int)a[2];
		return syscall(SYS_pidfd_send_signal, last_fd, a[0], &memory, 0);
	}
	if (!strcmp(name, "poll")) {
		struct pollfd p = { .fd = last_fd, .events = POLLIN };

		return poll(&p, 1, (int)a[0]);
	}
	if (!strcmp(name, "wait_pidfd"))
		return syscall(SYS_waitid, 3, last_fd, &memory, 4, NULL);
	if (!strcmp(name, "setpriority"))
		return syscall(SYS_setpriority, a[0], a[1], a[2]);
	if (!strcmp(name, "getpriority"))
		return syscall(SYS_getpriority, a[0], a[1]);
	if (!strcmp(name, "setaffinity")) { /* PID MASK [LEN] */
		pair[0] = (uint64_t)a[1];
		return syscall(SYS_sched_setaffinity, a[0], n > 2 ? a[2] : 8, &memory);
	}
	if (!strcmp(name, "getaffinity")) /* PID LEN */
		return syscall(SYS_sched_getaffinity, a[0], a[1], &memory);
	if (!strcmp(name, "setscheduler")) { /* PID POLICY PRIORITY */
		ints[0] = (int)a[2];
		return syscall(SYS_sched_setscheduler, a[0], a[1], &memory);
	}
	if (!strcmp(name, "setscheduler_at")) /* PID POLICY ADDRESS */
		return syscall(SYS_sched_setscheduler, a[0], a[1], a[2]);
	if (!strcmp(name, "getscheduler"))
		return syscall(SYS_sched_getscheduler, a[0]);
	if (!strcmp(name, "setparam")) {
		ints[0] = (int)a[1];
		return syscall(SYS_sched_setparam, a[0], &memory);
	}
	if (!strcmp(name, "getparam"))
		return syscall(SYS_sched_getparam, a[0], &memory);
	if (!strcmp(name, "getparam_at"))
		return syscall(SYS_sched_getparam, a[0], a[1]);
	if (!strcmp(name, "setattr")) { /* PID POLICY NICE PRIORITY [FLAGS [SIZE]] */
		*attr = (struct attr){ .size = n > 5 ? (uint32_t)a[5] : sizeof(*attr),
				       .policy = (uint32_t)a[1],
				       .nice = (int32_t)a[2],
				       .priority = (uint32_t)a[3],
				       .flags = n > 4 ? (uint64_t)a[4] : 0 };
		return syscall(SYS_sched_setattr, a[0], &memory, 0);
	}
	if (!strcmp(name, "deadline")) { /* PID RUNTIME DEADLINE */
		*attr = (struct attr){ .size = sizeof(*attr),
				       .policy = 6,
				       .runtime = (uint64_t)a[1],
				       .deadline = (uint64_t)a[2] };
		return syscall(SYS_sched_setattr, a[0], &memory, 0);
	}
	if (!strcmp(name, "getattr")) /* PID SIZE */
		return syscall(SYS_sched_getattr, a[0], &memory, a[1], 0);
	if (!strcmp(name, "rr_interval"))
		return syscall(SYS_sched_rr_get_interval, a[0], &memory);
	if (!strcmp(name, "prlimit")) { /* PID WHICH [SOFT HARD] */
		pair[0] = n > 2 ? (uint64_t)a[2] : 0;
		pair[1] = n > 3 ? (uint64_t)a[3] : 0;
		return syscall(SYS_prlimit64, a[0], a[1], n > 2 ? pair : NULL, pair + 2);
	}
	if (!strcmp(name, "getpgid"))
		return syscall(SYS_getpgid, a[0]);
	if (!strcmp(name, "getsid"))
		return syscall(SYS_getsid, a[0]);
	fprintf(stderr, "probe: there is no call %s\n", name);
	exit(2);
}

/* What came back beside the result. */
static void print_memory(const char *name)
{
	const struct attr *attr = &memory.attr;

	if (!strcmp(name, "getaffinity"))
		printf(" %" PRIx64, memory.pair[0]);
	else if (!strcmp(name, "getparam"))
		printf(" %d", memory.ints[0]);
	else if (!strcmp(name, "getattr"))
		printf(" size %u policy %u nice %d priority %u", attr->size, attr->policy,
		       attr->nice, attr->priority);
	else if (!strcmp(name, "rr_interval"))
		printf(" %" PRIu64, memory.pair[1]);
	else if (!strcmp(name, "prlimit"))
		printf(" %" PRId64 " %" PRId64, (int64_t)memory.pair[2], (int64_t)memory.pair[3]);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i];
		long a[WORDS] = { 0 };
		int n = 0;
		long result;

		while (++i < argc && strcmp(argv[i], ",") != 0 && n < WORDS)
			a[n++] = strcmp(argv[i], "self") ? strtol(argv[i], NULL, 0) : getpid();
		errno = 0;
		result = do_call(name, n, a);
		if (result == -1) {
			puts(error_name(errno));
		} else {
			printf("%ld", result);
			print_memory(name);
			putchar('\n');
		}
		fflush(stdout);
	}
	return 0;
}
