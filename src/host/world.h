/* SPDX-License-Identifier: MIT */
/* How a host world is made; what it can do is in world/world.h. */
#ifndef PIDNSFS_HOST_WORLD_H
#define PIDNSFS_HOST_WORLD_H

#include "world/world.h"

struct world_host_options {
	/*
	 * What tells of comings and goings: "bpf", "connector", "scan", or "auto" (and
	 * NULL) for the first of these that can be had.
	 */
	const char *source;
	unsigned int buffer; /* bytes that the kernel keeps for us; 0: as it is good */
};

/*
 * NULL: *why says in words what is missing, to be freed.  It has threads of its
 * own from now on.
 */
struct world *world_host_new(const struct world_host_options *options, char **why);

#endif
