/* SPDX-License-Identifier: MIT */
#include "host/keeper.h"

#include <errno.h>
#include <fcntl.h>
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
	unsigned int n_idle, n_all;
};

/* --- the two processes --------------------------------------------------------------- */

static struct keeper *keeper_new(int socket, int alive)
{
	struct keeper *k = g_new0(struct keeper, 1);

	pthread_mutex_init(&k->lock, NULL);
	pthread_cond_init(&k->freed, NULL);
	k->first = socket;
	k->alive = alive;
	return k;
}

void world_host_unsplit(struct keeper *k)
{
	while (k->n_idle)
		close(k->idle[--k->n_idle]);
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
};

static void close_fds(struct call *c)
{
	while (c->n_fds)
		close(c->fds[--c->n_fds]);
}

/* 0 or a count as the keeper says it, or -errno; *lost: the socket is of no use any more. */
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

static int call(struct keeper *k, struct call *c)
{
	const struct world_caller *who = world_caller();
	int fd = get_socket(k), err;
	bool lost;

	if (fd < 0)
		return fd;
	c->q.who = (struct keeper_who){ who->uid, who->gid, who->pid };
	err = exchange(fd, c, &lost);
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

int keeper_link(struct keeper *k, uint32_t handle, const char *path, GString *target)
{
	char text[4096];
	struct call c = { .out = text, .size = sizeof(text) };
	int err = call_path(k, &c, KEEPER_LINK, handle, path);

	if (!err)
		g_string_append_len(target, text, (gssize)c.len);
	return err;
}

int keeper_open(struct keeper *k, uint32_t handle, const char *path, uint32_t *file)
{
	struct call c = { 0 };
	int err = call_path(k, &c, KEEPER_OPEN, handle, path);

	if (!err)
		*file = c.handle;
	return err;
}

int keeper_read(struct keeper *k, uint32_t file, char *buf, size_t size, off_t off)
{
	struct call c = { .q = { .op = KEEPER_READ,
				 .handle = file,
				 .size = (uint32_t)MIN(size, KEEPER_DATA),
				 .off = off },
			  .fd = -1,
			  .out = buf,
			  .size = size };
	int err = call(k, &c);

	return err < 0 ? err : (int)c.len;
}

int keeper_list(struct keeper *k, uint32_t handle, const char *path, off_t off, GString *out)
{
	struct call c = { .q = { .off = off } };
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
