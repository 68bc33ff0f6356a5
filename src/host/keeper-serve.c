/* SPDX-License-Identifier: MIT */
/*
 * The keeper: what has privileges.
 *
 * It answers the driver, by a table of what can be asked.  Nothing in a message is
 * believed: sizes, numbers and paths are checked, and what is done for a caller is
 * done with that one's rights, or not at all.  Each socket has a thread, so that
 * nobody waits for another one's slow file.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/caller.h"
#include "host/keeper-handle.h"
#include "host/keeper-job.h"
#include "host/keeper-run.h"
#include "host/keeper-worker.h"
#include "host/linux.h"
#include "host/proc.h"
#include "host/world.h"

/* How long the driver may take to end. */
#define PATIENCE_US (20 * G_USEC_PER_SEC)
#define SECOND_MS 1000

/* Does not change once there are threads. */
static struct {
	int proc;
	char *hidepid, *gid; /* as /proc is mounted; NULL: not set */
} own;

/* A socket, and all that is needed for one request at a time. */
struct desk {
	int socket;
	struct rights rights; /* of who asks */
	int fds[KEEPER_FDS]; /* that came, and then those that go */
	unsigned int n_fds;
	uint32_t handle;
	size_t len; /* of out */
	char in[sizeof(struct keeper_request) + KEEPER_DATA] __attribute__((aligned(8)));
	char out[KEEPER_DATA] __attribute__((aligned(8)));
};

static const struct keeper_request *request(const struct desk *d)
{
	return (const void *)d->in;
}

static void close_fds(struct desk *d)
{
	while (d->n_fds)
		close(d->fds[--d->n_fds]);
}

/* --- as the caller ------------------------------------------------------------------ */

static int do_job(struct desk *d, struct job *j)
{
	struct rights *r = &d->rights;
	int err;

	caller_look_up(&j->q->who, r);
	if (r->far || (j->q->op == KEEPER_KILL && !caller_is_us(r)))
		return worker_do(&j->q->who, r, j);
	err = caller_enter(r);
	if (err)
		return err;
	err = job_do(j);
	caller_leave(r);
	return err;
}

static int serve_job(struct desk *d)
{
	const struct keeper_request *q = request(d);
	const enum handle_kind kind = q->op == KEEPER_READ ? HANDLE_FILE : HANDLE_PROCFS;
	struct job j = { .q = q, .out = d->out, .opened = -1 };
	int err;

	if (!job_check(q, sizeof(*q) + q->len))
		return -EINVAL;
	j.fd = handle_get(kind, q->handle);
	if (j.fd < 0)
		return j.fd;
	err = do_job(d, &j);
	handle_put(q->handle);
	d->len = j.len;
	if (j.opened < 0)
		return err;
	if (!err && q->op == KEEPER_OPEN)
		err = handle_new(HANDLE_FILE, j.opened, &d->handle);
	else if (!err)
		err = -EIO;
	if (err)
		close(j.opened);
	return err;
}

static int serve_kill(struct desk *d)
{
	const struct keeper_request *q = request(d);
	struct job j = { .q = q, .out = d->out, .opened = -1 };
	int err;

	/* Nobody could tell who it is. */
	if (q->who.pid <= 0)
		return -EPERM;
	if (!job_check(q, sizeof(*q) + q->len))
		return -EINVAL;
	j.fd = d->fds[0];
	err = do_job(d, &j);
	if (j.opened >= 0)
		close(j.opened);
	return err;
}

/* --- as ourselves ------------------------------------------------------------------- */

static int serve_close(struct desk *d)
{
	const uint32_t handle = request(d)->handle;

	return handle == KEEPER_PROC ? -EBADF : handle_close(handle);
}

static int serve_procfs(struct desk *d)
{
	int fd = linux_procfs(d->fds[0], own.hidepid, own.gid), err;

	if (fd < 0)
		return fd;
	err = handle_new(HANDLE_PROCFS, fd, &d->handle);
	if (err)
		close(fd);
	return err;
}

