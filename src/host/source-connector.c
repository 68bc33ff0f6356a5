/* SPDX-License-Identifier: MIT */
/*
 * The kernel's proc connector: it tells the numbers of the initial namespace, and
 * to nobody outside of that.  It says nothing when a zombie is reaped.
 */
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "host/source-kind.h"

#define BUFFER (32 << 20)
#define BATCH 64
#define MESSAGE 256
/* One look at the socket ends after so many messages: others want to know, too. */
#define DRAIN_MAX (1u << 17)

struct connector {
	int socket;
	GArray *seq; /* of each CPU: of the last message, plus 1; 0: none yet */
	uint64_t slept; /* ns: what CLOCK_BOOTTIME is ahead of the messages' clock */
};

static void check_seq(struct connector *c, struct source *s, const struct cn_msg *cn,
		      const struct proc_event *e)
{
	uint64_t *last;

	if (e->cpu >= 65536)
		return;
	if (e->cpu >= c->seq->len)
		g_array_set_size(c->seq, e->cpu + 1);
	last = &g_array_index(c->seq, uint64_t, e->cpu);
	if (*last && (uint32_t)*last != cn->seq)
		source_lose(s, (uint32_t)(cn->seq - (uint32_t)*last));
	*last = (UINT64_C(1) << 32) | (uint32_t)(cn->seq + 1);
}

static void take_event(struct connector *c, struct source *s, const struct cn_msg *cn)
{
	struct proc_event e = { 0 };
	struct fact f;

	memcpy(&e, cn->data, MIN(cn->len, sizeof(e)));
	/* The answer to our own message is in no CPU's sequence. */
	if (e.what == PROC_EVENT_NONE)
		return;
	check_seq(c, s, cn, &e);
	switch (e.what) {
	case PROC_EVENT_FORK:
		f = (struct fact){ .kind = FACT_FORK,
				   .pid = e.event_data.fork.child_pid,
				   .tgid = e.event_data.fork.child_tgid,
				   .parent = e.event_data.fork.parent_tgid };
		break;
	case PROC_EVENT_EXEC:
		f = (struct fact){ .kind = FACT_EXEC,
				   .pid = e.event_data.exec.process_pid,
				   .tgid = e.event_data.exec.process_tgid };
		break;
	case PROC_EVENT_SID:
		f = (struct fact){ .kind = FACT_SESSION,
				   .pid = e.event_data.sid.process_pid,
				   .tgid = e.event_data.sid.process_tgid };
		break;
	case PROC_EVENT_EXIT:
		f = (struct fact){ .kind = FACT_EXIT,
				   .pid = e.event_data.exit.process_pid,
				   .tgid = e.event_data.exit.process_tgid,
				   .status = (int)e.event_data.exit.exit_code };
		break;
	default:
		return;
	}
	f.time = e.timestamp_ns + c->slept;
	source_add(s, &f);
}

static void take_message(struct connector *c, struct source *s, const char *buf, size_t len,
			 unsigned int sender)
{
	const struct nlmsghdr *nl = (const struct nlmsghdr *)buf;
	const struct cn_msg *cn = NLMSG_DATA(nl);

	/* Anybody may send to a netlink socket; the kernel is 0. */
	if (sender || len < NLMSG_LENGTH(sizeof(*cn)) || nl->nlmsg_len > len ||
	    cn->id.idx != CN_IDX_PROC || cn->id.val != CN_VAL_PROC ||
	    NLMSG_LENGTH(sizeof(*cn)) + cn->len > len)
		return;
	take_event(c, s, cn);
}

