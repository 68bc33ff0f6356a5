/* SPDX-License-Identifier: MIT */
#include "fs/door.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NAME_LEN 48

struct door {
	const struct fs *fs;
	struct views *views;
	GThread *thread;
	int socket;
	int stop[2]; /* a pipe that is closed at the end */
	char name[NAME_LEN];
};

static bool is_welcome(const struct door *d, int peer)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return !getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
	       (cred.uid == 0 || cred.uid == d->fs->uid);
}

static void receive(struct door *d, int peer)
{
	struct view_request r = { 0 };
	int fds[VIEW_FDS] = { -1, -1, -1 };
	int err = 0;

	/* To the others nothing is said. */
	if (!is_welcome(d, peer))
		return;
	err = knock_send(peer, &err, sizeof(err), &d->fs->death, 1);
	if (!err)
		err = knock_receive(peer, &r, sizeof(r), fds, VIEW_FDS);
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
	len = knock_address(d->name, &un);
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
