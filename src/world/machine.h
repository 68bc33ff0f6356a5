/* SPDX-License-Identifier: MIT */
/*
 * The machine that the virtual processes run on: what a fixture says it is, and
 * what it has done, which never runs backwards.  Everything under the world's lock.
 */
#ifndef PIDNSFS_WORLD_MACHINE_H
#define PIDNSFS_WORLD_MACHINE_H

#include <glib.h>
#include <stdbool.h>

#include "core/facts.h"
#include "world/world.h"

struct machine {
	struct world_machine says; /* what was set, or is so from the start */
	bool mem_free_set;
	GArray *cpus; /* of struct world_cpu, as many as there ever were */
};

/* frozen: nothing of it may depend on when that is. */
void machine_init(struct machine *m, const struct world_options *options);
void machine_clear(struct machine *m);
void machine_set_cpus(struct machine *m, unsigned int cpus);
/* A process has used more than before, in ticks, on that CPU. */
void machine_used(struct machine *m, int cpu, uint64_t user, uint64_t nice, uint64_t system);
/* Idle time for what was not used until now, in ticks since the start. */
void machine_idle(struct machine *m, uint64_t now);
/* The sums over all processes are of k. */
void machine_fill(const struct machine *m, const struct kernel *k, struct world_machine *out);

/* What of these bytes is what, every number in its place; see world.h. */
void memory_fill(const struct group_facts *g, struct world_memory *out);

#endif
