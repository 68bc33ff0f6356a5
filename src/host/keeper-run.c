/* SPDX-License-Identifier: MIT */
/*
 * A child of ours goes into the namespaces and there makes the program as its
 * sibling (CLONE_PARENT), so that it is our child and its end is told to us.
 * The child is done then; it has only used what is safe behind a fork.
 */
#include "host/keeper-run.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/begin.h"
#include "host/enter.h"
#include "host/linux.h"

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
		err = begin_await(report[0], helper, why);
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
