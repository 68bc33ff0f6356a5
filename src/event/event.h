/* SPDX-License-Identifier: MIT */
/*
 * A numbered ring of facts: what happened in a world, in the order in which it
 * happened.  Values only, no pointer into the world.  Not locked: it is appended
 * to under the world's lock, which is what makes its order history.
 */
#ifndef PIDNSFS_EVENT_EVENT_H
#define PIDNSFS_EVENT_EVENT_H

#include <stdint.h>

enum event_kind {
	EVENT_FORK, /* other: the parent */
	EVENT_THREAD, /* a clone with CLONE_THREAD; other: the parent */
	EVENT_EXEC,
	EVENT_EXIT, /* value: the wait status */
	EVENT_REAP,
	EVENT_STOP, /* value: the signal */
	EVENT_CONT,
	EVENT_ADOPT, /* other: the new parent */
	EVENT_SESSION,
	EVENT_GROUP, /* other: the group */
	EVENT_NS_DEAD,
	EVENT_LOST, /* value: how many facts nobody has heard of */
	EVENT_KINDS
};

/* The numbers in one namespace; 0: has none there. */
struct event_nr {
	uint32_t inum;
	int nr, other;
};

struct event {
	uint64_t time; /* ticks of 1/100 s */
	enum event_kind kind;
	int value;
	char comm[16];
	unsigned int levels;
	struct event_nr nr[];
};

struct event_ring;

struct event_ring *event_ring_new(unsigned int capacity);
void event_ring_free(struct event_ring *ring);
/* Facts are kept only while somebody reads. */
void event_ring_ref_reader(struct event_ring *ring);
void event_ring_unref_reader(struct event_ring *ring);
int event_ring_has_readers(const struct event_ring *ring);
/* Takes e over; the oldest one goes when the ring is full. */
void event_ring_add(struct event_ring *ring, struct event *e);
/* Borrowed until the next add; NULL: seq is not there (yet, or any more). */
const struct event *event_ring_get(const struct event_ring *ring, uint64_t seq);
uint64_t event_ring_first(const struct event_ring *ring);
uint64_t event_ring_next(const struct event_ring *ring); /* of the next one added */
const char *event_kind_name(enum event_kind kind);

#endif
