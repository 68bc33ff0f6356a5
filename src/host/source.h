/* SPDX-License-Identifier: MIT */
/*
 * What tells the mirror where to look: the kernel's proc connector, where we may
 * listen to it.
 *
 * A thread only reads, so that the socket's buffer is never full for long, and
 * queues; whoever wants to know takes the queue.  What is lost all the same is
 * noticed: by the socket's error, or by a gap in a CPU's sequence numbers.
 */
#ifndef PIDNSFS_HOST_SOURCE_H
#define PIDNSFS_HOST_SOURCE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum fact_kind {
	FACT_FORK,
	FACT_EXEC,
	FACT_EXIT,
	FACT_SESSION
};

/* Numbers are those of the initial namespace. */
struct fact {
	enum fact_kind kind;
	int pid, tgid;
	int parent; /* of FACT_FORK: a process */
	int status; /* of FACT_EXIT */
};

struct source;

/*
 * NULL: it cannot be had (why is for people: a static string).  heard is called
 * by the reader's thread, without any lock, when something was queued.
 */
struct source *source_new(void (*heard)(void *data), void *data, const char **why);
void source_free(struct source *s);
/*
 * Appends all facts that the kernel has told until now.  false: some were lost
 * since the last time: everything has to be looked at.
 */
bool source_take(struct source *s, GArray *facts);
/* How many facts were lost until now. */
uint64_t source_losses(const struct source *s);

#endif