static int serve_pidns(struct desk *d)
{
	const struct keeper_request *q = request(d);
	const int pidfd = d->fds[0];
	char path[64];
	int fd = linux_pidfd_pidns(pidfd);

	if (fd < 0 && fd != -ESRCH) { /* before Linux 6.11 */
		snprintf(path, sizeof(path), "%d/ns/pid", q->nr);
		fd = openat(own.proc, path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && linux_pid_ino(q->nr, q->flag) != linux_ino(pidfd)) {
			close(fd);
			fd = -ESRCH;
		}
	}
	close_fds(d);
	if (fd < 0)
		return -ESRCH;
	d->fds[d->n_fds++] = fd;
	return 0;
}

static int answer(struct desk *d, const void *data, size_t len)
{
	memcpy(d->out, data, len);
	d->len = len;
	return 0;
}

/* What it will tell its parent. */
static int serve_status(struct desk *d)
{
	const struct keeper_request *q = request(d);
	struct world_task t;
	char path[16];

	snprintf(path, sizeof(path), "%d", q->nr);
	if (proc_task(own.proc, path, &t) || (t.state != 'Z' && t.state != 'X') ||
	    linux_pid_ino(q->nr, false) != q->ino)
		return -ESRCH;
	return answer(d, &t.exit_code, sizeof(t.exit_code));
}

static int serve_run(struct desk *d)
{
	const struct keeper_request *q = request(d);
	char why[KEEPER_WHY] = "";
	int fds[2] = { -1, -1 }, err = -EPERM;

	caller_look_up(&q->who, &d->rights);
	if (q->who.pid > 0 && caller_is_privileged(&d->rights))
		err = run_program(own.proc, q, fds, why);
	else
		g_strlcpy(why,
			  "running programs in other namespaces takes the rights of the "
			  "mounting user, all of them",
			  sizeof(why));
	if (err >= 0) {
		memcpy(d->fds, fds, sizeof(fds));
		d->n_fds = 2;
	}
	answer(d, why, strlen(why));
	return err;
}

static int serve_reap(struct desk *d)
{
	siginfo_t info = { 0 };
	int status;

	if (waitid((idtype_t)3 /* P_PIDFD */, (id_t)d->fds[0], &info, WEXITED | WNOHANG))
		return -errno;
	if (!info.si_pid)
		return -EAGAIN;
	status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
	return answer(d, &status, sizeof(status));
}

/* --- the desks ----------------------------------------------------------------------- */

static int serve_connect(struct desk *d);
static int serve_ready(struct desk *d);

static const struct {
	int (*serve)(struct desk *d);
	unsigned int fds; /* that come with it */
	bool first; /* on the first socket alone */
} table[KEEPER_OPS] = {
	[KEEPER_STAT] = { serve_job, 0, false },      [KEEPER_LINK] = { serve_job, 0, false },
	[KEEPER_OPEN] = { serve_job, 0, false },      [KEEPER_READ] = { serve_job, 0, false },
	[KEEPER_LIST] = { serve_job, 0, false },      [KEEPER_SEES] = { serve_job, 0, false },
	[KEEPER_KILL] = { serve_kill, 1, false },     [KEEPER_CLOSE] = { serve_close, 0, false },
	[KEEPER_PROCFS] = { serve_procfs, 1, false }, [KEEPER_PIDNS] = { serve_pidns, 1, false },
	[KEEPER_STATUS] = { serve_status, 0, false }, [KEEPER_RUN] = { serve_run, 0, false },
	[KEEPER_REAP] = { serve_reap, 1, false },     [KEEPER_CONNECT] = { serve_connect, 0, true },
	[KEEPER_READY] = { serve_ready, 0, true },
};

