/* SPDX-License-Identifier: MIT */
/* Waiting for the ends of processes, and reading what happened. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/host.h"
#include "host/linux.h"
#include "host/proc.h"
#include "world/event-text.h"

/* What is recent. */
#define RECENT_TICKS (60 * 100)

/* A process whose wait file is open. */
struct held {
	struct host_watch watch; /* its pidfd; first */
	uint64_t ino;
	unsigned int count, level;
	bool watched;
	int nrs[WORLD_MAX_LEVEL + 1]; /* its numbers, which it may not have any more */
};

static void held_ready(struct host *h, struct host_watch *watch)
{
	struct held *held = (struct held *)watch;

	host_watch_remove(h, watch);
	held->watched = false;
	host_wake(h, held);
}

static int watch_hold(struct world *w, struct world_ref ref)
{
	struct host *h = to_host(w);
	const struct host_pid *p;
	struct held *held;
	int fd;

	host_lock(h);
	held = g_hash_table_lookup(h->held, &ref.ino);
	if (held) {
		held->count++;
		return host_unlock(h, 0);
	}
	p = host_pid(h, ref);
	fd = p ? linux_pidfd_open(p->numbers[0].nr, !p->leader) : -ESRCH;
	if (fd < 0 || linux_ino(fd) != ref.ino) {
		if (fd >= 0)
			close(fd);
		return host_unlock(h, -ESRCH);
	}
	held = g_new0(struct held, 1);
	held->watch = (struct host_watch){ held_ready, fd };
	held->ino = ref.ino;
	held->count = 1;
	held->level = p->level;
	for (unsigned int i = 0; i <= p->level; i++)
		held->nrs[i] = p->numbers[i].nr;
	g_hash_table_insert(h->held, &held->ino, held);
	return host_unlock(h, 0);
}

static void watch_release(struct world *w, struct world_ref ref)
{
	struct host *h = to_host(w);
	struct held *held;

	host_lock(h);
	held = g_hash_table_lookup(h->held, &ref.ino);
	if (held && !--held->count) {
		g_hash_table_remove(h->held, &ref.ino);
		if (held->watched)
			host_watch_remove(h, &held->watch);
		close(held->watch.fd);
		g_free(held);
	}
	host_unlock(h, 0);
}

static struct world_waited decode(int status, int nr)
{
	struct world_waited how = { .pid = nr };

	if (WIFEXITED(status)) {
		how.code = CLD_EXITED;
		how.status = WEXITSTATUS(status);
	} else {
		how.code = WCOREDUMP(status) ? CLD_DUMPED : CLD_KILLED;
		how.status = WTERMSIG(status);
	}
	return how;
}

static int watch_death(struct world *w, struct world_ref ref, struct world_waited *how,
		       struct world_waiter *waiter)
{
	struct host *h = to_host(w);
	struct held *held;
	bool reaped;
	int status, err;

	host_lock(h);
	held = g_hash_table_lookup(h->held, &ref.ino);
	if (!held)
		return host_unlock(h, -ESRCH);
	if (!linux_pidfd_dead(held->watch.fd, &reaped)) {
		if (!held->watched && waiter) {
			host_watch_add(h, &held->watch);
			held->watched = true;
		}
		host_sleep(h, held, waiter);
		return host_unlock(h, -EINPROGRESS);
	}
	err = linux_pidfd_status(held->watch.fd, &status);
	if (err)
		err = keeper_status(h->keeper, held->nrs[0], held->ino, &status);
	/* It may have been reaped just in between. */
	if (err)
		err = linux_pidfd_status(held->watch.fd, &status);
	if (err)
		return host_unlock(h, host_refuse(-ENODATA, "this kernel (before 6.15) tells only "
							    "parents how a process ended"));
	*how = decode(status, held->nrs[MIN(ref.level, held->level)]);
	return host_unlock(h, 0);
}

/* --- what happened ------------------------------------------------------------- */

struct world_stream {
	uint32_t inum;
	uint64_t next; /* the number of the next fact to be told */
	GString *line; /* what did not fit into the last read */
	bool over; /* its namespace is dead, whoever has the number now */
};

