/* SPDX-License-Identifier: MIT */
#include "host/source.h"

#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER (32 << 20)
#define BATCH 64
#define MESSAGE 256
/* More than this is not kept for a mirror that does not come to look. */
#define QUEUE_MAX (1u << 20)
/* One look at the socket ends after so many messages: others want to know, too. */
#define DRAIN_MAX (1u << 17)

struct source {
	int socket, stop; /* stop: an eventfd */
	pthread_t reader;
	void (*heard)(void *data);
	void *data;

	pthread_mutex_t lock; /* what follows */
	GArray *queue; /* of struct fact */
	bool lost; /* since the last source_take() */
	GArray *seq; /* of each CPU: of the last message, plus 1; 0: none yet */

	atomic_ulong losses;
};

static void lose(struct source *s, unsigned long n)
{
	s->lost = true;
	s->losses += n;
}

static void check_seq(struct source *s, const struct cn_msg *cn, const struct proc_event *e)
{
	uint64_t *last;

	if (e->cpu >= 65536)
		return;
	if (e->cpu >= s->seq->len)
		g_array_set_size(s->seq, e->cpu + 1);
	last = &g_array_index(s->seq, uint64_t, e->cpu);
	if (*last && (uint32_t)*last != cn->seq)
		lose(s, (uint32_t)(cn->seq - (uint32_t)*last));
	*last = (UINT64_C(1) << 32) | (uint32_t)(cn->seq + 1);
}

static void add(struct source *s, const struct fact *f)
{
	if (s->queue->len < QUEUE_MAX)
		g_array_append_val(s->queue, *f);
	else
		lose(s, 1);
}

static void take_event(struct source *s, const struct cn_msg *cn)
{
	struct proc_event e = { 0 };
	struct fact f;

	memcpy(&e, cn->data, MIN(cn->len, sizeof(e)));
	/* The answer to our own message is in no CPU's sequence. */
	if (e.what == PROC_EVENT_NONE)
		return;
	check_seq(s, cn, &e);
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
	add(s, &f);
}

static void take_message(struct source *s, const char *buf, size_t len, unsigned int sender)
{
	const struct nlmsghdr *nl = (const struct nlmsghdr *)buf;
	const struct cn_msg *cn = NLMSG_DATA(nl);

	/* Anybody may send to a netlink socket; the kernel is 0. */
	if (sender || len < NLMSG_LENGTH(sizeof(*cn)) || nl->nlmsg_len > len ||
	    cn->id.idx != CN_IDX_PROC || cn->id.val != CN_VAL_PROC ||
	    NLMSG_LENGTH(sizeof(*cn)) + cn->len > len)
		return;
	take_event(s, cn);
}

/* With lock held: what the socket has now.  How many messages. */
static unsigned int drain(struct source *s)
{
	static _Thread_local char bufs[BATCH][MESSAGE] __attribute__((aligned(8)));
	struct sockaddr_nl from[BATCH];
	struct mmsghdr msgs[BATCH];
	struct iovec iovs[BATCH];
	unsigned int total = 0;
	int n;

	do {
		memset(msgs, 0, sizeof(msgs));
		for (int i = 0; i < BATCH; i++) {
			iovs[i] = (struct iovec){ bufs[i], MESSAGE };
			msgs[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
							   .msg_namelen = sizeof(from[i]),
							   .msg_iov = &iovs[i],
							   .msg_iovlen = 1 };
		}
		n = recvmmsg(s->socket, msgs, BATCH, MSG_DONTWAIT, NULL);
		if (n < 0 && errno == ENOBUFS) {
			lose(s, 0); /* how many will be seen by the gap */
			n = BATCH;
			continue;
		}
		for (int i = 0; i < n; i++)
			take_message(s, bufs[i], msgs[i].msg_len, from[i].nl_pid);
		total += (unsigned int)MAX(n, 0);
	} while (n == BATCH && total < DRAIN_MAX);
	return total;
}

static void *reader(void *data)
{
	struct source *s = data;
	struct pollfd p[] = { { .fd = s->socket, .events = POLLIN },
			      { .fd = s->stop, .events = POLLIN } };

	while (poll(p, 2, -1) >= 0 || errno == EINTR) {
		unsigned int n;

		if (p[1].revents)
			break;
		pthread_mutex_lock(&s->lock);
		n = drain(s);
		pthread_mutex_unlock(&s->lock);
		if (n || p[0].revents & POLLERR)
			s->heard(s->data);
	}
	return NULL;
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
static bool works(struct source *s)
{
	struct pollfd p = { .fd = s->socket, .events = POLLIN };
	char buf[MESSAGE] __attribute__((aligned(8)));
	const struct cn_msg *cn = NLMSG_DATA((struct nlmsghdr *)buf);

	/* The kernel answers at once or never. */
	while (poll(&p, 1, 200) > 0) {
		struct proc_event e = { 0 };
		ssize_t len = recv(s->socket, buf, sizeof(buf), MSG_DONTWAIT);

		if (len < (ssize_t)NLMSG_LENGTH(sizeof(*cn)))
			continue;
		memcpy(&e, cn->data, MIN(cn->len, sizeof(e)));
		if (e.what == PROC_EVENT_NONE)
			return !e.event_data.ack.err;
		return true;
	}
	return false;
}

static int open_socket(void)
{
	struct sockaddr_nl group = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	int fd = socket(PF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
	const char *tiny = getenv("PIDNSFS_CONNECTOR_BUFFER"); /* a test wants losses */
	int size = tiny ? atoi(tiny) : BUFFER;

	if (fd < 0)
		return -errno;
	if (tiny || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&group, sizeof(group)) ||
	    say(fd, PROC_CN_MCAST_LISTEN) < 0) {
		close(fd);
		return -errno;
	}
	return fd;
}

struct source *source_new(void (*heard)(void *data), void *data, const char **why)
{
	struct source *s = g_new0(struct source, 1);

	*why = "the proc connector may not be listened to here";
	s->heard = heard;
	s->data = data;
	s->queue = g_array_new(FALSE, FALSE, sizeof(struct fact));
	s->seq = g_array_new(FALSE, TRUE, sizeof(uint64_t));
	s->stop = eventfd(0, EFD_CLOEXEC);
	s->socket = open_socket();
	pthread_mutex_init(&s->lock, NULL);
	if (s->stop >= 0 && s->socket >= 0 && works(s) &&
	    !pthread_create(&s->reader, NULL, reader, s))
		return s;
	if (s->socket >= 0)
		close(s->socket);
	if (s->stop >= 0)
		close(s->stop);
	g_array_unref(s->queue);
	g_array_unref(s->seq);
	g_free(s);
	return NULL;
}

void source_free(struct source *s)
{
	const uint64_t one = 1;

	if (!s)
		return;
	if (write(s->stop, &one, sizeof(one)) != sizeof(one))
		g_warning("the reader cannot be stopped");
	pthread_join(s->reader, NULL);
	say(s->socket, PROC_CN_MCAST_IGNORE);
	close(s->socket);
	close(s->stop);
	g_array_unref(s->queue);
	g_array_unref(s->seq);
	pthread_mutex_destroy(&s->lock);
	g_free(s);
}

bool source_take(struct source *s, GArray *facts)
{
	bool complete;

	pthread_mutex_lock(&s->lock);
	drain(s);
	g_array_append_vals(facts, s->queue->data, s->queue->len);
	g_array_set_size(s->queue, 0);
	complete = !s->lost;
	s->lost = false;
	pthread_mutex_unlock(&s->lock);
	return complete;
}

uint64_t source_losses(const struct source *s)
{
	return s->losses;
}
