/* SPDX-License-Identifier: MIT */
/*
 * How a host world is made; what it can do is in world/world.h.
 *
 * It takes two processes.  The keeper has what privileges there are, and does as
 * little as possible: what the caller of a request may do itself.  The driver, which
 * talks to the kernel and has the world, has none.
 */
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

struct keeper;

/*
 * From here on there are two processes: 0 in the new one, the driver, with *k; its
 * pid in the old one, which has *socket for world_host_keep(); or -errno.  Before
 * there are threads.
 */
pid_t world_host_split(struct keeper **k, int *socket);
/* Serves the driver to its end: its wait status. */
int world_host_keep(pid_t driver, int socket);
/* From the driver: the mount can be used, and the keeper lets go of the terminal. */
void world_host_ready(struct keeper *k);
/* At the end, after the world's. */
void world_host_unsplit(struct keeper *k);

/*
 * In the driver: gives up privileges, the world being open.  NULL: *why says in
 * words what is missing, to be freed.  It has threads of its own from now on; should
 * there be no keeper any more it sends SIGTERM to this process.
 */
struct world *world_host_new(const struct world_host_options *options, struct keeper *k,
			     char **why);

#endif
