/* SPDX-License-Identifier: MIT */
#include "world/machine.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/task.h"

/* 2026-01-01 00:00:00 UTC: when a world begins whose clock stands. */
#define FROZEN_BTIME 1767225600

void machine_init(struct machine *m, const struct world_options *options)
{
	struct world_machine *s = &m->says;
	const char *release = options->kernel == 618 ? "6.18.0" : "6.12.0";

	*m = (struct machine){ 0 };
	m->cpus = g_array_new(FALSE, TRUE, sizeof(struct world_cpu));
	machine_set_cpus(m, options->cpus);
	s->btime = options->frozen ? FROZEN_BTIME : (int64_t)time(NULL);
	s->mem_total = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	g_strlcpy(s->hostname, "virtual", sizeof(s->hostname));
	g_strlcpy(s->domainname, "(none)", sizeof(s->domainname));
	g_strlcpy(s->osrelease, release, sizeof(s->osrelease));
	g_strlcpy(s->version, "#1 SMP PREEMPT_DYNAMIC", sizeof(s->version));
}

void machine_clear(struct machine *m)
{
	g_array_unref(m->cpus);
}

void machine_set_cpus(struct machine *m, unsigned int cpus)
{
	m->says.cpus = cpus;
	/* One that was taken out keeps what it has done. */
	if (cpus > m->cpus->len)
		g_array_set_size(m->cpus, cpus);
}

void machine_used(struct machine *m, int cpu, uint64_t user, uint64_t nice, uint64_t system)
{
	struct world_cpu *c = &g_array_index(m->cpus, struct world_cpu,
					     (guint)cpu < m->says.cpus ? (guint)cpu : 0);

	c->user += user;
	c->nice += nice;
	c->system += system;
}

static uint64_t busy(const struct world_cpu *c)
{
	/* guest is in user, guest_nice in nice */
	return c->user + c->nice + c->system + c->iowait + c->irq + c->softirq + c->steal;
}

void machine_idle(struct machine *m, uint64_t now)
{
	for (unsigned int i = 0; i < m->says.cpus; i++) {
		struct world_cpu *c = &g_array_index(m->cpus, struct world_cpu, i);
		uint64_t used = busy(c);

		/* A fixture may say more than there was time for: then it was never idle. */
		if (now > used && now - used > c->idle)
			c->idle = now - used;
	}
}

static uint64_t at_most(uint64_t value, uint64_t max)
{
	return value < max ? value : max;
}

void memory_fill(const struct group_facts *g, struct world_memory *out)
{
	const uint64_t *m;
	uint64_t parts;

	*out = (struct world_memory){ 0 };
	if (!g || !g->memory_set)
		return;
	m = g->memory;
	parts = m[MEMORY_TEXT] + m[MEMORY_LIB] + m[MEMORY_STACK] + m[MEMORY_DATA];
	out->rss = m[MEMORY_RSS];
	out->swap = m[MEMORY_SWAP];
	out->rss_file = at_most(m[MEMORY_SHARED], out->rss);
	out->rss_shmem = at_most(m[MEMORY_SHMEM], out->rss - out->rss_file);
	/* What was not said is at least what the rest of it needs. */
	out->vsize = MAX(MAX(out->rss + out->swap, parts), m[MEMORY_VSIZE]);
	if (g->memory_set & 1u << MEMORY_VSIZE)
		out->vsize = m[MEMORY_VSIZE];
	out->text = at_most(m[MEMORY_TEXT], out->vsize);
	out->lib = at_most(m[MEMORY_LIB], out->vsize - out->text);
	out->stack = at_most(m[MEMORY_STACK], out->vsize - out->text - out->lib);
	out->data = out->vsize - out->text - out->lib - out->stack;
	if (g->memory_set & 1u << MEMORY_DATA)
		out->data = at_most(m[MEMORY_DATA], out->data);
	out->peak = MAX(m[MEMORY_PEAK], out->vsize);
	out->hwm = MAX(m[MEMORY_HWM], out->rss);
	out->locked = m[MEMORY_LOCKED];
	out->pinned = m[MEMORY_PINNED];
	out->pte = m[MEMORY_PTE];
}

static void add_memory(const struct group_facts *g, struct world_machine *out)
{
	struct world_memory m;

	memory_fill(g, &m);
	out->anon += m.rss - m.rss_file - m.rss_shmem;
	out->file += m.rss_file;
	out->shmem += m.rss_shmem;
	out->swap += m.swap;
	out->pte += m.pte;
	out->locked += m.locked;
}

void machine_fill(const struct machine *m, const struct kernel *k, struct world_machine *out)
{
	const struct group_facts *g;
	const struct facts *f;
	uint64_t used;

	*out = m->says;
	out->forks = k->forks;
	out->threads = k->nr_threads;
	list_for_each_entry(f, &k->facts, node)
	{
		if (f->task->exiting)
			continue;
		out->running += f->state == 'R';
		out->blocked += f->state == 'D';
	}
	list_for_each_entry(g, &k->group_facts, node) add_memory(g, out);
	/* Totals are never less than the sum of the parts. */
	out->cached = MAX(out->cached, out->file + out->shmem);
	used = out->anon + out->cached + out->buffers + out->pte;
	out->mem_total = MAX(out->mem_total, used);
	if (m->mem_free_set)
		out->mem_free = at_most(out->mem_free, out->mem_total - used);
	else
		out->mem_free = out->mem_total - used;
	out->swap_total = MAX(out->swap_total, out->swap);
	out->swap_free = out->swap_total - out->swap;
}
