/* SPDX-License-Identifier: MIT */
#include "host/begin.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/enter.h"
#include "host/linux.h"

/* A program that is on a file system that does not answer cannot be begun. */
#define BEGIN_MS 20000
#define REAP_MS 2000

struct reported {
	struct enter_report report;
	pid_t from; /* whoever has sent it, in our numbers */
	int fd; /* -1: none came along */
	bool end; /* there will be none any more */
};

/* -ETIMEDOUT, -EIO */
static int await_report(int socket, struct reported *r)
{
	char space[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = &r->report, .iov_len = sizeof(r->report) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = space,
			      .msg_controllen = sizeof(space) };
	struct pollfd p = { .fd = socket, .events = POLLIN };
	ssize_t n;

	do {
		n = poll(&p, 1, BEGIN_MS);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return -ETIMEDOUT;
	n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	*r = (struct reported){ .report = r->report, .fd = -1, .end = !n };
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		struct ucred ucred;

		if (c->cmsg_type == SCM_RIGHTS) {
			memcpy(&r->fd, CMSG_DATA(c), sizeof(r->fd));
		} else if (c->cmsg_type == SCM_CREDENTIALS) {
			memcpy(&ucred, CMSG_DATA(c), sizeof(ucred));
			r->from = ucred.pid;
		}
	}
	return !n || (n == sizeof(r->report) && r->from > 0) ? 0 : -EIO;
}

/* What is known of one that is about to begin. */
struct beginning {
	pid_t helper, passed, program;
	int terminal;
	bool executed; /* what has failed is execve(2) */
	char *why;
};

/*
 * They are our children: their numbers are theirs until they are waited for.  Who is on a
 * file system that does not answer cannot even be killed; then it stays behind.
 */
static void reap(pid_t pid)
{
	const struct timespec tick = { .tv_nsec = REAP_MS * 1000000 / 100 };

	for (int i = 0; i < 100 && !waitpid(pid, NULL, WNOHANG); i++)
		nanosleep(&tick, NULL);
}

static int take_report(struct beginning *b, struct reported *r)
{
	switch (r->report.kind) {
	case ENTER_PASSES:
		b->passed = r->from;
		break;
	case ENTER_BEGINS:
		b->program = r->from;
		break;
	case ENTER_TERMINAL:
		if (b->terminal < 0) {
			b->terminal = r->fd;
			r->fd = -1;
		}
		break;
	case ENTER_CANNOT_EXECUTE:
	case ENTER_FAILS:
		g_strlcpy(b->why, r->report.what, BEGIN_WHY);
		b->executed = r->report.kind == ENTER_CANNOT_EXECUTE;
		return -r->report.err;
	}
	return 0;
}

/* The program's pid once it has begun, or why it has not. */
static int await_begin(int socket, struct beginning *b)
{
	struct reported r = { .fd = -1 };
	int err;

	do {
		err = await_report(socket, &r);
		if (!err && !r.end)
			err = take_report(b, &r);
		if (r.fd >= 0)
			close(r.fd);
		r.fd = -1;
	} while (!err && !r.end);
	if (err == -ETIMEDOUT)
		g_strlcpy(b->why, "the program's file system does not answer", BEGIN_WHY);
	if (!err && !b->program)
		err = -EIO;
	if (err == -ETIMEDOUT)
		kill(b->helper, SIGKILL);
	reap(b->helper);
	if (b->passed)
		reap(b->passed);
	if (err && b->program) {
		kill(b->program, SIGKILL);
		reap(b->program);
	}
	return err ? err : b->program;
}

/* Goes there; what was opened for that is still open. */
static int enter(struct enter *e, struct beginning *b)
{
	int report[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, report))
		return -errno;
	setsockopt(report[0], SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int));
	b->helper = fork();
	if (!b->helper)
		enter_run(e, report[1], -1);
	err = b->helper < 0 ? -errno : 0;
	close(report[1]);
	if (!err)
		err = await_begin(report[0], b);
	close(report[0]);
	return err;
}

int begin_await(int socket, pid_t helper, char why[BEGIN_WHY])
{
	struct beginning b = { .helper = helper, .terminal = -1, .why = why };
	int err = await_begin(socket, &b);

	if (b.terminal >= 0)
		close(b.terminal);
	return err;
}

static GBytes *command_line(char *const *argv)
{
	GByteArray *line = g_byte_array_new();

	for (; *argv; argv++)
		g_byte_array_append(line, (const guint8 *)*argv, (guint)strlen(*argv) + 1);
	return g_byte_array_free_to_bytes(line);
}

uint64_t begin_ino(pid_t nr)
{
	return linux_pid_ino(nr, false);
}

int begin_program(const struct begin *b, int *master, char why[BEGIN_WHY], bool *executed)
{
	struct world_fork args = {
		.flags = b->flags,
		.uid = b->uid,
		.like_target = b->like_target,
		.host_mounts = b->host_mounts,
		.cmdline = command_line(b->argv),
	};
	struct enter e = {
		.args = &args,
		.standard = b->terminal ? ENTER_TERMINAL_OF_ITS_OWN : ENTER_OURS,
		.size = b->size,
		.term = b->term,
		.ptmx = b->terminal ? open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC) : -1,
	};
	struct beginning beginning = { .terminal = -1, .why = why };
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int err;

	*why = '\0';
	err = proc < 0 ? -errno : enter_open(&e, proc, b->nr, b->ino);
	if (!err) {
		err = enter(&e, &beginning);
		enter_close(&e);
	}
	if (proc >= 0)
		close(proc);
	g_bytes_unref(args.cmdline);
	*executed = beginning.executed;
	*master = beginning.terminal;
	/* None has come: then it is ours that the program has. */
	if (err > 0 && *master < 0) {
		*master = e.ptmx;
	} else if (e.ptmx >= 0) {
		close(e.ptmx);
	}
	if (err < 0 && *master >= 0) {
		close(*master);
		*master = -1;
	}
	return err;
}
