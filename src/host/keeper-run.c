/* SPDX-License-Identifier: MIT */
/*
 * A child of ours goes into the namespaces and there makes the program as its
 * sibling (CLONE_PARENT), so that it is our child and its end is told to us.
 * The child is done then; it has only used what is safe behind a fork.
 */
#include "host/keeper-run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/enter.h"
#include "host/linux.h"

/* A program that is on a file system that does not answer cannot be begun. */
#define BEGIN_MS 20000

static struct rlimit files; /* as programs are to have it */

void run_init(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	files = limit;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* One report and who has sent it; *end: there will be none.  -ETIMEDOUT */
static int await_report(int fd, struct enter_report *report, pid_t *pid, bool *end)
{
	char space[CMSG_SPACE(sizeof(struct ucred))] = { 0 };
	struct iovec iov = { .iov_base = report, .iov_len = sizeof(*report) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = space,
			      .msg_controllen = sizeof(space) };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	const struct cmsghdr *c;
	struct ucred ucred = { 0 };
	ssize_t n;

	do {
		n = poll(&p, 1, BEGIN_MS);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return -ETIMEDOUT;
	n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	*end = !n;
	c = CMSG_FIRSTHDR(&msg);
	if (n == sizeof(*report) && c && c->cmsg_type == SCM_CREDENTIALS)
		memcpy(&ucred, CMSG_DATA(c), sizeof(ucred));
	*pid = ucred.pid;
	return !n || ucred.pid > 0 ? 0 : -EIO;
}

/* The program's pid, once it has begun; or why it has not. */
static int await_begin(int fd, pid_t helper, char why[KEEPER_WHY])
{
	struct enter_report report;
	pid_t from, program = 0, passed = 0;
	bool end = false;
	int err;

	do {
		err = await_report(fd, &report, &from, &end);
		if (err || end)
			break;
		if (report.kind == ENTER_BEGINS)
			program = from;
		else if (report.kind == ENTER_PASSES)
			passed = from;
		else {
			g_strlcpy(why, report.what, KEEPER_WHY);
			err = -report.err;
		}
	} while (!err);
	if (err == -ETIMEDOUT)
		g_strlcpy(why, "the program's file system does not answer", KEEPER_WHY);
	if (!err && !program)
		err = -EIO;
	/* They are our children: their numbers are theirs until they are waited for. */
	if (err == -ETIMEDOUT)
		kill(helper, SIGKILL);
	waitpid(helper, NULL, 0);
	if (passed)
		waitpid(passed, NULL, 0);
	if (err && program) {
		kill(program, SIGKILL);
		waitpid(program, NULL, 0);
	}
	return err ? err : program;
}

/* Goes there; what was opened for that is closed again. */
static int enter(struct enter *e, int *output, char why[KEEPER_WHY])
{
	int report[2], text[2], err;
	pid_t helper;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, report))
		return -errno;
	if (pipe2(text, O_CLOEXEC)) {
		err = -errno;
		close(report[0]);
		close(report[1]);
		return err;
	}
	setsockopt(report[0], SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int));
	helper = fork();
	if (!helper) {
		setrlimit(RLIMIT_NOFILE, &files);
		enter_run(e, report[1], text[1]);
	}
	err = helper < 0 ? -errno : 0;
	close(report[1]);
	close(text[1]);
	if (!err)
		err = await_begin(report[0], helper, why);
	close(report[0]);
	if (err < 0) {
		close(text[0]);
		return err;
	}
	fcntl(text[0], F_SETFL, O_NONBLOCK);
	*output = text[0];
	return err;
}

/* NULL: it makes no sense. */
static GBytes *command_line(const struct keeper_request *q)
{
	const size_t head = sizeof(struct keeper_run);

	if (q->len <= head || q->text[q->len - 1])
		return NULL;
	return g_bytes_new(q->text + head, q->len - head);
}

int run_program(int proc, const struct keeper_request *q, int fds[2], char why[KEEPER_WHY])
{
	const struct keeper_run *run = (const void *)q->text;
	struct world_fork args = { 0 };
	struct enter e = { .args = &args };
	int err;

	*why = '\0';
	args.cmdline = command_line(q);
	if (!args.cmdline)
		return -EINVAL;
	args.flags = run->flags;
	args.uid = run->uid;
	args.like_target = run->like_target;
	args.host_mounts = run->host_mounts;
	err = enter_open(&e, proc, q->nr, q->ino);
	if (err == -ESRCH)
		g_strlcpy(why, "the process is gone", KEEPER_WHY);
	if (!err) {
		err = enter(&e, &fds[1], why);
		enter_close(&e);
	}
	g_bytes_unref(args.cmdline);
	if (err > 0)
		fds[0] = linux_pidfd_open(err, false);
	return err;
}
