/* SPDX-License-Identifier: MIT */
#ifndef PIDNSFS_CORE_VERIFY_H
#define PIDNSFS_CORE_VERIFY_H

#include "core/kernel.h"

/*
 * Walks the whole world, between calls, and checks all that must always hold.
 * NULL, or a sentence about the first thing that does not, to be freed.  The
 * time is linear in the number of tasks.
 */
char *verify(const struct kernel *k);

#endif
