/* SPDX-License-Identifier: MIT */
#include "host/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/world.h"
#include "world/ops.h"

struct keeper {
	int alive; /* whose other end only the keeper has */

	pthread_mutex_t lock; /* what follows */
	pthread_cond_t freed; /* one that idles */
	int first; /* the first socket: for more of them */
	int idle[KEEPER_CONNECTIONS];
	unsigned int n_idle, n_all; /* n_all: and those at work, but none that is late */
	GArray *late; /* struct late, the oldest first */
};

/* A process's memory can be locked for as long as it likes, and then this is its way. */
#define ANSWER_MS 10000
/* So many of our sockets one of its files may keep, and all together. */
#define LATE_EACH 2
#define LATE_ALL 512

/* A socket whose answer nobody waits for any more. */
struct late {
	int socket;
	uint64_t key; /* of what was asked for */
};

/* --- the two processes --------------------------------------------------------------- */

static struct keeper *keeper_new(int socket, int alive)
{
	struct keeper *k = g_new0(struct keeper, 1);

	pthread_mutex_init(&k->lock, NULL);
	pthread_cond_init(&k->freed, NULL);
	k->first = socket;
	k->alive = alive;
	k->late = g_array_new(FALSE, FALSE, sizeof(struct late));
	return k;
}

void world_host_unsplit(struct keeper *k)
{
	while (k->n_idle)
		close(k->idle[--k->n_idle]);
	for (guint i = 0; i < k->late->len; i++)
		close(g_array_index(k->late, struct late, i).socket);
	g_array_unref(k->late);
	close(k->first);
	close(k->alive);
	pthread_mutex_destroy(&k->lock);
	pthread_cond_destroy(&k->freed);
	g_free(k);
}

pid_t world_host_split(struct keeper **k, int *socket)
{
	int sockets[2], alive[2], err;
	pid_t driver;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return -errno;
	if (pipe2(alive, O_CLOEXEC)) {
		err = -errno;
		close(sockets[0]);
		close(sockets[1]);
		return err;
	}
	driver = fork();
	err = driver < 0 ? -errno : 0;
	if (driver)
		close(alive[0]);
	if (driver <= 0)
		close(alive[1]);
	if (driver)
		close(sockets[1]);
	if (driver <= 0)
		close(sockets[0]);
	if (!driver)
		*k = keeper_new(sockets[1], alive[0]);
	*socket = sockets[0];
	return err ? err : driver;
}

int keeper_fd(const struct keeper *k)
{
	return k->alive;
}

/* --- messages ------------------------------------------------------------------------- */

/* What goes there and what comes back. */
struct call {
	struct keeper_request q;
	const void *text;
	int fd; /* to be sent; -1 */
	char *out; /* of this size */
	size_t size, len;
	int fds[KEEPER_FDS];
	unsigned int n_fds;
	uint32_t handle;
	uint64_t key; /* of a file that may let us wait; 0: it is sure to be answered */
};

static void close_fds(struct call *c)
{
	while (c->n_fds)
		close(c->fds[--c->n_fds]);
}

