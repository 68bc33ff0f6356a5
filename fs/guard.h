/* SPDX-License-Identifier: MIT */
/*
 * What unmounts when the daemon dies without having done so: a process beside each
 * mount.
 *
 * It aborts the connection first.  The daemon may have died while it told the kernel
 * of a change; that waits for a directory which some reader holds until he has an
 * answer, and can be killed no more than he can.  So the daemon never quite ends, its
 * /dev/fuse is never closed, and all readers would wait for ever.
 *
 * For the same reason nothing that the daemon has open tells its death.  The guard of
 * the daemon's own mount is its child, and hears of it by a signal; it tells the
 * guards of the views by an eventfd.
 */
#ifndef PIDNSFS_FS_GUARD_H
#define PIDNSFS_FS_GUARD_H

#include <stdbool.h>
#include <stdint.h>

struct guard_plan {
	const char *mountpoint; /* absolute */
	bool own; /* the caller is the daemon, and has one thread yet */
	bool keep; /* the mount stays behind; only nobody shall wait for it */
	int death; /* an eventfd: own sets it when the daemon is dead, others wait for it */
};

/* From before the mount on.  What it needs to be called off, or -1. */
int guard_start(const struct guard_plan *plan);
/* It is mounted. */
void guard_mounted(int guard, const char *mountpoint);
/* It is mounted no more: nothing is left to do. */
void guard_end(int guard);
/*
 * Of two processes the one that has not served unmounts.  What tells this mount from
 * all others, ever; 0: it cannot be told.  Nobody needs to serve it yet.
 */
uint64_t guard_mount_id(const char *mountpoint);
/* Unmounts it, if it still is there. */
void guard_unmount(const char *mountpoint, uint64_t id);

/* Once: should the caller crash the guard hears of it before a core is dumped. */
void guard_crashes(int guard);

#endif
