/* SPDX-License-Identifier: MIT */
/* From what the source tells to the mirror, and to events. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host/host.h"
#include "host/proc.h"

/* How old what was looked at may be, while somebody asks: ends are missed at times. */
#define AUDIT_US 1000000

/* --- events --------------------------------------------------------------------- */

uint64_t host_ticks(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 100 + (uint64_t)now.tv_nsec / 10000000;
}

static struct event *event_new(const struct host *h, enum event_kind kind, unsigned int levels)
{
	struct event *e = g_malloc0(sizeof(*e) + levels * sizeof(e->nr[0]));

	e->time = h->telling ? h->telling->time / 10000000 : host_ticks();
	e->kind = kind;
	e->levels = levels;
	return e;
}

static void add_event(struct host *h, struct event *e)
{
	event_ring_add(h->events, e);
	host_wake(h, h->events);
}

/* To a process as the mirror knows it, and nobody: by a number of ours. */
static struct event *event_of_pid(const struct host *h, enum event_kind kind,
				  const struct host_pid *pid, int nr, int other)
{
	const struct host_ns *root = mirror_root(h->mirror);
	struct event *e = event_new(h, kind, pid ? pid->level + 1 : 1);
	const struct host_pid *parent = other ? idr_find(&root->idr, (unsigned int)other) : NULL;

	for (unsigned int i = 0; i < e->levels; i++) {
		const struct host_ns *ns = pid ? pid->numbers[i].ns : root;

		e->nr[i].inum = i ? ns->inum : WORLD_ROOT_INUM;
		e->nr[i].nr = pid ? pid->numbers[i].nr : nr;
		e->nr[i].other = i ? mirror_nr(parent, ns) : other;
	}
	return e;
}

/* Some sources tell all numbers; of others' facts the mirror may know more. */
static struct event *event_of_fact(const struct host *h, enum event_kind kind, const struct fact *f,
				   const struct host_pid *pid)
{
	struct event *e;

	if (!f->levels)
		return event_of_pid(h, kind, pid, f->pid, f->kind == FACT_FORK ? f->parent : 0);
	e = event_new(h, kind, f->levels);
	for (unsigned int i = 0; i < f->levels; i++)
		e->nr[i] = (struct event_nr){ i ? f->nr[i].inum : WORLD_ROOT_INUM, f->nr[i].nr,
					      f->nr[i].other };
	return e;
}

void host_born(void *data, struct host_pid *pid)
{
	struct host *h = data;
	g_autofree char *status = NULL;
	char path[32];

	/* Whoever is there already when it begins. */
	pid->told = h->beginning;
	/* If there is somebody who tells, it will be told in its turn. */
	if (h->beginning || (h->source && !h->scanning))
		return;
	pid->told = true;
	snprintf(path, sizeof(path), "%d/status", pid->numbers[0].nr);
	status = proc_read(h->proc, path, NULL);
	add_event(h, event_of_pid(h, EVENT_FORK, pid, 0,
				  status ? MAX((int)proc_number(status, "PPid"), 0) : 0));
}

void host_gone(void *data, const struct host_pid *pid)
{
	struct host *h = data;

	if (!pid->told)
		return;
	/* Without somebody who tells this is all that is known of its end. */
	add_event(h, event_of_pid(h, EVENT_REAP, pid, 0, 0));
	if (pid->level && pid->numbers[pid->level].ns->pids == 0)
		add_event(h, event_of_pid(h, EVENT_NS_DEAD, pid, 0, 0));
}

/* --- facts ---------------------------------------------------------------------- */

static void tell_fork(struct host *h, const struct fact *f)
{
	/* All that it is was told, or it has to be looked at as long as it lives. */
	struct host_pid *p = f->levels ? mirror_hear(h->mirror, f) : NULL;

	if (!p)
		p = mirror_refresh(h->mirror, f->pid);
	if (p && p->told)
		return; /* it was seen before it was told */
	add_event(h, event_of_fact(h, EVENT_FORK, f, p));
	if (p)
		p->told = true;
}

static void tell_exec(struct host *h, const struct fact *f)
{
	struct event *e;
	g_autofree char *comm = NULL;
	const struct host_pid *p = NULL;
	char path[32];

	if (!f->levels) {
		p = mirror_refresh(h->mirror, f->pid);
		snprintf(path, sizeof(path), "%d/comm", f->pid);
		comm = p ? proc_read(h->proc, path, NULL) : NULL;
		comm = comm ? g_strchomp(comm) : g_strdup("?");
	}
	e = event_of_fact(h, EVENT_EXEC, f, p);
	g_strlcpy(e->comm, comm ? comm : f->comm, sizeof(e->comm));
	add_event(h, e);
}

static void tell(struct host *h, const struct fact *f)
{
	const struct host_pid *p = idr_find(&mirror_root(h->mirror)->idr, (unsigned int)f->pid);
	const bool thread = f->pid != f->tgid;
	struct event *e;

	switch (f->kind) {
	case FACT_FORK:
		/* A thread's files come and go with nobody asking. */
		if (thread)
			add_event(h, event_of_fact(h, EVENT_THREAD, f, NULL));
		else
			tell_fork(h, f);
		break;
	case FACT_EXEC:
		tell_exec(h, f);
		break;
	case FACT_SESSION:
		add_event(h, event_of_fact(h, EVENT_SESSION, f, p));
		break;
	case FACT_EXIT:
		e = event_of_fact(h, EVENT_EXIT, f, thread ? NULL : p);
		e->value = f->status;
		add_event(h, e);
		/* Nobody tells for certain when it is reaped. */
		if (!thread)
			mirror_dying(h->mirror, f->pid);
		break;
	default:
		break; /* it has woken us */
	}
}

static void tell_losses(struct host *h)
{
	const uint64_t losses = source_losses(h->source);
	struct event *e;

	if (losses == h->lost_told)
		return;
	e = event_of_pid(h, EVENT_LOST, NULL, 0, 0);
	e->value = (int)MIN(losses - h->lost_told, INT32_MAX);
	add_event(h, e);
	h->lost_told = losses;
}

static void scan(struct host *h, uint64_t *count)
{
	++*count;
	h->scanning = true;
	mirror_scan(h->mirror);
	h->scanning = false;
}

void host_update(struct host *h)
{
	g_autoptr(GByteArray) facts = g_byte_array_new();
	bool complete = h->source && source_take(h->source, facts);
	guint at = 0;

	h->updates++;
	while ((h->telling = source_fact(facts, &at)))
		tell(h, h->telling);
	if (h->source)
		tell_losses(h);
	if (h->source && !complete)
		scan(h, &h->scans);
	else if (!h->source && !mirror_is_current(h->mirror))
		scan(h, &h->scans);
	else if (g_get_monotonic_time() - mirror_looked(h->mirror) >= AUDIT_US &&
		 !mirror_is_current(h->mirror))
		scan(h, &h->audits);
	mirror_settle(h->mirror);
}
