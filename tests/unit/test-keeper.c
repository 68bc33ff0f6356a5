/* SPDX-License-Identifier: MIT */
/*
 * What the keeper is told that makes no sense, as by a driver that somebody has
 * taken over: it is refused, and the keeper goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/keeper-wire.h"
#include "host/world.h"

static pid_t driver, keeper; /* driver: somebody who only is there */
static int first, desk = -1;

static struct {
	struct keeper_request q;
	char text[KEEPER_DATA + 8];
} in;

static struct {
	struct keeper_reply reply;
	char data[KEEPER_DATA];
} out;

static size_t out_len;
static int out_fd;

/* size: of the message; what the keeper says to it. */
static int ask_size(int socket, size_t size, int fd)
{
	int fds[KEEPER_FDS] = { -1 };
	unsigned int n = 0;
	ssize_t got;

	g_assert_cmpint(keeper_send(socket, &in, size, NULL, 0, &fd, fd >= 0), ==, 0);
	got = keeper_receive(socket, &out, sizeof(out), fds, &n);
	g_assert_cmpint(got, >=, (ssize_t)sizeof(out.reply));
	out_len = (size_t)got - sizeof(out.reply);
	out_fd = n ? fds[0] : -1;
	return out.reply.err;
}

static int ask(enum keeper_op op, uint32_t handle, const void *text, size_t len, int fd)
{
	in.q = (struct keeper_request){ .op = op,
					.handle = handle,
					.who = { getuid(), getgid(), getpid() },
					.size = 100,
					.len = (uint32_t)len };
	memcpy(in.text, text, len);
	return ask_size(desk, sizeof(in.q) + len, fd);
}

static int ask_path(enum keeper_op op, uint32_t handle, const char *path)
{
	return ask(op, handle, path, strlen(path) + 1, -1);
}

static void begin(void)
{
	int fds[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), ==, 0);
	driver = fork();
	if (!driver) {
		close(fds[0]);
		close(fds[1]);
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		for (;;)
			pause();
	}
	keeper = fork();
	if (!keeper) {
		close(fds[0]);
		world_host_keep(driver, fds[1]);
		_exit(0);
	}
	close(fds[1]);
	first = fds[0];
	in.q = (struct keeper_request){ .op = KEEPER_CONNECT };
	g_assert_cmpint(ask_size(first, sizeof(in.q), -1), ==, 0);
	g_assert_cmpint(out_fd, >=, 0);
	desk = out_fd;
}

/* It still does what makes sense. */
static void assert_well(void)
{
	g_assert_cmpint(ask_path(KEEPER_STAT, KEEPER_PROC, "self"), ==, 0);
	g_assert_cmpuint(out_len, ==, sizeof(struct stat));
}

static void test_sizes(void)
{
	in.q = (struct keeper_request){ .op = KEEPER_STAT, .len = 5 };
	strcpy(in.text, "self");
	g_assert_cmpint(ask_size(desk, sizeof(in.q) - 1, -1), ==, -EINVAL);
	g_assert_cmpint(ask_size(desk, 1, -1), ==, -EINVAL);
	g_assert_cmpint(ask_size(desk, sizeof(in.q) + 4, -1), ==, -EINVAL);
	g_assert_cmpint(ask_size(desk, sizeof(in.q) + 6, -1), ==, -EINVAL);
	g_assert_cmpint(ask_size(desk, sizeof(in), -1), ==, -EINVAL);
	in.q.len = UINT32_MAX;
	g_assert_cmpint(ask_size(desk, sizeof(in.q) + 5, -1), ==, -EINVAL);
	assert_well();
}

static void test_requests(void)
{
	const struct keeper_run run = { 0 }; /* without a command line */

	g_assert_cmpint(ask(KEEPER_OPS, 0, "", 0, -1), ==, -EINVAL);
	g_assert_cmpint(ask(UINT32_MAX, 0, "", 0, -1), ==, -EINVAL);
	/* More sockets come from the first one alone, and nothing else does. */
	g_assert_cmpint(ask(KEEPER_CONNECT, 0, "", 0, -1), ==, -EINVAL);
	in.q = (struct keeper_request){ .op = KEEPER_CLOSE };
	g_assert_cmpint(ask_size(first, sizeof(in.q), -1), ==, -EINVAL);
	/* Descriptors where none are wanted, and none where one is. */
	g_assert_cmpint(ask(KEEPER_STAT, 0, "self", 5, desk), ==, -EINVAL);
	g_assert_cmpint(ask(KEEPER_PROCFS, 0, "", 0, -1), ==, -EINVAL);
	g_assert_cmpint(ask(KEEPER_KILL, 0, "", 0, -1), ==, -EINVAL);
	/* And such as are something else. */
	g_assert_cmpint(ask(KEEPER_KILL, 0, "", 0, desk), <, 0);
	g_assert_cmpint(ask(KEEPER_PROCFS, 0, "", 0, desk), <, 0);
	g_assert_cmpint(ask(KEEPER_PIDNS, 0, "", 0, desk), ==, -ESRCH);
	g_assert_cmpint(ask(KEEPER_REAP, 0, "", 0, desk), <, 0);
	g_assert_cmpint(ask(KEEPER_RUN, 0, "", 0, -1), <, 0);
	g_assert_cmpint(ask(KEEPER_RUN, 0, &run, sizeof(run), -1), <, 0);
	assert_well();
}

