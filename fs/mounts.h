/* SPDX-License-Identifier: MIT */
/* What is mounted where, as the kernel tells in mountinfo. */
#ifndef PIDNSFS_FS_MOUNTS_H
#define PIDNSFS_FS_MOUNTS_H

#include <stdbool.h>

/* Is a pidnsfs the topmost mount at this absolute path?  Then *minor is its device's. */
bool mounts_has(const char *path, unsigned int *minor);
/* Is that device mounted anywhere in the namespace whose mountinfo is open as fd? */
bool mounts_has_device(int fd, unsigned int minor);

#endif
