/* SPDX-License-Identifier: MIT */
/* Safe behind a fork. */
#include "host/keeper-wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

ssize_t keeper_receive(int socket, void *buf, size_t size, int *fds, unsigned int *n)
{
	char space[CMSG_SPACE(KEEPER_FDS * sizeof(int))];
	struct iovec iov = { .iov_base = buf, .iov_len = size };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = space,
			      .msg_controllen = sizeof(space) };
	const struct cmsghdr *c;
	ssize_t got;

	do {
		got = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	*n = 0;
	c = got ? CMSG_FIRSTHDR(&msg) : NULL;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		*n = (unsigned int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(c), *n * sizeof(int));
	}
	if (!(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return got;
	while (*n)
		close(fds[--*n]);
	return -EMSGSIZE;
}

int keeper_send(int socket, const void *head, size_t head_len, const void *data, size_t len,
		const int *fds, unsigned int n)
{
	char space[CMSG_SPACE(KEEPER_FDS * sizeof(int))] = { 0 };
	struct iovec iov[] = { { .iov_base = (void *)head, .iov_len = head_len },
			       { .iov_base = (void *)data, .iov_len = len } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = len ? 2 : 1 };
	struct cmsghdr *c;
	ssize_t sent;

	if (n) {
		msg.msg_control = space;
		msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	do {
		sent = sendmsg(socket, &msg, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}
