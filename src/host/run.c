/* SPDX-License-Identifier: MIT */
/*
 * Running a program where a process is.
 *
 * A child of ours goes into the namespaces and there makes the program as its
 * sibling (CLONE_PARENT), so that it is our child and its end is told to us.
 * The child is done then; it has only used what is safe behind a fork.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/caller.h"
#include "host/enter.h"
#include "host/host.h"
#include "host/linux.h"
#include "util/parse.h"

/* What a program may have written that nobody has read yet; then it has to wait. */
#define OUTPUT_MAX (1u << 20)
/* A program that is on a file system that does not answer cannot be begun. */
#define BEGIN_MS 20000

struct world_output {
	struct host_watch pipe, child; /* child: its pidfd */
	bool piped, living; /* their watches are set */
	bool left; /* nobody reads any more */
	bool told; /* how it ended was read */
	int status;
	GString *text;
};

static void output_end(struct host *h, struct world_output *o)
{
	h->outputs = g_list_remove(h->outputs, o);
	close(o->pipe.fd);
	close(o->child.fd);
	g_string_free(o->text, TRUE);
	g_free(o);
}

static void set_piped(struct host *h, struct world_output *o, bool piped)
{
	if (o->piped == piped)
		return;
	if (piped)
		host_watch_add(h, &o->pipe);
	else
		host_watch_remove(h, &o->pipe);
	o->piped = piped;
}

/* false: there is nothing more at the moment, or ever. */
static bool take_some(struct world_output *o, bool *end)
{
	char buf[8192];
	ssize_t n = read(o->pipe.fd, buf, sizeof(buf));

	*end = !n;
	if (n > 0 && !o->left)
		g_string_append_len(o->text, buf, n);
	return n > 0;
}

static void pipe_ready(struct host *h, struct host_watch *watch)
{
	struct world_output *o =
		(struct world_output *)((char *)watch - offsetof(struct world_output, pipe));
	bool end;

	take_some(o, &end);
	if (end || o->text->len > OUTPUT_MAX)
		set_piped(h, o, false);
	host_wake(h, o);
}

static void child_ready(struct host *h, struct host_watch *watch)
{
	struct world_output *o =
		(struct world_output *)((char *)watch - offsetof(struct world_output, child));
	siginfo_t info = { 0 };
	bool end;

	if (waitid((idtype_t)3 /* P_PIDFD */, (id_t)watch->fd, &info, WEXITED | WNOHANG) ||
	    !info.si_pid)
		return;
	o->status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
	host_watch_remove(h, watch);
	o->living = false;
	/* Children of its own may keep the pipe open; what is in it now is its. */
	while (o->text->len < 2 * OUTPUT_MAX && take_some(o, &end))
		;
	set_piped(h, o, false);
	if (o->left)
		output_end(h, o);
	else
		host_wake(h, o);
}

static void tell_end(struct world_output *o, GString *out)
{
	char name[SIGNAL_NAME_LEN];

	if (WIFEXITED(o->status))
		g_string_append_printf(out, "exited %d\n", WEXITSTATUS(o->status));
	else
		g_string_append_printf(out, "killed %s\n", signal_name(WTERMSIG(o->status), name));
	o->told = true;
}

static int run_output_read(struct world *w, struct world_output *o, GString *out, size_t max,
			   struct world_waiter *waiter)
{
	struct host *h = to_host(w);
	size_t n;

	host_lock(h);
	n = MIN(o->text->len, max);
	if (n) {
		bool last = n == o->text->len && !o->living;

		g_string_append_len(out, o->text->str, (gssize)n);
		/* How it ended has a line of its own. */
		if (last && out->str[out->len - 1] != '\n')
			g_string_append_c(out, '\n');
		g_string_erase(o->text, 0, (gssize)n);
		if (o->living && o->text->len <= OUTPUT_MAX)
			set_piped(h, o, true);
		return host_unlock(h, (int)n);
	}
	if (o->told)
		return host_unlock(h, 0);
	if (!o->living) {
		tell_end(o, out);
		return host_unlock(h, 1);
	}
	host_sleep(h, o, waiter);
	return host_unlock(h, -EINPROGRESS);
}