static uint64_t clock_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void connector_drain(void *self, struct source *s)
{
	static _Thread_local char bufs[BATCH][MESSAGE] __attribute__((aligned(8)));
	struct connector *c = self;
	struct sockaddr_nl from[BATCH];
	struct mmsghdr msgs[BATCH];
	struct iovec iovs[BATCH];
	unsigned int total = 0;
	int n;

	c->slept = clock_ns(CLOCK_BOOTTIME) - clock_ns(CLOCK_MONOTONIC);
	do {
		memset(msgs, 0, sizeof(msgs));
		for (int i = 0; i < BATCH; i++) {
			iovs[i] = (struct iovec){ bufs[i], MESSAGE };
			msgs[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
							   .msg_namelen = sizeof(from[i]),
							   .msg_iov = &iovs[i],
							   .msg_iovlen = 1 };
		}
		n = recvmmsg(c->socket, msgs, BATCH, MSG_DONTWAIT, NULL);
		if (n < 0 && errno == ENOBUFS) {
			source_lose(s, 0); /* how many will be seen by the gap */
			n = BATCH;
			continue;
		}
		for (int i = 0; i < n; i++)
			take_message(c, s, bufs[i], msgs[i].msg_len, from[i].nl_pid);
		total += (unsigned int)MAX(n, 0);
	} while (n == BATCH && total < DRAIN_MAX);
}

/* PROC_CN_MCAST_LISTEN or _IGNORE */
static int say(int socket, uint32_t op)
{
	struct {
		struct nlmsghdr nl;
		struct cn_msg cn;
		uint32_t op;
	} __attribute__((packed)) msg = {
		.nl = { .nlmsg_len = sizeof(msg), .nlmsg_type = NLMSG_DONE },
		.cn = { .id = { CN_IDX_PROC, CN_VAL_PROC }, .len = sizeof(op) },
		.op = op,
	};

	return send(socket, &msg, sizeof(msg), 0) == (ssize_t)sizeof(msg) ? 0 : -errno;
}

/*
 * Whoever may not listen hears nothing and is not told: so it is tried, with a
 * process of our own, and the answer to the message itself has the errno.
 */
static bool works(int socket)
{
	struct pollfd p = { .fd = socket, .events = POLLIN };
	char buf[MESSAGE] __attribute__((aligned(8)));
	const struct cn_msg *cn = NLMSG_DATA((struct nlmsghdr *)buf);

	/* The kernel answers at once or never. */
	while (poll(&p, 1, 200) > 0) {
		struct proc_event e = { 0 };
		ssize_t len = recv(socket, buf, sizeof(buf), MSG_DONTWAIT);

		if (len < (ssize_t)NLMSG_LENGTH(sizeof(*cn)))
			continue;
		memcpy(&e, cn->data, MIN(cn->len, sizeof(e)));
		if (e.what == PROC_EVENT_NONE)
			return !e.event_data.ack.err;
		return true;
	}
	return false;
}

static int open_socket(unsigned int buffer)
{
	struct sockaddr_nl group = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	int fd = socket(PF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR), err;
	const int size = (int)MIN(buffer ? buffer : BUFFER, INT32_MAX / 2);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&group, sizeof(group)))
		err = -errno;
	else
		err = say(fd, PROC_CN_MCAST_LISTEN);
	if (!err && !works(fd))
		err = -EPERM;
	if (!err)
		return fd;
	close(fd);
	return err;
}

static void *connector_open(unsigned int buffer, char **why)
{
	struct connector *c;
	int fd = open_socket(buffer);

	if (fd < 0) {
		*why = g_strdup_printf("it may not be listened to here (%s)", g_strerror(-fd));
		return NULL;
	}
	c = g_new0(struct connector, 1);
	c->socket = fd;
	c->seq = g_array_new(FALSE, TRUE, sizeof(uint64_t));
	return c;
}

static int connector_fd(const void *self)
{
	return ((const struct connector *)self)->socket;
}

static void connector_close(void *self)
{
	struct connector *c = self;

	say(c->socket, PROC_CN_MCAST_IGNORE);
	close(c->socket);
	g_array_unref(c->seq);
	g_free(c);
}

const struct source_kind source_connector = { .option = "connector",
					      .name = "proc connector",
					      .open = connector_open,
					      .fd = connector_fd,
					      .drain = connector_drain,
					      .close = connector_close };
