/* SPDX-License-Identifier: MIT */
#include "pidnsctl/message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(MESSAGE_FDS * sizeof(int))];
};

int message_pair(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) ? -errno : 0;
}

int message_send(int end, const struct message *m)
{
	int body[2] = { (int)m->kind, m->value };
	struct iovec iov = { body, sizeof(body) };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control = { 0 };

	if (m->nfds) {
		h.msg_control = &control;
		h.msg_controllen = CMSG_SPACE((size_t)m->nfds * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN((size_t)m->nfds * sizeof(int));
		memcpy(CMSG_DATA(&control.header), m->fds, (size_t)m->nfds * sizeof(int));
	}
	return sendmsg(end, &h, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int message_receive(int end, struct message *m)
{
	int body[2];
	struct iovec iov = { body, sizeof(body) };
	union control control;
	struct msghdr h = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	const struct cmsghdr *c;
	ssize_t n;

	do
		n = recvmsg(end, &h, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n != sizeof(body))
		return -EPIPE;
	*m = (struct message){ .kind = (enum message_kind)body[0], .value = body[1] };
	c = CMSG_FIRSTHDR(&h);
	if (c && c->cmsg_type == SCM_RIGHTS) {
		m->nfds = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(m->fds, CMSG_DATA(c), (size_t)m->nfds * sizeof(int));
	}
	return 0;
}
