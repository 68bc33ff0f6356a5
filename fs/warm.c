/* SPDX-License-Identifier: MIT */
#include "fs/warm.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

/* When more than these have changed all are gone through again. */
#define CHANGED_MAX 65536
/* How long the warmer rests for each time that it works: at first, and to keep up. */
#define REST_FIRST 1
#define REST_LATER 3

struct warm {
	struct world *w; /* borrowed */
	uint32_t inum;
	unsigned int level;
	int socket; /* -1: there is no warmer; the view's thread's, but for sending */

	pthread_mutex_t lock; /* what follows */
	GHashTable *changed; /* inos of processes */
	int next; /* those from this number on are yet to come; 0: none */
	unsigned int passed; /* how many there were before */
	unsigned int out; /* how many the warmer has */
	bool busy; /* it has something */
	bool view; /* the listing and the table may be outdated */
};

/* lock is held.  The socket has room: one message is on the way at most. */
static void give(struct warm *warm, const struct warm_order *order, size_t n)
{
	const size_t len = offsetof(struct warm_order, numbers) + n * sizeof(order->numbers[0]);

	warm->busy = send(warm->socket, order, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len;
}

/* Of one number that is no process's. */
static void give_one(struct warm *warm, int32_t number)
{
	const struct warm_order order = { .rest = REST_LATER, .numbers = { number } };

	if (!warm->busy && warm->socket >= 0)
		give(warm, &order, 1);
}

struct warm *warm_new(struct world *w, uint32_t inum, int socket)
{
	struct warm *warm = g_new0(struct warm, 1);
	struct world_ns_info info = { 0 };

	warm->w = w;
	warm->inum = inum;
	world_ns(w, inum, &info);
	warm->level = info.level;
	warm->socket = socket;
	warm->changed = g_hash_table_new(NULL, NULL);
	warm->next = 1;
	pthread_mutex_init(&warm->lock, NULL);
	give_one(warm, WARM_VIEW);
	return warm;
}

void warm_free(struct warm *warm)
{
	if (!warm)
		return;
	if (warm->socket >= 0)
		close(warm->socket);
	g_hash_table_unref(warm->changed);
	pthread_mutex_destroy(&warm->lock);
	g_free(warm);
}

int warm_fd(const struct warm *warm)
{
	return warm->socket;
}

/* Takes inos of those that have changed; lock is held. */
static unsigned int take_changed(struct warm *warm, uint64_t inos[WARM_BATCH])
{
	GHashTableIter iter;
	unsigned int n = 0;
	gpointer ino;

	g_hash_table_iter_init(&iter, warm->changed);
	while (n < WARM_BATCH && g_hash_table_iter_next(&iter, &ino, NULL)) {
		inos[n++] = GPOINTER_TO_SIZE(ino);
		g_hash_table_iter_remove(&iter);
	}
	return n;
}

/* Their numbers; the dead have none. */
static size_t find_numbers(struct warm *warm, const uint64_t *inos, unsigned int n,
			   int32_t numbers[WARM_BATCH])
{
	size_t found = 0;

	for (unsigned int i = 0; i < n; i++) {
		struct world_ref ref = { .ino = inos[i], .level = warm->level };
		struct world_task task;

		if (!world_task(warm->w, ref, &task) && task.inum == warm->inum && task.leader)
			numbers[found++] = task.pid;
	}
	return found;
}

/* The next ones of those that are gone through. */
static size_t list_numbers(struct warm *warm, int from, int32_t numbers[WARM_BATCH])
{
	struct world_ref refs[WARM_BATCH];
	int nrs[WARM_BATCH];
	int n = world_list(warm->w, warm->inum, from, WARM_BATCH, nrs, refs);

	for (int i = 0; i < n; i++)
		numbers[i] = nrs[i];
	pthread_mutex_lock(&warm->lock);
	if (warm->next == from) {
		warm->next = n == WARM_BATCH ? nrs[n - 1] + 1 : 0;
		warm->passed += (unsigned int)MAX(n, 0);
	}
	pthread_mutex_unlock(&warm->lock);
	return (size_t)MAX(n, 0);
}

static bool is_done(struct warm *warm)
{
	char byte;
	ssize_t n = recv(warm->socket, &byte, 1, MSG_DONTWAIT);

	if (n > 0)
		return true;
	if (!n || (errno != EAGAIN && errno != EINTR)) {
		pthread_mutex_lock(&warm->lock);
		close(warm->socket);
		warm->socket = -1;
		pthread_mutex_unlock(&warm->lock);
	}
	return false;
}

void warm_serve(struct warm *warm)
{
	struct warm_order order = { .rest = REST_FIRST };
	uint64_t inos[WARM_BATCH];
	unsigned int changed;
	size_t n;
	int from;

	if (!is_done(warm))
		return;
	pthread_mutex_lock(&warm->lock);
	/* Who comes for the first time first: else some never would. */
	from = warm->next;
	changed = from ? 0 : take_changed(warm, inos);
	warm->out = changed;
	pthread_mutex_unlock(&warm->lock);
	if (from) {
		n = list_numbers(warm, from, order.numbers);
	} else {
		n = find_numbers(warm, inos, changed, order.numbers);
		order.rest = REST_LATER;
	}
	pthread_mutex_lock(&warm->lock);
	warm->out = (unsigned int)n;
	warm->busy = false;
	if (n) {
		give(warm, &order, n);
	} else if (warm->view && !warm->next && !g_hash_table_size(warm->changed)) {
		warm->view = false;
		give_one(warm, WARM_VIEW);
	} else if (warm->next || g_hash_table_size(warm->changed)) {
		give_one(warm, WARM_NOBODY);
	}
	pthread_mutex_unlock(&warm->lock);
}

static void begin_again(struct warm *warm)
{
	g_hash_table_remove_all(warm->changed);
	warm->next = 1;
	warm->passed = 0;
}

static bool concerns(const struct warm *warm, const struct world_change *change)
{
	for (unsigned int i = 0; i < change->levels; i++)
		if (change->inums[i] == warm->inum)
			return true;
	return false;
}

void warm_changed(struct warm *warm, const struct world_change *change)
{
	gpointer ino = GSIZE_TO_POINTER(change->ino);

	pthread_mutex_lock(&warm->lock);
	switch (change->kind) {
	case WORLD_BORN:
		if (concerns(warm, change))
			g_hash_table_add(warm->changed, ino);
		break;
	case WORLD_CHANGED:
		g_hash_table_add(warm->changed, ino);
		break;
	case WORLD_GONE:
		g_hash_table_remove(warm->changed, ino);
		break;
	case WORLD_ALL_CHANGED:
		begin_again(warm);
		break;
	default:
		break;
	}
	if (g_hash_table_size(warm->changed) > CHANGED_MAX)
		begin_again(warm);
	warm->view = true;
	give_one(warm, WARM_NOBODY);
	pthread_mutex_unlock(&warm->lock);
}

void warm_text(struct warm *warm, GString *out)
{
	struct world_ns_info info = { 0 };
	unsigned int waiting;

	world_ns(warm->w, warm->inum, &info);
	pthread_mutex_lock(&warm->lock);
	waiting = g_hash_table_size(warm->changed) + warm->out;
	if (warm->next)
		waiting += info.pids - MIN(info.pids, warm->passed);
	pthread_mutex_unlock(&warm->lock);
	g_string_append_printf(out, "Warmed:\t%u of %u\n", info.pids - MIN(info.pids, waiting),
			       info.pids);
}
