/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oracle/puppet.h"
#include "oracle/run.h"

struct puppet *cast_puppet(struct run *r, int id)
{
	if (id < 0 || id >= r->n || r->puppet[id].life == LIFE_NONE)
		return NULL;
	return &r->puppet[id];
}

struct puppet *cast_new(struct run *r, int id)
{
	struct puppet *p;
	int i;

	if (id >= r->room) {
		int room = 2 * id + 64;

		r->puppet = realloc(r->puppet, (size_t)room * sizeof(*r->puppet));
		r->live = realloc(r->live, (size_t)room * sizeof(*r->live));
		if (!r->puppet || !r->live)
			abort();
		r->room = room;
	}
	for (; r->n <= id; r->n++)
		memset(&r->puppet[r->n], 0, sizeof(*p));
	p = &r->puppet[id];
	memset(p, 0, sizeof(*p));
	p->life = LIFE_LIVE;
	p->leader = id;
	p->sighand = r->sighands++;
	p->slot = -1;
	p->dir = p->stat = -1;
	for (i = 0; i < CONTROLS; i++)
		p->control[i] = -1;
	r->live[r->n_live++] = id;
	return p;
}

int cast_new_ns(struct run *r, int parent, int init)
{
	struct nspace *ns;

	if (r->n_ns == r->ns_room) {
		r->ns_room = 2 * r->ns_room + 16;
		r->ns = realloc(r->ns, (size_t)r->ns_room * sizeof(*r->ns));
		if (!r->ns)
			abort();
	}
	ns = &r->ns[r->n_ns];
	memset(ns, 0, sizeof(*ns));
	ns->parent = parent;
	ns->level = parent < 0 ? 1 : r->ns[parent].level + 1;
	ns->init = init;
	ns->kernel_fd = ns->kernel_proc = ns->mount_dir = ns->mount_hold = -1;
	return r->n_ns++;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void cast_close(struct puppet *p)
{
	int i;

	close_fd(&p->dir);
	close_fd(&p->stat);
	for (i = 0; i < CONTROLS; i++)
		close_fd(&p->control[i]);
}

void cast_clear(struct run *r)
{
	int i;

	for (i = 0; i < r->n_live; i++) {
		struct puppet *p = &r->puppet[r->live[i]];

		cast_close(p);
		r->by_nr[p->nr[0]] = 0;
	}
	for (i = 0; i < r->n_ns; i++) {
		close_fd(&r->ns[i].kernel_fd);
		close_fd(&r->ns[i].kernel_proc);
		close_fd(&r->ns[i].mount_dir);
		close_fd(&r->ns[i].mount_hold);
	}
	r->n = r->n_live = r->n_ns = 0;
	r->pdeaths = false;
	memset(r->slot_used, 0, sizeof(r->slot_used));
	script_clear(&r->played);
}

bool cast_can_act(const struct run *r, int id)
{
	const struct puppet *p;

	if (id < 0 || id >= r->n)
		return false;
	p = &r->puppet[id];
	return p->life == LIFE_LIVE && !p->exiting && !p->stopped;
}

bool cast_inside(const struct run *r, int ns, int outer)
{
	while (ns >= 0 && r->ns[ns].level > r->ns[outer].level)
		ns = r->ns[ns].parent;
	return ns == outer;
}

bool cast_visible(const struct run *r, const struct puppet *p, int ns)
{
	return cast_inside(r, p->ns, ns);
}

int cast_number(const struct run *r, int id, int ns)
{
	const struct puppet *p = &r->puppet[id];

	return cast_visible(r, p, ns) ? p->nr[r->ns[ns].level] : NOT_VISIBLE;
}

bool cast_has_number(const struct run *r, int id, int ns, long nr)
{
	const struct puppet *p = &r->puppet[id];

	return cast_visible(r, p, ns) && p->nr[r->ns[ns].level] == nr;
}

int cast_by_number(const struct run *r, int ns, long nr)
{
	int i;

	for (i = 0; i < r->n_live; i++) {
		const struct puppet *p = &r->puppet[r->live[i]];

		if (p->life != LIFE_GONE && cast_has_number(r, r->live[i], ns, nr))
			return r->live[i];
	}
	return -1;
}

int cast_threads(const struct run *r, int leader, int *ids, int max)
{
	int i, n = 0;

	for (i = 0; i < r->n_live && n < max; i++) {
		const struct puppet *p = &r->puppet[r->live[i]];

		if (p->leader == leader && p->life == LIFE_LIVE)
			ids[n++] = r->live[i];
	}
	return n;
}

int cast_slot(struct run *r)
{
	int i;

	for (i = 0; i < PUPPET_SLOTS; i++)
		if (!r->slot_used[i]) {
			r->slot_used[i] = 1;
			return i;
		}
	return -1;
}

/* Those of whom nothing is left. */
void cast_forget_gone(struct run *r)
{
	int i, n = 0;

	for (i = 0; i < r->n_live; i++) {
		struct puppet *p = &r->puppet[r->live[i]];

		if (p->life == LIFE_GONE && p->slot >= 0) {
			r->slot_used[p->slot] = 0;
			p->slot = -1;
			cast_close(p);
		}
		if (p->life == LIFE_GONE && !p->pinned) {
			if (r->by_nr[p->nr[0]] == r->live[i] + 1)
				r->by_nr[p->nr[0]] = 0;
			continue;
		}
		r->live[n++] = r->live[i];
	}
	r->n_live = n;
}

void resolve(const struct run *r, const struct op *op, long *v)
{
	int ns = op->actor == OUTSIDE ? 0 : r->puppet[op->actor].ns;
	unsigned int i;

	for (i = 0; i < op->n; i++) {
		const struct arg *a = &op->arg[i];

		switch (a->kind) {
		case ARG_PID:
			v[i] = cast_number(r, (int)a->value, ns);
			break;
		case ARG_NEGATIVE:
			v[i] = -cast_number(r, (int)a->value, ns);
			break;
		case ARG_NS:
			v[i] = r->puppet[a->value].ns;
			break;
		default:
			v[i] = a->value;
		}
	}
}

void say(struct run *r, const char *format, ...)
{
	va_list args;

	free(r->why);
	r->why = NULL;
	va_start(args, format);
	if (vasprintf(&r->why, format, args) < 0)
		abort();
	va_end(args);
}
