/* SPDX-License-Identifier: MIT */
/*
 * What tells the mirror where to look: BPF programs where they may be loaded, else
 * the kernel's proc connector; without either there is no source, and the mirror
 * has to look at everything.
 *
 * A thread only reads, so that the kernel's buffer is never full for long, and
 * queues; whoever wants to know takes the queue.  While nobody listens it wakes
 * up a few times a second at most, and keeps only the latest facts.  What the
 * kernel has lost is noticed: by the socket's error, a gap in a CPU's sequence
 * numbers, or the programs' own count.
 */
#ifndef PIDNSFS_HOST_SOURCE_H
#define PIDNSFS_HOST_SOURCE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/fact.h"
#include "host/world.h"

struct source;

/*
 * Opens what options ask for, or the best there is, which takes rights that
 * nothing afterwards does: they can be dropped then.  NULL: none, and *must if that
 * is not what was asked for.  *why, to be freed, says what better one cannot be had,
 * and is NULL if this is the best.
 */
struct source *source_new(const struct world_host_options *options, bool *must, char **why);
/*
 * Begins to listen: heard is called by the reader's thread, without any lock, when
 * something was queued while somebody listens.  -errno: there can be no thread.
 */
int source_start(struct source *s, void (*heard)(void *data), void *data);
void source_free(struct source *s);
/* For people: a static string. */
const char *source_name(const struct source *s);
/* Somebody wants to know at once, or nobody does any more. */
void source_listen(struct source *s, bool listen);
/*
 * Appends all facts that the kernel has told until now.  false: some were lost,
 * or dropped, since the last time: everything has to be looked at.
 */
bool source_take(struct source *s, GByteArray *facts);
/* How many facts the kernel has lost until now. */
uint64_t source_losses(struct source *s);
/* The fact at *at, which is moved on; NULL: that was all. */
const struct fact *source_fact(const GByteArray *facts, guint *at);

#endif
