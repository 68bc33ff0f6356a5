/* SPDX-License-Identifier: MIT */
/*
 * What the kernel may hold of a mount, and taking it back.
 *
 * Whatever it is told with a timeout is noted here first, by the subject that can
 * make it untrue (a process, a namespace, any change at all); when the world says
 * that the subject has changed, notices are queued for what was noted, and no
 * others, and it is forgotten here.  A value that was found while its subject
 * changed is not to be kept:
 *
 *	begin	note that it will be told
 *	        find the value
 *	commit	has anything changed since begin?  Then tell it without a timeout.
 *
 * Why this is exact although the kernel may take an answer in late: attributes
 * have a version there, which a notice counts up, so that an older answer is not
 * taken; a page is locked while it is read; a directory while a name is looked up
 * in it; and a listing is dropped when the directory's mtime has changed.
 */
#ifndef PIDNSFS_FS_CACHE_H
#define PIDNSFS_FS_CACHE_H

#include "fs/node.h"
#include "fs/notify.h"
#include "world/world.h"

struct cache;

/* How long a true answer holds, in seconds. */
#define CACHE_FOR_EVER 1e9

enum cache_keep {
	KEEP_NOT, /* it moves by itself */
	KEEP_TOLD, /* until its subject changes */
	KEEP_ALWAYS, /* it never changes */
};

/* n NULL: nothing is ever taken back (-o notify=off), and so most of it is soon untrue. */
struct cache *cache_new(struct notify *n);
/* To be set before the first request. */
void cache_set_session(struct cache *c, struct fuse_session *se);
void cache_free(struct cache *c);

/* What may be kept of the attributes and the content of a node. */
enum cache_keep cache_keep(const struct node *node);

/* What begin noted. */
struct cache_note {
	struct node node;
	uint64_t id;
	uint64_t parent; /* where it was looked up; 0: nowhere, just now */
	bool name; /* the name in parent will be kept, which is the node's number */
	uint64_t since, begun;
	bool added; /* nothing had been told of it */
};

void cache_begin(struct cache *c, struct cache_note *note);
/* false: what was found since cache_begin() may be untrue by now. */
bool cache_commit(struct cache *c, const struct cache_note *note);
/* The kernel has taken in something untrue: it is told so. */
void cache_take_back(struct cache *c, const struct cache_note *note);
/*
 * What was asked for is dead: perhaps nothing will be heard of it any more, and the
 * note would stay for ever.
 */
void cache_forget(struct cache *c, const struct cache_note *note);
/* Was it told, and has not changed since? */
bool cache_is_told(struct cache *c, const struct node *node, uint64_t id);

/* As world_watch() wants it: asks nothing. */
void cache_changed(struct cache *c, const struct world_change *change);

#endif
