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

/* Two descriptors go with each question. */
union rights {
	char buf[CMSG_SPACE(2 * sizeof(int))];
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

/* Takes the question in; fds are the caller's.  -errno. */
static int hear(int peer, struct view_request *r, int fds[2])
{
	union rights rights;
	struct iovec iov = { .iov_base = r, .iov_len = sizeof(*r) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = rights.buf,
			      .msg_controllen = sizeof(rights.buf) };
	struct pollfd pfd = { .fd = peer, .events = POLLIN };
	struct cmsghdr *c;
	ssize_t n;

	if (poll(&pfd, 1, PATIENCE_MS) != 1)
		return -ETIMEDOUT;
	n = recvmsg(peer, &msg, MSG_CMSG_CLOEXEC);
	if (n < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&msg);
	if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(2 * sizeof(int)))
		return -EPROTO;
	memcpy(fds, CMSG_DATA(c), 2 * sizeof(int));
	return n == sizeof(*r) ? 0 : -EPROTO;
}

static void receive(struct door *d, int peer)
{
	struct view_request r = { 0 };
	int fds[2] = { -1, -1 };
	int err = is_welcome(d, peer) ? hear(peer, &r, fds) : -EACCES;

	if (!err) {
		err = views_add(d->views, &r, fds[0], fds[1]);
	} else if (fds[0] >= 0) {
		close(fds[0]);
		close(fds[1]);
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

int door_ask(const char *name, const struct view_request *r, int fuse, int guard)
{
	const int fds[2] = { fuse, guard };
	struct iovec iov = { .iov_base = (void *)r, .iov_len = sizeof(*r) };
	union rights rights = { { 0 } };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = rights.buf,
			      .msg_controllen = sizeof(rights.buf) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	struct sockaddr_un un;
	socklen_t len = address(name, &un);
	int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), answer, err = 0;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(c), fds, sizeof(fds));
	if (s < 0)
		return -errno;
	if (connect(s, (struct sockaddr *)&un, len) || sendmsg(s, &msg, MSG_NOSIGNAL) < 0)
		err = -errno;
	else if (recv(s, &answer, sizeof(answer), 0) == sizeof(answer))
		err = answer;
	else
		err = -EPIPE;
	close(s);
	return err;
}
