/* SPDX-License-Identifier: MIT */
#include "util/knock.h"

#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <sys/uio.h>
#include <unistd.h>

/* Who has knocked and then says nothing is not waited for. */
#define PATIENCE_MS 10000

/* As many descriptors as ever go with one message. */
#define FDS_MAX VIEW_FDS

union rights {
	char buf[CMSG_SPACE(FDS_MAX * sizeof(int))];
	struct cmsghdr align;
};

socklen_t knock_address(const char *name, struct sockaddr_un *un)
{
	*un = (struct sockaddr_un){ .sun_family = AF_UNIX };
	g_strlcpy(un->sun_path + 1, name, sizeof(un->sun_path) - 1);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

int knock_send(int socket, const void *data, size_t len, const int *fds, int n)
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

int knock_receive(int socket, void *data, size_t len, int *fds, int n)
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

int knock_find(const char *source, char name[KNOCK_NAME], uint32_t *inum)
{
	g_autofree char *path = g_build_filename(source, ".live", "view", NULL);
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;

	if (!g_file_get_contents(path, &text, NULL, &error))
		return g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_ACCES) ? -EACCES : -ENOENT;
	if (sscanf(text, "%63s %u", name, inum) != 2)
		return -EOPNOTSUPP;
	return 0;
}

int knock(const char *name, int *death)
{
	struct sockaddr_un un;
	socklen_t len = knock_address(name, &un);
	int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), answer, err;

	if (s < 0)
		return -errno;
	if (connect(s, (struct sockaddr *)&un, len)) {
		err = -errno;
	} else {
		err = knock_receive(s, &answer, sizeof(answer), death, 1);
		if (err == -EPROTO)
			err = -EACCES;
	}
	if (!err)
		return s;
	close(s);
	return err;
}

int knock_ask(int socket, const struct view_request *r, const struct view_fds *fds)
{
	const int all[VIEW_FDS] = { fds->fuse, fds->guard, fds->warmer };
	int answer, err = knock_send(socket, r, sizeof(*r), all, VIEW_FDS);

	if (err)
		return err;
	return recv(socket, &answer, sizeof(answer), 0) == sizeof(answer) ? answer : -EPIPE;
}
