/* SPDX-License-Identifier: MIT */
/* What happened in a view of the virtual world, as lines. */
#include <errno.h>

#include "event/event.h"
#include "world/event-text.h"
#include "world/virtual.h"

struct world_stream {
	uint32_t inum;
	uint64_t next; /* the number of the next fact to be told */
	GString *line; /* what did not fit into the last read */
};

static struct world_stream *virtual_stream_new(struct world *w, uint32_t inum)
{
	struct world_stream *s = NULL;
	struct kernel *k = world_begin(w);

	if (world_live_ns(w, inum)) {
		s = g_new0(struct world_stream, 1);
		s->inum = inum;
		event_ring_ref_reader(k->events);
		s->next = event_ring_next(k->events);
		s->line = g_string_new(NULL);
	}
	world_end(w, 0);
	return s;
}

static void virtual_stream_free(struct world *w, struct world_stream *s)
{
	struct kernel *k;

	if (!s)
		return;
	k = world_begin(w);
	event_ring_unref_reader(k->events);
	world_end(w, 0);
	g_string_free(s->line, TRUE);
	g_free(s);
}

/* As many whole lines as fit; false: the rest must wait for the next read. */
static bool take_line(struct world_stream *s, GString *out, size_t *room)
{
	if (s->line->len > *room)
		return false;
	g_string_append_len(out, s->line->str, (gssize)s->line->len);
	*room -= s->line->len;
	g_string_truncate(s->line, 0);
	return true;
}

static int virtual_stream_read(struct world *w, struct world_stream *s, GString *out, size_t max,
			       struct world_waiter *waiter)
{
	struct kernel *k = world_begin(w);
	const size_t had = out->len;
	size_t room = max;
	uint64_t first = event_ring_first(k->events);

	while (take_line(s, out, &room) && s->next < event_ring_next(k->events)) {
		if (s->next < first) {
			g_string_printf(s->line, "lost %" G_GUINT64_FORMAT "\n", first - s->next);
			s->next = first;
			continue;
		}
		event_text(event_ring_get(k->events, s->next++), s->inum, s->line);
	}
	if (out->len > had)
		return world_end(w, (int)(out->len - had));
	if (s->line->len)
		return world_end(w, refuse(k, -EINVAL, "the buffer is too small for one line"));
	if (!world_live_ns(w, s->inum))
		return world_end(w, 0);
	world_sleep(w, &to_virtual(w)->stream_readers, waiter);
	return world_end(w, -EINPROGRESS);
}

void virtual_stream_ops(struct world_ops *ops)
{
	ops->stream_new = virtual_stream_new;
	ops->stream_free = virtual_stream_free;
	ops->stream_read = virtual_stream_read;
}