static void run_output_free(struct world *w, struct world_output *o)
{
	struct host *h = to_host(w);

	host_lock(h);
	if (o->living) {
		o->left = true;
		set_piped(h, o, true);
	} else {
		output_end(h, o);
	}
	host_unlock(h, 0);
}

void host_run_free(struct host *h)
{
	/* Those that still run go on without us. */
	while (h->outputs)
		output_end(h, h->outputs->data);
}

/* --- beginning one ------------------------------------------------------------------ */

/* Its numbers in the view and inward, as a line. */
static void append_numbers(struct host *h, int pid, unsigned int level, GString *out)
{
	const struct host_pid *p;

	host_update(h);
	p = mirror_refresh(h->mirror, pid);
	if (!p || p->level < level) {
		g_string_append_printf(out, "%d\n", level ? 0 : pid);
		return;
	}
	for (unsigned int i = level; i <= p->level; i++)
		g_string_append_printf(out, i == level ? "%d" : " %d", p->numbers[i].nr);
	g_string_append_c(out, '\n');
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
static int await_begin(int fd, pid_t helper)
{
	static _Thread_local char why[sizeof(((struct enter_report *)NULL)->what)];
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
			g_strlcpy(why, report.what, sizeof(why));
			err = host_refuse(-report.err, why);
		}
	} while (!err);
	if (err == -ETIMEDOUT)
		host_refuse(err, "the program's file system does not answer");
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

static struct world_output *output_new(struct host *h, int pidfd, int pipe)
{
	struct world_output *o = g_new0(struct world_output, 1);

	o->text = g_string_new(NULL);
	o->pipe = (struct host_watch){ pipe_ready, pipe };
	o->child = (struct host_watch){ child_ready, pidfd };
	o->living = true;
	h->outputs = g_list_prepend(h->outputs, o);
	set_piped(h, o, true);
	host_watch_add(h, &o->child);
	return o;
}

/* 0, or why the arguments make no sense here. */
static int check_args(const struct world_fork *args)
{
	const uint64_t news = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC |
			      CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWUSER;

	if (!args->cmdline)
		return host_refuse(-EINVAL,
				   "a process of the machine is a program: fork -- COMMAND");
	if (args->flags & ~news || args->set_tid_size)
		return host_refuse(-EINVAL,
				   "here fork takes new…, like=target, mounts=host, uid=N");
	if (world_caller()->pid <= 0)
		return host_refuse(-EPERM,
				   "whoever writes must be visible in the mounter's pid namespace");
	if (!caller_is_privileged())
		return host_refuse(-EPERM, "running programs in other namespaces takes the rights "
					   "of the mounting user, all of them");
	return 0;
}

static int run_fork(struct world *w, struct world_actor a, const struct world_fork *args,
		    GString *out, struct world_output **output)
{
	struct enter e = { .args = args };
	struct host *h = to_host(w);
	const struct host_pid *p;
	int report[2], text[2], err = check_args(args);
	pid_t helper;

	if (err)
		return err;
	host_lock(h);
	p = host_pid(h, a.ref);
	err = p ? enter_open(&e, h->proc, p->numbers[0].nr, a.ref.ino) :
		  host_refuse(-ESRCH, "the process is gone");
	host_unlock(h, 0);
	if (err)
		return err;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, report)) {
		err = -errno;
		enter_close(&e);
		return err;
	}
	if (pipe2(text, O_CLOEXEC)) {
		err = -errno;
		close(report[0]);
		close(report[1]);
		enter_close(&e);
		return err;
	}
	setsockopt(report[0], SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int));
	helper = fork();
	if (!helper)
		enter_run(&e, report[1], text[1]);
	err = helper < 0 ? -errno : 0;
	close(report[1]);
	close(text[1]);
	enter_close(&e);
	if (!err)
		err = await_begin(report[0], helper);
	close(report[0]);
	if (err > 0) {
		int pidfd = linux_pidfd_open(err, false);

		fcntl(text[0], F_SETFL, O_NONBLOCK);
		host_lock(h);
		append_numbers(h, err, a.ref.level, out);
		*output = output_new(h, pidfd, text[0]);
		return host_unlock(h, 0);
	}
	close(text[0]);
	return err;
}

void host_run_ops(struct world_ops *ops)
{
	ops->fork_run = run_fork;
	ops->output_read = run_output_read;
	ops->output_free = run_output_free;
}