static void test_paths(void)
{
	char *longest = g_strnfill(KEEPER_TEXT, 'x');

	g_assert_cmpint(ask(KEEPER_STAT, 0, "", 0, -1), ==, -EINVAL);
	g_assert_cmpint(ask(KEEPER_STAT, 0, "self", 4, -1), ==, -EINVAL);
	g_assert_cmpint(ask(KEEPER_STAT, 0, "se\0lf", 6, -1), ==, -EINVAL);
	g_assert_cmpint(ask_path(KEEPER_STAT, 0, longest), ==, -EINVAL);
	/* Below the directory, and through no link. */
	g_assert_cmpint(ask_path(KEEPER_STAT, 0, "/etc/passwd"), ==, -EXDEV);
	g_assert_cmpint(ask_path(KEEPER_STAT, 0, "../etc"), ==, -EXDEV);
	g_assert_cmpint(ask_path(KEEPER_OPEN, 0, "self/root/etc/passwd"), ==, -ELOOP);
	g_assert_cmpint(ask_path(KEEPER_LIST, 0, "self"), ==, -ENOTDIR);
	/* No file that is one of another file system. */
	g_assert_cmpint(ask_path(KEEPER_OPEN, 0, "self"), ==, -EACCES);
	g_assert_cmpint(ask_path(KEEPER_OPEN, 0, "."), ==, -EACCES);
	g_assert_cmpint(ask_path(KEEPER_LINK, 0, "version"), ==, -EINVAL);
	g_assert_cmpint(ask_path(KEEPER_STAT, 0, "no such file"), ==, -ENOENT);
	g_free(longest);
	assert_well();
}

static void test_handles(void)
{
	uint32_t handle, next;

	g_assert_cmpint(ask_path(KEEPER_OPEN, 0, "version"), ==, 0);
	handle = out.reply.handle;
	g_assert_cmpint(ask(KEEPER_READ, handle, "", 0, -1), >, 0);
	g_assert_cmpuint(out_len, ==, (size_t)out.reply.err);
	g_assert_cmpint(memcmp(out.data, "Linux", 5), ==, 0);
	/* A file is no directory, nor the other way round. */
	g_assert_cmpint(ask_path(KEEPER_STAT, handle, "x"), ==, -EBADF);
	g_assert_cmpint(ask(KEEPER_READ, KEEPER_PROC, "", 0, -1), ==, -EBADF);
	g_assert_cmpint(ask(KEEPER_CLOSE, handle, "", 0, -1), ==, 0);
	g_assert_cmpint(ask(KEEPER_CLOSE, handle, "", 0, -1), ==, -EBADF);
	g_assert_cmpint(ask(KEEPER_READ, handle, "", 0, -1), ==, -EBADF);
	/* The next one in its place has another number. */
	g_assert_cmpint(ask_path(KEEPER_OPEN, 0, "version"), ==, 0);
	next = out.reply.handle;
	g_assert_cmpuint(next, !=, handle);
	g_assert_cmpint(ask(KEEPER_READ, handle, "", 0, -1), ==, -EBADF);
	g_assert_cmpint(ask(KEEPER_CLOSE, next, "", 0, -1), ==, 0);
	/* That of our namespace stays. */
	g_assert_cmpint(ask(KEEPER_CLOSE, KEEPER_PROC, "", 0, -1), ==, -EBADF);
	for (uint32_t i = 0; i < 32; i++)
		g_assert_cmpint(ask(KEEPER_READ, UINT32_C(1) << i, "", 0, -1), ==, -EBADF);
	assert_well();
}

static void test_who(void)
{
	/* One whom nobody sees cannot be told from others. */
	in.q = (struct keeper_request){ .op = KEEPER_KILL, .who = { getuid(), getgid(), 0 } };
	g_assert_cmpint(ask_size(desk, sizeof(in.q), desk), ==, -EPERM);
	in.q.op = KEEPER_RUN;
	g_assert_cmpint(ask_size(desk, sizeof(in.q), -1), ==, -EPERM);
	/* Nor does somebody run programs who only says to be root. */
	in.q.who = (struct keeper_who){ 4242, 4242, getpid() };
	g_assert_cmpint(ask_size(desk, sizeof(in.q), -1), ==, -EPERM);
	assert_well();
}

static void test_end(void)
{
	int status;

	kill(driver, SIGKILL);
	g_assert_cmpint(waitpid(driver, NULL, 0), ==, driver);
	g_assert_cmpint(waitpid(keeper, &status, 0), ==, keeper);
	g_assert_cmpint(status, ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	begin();
	g_test_add_func("/keeper/sizes are checked", test_sizes);
	g_test_add_func("/keeper/requests are checked", test_requests);
	g_test_add_func("/keeper/paths stay below", test_paths);
	g_test_add_func("/keeper/handles are what they were", test_handles);
	g_test_add_func("/keeper/who asks is known", test_who);
	g_test_add_func("/keeper/it ends with the driver", test_end);
	return g_test_run();
}