static bool is_answered(int socket, int ms)
{
	struct pollfd p = { .fd = socket, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, ms);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

/*
 * 0 or a count as the keeper says it, or -errno; *lost: the socket is of no use any more;
 * -ETIMEDOUT: or not before its answer has come.
 */
static int exchange(int socket, struct call *c, bool *lost)
{
	char in[sizeof(struct keeper_reply) + KEEPER_DATA] __attribute__((aligned(8)));
	const struct keeper_reply *reply = (void *)in;
	ssize_t size;
	int err;

	err = keeper_send(socket, &c->q, sizeof(c->q), c->text, c->q.len, &c->fd, c->fd >= 0);
	*lost = err == -EPIPE || err == -ECONNRESET;
	if (err)
		return *lost ? -EIO : err;
	if (c->key && !is_answered(socket, ANSWER_MS))
		return -ETIMEDOUT;
	size = keeper_receive(socket, in, sizeof(in), c->fds, &c->n_fds);
	*lost = size < (ssize_t)sizeof(*reply);
	if (*lost)
		return -EIO;
	c->len = MIN((size_t)size - sizeof(*reply), c->size);
	if (c->len)
		memcpy(c->out, reply->data, c->len);
	c->handle = reply->handle;
	return reply->err;
}

static int connect_more(struct keeper *k)
{
	struct call c = { .q = { .op = KEEPER_CONNECT }, .fd = -1 };
	bool lost;
	int err = exchange(k->first, &c, &lost);

	if (!err && c.n_fds == 1)
		return c.fds[0];
	close_fds(&c);
	return err ? err : -EIO;
}

/* A socket of ours alone. */
static int get_socket(struct keeper *k)
{
	int fd;

	pthread_mutex_lock(&k->lock);
	while (!k->n_idle && k->n_all == KEEPER_CONNECTIONS)
		pthread_cond_wait(&k->freed, &k->lock);
	if (k->n_idle) {
		fd = k->idle[--k->n_idle];
	} else {
		fd = connect_more(k);
		k->n_all += fd >= 0;
	}
	pthread_mutex_unlock(&k->lock);
	return fd;
}

static void put_socket(struct keeper *k, int fd, bool lost)
{
	pthread_mutex_lock(&k->lock);
	if (lost)
		k->n_all--;
	else
		k->idle[k->n_idle++] = fd;
	pthread_cond_signal(&k->freed);
	pthread_mutex_unlock(&k->lock);
	if (lost)
		close(fd);
}

/* An answer has come that nobody wants: what was opened by it is closed again. */
static void discard(struct keeper *k, int socket)
{
	struct call c = { .q = { .op = KEEPER_CLOSE }, .fd = -1 };
	char in[sizeof(struct keeper_reply) + KEEPER_DATA] __attribute__((aligned(8)));
	const struct keeper_reply *reply = (void *)in;
	bool lost = keeper_receive(socket, in, sizeof(in), c.fds, &c.n_fds) <
		    (ssize_t)sizeof(*reply);

	close_fds(&c);
	if (!lost && reply->handle) {
		c.q.handle = reply->handle;
		exchange(socket, &c, &lost);
	}
	pthread_mutex_lock(&k->lock);
	if (!lost && k->n_all < KEEPER_CONNECTIONS) {
		k->n_all++;
		k->idle[k->n_idle++] = socket;
		pthread_cond_signal(&k->freed);
		socket = -1;
	}
	pthread_mutex_unlock(&k->lock);
	if (socket >= 0)
		close(socket);
}

/* Looks after those that are late; true: this file keeps enough of them. */
static bool is_slow(struct keeper *k, uint64_t key)
{
	unsigned int n = 0;
	struct late late;
	bool found;

	do {
		found = false;
		pthread_mutex_lock(&k->lock);
		for (guint i = 0; i < k->late->len && !found; i++) {
			late = g_array_index(k->late, struct late, i);
			found = is_answered(late.socket, 0);
			if (found)
				g_array_remove_index(k->late, i);
		}
		pthread_mutex_unlock(&k->lock);
		if (found)
			discard(k, late.socket);
	} while (found);
	pthread_mutex_lock(&k->lock);
	for (guint i = 0; i < k->late->len; i++)
		n += g_array_index(k->late, struct late, i).key == key;
	pthread_mutex_unlock(&k->lock);
	return n >= LATE_EACH;
}

static void put_late(struct keeper *k, int socket, uint64_t key)
{
	const struct late late = { socket, key };

	pthread_mutex_lock(&k->lock);
	k->n_all--;
	if (k->late->len >= LATE_ALL) {
		close(g_array_index(k->late, struct late, 0).socket);
		g_array_remove_index(k->late, 0);
	}
	g_array_append_val(k->late, late);
	pthread_cond_signal(&k->freed);
	pthread_mutex_unlock(&k->lock);
}

static int call(struct keeper *k, struct call *c)
{
	const struct world_caller *who = world_caller();
	bool lost;
	int fd, err;

	if (c->key && is_slow(k, c->key))
		return -ETIMEDOUT;
	fd = get_socket(k);
	if (fd < 0)
		return fd;
	c->q.who = (struct keeper_who){ who->uid, who->gid, who->pid };
	err = exchange(fd, c, &lost);
	if (err == -ETIMEDOUT && c->key && !lost)
		put_late(k, fd, c->key);
	else
		put_socket(k, fd, lost);
	return err;
}

void world_host_ready(struct keeper *k)
{
	struct call c = { .q = { .op = KEEPER_READY }, .fd = -1 };
	bool lost;

	pthread_mutex_lock(&k->lock);
	exchange(k->first, &c, &lost);
	pthread_mutex_unlock(&k->lock);
}

/* --- as the caller ----------------------------------------------------------------------- */

static int call_path(struct keeper *k, struct call *c, enum keeper_op op, uint32_t handle,
		     const char *path)
{
	c->q.op = op;
	c->q.handle = handle;
	c->q.len = (uint32_t)strlen(path) + 1;
	c->text = path;
	c->fd = -1;
	return c->q.len > KEEPER_TEXT ? -ENAMETOOLONG : call(k, c);
}

int keeper_stat(struct keeper *k, uint32_t handle, const char *path, struct stat *st)
{
	struct stat got;
	struct call c = { .out = (char *)&got, .size = sizeof(got) };
	int err = call_path(k, &c, KEEPER_STAT, handle, path);

	if (!err && c.len != sizeof(got))
		err = -EIO;
	if (!err)
		*st = got;
	return err;
}

int keeper_link(struct keeper *k, uint32_t handle, const char *path, uint64_t key, GString *target)
{
	char text[4096];
	struct call c = { .out = text, .size = sizeof(text), .key = key };
	int err = call_path(k, &c, KEEPER_LINK, handle, path);

	if (!err)
		g_string_append_len(target, text, (gssize)c.len);
	return err;
}

int keeper_open(struct keeper *k, uint32_t handle, const char *path, uint64_t key, uint32_t *file)
{
	struct call c = { .key = key };
	int err = call_path(k, &c, KEEPER_OPEN, handle, path);

	if (!err)
		*file = c.handle;
	return err;
}

int keeper_read(struct keeper *k, uint32_t file, uint64_t key, char *buf, size_t size, off_t off)
{
	struct call c = { .q = { .op = KEEPER_READ,
				 .handle = file,
				 .size = (uint32_t)MIN(size, KEEPER_DATA),
				 .off = off },
			  .key = key,
			  .fd = -1,
			  .out = buf,
			  .size = size };
	int err = call(k, &c);

	return err < 0 ? err : (int)c.len;
}

int keeper_list(struct keeper *k, uint32_t handle, const char *path, uint64_t key, off_t off,
		GString *out)
{
	struct call c = { .q = { .off = off }, .key = key };
	int err;

	g_string_set_size(out, KEEPER_DATA);
	c.out = out->str;
	c.size = KEEPER_DATA;
	err = call_path(k, &c, KEEPER_LIST, handle, path);
	g_string_set_size(out, err ? 0 : c.len);
	return err;
}

void keeper_sees(struct keeper *k, const int *nrs, unsigned int n, char *sees)
{
	const unsigned int max = KEEPER_TEXT / sizeof(*nrs);

	memset(sees, 0, n);
	for (unsigned int at = 0; at < n; at += max) {
		const unsigned int some = MIN(n - at, max);
		struct call c = { .q = { .op = KEEPER_SEES,
					 .handle = KEEPER_PROC,
					 .len = some * (unsigned int)sizeof(*nrs) },
				  .text = nrs + at,
				  .fd = -1,
				  .out = sees + at,
				  .size = some };

		call(k, &c);
	}
}

int keeper_kill(struct keeper *k, int pidfd, int sig, bool thread)
{
	struct call c = { .q = { .op = KEEPER_KILL, .nr = sig, .flag = thread }, .fd = pidfd };

	return call(k, &c);
}

/* --- as the keeper ----------------------------------------------------------------------- */

void keeper_close(struct keeper *k, uint32_t handle)
{
	struct call c = { .q = { .op = KEEPER_CLOSE, .handle = handle }, .fd = -1 };

	call(k, &c);
}

int keeper_procfs(struct keeper *k, int nsfd, uint32_t *handle)
{
	struct call c = { .q = { .op = KEEPER_PROCFS }, .fd = nsfd };
	int err = call(k, &c);

	if (!err)
		*handle = c.handle;
	return err;
}

int keeper_pidns(struct keeper *k, int pidfd, int nr, bool thread)
{
	struct call c = { .q = { .op = KEEPER_PIDNS, .nr = nr, .flag = thread }, .fd = pidfd };
	int err = call(k, &c);

	if (!err && c.n_fds == 1)
		return c.fds[0];
	close_fds(&c);
	return err ? err : -EIO;
}

/* One number comes back. */
static int call_number(struct keeper *k, struct call *c, int *number)
{
	int got, err;

	c->out = (char *)&got;
	c->size = sizeof(got);
	err = call(k, c);
	if (!err && c->len != sizeof(got))
		err = -EIO;
	if (!err)
		*number = got;
	return err;
}

int keeper_status(struct keeper *k, int nr, uint64_t ino, int *status)
{
	struct call c = { .q = { .op = KEEPER_STATUS, .nr = nr, .ino = ino }, .fd = -1 };

	return call_number(k, &c, status);
}

int keeper_reap(struct keeper *k, int pidfd, int *status)
{
	struct call c = { .q = { .op = KEEPER_REAP }, .fd = pidfd };

	return call_number(k, &c, status);
}

int keeper_run(struct keeper *k, int nr, uint64_t ino, const struct world_fork *args, int fds[2])
{
	static _Thread_local char why[128];
	struct keeper_run run = { .flags = args->flags,
				  .uid = args->uid,
				  .like_target = args->like_target,
				  .host_mounts = args->host_mounts };
	g_autoptr(GByteArray) text = g_byte_array_new();
	struct call c = { .q = { .op = KEEPER_RUN, .nr = nr, .ino = ino },
			  .fd = -1,
			  .out = why,
			  .size = sizeof(why) - 1 };
	gsize len;
	const void *cmdline = g_bytes_get_data(args->cmdline, &len);
	int err;

	g_byte_array_append(text, (const guint8 *)&run, sizeof(run));
	g_byte_array_append(text, cmdline, (guint)len);
	if (text->len > KEEPER_DATA)
		return -E2BIG;
	c.q.len = text->len;
	c.text = text->data;
	err = call(k, &c);
	if (err > 0 && c.n_fds == 2) {
		memcpy(fds, c.fds, sizeof(c.fds));
		return err;
	}
	close_fds(&c);
	why[c.len] = '\0';
	if (err < 0 && *why)
		world_set_reason(why);
	return err < 0 ? err : -EIO;
}
