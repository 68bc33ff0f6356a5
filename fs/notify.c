/* SPDX-License-Identifier: MIT */
#include "fs/notify.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fs/uring.h"

/* A name that nothing has: see settle(). */
#define NOBODY "?"
/* At the end: so long may the kernel take for what is being told just now. */
#define PATIENCE_SECONDS 2
#define QUEUE_KEPT 4096

enum answer_kind {
	ANSWER_NONE,
	ANSWER_ERR,
	ANSWER_WRITE,
	ANSWER_BUF
};

/* A notice, or an answer behind some. */
struct item {
	struct notice notice;
	enum answer_kind answer;
	fuse_req_t req;
	size_t size;
	char *buf; /* owned */
	int err;
};

struct notify {
	struct requests *requests;
	GThread *thread;
	GThread *postman; /* the thread's; NULL: never needed */
	GAsyncQueue *post; /* of struct item */

	pthread_mutex_t lock; /* what follows; nothing is called while it is held */
	pthread_cond_t work, idle;
	GArray *queue; /* of struct item, the first head ones of which were taken */
	guint head;
	struct fuse_session *telling; /* to whom, just now */
	bool busy; /* some were taken from the queue and are not done */
	unsigned int posted; /* answers that the postman has yet to give */
	bool stop;
};

static void answer(const struct item *item)
{
	switch (item->answer) {
	case ANSWER_ERR:
		fuse_reply_err(item->req, item->err);
		break;
	case ANSWER_WRITE:
		fuse_reply_write(item->req, item->size);
		break;
	case ANSWER_BUF:
		fuse_reply_buf(item->req, item->buf, item->size);
		break;
	default:
		break;
	}
}

/*
 * Returns when whoever was looking something up in that directory, or listing it,
 * has taken in the answer: until then he holds its lock, which is taken for this.
 */
static void settle(struct notify *n, struct fuse_session *se, uint64_t dir)
{
	requests_count(n->requests, REQUEST_INVAL_ENTRY);
	fuse_lowlevel_notify_inval_entry(se, dir, NOBODY, strlen(NOBODY));
}

static int inval_inode(struct notify *n, struct fuse_session *se, uint64_t id)
{
	requests_count(n->requests, REQUEST_INVAL_INODE);
	return fuse_lowlevel_notify_inval_inode(se, id, 0, 0);
}

static void tell(struct notify *n, const struct notice *t)
{
	char name[16];

	switch (t->kind) {
	case NOTICE_INODE:
		/* It does not know the inode: perhaps not yet. */
		if (inval_inode(n, t->se, t->id) == -ENOENT && t->parent) {
			settle(n, t->se, t->parent);
			inval_inode(n, t->se, t->id);
		}
		break;
	case NOTICE_LISTING:
		settle(n, t->se, t->id);
		inval_inode(n, t->se, t->id);
		break;
	case NOTICE_NAME:
		snprintf(name, sizeof(name), "%u", (unsigned int)t->nr);
		requests_count(n->requests, REQUEST_DELETE);
		/* Somebody is inside: then at least the way there must go. */
		if (fuse_lowlevel_notify_delete(t->se, t->parent, t->id, name, strlen(name)) ==
		    -ENOTEMPTY) {
			requests_count(n->requests, REQUEST_INVAL_ENTRY);
			fuse_lowlevel_notify_inval_entry(t->se, t->parent, name, strlen(name));
		}
		break;
	}
}

static bool take(struct notify *n, struct item *item)
{
	if (n->head == n->queue->len) {
		g_array_set_size(n->queue, 0);
		n->head = 0;
		return false;
	}
	*item = g_array_index(n->queue, struct item, n->head);
	if (++n->head > QUEUE_KEPT && n->head > n->queue->len / 2) {
		g_array_remove_range(n->queue, 0, n->head);
		n->head = 0;
	}
	return true;
}

static gpointer postman_main(gpointer data)
{
	struct notify *n = data;
	struct item *item;

	while ((item = g_async_queue_pop(n->post))->answer != ANSWER_NONE) {
		answer(item);
		g_free(item->buf);
		g_free(item);
		pthread_mutex_lock(&n->lock);
		n->posted--;
		pthread_cond_broadcast(&n->idle);
		pthread_mutex_unlock(&n->lock);
	}
	g_free(item);
	return NULL;
}

static void post(struct notify *n, const struct item *item)
{
	g_async_queue_push(n->post, g_memdup2(item, sizeof(*item)));
}

/*
 * The next request that takes the place of this one in a ring can only be had by the
 * thread that answers: it must not be this one, which may be held up by that request.
 */
static void answer_elsewhere(struct notify *n, const struct item *item)
{
	if (!n->postman)
		n->postman = g_thread_new("postman", postman_main, n);
	pthread_mutex_lock(&n->lock);
	n->posted++;
	pthread_mutex_unlock(&n->lock);
	post(n, item);
}

