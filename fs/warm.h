/* SPDX-License-Identifier: MIT */
/*
 * Which processes of a view that is mounted by itself are to be read ahead: once all
 * of them, then those that have changed.  A process beside it reads (fs/warmer.h).
 */
#ifndef PIDNSFS_FS_WARM_H
#define PIDNSFS_FS_WARM_H

#include <glib.h>
#include <stdint.h>

#include "world/world.h"

/*
 * A message to the warmer: it reads these, and rests so many times as long as that took.
 * One to the daemon is a byte: that is done.  There is one on the way at most.
 */
#define WARM_BATCH 256

struct warm_order {
	int32_t rest;
	int32_t numbers[WARM_BATCH]; /* as many as there are; of processes, or: */
};

#define WARM_NOBODY 0
#define WARM_VIEW (-1) /* the listing and the table */

struct warm;

/* Takes socket over, the other end of which is the warmer's. */
struct warm *warm_new(struct world *w, uint32_t inum, int socket);
void warm_free(struct warm *warm);
/* What to poll for; -1: there is no warmer any more. */
int warm_fd(const struct warm *warm);
/* There is something: the view's thread gives the next batch out. */
void warm_serve(struct warm *warm);
/* As world_watch() wants it: asks nothing. */
void warm_changed(struct warm *warm, const struct world_change *change);
/* The line of pidns. */
void warm_text(struct warm *warm, GString *out);

#endif
