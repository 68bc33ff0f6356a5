/* SPDX-License-Identifier: MIT */
#include "fs/guard.h"

#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A line means that all is well; the end of file that the daemon is dead. */
static const char script[] = "read -r line && exit; exec fusermount3 -u -z -q -- \"$0\"";

static void become_guard(int from, int begun, const char *mountpoint)
{
	int null = open("/dev/null", O_RDWR);

	setsid();
	if (null < 0 || dup2(from, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0 || chdir("/"))
		_exit(1);
	/* Whoever started us may wait for the end of something that we have inherited. */
	for (int fd = STDERR_FILENO + 1, end = (int)sysconf(_SC_OPEN_MAX); fd < end && fd < 4096;
	     fd++)
		if (fd != begun)
			close(fd);
	execl("/bin/sh", "sh", "-c", script, mountpoint, (char *)NULL);
	_exit(1);
}

int guard_start(const char *mountpoint)
{
	int fds[2], begun[2];
	pid_t child;
	char none;

	if (pipe2(fds, O_CLOEXEC))
		return -1;
	if (pipe2(begun, O_CLOEXEC)) {
		close(fds[0]);
		close(fds[1]);
		return -1;
	}
	child = fork();
	if (child == 0) {
		/* A child of init's, so that nobody has to reap it. */
		if (fork())
			_exit(0);
		become_guard(fds[0], begun[1], mountpoint);
	}
	close(fds[0]);
	close(begun[1]);
	if (child > 0)
		waitpid(child, NULL, 0);
	/* Until it is a shell it looks like the daemon to whoever searches for that. */
	while (read(begun[0], &none, 1) > 0)
		;
	close(begun[0]);
	return fds[1];
}

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

void guard_end(int guard)
{
	if (guard < 0)
		return;
	/* Should it be gone there is nobody to be told. */
	if (write(guard, "\n", 1) != 1)
		(void)guard;
	close(guard);
}