static gpointer notify_main(gpointer data)
{
	struct notify *n = data;
	struct item item;

	pthread_mutex_lock(&n->lock);
	for (;;) {
		if (!take(n, &item)) {
			n->busy = false;
			pthread_cond_broadcast(&n->idle);
			if (n->stop)
				break;
			pthread_cond_wait(&n->work, &n->lock);
			continue;
		}
		n->busy = true;
		n->telling = n->stop ? NULL : item.notice.se;
		pthread_mutex_unlock(&n->lock);
		if (item.answer != ANSWER_NONE && uring_is(item.req)) {
			answer_elsewhere(n, &item);
			item.buf = NULL;
		} else if (item.answer != ANSWER_NONE) {
			answer(&item);
		} else if (n->telling) {
			tell(n, &item.notice);
		}
		g_free(item.buf);
		pthread_mutex_lock(&n->lock);
		n->telling = NULL;
		pthread_cond_broadcast(&n->idle);
	}
	pthread_mutex_unlock(&n->lock);
	return NULL;
}

struct notify *notify_new(struct requests *requests)
{
	struct notify *n = g_new0(struct notify, 1);
	sigset_t all, before;

	n->requests = requests;
	n->queue = g_array_new(FALSE, FALSE, sizeof(struct item));
	n->post = g_async_queue_new();
	pthread_mutex_init(&n->lock, NULL);
	pthread_cond_init(&n->work, NULL);
	pthread_cond_init(&n->idle, NULL);
	/* Signals are for the main thread, which waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	n->thread = g_thread_new("notify", notify_main, n);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return n;
}

static bool is_working(const struct notify *n)
{
	return n->busy || n->posted || n->head != n->queue->len;
}

void notify_flush(struct notify *n)
{
	pthread_mutex_lock(&n->lock);
	while (is_working(n))
		pthread_cond_wait(&n->idle, &n->lock);
	pthread_mutex_unlock(&n->lock);
}

void notify_stop(struct notify *n)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_SECONDS;
	pthread_mutex_lock(&n->lock);
	n->stop = true;
	pthread_cond_signal(&n->work);
	while (is_working(n) && !pthread_cond_timedwait(&n->idle, &n->lock, &until))
		;
	pthread_mutex_unlock(&n->lock);
}

void notify_free(struct notify *n)
{
	const struct item end = { .answer = ANSWER_NONE };

	if (!n)
		return;
	g_thread_join(n->thread);
	if (n->postman) {
		post(n, &end);
		g_thread_join(n->postman);
	}
	g_async_queue_unref(n->post);
	g_array_unref(n->queue);
	pthread_mutex_destroy(&n->lock);
	pthread_cond_destroy(&n->work);
	pthread_cond_destroy(&n->idle);
	g_free(n);
}

static void push_locked(struct notify *n, const struct item *item)
{
	g_array_append_val(n->queue, *item);
	pthread_cond_signal(&n->work);
}

void notify_tell(struct notify *n, const struct notice *notice)
{
	const struct item item = { .notice = *notice };

	pthread_mutex_lock(&n->lock);
	if (!n->stop)
		push_locked(n, &item);
	pthread_mutex_unlock(&n->lock);
}

/* At once if nothing is left to be told; this saves the way over another thread. */
static void reply(struct notify *n, struct item *item)
{
	bool now;

	if (!n) {
		answer(item);
		return;
	}
	pthread_mutex_lock(&n->lock);
	now = n->stop || !is_working(n);
	if (!now) {
		item->buf = g_memdup2(item->buf, item->size);
		push_locked(n, item);
	}
	pthread_mutex_unlock(&n->lock);
	if (now)
		answer(item);
}

void notify_reply_err(struct notify *n, fuse_req_t req, int err)
{
	struct item item = { .answer = ANSWER_ERR, .req = req, .err = err };

	reply(n, &item);
}

void notify_reply_write(struct notify *n, fuse_req_t req, size_t size)
{
	struct item item = { .answer = ANSWER_WRITE, .req = req, .size = size };

	reply(n, &item);
}

void notify_reply_buf(struct notify *n, fuse_req_t req, const char *buf, size_t size)
{
	struct item item = { .answer = ANSWER_BUF, .req = req, .buf = (char *)buf, .size = size };

	reply(n, &item);
}

static void drop_queued(struct notify *n, struct fuse_session *se)
{
	pthread_mutex_lock(&n->lock);
	for (guint i = n->head; i < n->queue->len; i++) {
		struct item *item = &g_array_index(n->queue, struct item, i);

		if (item->notice.se == se)
			item->notice.se = NULL;
	}
	pthread_mutex_unlock(&n->lock);
}

void notify_drop(struct notify *n, struct fuse_session *se)
{
	drop_queued(n, se);
	pthread_mutex_lock(&n->lock);
	while (n->telling == se)
		pthread_cond_wait(&n->idle, &n->lock);
	pthread_mutex_unlock(&n->lock);
}

static bool is_telling(struct notify *n, struct fuse_session *se)
{
	bool telling;

	pthread_mutex_lock(&n->lock);
	telling = n->telling == se;
	pthread_mutex_unlock(&n->lock);
	return telling;
}

void notify_settle(struct notify *n, struct fuse_session *se)
{
	struct pollfd pfd = { .fd = fuse_session_fd(se), .events = POLLIN };
	struct fuse_buf buf = { 0 };

	drop_queued(n, se);
	fuse_session_reset(se);
	while (is_telling(n, se)) {
		int got = poll(&pfd, 1, 1);

		if (got > 0 && pfd.revents & POLLIN)
			got = fuse_session_receive_buf(se, &buf);
		else
			continue;
		if (got == -EINTR || got == -EAGAIN)
			continue;
		if (got <= 0)
			break;
		fuse_session_process_buf(se, &buf);
	}
	free(buf.mem);
	fuse_session_exit(se);
}
