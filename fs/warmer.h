/* SPDX-License-Identifier: MIT */
/*
 * A process beside a mounted view that reads it ahead, so that the kernel has what
 * others will ask for.
 *
 * It is no thread of the daemon, which would wait for itself.  It looks at the view in
 * a mount namespace of its own, where there is nothing else: so it keeps nobody from
 * unmounting, and watches for that.  What to read it is told by the daemon, in batches
 * (fs/warm.h), and rests between them.
 */
#ifndef PIDNSFS_FS_WARMER_H
#define PIDNSFS_FS_WARMER_H

/* Takes socket over; the caller has one thread.  It ends with the socket or the mount. */
void warmer_start(const char *mountpoint, int socket);

#endif
