/* SPDX-License-Identifier: MIT */
#include "host/keeper-worker.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 32
/* Of one user: the others want some, too. */
#define WORKERS_EACH 8
#define IDLE_US (3 * G_USEC_PER_SEC)
#define SWEEP_MS 1000
/* Nothing that procfs does takes so long, but where somebody makes it. */
#define ANSWER_S 60
#define WAIT_S 10

struct worker {
	pid_t pid;
	int socket;
	bool busy;
	gint64 since; /* when it began to idle */
	struct rights rights;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all that follow */
static pthread_cond_t idles = PTHREAD_COND_INITIALIZER; /* one more */
static struct worker *workers[WORKERS]; /* without gaps; busy ones are their user's */
static unsigned int n_workers;
static int made = -1; /* an eventfd */

int worker_init(void)
{
	made = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return made;
}

/* --- behind the fork --------------------------------------------------------------- */

/* It has nothing of ours but its socket. */
static void keep_only(int *socket, int *userns)
{
	int fds[] = { fcntl(*socket, F_DUPFD, 10), fcntl(*userns, F_DUPFD, 10) };

	dup2(fds[0], 3);
	if (fds[1] >= 0)
		dup2(fds[1], 4);
	syscall(SYS_close_range, fds[1] >= 0 ? 5 : 4, ~0U, 0);
	*socket = 3;
	*userns = fds[1] >= 0 ? 4 : -1;
}

static void __attribute__((noreturn)) be_worker(const struct rights *r, int socket, int userns)
{
	char in[sizeof(struct keeper_request) + KEEPER_TEXT] __attribute__((aligned(8)));
	char out[KEEPER_DATA] __attribute__((aligned(8)));
	int err;

	keep_only(&socket, &userns);
	err = caller_become(r, userns);
	if (userns >= 0)
		close(userns);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	for (;;) {
		struct job j = { .q = (void *)in, .out = out, .fd = -1, .opened = -1 };
		struct keeper_reply reply = { 0 };
		int fds[KEEPER_FDS];
		unsigned int n = 0;
		ssize_t size = keeper_receive(socket, in, sizeof(in), fds, &n);

		if (size <= 0)
			_exit(0);
		j.fd = n ? fds[0] : -1;
		reply.err = err ? err : job_do(&j);
		(void)keeper_send(socket, &reply, sizeof(reply), out, j.len, &j.opened,
				  j.opened >= 0);
		while (n)
			close(fds[--n]);
		if (j.opened >= 0)
			close(j.opened);
	}
}

/* --- the pool ------------------------------------------------------------------------ */

static struct worker *worker_new(const struct rights *r, int userns)
{
	const struct timeval patience = { .tv_sec = ANSWER_S };
	struct worker *w;
	int fds[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return NULL;
	setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	pid = fork();
	if (!pid)
		be_worker(r, fds[1], userns);
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return NULL;
	}
	w = g_new0(struct worker, 1);
	w->pid = pid;
	w->socket = fds[0];
	w->busy = true;
	memcpy(&w->rights, r, sizeof(*r));
	return w;
}

static void worker_end(struct worker *w, bool at_once)
{
	close(w->socket);
	if (at_once)
		kill(w->pid, SIGKILL);
	waitpid(w->pid, NULL, 0);
	g_free(w);
}

/* With lock held. */
static void take_out(const struct worker *w)
{
	for (unsigned int i = 0; i < n_workers; i++)
		if (workers[i] == w) {
			workers[i] = workers[--n_workers];
			return;
		}
}

/*
 * With lock held: one that idles and has these rights, or else *old: who can go for
 * a new one.  -EAGAIN: there can be none.
 */
static int choose(const struct rights *r, struct worker **found, struct worker **old)
{
	unsigned int same = 0;

	*found = *old = NULL;
	for (unsigned int i = 0; i < n_workers; i++) {
		struct worker *w = workers[i];

		if (w->busy) {
			same += w->rights.uid == r->uid;
		} else if (caller_same(&w->rights, r)) {
			*found = w;
			w->busy = true;
			return 0;
		} else if (!*old || w->since < (*old)->since) {
			*old = w;
		}
	}
	if (same >= WORKERS_EACH)
		return -EAGAIN;
	if (n_workers < WORKERS)
		*old = NULL;
	return n_workers < WORKERS || *old ? 0 : -EAGAIN;
}

/* One of these rights, for us alone. */
static int get_worker(const struct keeper_who *who, const struct rights *r, struct worker **found)
{
	struct timespec until;
	struct worker *old;
	int userns = -1, err;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WAIT_S;
	pthread_mutex_lock(&lock);
	do {
		err = choose(r, found, &old);
	} while (err && !pthread_cond_timedwait(&idles, &lock, &until));
	if (err || *found) {
		pthread_mutex_unlock(&lock);
		return err;
	}
	if (old) {
		take_out(old);
		worker_end(old, true);
	}
	if (r->far)
		userns = caller_userns(who, r);
	*found = r->far && userns < 0 ? NULL : worker_new(r, userns);
	if (*found)
		workers[n_workers++] = *found;
	else
		err = r->far && userns < 0 ? userns : -EAGAIN;
	pthread_mutex_unlock(&lock);
	if (*found && write(made, &(const uint64_t){ 1 }, sizeof(uint64_t)) < 0)
		g_warning("nobody will end those who idle: %s", g_strerror(errno));
	if (userns >= 0)
		close(userns);
	return err;
}

static void put_worker(struct worker *w, bool broken)
{
	pthread_mutex_lock(&lock);
	w->busy = false;
	w->since = g_get_monotonic_time();
	if (broken)
		take_out(w);
	pthread_cond_broadcast(&idles);
	pthread_mutex_unlock(&lock);
	if (broken)
		worker_end(w, true);
}

/* Sent there and back.  *broken: it is of no use any more; -EPIPE then: nor was it. */
static int ask_worker(const struct worker *w, struct job *j, bool *broken)
{
	char in[sizeof(struct keeper_reply) + KEEPER_DATA] __attribute__((aligned(8)));
	const struct keeper_reply *reply = (void *)in;
	int fds[KEEPER_FDS];
	unsigned int n = 0;
	ssize_t size = 0;

	*broken = true;
	if (keeper_send(w->socket, j->q, sizeof(*j->q) + j->q->len, NULL, 0, &j->fd, j->fd >= 0))
		return -EPIPE;
	size = keeper_receive(w->socket, in, sizeof(in), fds, &n);
	if (size == -ECONNRESET)
		return -EPIPE;
	if (size == -EAGAIN)
		return -ETIMEDOUT;
	if (size < (ssize_t)sizeof(*reply))
		return -EIO;
	*broken = false;
	j->len = (size_t)size - sizeof(*reply);
	memcpy(j->out, reply->data, j->len);
	j->opened = n ? fds[0] : -1;
	while (n > 1)
		close(fds[--n]);
	return reply->err;
}

int worker_do(const struct keeper_who *who, const struct rights *r, struct job *j)
{
	struct worker *w;
	bool broken;
	int err;

	for (int tries = 0; tries < 2; tries++) {
		j->len = 0;
		j->opened = -1;
		err = get_worker(who, r, &w);
		if (err)
			return err;
		err = ask_worker(w, j, &broken);
		put_worker(w, broken);
		if (!broken || err != -EPIPE)
			return err;
	}
	return -EIO;
}

int worker_sweep(void)
{
	const gint64 now = g_get_monotonic_time();
	uint64_t count;
	struct worker *idle[WORKERS];
	unsigned int n = 0, left;

	(void)!read(made, &count, sizeof(count));
	pthread_mutex_lock(&lock);
	for (unsigned int i = n_workers; i-- > 0;)
		if (!workers[i]->busy && now - workers[i]->since > IDLE_US) {
			idle[n++] = workers[i];
			take_out(workers[i]);
		}
	left = n_workers;
	pthread_mutex_unlock(&lock);
	while (n)
		worker_end(idle[--n], true);
	return left ? SWEEP_MS : -1;
}
