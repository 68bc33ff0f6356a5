/* SPDX-License-Identifier: MIT */
#include "event/event.h"

#include <glib.h>

struct event_ring {
	unsigned int capacity, readers;
	uint64_t first, next;
	struct event *slot[]; /* owned; number seq is in seq % capacity */
};

struct event_ring *event_ring_new(unsigned int capacity)
{
	struct event_ring *ring =
		g_malloc0(sizeof(*ring) + capacity * sizeof(ring->slot[0]));

	ring->capacity = capacity;
	return ring;
}

static void event_ring_clear(struct event_ring *ring)
{
	for (; ring->first < ring->next; ring->first++)
		g_clear_pointer(&ring->slot[ring->first % ring->capacity], g_free);
}

void event_ring_free(struct event_ring *ring)
{
	event_ring_clear(ring);
	g_free(ring);
}

void event_ring_ref_reader(struct event_ring *ring)
{
	ring->readers++;
}

void event_ring_unref_reader(struct event_ring *ring)
{
	if (!--ring->readers)
		event_ring_clear(ring);
}

int event_ring_has_readers(const struct event_ring *ring)
{
	return ring->readers > 0;
}

void event_ring_add(struct event_ring *ring, struct event *e)
{
	struct event **slot = &ring->slot[ring->next % ring->capacity];

	if (ring->next - ring->first == ring->capacity) {
		g_free(*slot);
		ring->first++;
	}
	*slot = e;
	ring->next++;
}

const struct event *event_ring_get(const struct event_ring *ring, uint64_t seq)
{
	if (seq < ring->first || seq >= ring->next)
		return NULL;
	return ring->slot[seq % ring->capacity];
}

uint64_t event_ring_first(const struct event_ring *ring)
{
	return ring->first;
}

uint64_t event_ring_next(const struct event_ring *ring)
{
	return ring->next;
}

const char *event_kind_name(enum event_kind kind)
{
	static const char *const names[EVENT_KINDS] = {
		"fork", "thread", "exec",    "exit",  "reap", "stop",
		"cont", "adopt",  "session", "group", "nsdead", "lost",
	};

	return names[kind];
}