static struct world_stream *watch_stream_new(struct world *w, uint32_t inum)
{
	struct world_stream *s = NULL;
	struct host *h = to_host(w);

	host_lock(h);
	host_update(h); /* what was before is not told */
	/* They tell of everybody, so only to those from whom nobody is hidden. */
	if (host_ns(h, inum) && !host_check_open(h, 1)) {
		s = g_new0(struct world_stream, 1);
		s->inum = inum == h->inum ? WORLD_ROOT_INUM : inum;
		h->listeners++;
		if (h->source)
			source_listen(h->source, true);
		s->next = event_ring_next(h->events);
		s->line = g_string_new(NULL);
		host_wake_loop(h);
	}
	host_unlock(h, 0);
	return s;
}

static void watch_stream_free(struct world *w, struct world_stream *s)
{
	struct host *h = to_host(w);

	host_lock(h);
	if (!--h->listeners && h->source)
		source_listen(h->source, false);
	host_unlock(h, 0);
	g_string_free(s->line, TRUE);
	g_free(s);
}

/* The kernel gives a dead namespace's number to the next that is made. */
static bool is_its_end(const struct event *e, uint32_t inum)
{
	return e->kind == EVENT_NS_DEAD && e->nr[e->levels - 1].inum == inum;
}

static bool is_its_beginning(const struct event *e, uint32_t inum)
{
	const struct event_nr *nr = &e->nr[e->levels - 1];

	return e->kind == EVENT_FORK && nr->inum == inum && nr->nr == 1;
}

static int watch_stream_read(struct world *w, struct world_stream *s, GString *out, size_t max,
			     struct world_waiter *waiter)
{
	struct host *h = to_host(w);
	const size_t had = out->len;
	const struct event *e;
	uint64_t first;

	host_lock(h);
	/* Who waits is woken by the loop, when there is something. */
	if (h->source && !waiter)
		host_update(h);
	first = event_ring_first(h->events);
	for (;;) {
		if (s->line->len > max - (out->len - had))
			break;
		g_string_append_len(out, s->line->str, (gssize)s->line->len);
		g_string_truncate(s->line, 0);
		if (s->over || s->next >= event_ring_next(h->events))
			break;
		if (s->next < first) {
			g_string_printf(s->line, "lost %" G_GUINT64_FORMAT "\n", first - s->next);
			s->next = first;
			continue;
		}
		e = event_ring_get(h->events, s->next++);
		event_text(e, s->inum, s->line);
		s->over = is_its_end(e, s->inum);
	}
	if (out->len > had)
		return host_unlock(h, (int)(out->len - had));
	if (s->line->len)
		return host_unlock(h, host_refuse(-EINVAL, "the buffer is too small for one line"));
	if (s->over || !host_ns(h, s->inum))
		return host_unlock(h, 0);
	host_sleep(h, h->events, waiter);
	return host_unlock(h, -EINPROGRESS);
}

static int watch_recent(struct world *w, uint32_t inum, GString *out)
{
	struct host *h = to_host(w);
	const struct host_ns *ns;
	const struct event *e;
	uint64_t seq, first;

	host_lock(h);
	host_update(h);
	ns = host_ns(h, inum);
	if (!ns)
		return host_unlock(h, -ENOENT);
	if (host_check_open(h, 1))
		return host_unlock(h, host_refuse(-EACCES, "it tells of everybody, and /proc does "
							   "not show everybody to the caller"));
	inum = ns->level ? ns->inum : WORLD_ROOT_INUM;
	first = event_ring_first(h->events);
	for (seq = first; (e = event_ring_get(h->events, seq)); seq++)
		if (is_its_beginning(e, inum))
			first = seq;
	for (seq = first; (e = event_ring_get(h->events, seq)); seq++)
		if (e->time + RECENT_TICKS >= host_ticks())
			event_text(e, inum, out);
	return host_unlock(h, 0);
}

void host_watch_ops(struct world_ops *ops)
{
	ops->hold = watch_hold;
	ops->release = watch_release;
	ops->death = watch_death;
	ops->recent = watch_recent;
	ops->stream_new = watch_stream_new;
	ops->stream_free = watch_stream_free;
	ops->stream_read = watch_stream_read;
}
