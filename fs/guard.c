/* SPDX-License-Identifier: MIT */
#include "fs/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fs/beside.h"
#include "fs/mounts.h"

#define ABORT "/sys/fs/fuse/connections/%u/abort"

enum word_kind {
	WORD_MOUNTED,
	WORD_END,
	WORD_CRASH,
};

/* What a guard is told, through a pipe. */
struct word {
	enum word_kind kind;
	unsigned int minor; /* MOUNTED: of the device */
};

/* --- the guard --------------------------------------------------------------------- */

static volatile sig_atomic_t orphaned;

static void on_orphaned(int sig)
{
	(void)sig;
	orphaned = 1;
}

static void abort_connection(unsigned int minor)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), ABORT, minor);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return; /* not everybody has that mounted */
	if (write(fd, "1", 1) != 1)
		(void)fd;
	close(fd);
}

/* minor 0: nobody has said yet that it is mounted, but it may be. */
static void clear_away(const struct guard_plan *p, unsigned int minor)
{
	unsigned int top;

	if (minor)
		abort_connection(minor);
	if (p->keep || !mounts_has(p->mountpoint, &top) || (minor && top != minor))
		return;
	/* By force, that is with an end to the connection, and whoever is inside. */
	if (!umount2(p->mountpoint, MNT_FORCE | MNT_DETACH))
		return;
	execlp("fusermount3", "fusermount3", "-u", "-z", "-q", "--", p->mountpoint, (char *)NULL);
}

/* All that was said; false: nothing more will be. */
static bool hear(int control, unsigned int *minor, bool *over)
{
	struct word w;
	ssize_t n;

	while ((n = read(control, &w, sizeof(w))) == sizeof(w)) {
		if (w.kind == WORD_CRASH)
			return false;
		if (w.kind == WORD_MOUNTED)
			*minor = w.minor;
		else
			*over = true;
	}
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static _Noreturn void watch(const struct guard_plan *p, int control)
{
	struct pollfd fds[] = { { .fd = control, .events = POLLIN },
				{ .fd = p->own ? -1 : p->death, .events = POLLIN } };
	const uint64_t one = 1;
	unsigned int minor = 0;
	bool over = false, dead = false;
	sigset_t waiting;

	/* killall, and the end of a session, are no reason to leave the mount alone. */
	sigfillset(&waiting);
	sigprocmask(SIG_SETMASK, &waiting, NULL);
	sigdelset(&waiting, SIGUSR1);
	while (!over && !dead) {
		fds[0].revents = fds[1].revents = 0;
		ppoll(fds, 2, NULL, &waiting);
		/* It may have ended as it should: the last word counts. */
		dead = orphaned || fds[1].revents & POLLIN;
		dead |= !hear(control, &minor, &over);
	}
	if (over)
		_exit(0);
	if (p->own && write(p->death, &one, sizeof(one)) != sizeof(one))
		(void)one;
	clear_away(p, minor);
	_exit(0);
}

static _Noreturn void become_guard(const struct guard_plan *p, int control, int begun, pid_t parent)
{
	const int kept[] = { control, begun, p->death };
	const struct sigaction action = { .sa_handler = on_orphaned };

	beside_become("pidnsfs-guard", kept, G_N_ELEMENTS(kept));
	fcntl(control, F_SETFL, O_NONBLOCK);
	sigaction(SIGUSR1, &action, NULL);
	if (p->own)
		prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0);
	if (p->own && getppid() != parent)
		orphaned = 1;
	/* Until now it looked like the daemon to whoever searches for that. */
	close(begun);
	watch(p, control);
}

/* --- beside it --------------------------------------------------------------------- */

int guard_start(const struct guard_plan *plan)
{
	pid_t parent = getpid(), child;
	int fds[2], begun[2];
	char none;

	if (pipe2(fds, O_CLOEXEC))
		return -1;
	if (pipe2(begun, O_CLOEXEC)) {
		close(fds[0]);
		close(fds[1]);
		return -1;
	}
	fflush(NULL);
	child = fork();
	if (child == 0)
		become_guard(plan, fds[0], begun[1], parent);
	close(fds[0]);
	close(begun[1]);
	while (child > 0 && read(begun[0], &none, 1) > 0)
		;
	close(begun[0]);
	if (child > 0)
		return fds[1];
	close(fds[1]);
	return -1;
}

/* Should it be gone there is nobody to be told. */
static void say(int guard, const struct word *w)
{
	if (guard >= 0 && write(guard, w, sizeof(*w)) != sizeof(*w))
		(void)w;
}

void guard_mounted(int guard, const char *mountpoint)
{
	struct word w = { .kind = WORD_MOUNTED };

	if (guard >= 0 && mounts_has(mountpoint, &w.minor))
		say(guard, &w);
}

void guard_end(int guard)
{
	const struct word w = { .kind = WORD_END };

	say(guard, &w);
	if (guard >= 0)
		close(guard);
}

/* --- from one who has not served -------------------------------------------------- */

/* Linux 6.8's */
#define MOUNT_ID_UNIQUE 0x4000u
#ifndef SYS_statmount
#define SYS_statmount 457
#endif

struct mount_request {
	uint32_t size, spare;
	uint64_t id, param;
};

uint64_t guard_mount_id(const char *mountpoint)
{
	struct statx stx = { 0 };
	int fd = open(mountpoint, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	/* Nothing is asked of the file system. */
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, MOUNT_ID_UNIQUE, &stx) ||
	    !(stx.stx_mask & MOUNT_ID_UNIQUE))
		stx.stx_mnt_id = 0;
	close(fd);
	return stx.stx_mnt_id;
}

static bool is_there(uint64_t id)
{
	const struct mount_request r = { .size = sizeof(r), .id = id };
	uint64_t answer[128];

	return id && !syscall(SYS_statmount, &r, answer, sizeof(answer), 0);
}

void guard_unmount(const char *mountpoint, uint64_t id)
{
	const char *const argv[] = { "fusermount3", "-u", "-z", "-q", "--", mountpoint, NULL };

	if (is_there(id) && umount2(mountpoint, MNT_DETACH | UMOUNT_NOFOLLOW))
		g_spawn_sync("/", (char **)argv, NULL,
			     G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL |
				     G_SPAWN_STDERR_TO_DEV_NULL,
			     NULL, NULL, NULL, NULL, NULL, NULL);
}

/* --- crashes ----------------------------------------------------------------------- */

static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS };
static struct sigaction before[G_N_ELEMENTS(crashes)];
static int told = -1;

/* A core is dumped when all threads have stopped, which one that tells cannot. */
static void on_crash(int sig, siginfo_t *info, void *context)
{
	const struct word w = { .kind = WORD_CRASH };

	(void)context;
	say(told, &w);
	for (size_t i = 0; i < G_N_ELEMENTS(crashes); i++)
		if (crashes[i] == sig)
			sigaction(sig, &before[i], NULL);
	/* A fault comes again by itself. */
	if (info->si_code <= 0)
		raise(sig);
}

void guard_crashes(int guard)
{
	struct sigaction action = { .sa_sigaction = on_crash, .sa_flags = SA_SIGINFO };

	told = guard;
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < G_N_ELEMENTS(crashes); i++)
		sigaction(crashes[i], &action, &before[i]);
}
