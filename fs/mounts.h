/* SPDX-License-Identifier: MIT */
/* What is mounted where, as the kernel tells in mountinfo. */
#ifndef PIDNSFS_FS_MOUNTS_H
#define PIDNSFS_FS_MOUNTS_H

#include <stdbool.h>

/* Is a pidnsfs the topmost mount at this absolute path?  Then *minor is its device's. */
bool mounts_has(const char *path, unsigned int *minor);

#endif
