/* SPDX-License-Identifier: MIT */
#include "fs/warmer.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fs/beside.h"
#include "fs/mounts.h"
#include "fs/warm.h"

/* In microseconds. */
#define REST_MIN 20000
#define REST_MAX 5000000
#define BUFFER_SIZE (256 * 1024)

struct warmer {
	unsigned int minor; /* of the view's device */
	int socket;
	int mountinfo; /* of where it is mounted */
	char *buf;
};

/* The view becomes the root of a namespace that has nothing else. */
static bool enter(const char *mountpoint)
{
	if (unshare(CLONE_NEWNS) && (errno != EPERM || unshare(CLONE_NEWUSER | CLONE_NEWNS)))
		return false;
	return !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount(mountpoint, mountpoint, NULL, MS_BIND, NULL) && !chdir(mountpoint) &&
	       !syscall(SYS_pivot_root, ".", ".") && !umount2(".", MNT_DETACH) && !chdir("/");
}

static void read_file(const struct warmer *w, int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return;
	while (read(fd, w->buf, BUFFER_SIZE) > 0)
		;
	close(fd);
}

/* What ps and its like read of each. */
static void warm_process(const struct warmer *w, int nr)
{
	static const char *const names[] = { "stat", "status", "environ", "cmdline" };
	char name[16];
	struct stat st;
	int dir;

	snprintf(name, sizeof(name), "%d", nr);
	dir = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		read_file(w, dir, names[i]);
	/* What is not there is known, too. */
	if (!fstatat(dir, "ctty", &st, 0))
		read_file(w, dir, "ctty");
	close(dir);
}

/* What tells of all. */
static void warm_view(const struct warmer *w)
{
	int dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return;
	while (syscall(SYS_getdents64, dir, w->buf, BUFFER_SIZE) > 0)
		;
	close(dir);
	read_file(w, AT_FDCWD, "table");
}

static bool is_mounted(const struct warmer *w)
{
	return mounts_has_device(w->mountinfo, w->minor);
}

/* false: it is unmounted. */
static bool rest(const struct warmer *w, int64_t until)
{
	struct pollfd p = { .fd = w->mountinfo, .events = POLLPRI };
	int64_t left;

	while ((left = (until - g_get_monotonic_time()) / 1000) > 0)
		if (poll(&p, 1, (int)left) > 0 && !is_mounted(w))
			return false;
	return is_mounted(w);
}

/* How many there are to be read; 0: never again. */
static size_t hear(const struct warmer *w, struct warm_order *order)
{
	struct pollfd p[] = { { .fd = w->socket, .events = POLLIN },
			      { .fd = w->mountinfo, .events = POLLPRI } };
	const ssize_t head = offsetof(struct warm_order, numbers);
	ssize_t n;

	do {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return 0;
		if (p[1].revents && !is_mounted(w))
			return 0;
	} while (!p[0].revents);
	n = recv(w->socket, order, sizeof(*order), 0);
	return n <= head ? 0 : (size_t)(n - head) / sizeof(order->numbers[0]);
}

static void work(const struct warmer *w)
{
	struct warm_order order;
	const char done = 0;
	size_t n;

	while ((n = hear(w, &order)) > 0) {
		int64_t from = g_get_monotonic_time(), took;

		for (size_t i = 0; i < n; i++)
			if (order.numbers[i] == WARM_VIEW)
				warm_view(w);
			else if (order.numbers[i] > 0)
				warm_process(w, order.numbers[i]);
		took = g_get_monotonic_time() - from;
		if (!rest(w, from + took + CLAMP(order.rest * took, REST_MIN, REST_MAX)) ||
		    send(w->socket, &done, 1, MSG_NOSIGNAL) != 1)
			return;
	}
}

void warmer_start(const char *mountpoint, int socket)
{
	struct warmer w = { .socket = socket };
	pid_t child;

	if (!mounts_has(mountpoint, &w.minor)) {
		close(socket);
		return;
	}
	w.mountinfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	child = fork();
	if (child == 0) {
		const int kept[] = { w.socket, w.mountinfo };

		beside_become("pidnsfs-warmer", kept, G_N_ELEMENTS(kept));
		w.buf = g_malloc(BUFFER_SIZE);
		if (w.mountinfo >= 0 && enter(mountpoint))
			work(&w);
		_exit(0);
	}
	close(w.mountinfo);
	close(socket);
}
