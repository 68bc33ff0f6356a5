/* SPDX-License-Identifier: MIT */
#include "host/filters.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The C library has these names in one of its headers of ptrace(2), the kernel in another. */
#define GET_FILTER 0x420c
#define GET_METADATA 0x420d
#define EVENT_STOP 128

/* Who is in the kernel and cannot be interrupted does not stop: then there is no copy. */
#define STOP_MS 5000
#define SEIZE_MS 500

struct metadata {
	uint64_t filter_off, flags;
};

static bool is_dead(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

/* Waits until it has stopped; *sig: what is to be sent on when it goes on. */
static int await_stop(pid_t nr, int *sig)
{
	const struct timespec tick = { .tv_nsec = 200000 };
	int status;

	*sig = 0;
	for (int i = 0; i < STOP_MS * 5; i++) {
		pid_t got = waitpid(nr, &status, WNOHANG | __WALL);

		if (got < 0 || (got == nr && !WIFSTOPPED(status)))
			return -ESRCH;
		if (got == nr) {
			/* Not the stop that was asked for, but a signal on its way. */
			if (status >> 16 == 0)
				*sig = WSTOPSIG(status);
			return 0;
		}
		nanosleep(&tick, NULL);
	}
	return -ETIMEDOUT;
}

static int copy_one(struct filters *f, pid_t nr, const char **why)
{
	struct metadata meta = { .filter_off = f->n };
	struct sock_filter *code;
	long len = ptrace(GET_FILTER, nr, f->n, NULL);

	if (len < 0)
		return -errno;
	if (f->n == FILTERS_MAX) {
		*why = "it has too many seccomp filters";
		return -E2BIG;
	}
	code = mmap(NULL, (size_t)len * sizeof(*code), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (code == MAP_FAILED)
		return -ENOMEM;
	if (ptrace(GET_FILTER, nr, f->n, code) != len)
		return -EIO;
	if (ptrace(GET_METADATA, nr, sizeof(meta), &meta) < 0)
		meta.flags = 0;
	f->list[f->n].code = code;
	f->list[f->n].len = (unsigned short)len;
	f->list[f->n].flags = meta.flags;
	f->n++;
	return 0;
}

static int copy_all(struct filters *f, pid_t nr, const char **why)
{
	int err;

	while (!(err = copy_one(f, nr, why)))
		;
	/* There is no further one. */
	return err == -ENOENT ? 0 : err;
}

/* Somebody else may be at just this, for a moment. */
static int seize(pid_t nr)
{
	const struct timespec tick = { .tv_nsec = 10000000 };

	for (int i = 0; i < SEIZE_MS / 10; i++) {
		if (!ptrace(PTRACE_SEIZE, nr, NULL, NULL))
			return 0;
		if (errno != EPERM)
			break;
		nanosleep(&tick, NULL);
	}
	return -errno;
}

int filters_copy(struct filters *f, pid_t nr, int pidfd, long count, const char **why)
{
	int err = seize(nr), sig;

	f->n = 0;
	*why = "its seccomp filter cannot be read";
	if (err) {
		if (err == -EPERM)
			*why = "its seccomp filter cannot be read: it may not be traced, or is already";
		return err;
	}
	/* If it lives now, nobody else has had its number since that was looked at. */
	err = is_dead(pidfd) || ptrace(PTRACE_INTERRUPT, nr, NULL, NULL) ? -ESRCH : 0;
	if (!err)
		err = await_stop(nr, &sig);
	if (err == -ETIMEDOUT)
		*why = "its seccomp filter cannot be read: it does not stop to be looked at";
	if (err)
		return err; /* and our end detaches it */
	err = copy_all(f, nr, why);
	if (!err && (!f->n || (count >= 0 && f->n != (unsigned int)count)))
		err = -EIO;
	ptrace(PTRACE_DETACH, nr, NULL, (void *)(intptr_t)sig);
	return err;
}

int filters_install(const struct filters *f)
{
	for (unsigned int i = 0; i < f->n; i++) {
		struct sock_fprog program = { .len = f->list[i].len, .filter = f->list[i].code };

		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, f->list[i].flags, &program))
			return -errno;
	}
	return 0;
}
