/* SPDX-License-Identifier: MIT */
/*
 * What unmounts when the daemon dies without having done so.
 *
 * fusermount3's auto_unmount looks at the mount as root, who may not look at an
 * ordinary user's without allow_other: there it stays behind.  So a shell waits
 * beside the daemon and has fusermount3 unmount it as the user.
 */
#ifndef PIDNSFS_FS_GUARD_H
#define PIDNSFS_FS_GUARD_H

#include <stdint.h>

/* From before the mount on.  What it needs to be called off, or -1. */
int guard_start(const char *mountpoint);
/* The mount is gone: nothing is left to do. */
void guard_end(int guard);

/*
 * Of two processes the one that has not served unmounts.  What tells this mount from
 * all others, ever; 0: it cannot be told.  Nobody needs to serve it yet.
 */
uint64_t guard_mount_id(const char *mountpoint);
/* Unmounts it, if it still is there. */
void guard_unmount(const char *mountpoint, uint64_t id);

#endif