/* One request and its answer; false: nobody asks any more. */
static bool serve(struct desk *d, bool first)
{
	const struct keeper_request *q = request(d);
	struct keeper_reply reply = { 0 };
	ssize_t size;

	d->n_fds = 0;
	d->len = 0;
	d->handle = 0;
	size = keeper_receive(d->socket, d->in, sizeof(d->in), d->fds, &d->n_fds);
	if (size <= 0 && size != -EMSGSIZE)
		return false;
	if (size < (ssize_t)sizeof(*q) || (size_t)size - sizeof(*q) != q->len ||
	    q->op >= KEEPER_OPS || table[q->op].fds != d->n_fds || table[q->op].first != first) {
		close_fds(d);
		reply.err = -EINVAL;
	} else {
		reply.err = table[q->op].serve(d);
		if (table[q->op].fds && q->op != KEEPER_PIDNS)
			close_fds(d);
	}
	reply.handle = d->handle;
	(void)keeper_send(d->socket, &reply, sizeof(reply), d->out, d->len, d->fds, d->n_fds);
	close_fds(d);
	return true;
}

static void *desk_main(void *data)
{
	struct desk *d = data;

	while (serve(d, false))
		;
	close(d->socket);
	g_free(d);
	return NULL;
}

static int serve_connect(struct desk *d)
{
	struct desk *one = g_new0(struct desk, 1);
	pthread_t thread;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds)) {
		g_free(one);
		return -EMFILE;
	}
	one->socket = fds[0];
	if (pthread_create(&thread, NULL, desk_main, one)) {
		close(fds[0]);
		close(fds[1]);
		g_free(one);
		return -EAGAIN;
	}
	pthread_detach(thread);
	d->fds[d->n_fds++] = fds[1];
	return 0;
}

static int serve_ready(struct desk *d)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)d;
	if (null < 0)
		return -errno;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
	return 0;
}

/* --- the process ----------------------------------------------------------------------- */

static int prepare(void)
{
	uint32_t handle;
	int fd;

	own.hidepid = proc_option("hidepid");
	own.gid = proc_option("gid");
	own.proc = linux_procfs(-1, own.hidepid, own.gid);
	if (own.proc < 0)
		own.proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = own.proc < 0 ? -1 : fcntl(own.proc, F_DUPFD_CLOEXEC, 0);
	if (fd < 0 || handle_new(HANDLE_PROCFS, fd, &handle) || handle != KEEPER_PROC)
		return -EIO;
	caller_init(own.proc);
	return 0;
}

/* Told to end, it is the driver that does, and then we. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void pass_on(int signals, int driver)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		linux_pidfd_send_signal(driver, SIGTERM, false);
}

static void serve_all(struct desk *first, int driver)
{
	enum {
		DRIVER,
		FIRST,
		SIGNALS,
		MADE,
		N
	};
	struct pollfd p[N] = { [DRIVER] = { .fd = driver, .events = POLLIN },
			       [FIRST] = { .fd = first->socket, .events = POLLIN },
			       [SIGNALS] = { .fd = open_signals(), .events = POLLIN },
			       [MADE] = { .fd = worker_init(), .events = POLLIN } };
	gint64 deadline = 0; /* of a driver that is about to end */
	int sweep = -1;

	while (!p[DRIVER].revents) {
		if (poll(p, N, deadline ? SECOND_MS : sweep) < 0) {
			if (errno != EINTR)
				break;
			continue;
		}
		if ((p[FIRST].revents && !serve(first, true)) || p[SIGNALS].revents) {
			if (p[SIGNALS].revents)
				pass_on(p[SIGNALS].fd, driver);
			else
				p[FIRST].fd = -1;
			deadline = g_get_monotonic_time() + PATIENCE_US;
		}
		if (deadline && g_get_monotonic_time() > deadline)
			linux_pidfd_send_signal(driver, SIGKILL, false);
		sweep = worker_sweep();
	}
}

int world_host_keep(pid_t driver, int socket)
{
	struct desk *first = g_new0(struct desk, 1);
	int pidfd = linux_pidfd_open(driver, false), status = 0;

	first->socket = socket;
	run_init();
	prctl(PR_SET_NAME, "pidnsfs:keeper", 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (pidfd >= 0 && !prepare())
		serve_all(first, pidfd);
	/* Without us it ends. */
	close(first->socket);
	waitpid(driver, &status, 0);
	g_free(first);
	return status;
}
