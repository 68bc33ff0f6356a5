/* SPDX-License-Identifier: MIT */
/* How a host world is made; what it can do is in world/world.h. */
#ifndef PIDNSFS_HOST_WORLD_H
#define PIDNSFS_HOST_WORLD_H

#include "world/world.h"

/*
 * NULL: *why says in words what is missing, to be freed.  It has threads of its
 * own from now on.
 */
struct world *world_host_new(char **why);

#endif
