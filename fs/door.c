/* SPDX-License-Identifier: MIT */
#include "fs/door.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/uio.h>
#include <unistd.h>

#define NAME_LEN 48
/* Who has knocked and then says nothing is not waited for. */
#define PATIENCE_MS 10000

struct door {
	const struct fs *fs;
	struct views *views;
	GThread *thread;
	int socket;
	int stop[2]; /* a pipe that is closed at the end */
	char name[NAME_LEN];
};

/* As many descriptors as ever go with one message. */
#define FDS_MAX VIEW_FDS

union rights {
	char buf[CMSG_SPACE(FDS_MAX * sizeof(int))];
	struct cmsghdr align;
};

static socklen_t address(const char *name, struct sockaddr_un *un)
{
	*un = (struct sockaddr_un){ .sun_family = AF_UNIX };
	g_strlcpy(un->sun_path + 1, name, sizeof(un->sun_path) - 1);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

static bool is_welcome(const struct door *d, int peer)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return !getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
	       (cred.uid == 0 || cred.uid == d->fs->uid);
}

static int send_fds(int socket, const void *data, size_t len, const int *fds, int n)
{
	struct iovec iov = { .iov_base = (void *)data, .iov_len = len };
	union rights rights = { { 0 } };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = rights.buf,
			      .msg_controllen = CMSG_SPACE((size_t)n * sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, (size_t)n * sizeof(int));
	return sendmsg(socket, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* The n descriptors are the caller's then; -errno. */
static int receive_fds(int socket, void *data, size_t len, int *fds, int n)
{
	union rights rights;
	struct iovec iov = { .iov_base = data, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = rights.buf,
			      .msg_controllen = sizeof(rights.buf) };
	struct pollfd pfd = { .fd = socket, .events = POLLIN };
	struct cmsghdr *c;
	ssize_t got;

	if (poll(&pfd, 1, PATIENCE_MS) != 1)
		return -ETIMEDOUT;
	got = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	if (got < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&msg);
	if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN((size_t)n * sizeof(int)))
		return -EPROTO;
	memcpy(fds, CMSG_DATA(c), (size_t)n * sizeof(int));
	return (size_t)got == len ? 0 : -EPROTO;
}

static void receive(struct door *d, int peer)
{
	struct view_request r = { 0 };
	int fds[VIEW_FDS] = { -1, -1, -1 };
	int err = 0;

	/* To the others nothing is said. */
	if (!is_welcome(d, peer))
		return;
	err = send_fds(peer, &err, sizeof(err), &d->fs->death, 1);
	if (!err)
		err = receive_fds(peer, &r, sizeof(r), fds, VIEW_FDS);
	if (!err) {
		err = views_add(d->views, &r, &(struct view_fds){ fds[0], fds[1], fds[2] });
	} else if (fds[0] >= 0) {
		for (int i = 0; i < VIEW_FDS; i++)
			close(fds[i]);
	}
	if (send(peer, &err, sizeof(err), MSG_NOSIGNAL) != sizeof(err))
		g_debug("nobody waits for the answer");
}

static gpointer door_main(gpointer data)
{
	struct door *d = data;
	struct pollfd fds[] = { { .fd = d->socket, .events = POLLIN },
				{ .fd = d->stop[0], .events = POLLIN } };

	for (;;) {
		int peer;

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[1].revents)
			break;
		peer = accept4(d->socket, NULL, NULL, SOCK_CLOEXEC);
		if (peer < 0)
			continue;
		receive(d, peer);
		close(peer);
	}
	return NULL;
}

static int listen_at(struct door *d)
{
	struct sockaddr_un un;
	socklen_t len;

	g_snprintf(d->name, sizeof(d->name), "pidnsfs-%d-%08x%08x", getpid(), g_random_int(),
		   g_random_int());
	len = address(d->name, &un);
	d->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (d->socket < 0 || bind(d->socket, (struct sockaddr *)&un, len) || listen(d->socket, 8))
		return -1;
	return pipe2(d->stop, O_CLOEXEC);
}

struct door *door_new(const struct fs *fs, struct views *views)
{
	struct door *d = g_new0(struct door, 1);
	sigset_t all, before;

	d->fs = fs;
	d->views = views;
	if (listen_at(d)) {
		if (d->socket >= 0)
			close(d->socket);
		g_free(d);
		return NULL;
	}
	/* Signals are for the main thread, which waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	d->thread = g_thread_new("door", door_main, d);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return d;
}

void door_free(struct door *d)
{
	if (!d)
		return;
	close(d->stop[1]);
	g_thread_join(d->thread);
	close(d->stop[0]);
	close(d->socket);
	g_free(d);
}

const char *door_name(const struct door *d)
{
	return d ? d->name : NULL;
}

int door_knock(const char *name, int *death)
{
	struct sockaddr_un un;
	socklen_t len = address(name, &un);
	int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), answer, err;

	if (s < 0)
		return -errno;
	if (connect(s, (struct sockaddr *)&un, len)) {
		err = -errno;
	} else {
		err = receive_fds(s, &answer, sizeof(answer), death, 1);
		if (err == -EPROTO)
			err = -EACCES;
	}
	if (!err)
		return s;
	close(s);
	return err;
}

int door_ask(int socket, const struct view_request *r, const struct view_fds *fds)
{
	const int all[VIEW_FDS] = { fds->fuse, fds->guard, fds->warmer };
	int answer, err = send_fds(socket, r, sizeof(*r), all, VIEW_FDS);

	if (err)
		return err;
	return recv(socket, &answer, sizeof(answer), 0) == sizeof(answer) ? answer : -EPIPE;
}
