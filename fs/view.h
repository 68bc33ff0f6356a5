/* SPDX-License-Identifier: MIT */
/*
 * One view of the world as a mount of its own, for readers in a hurry: what /proc
 * has and nothing else, read-only, and so that the kernel need not ask whether a
 * file may be opened.  Each is served by a thread of its own.
 */
#ifndef PIDNSFS_FS_VIEW_H
#define PIDNSFS_FS_VIEW_H

#include "fs/fs.h"
#include "util/knock.h"

struct views;

/* Of the mount fs, whose world they show. */
struct views *views_new(const struct fs *fs);
/* Ends them all; those who guard the mounts unmount them. */
void views_free(struct views *v);

/*
 * Serves it until it is unmounted.  The descriptors are taken over.  -ENOENT: no such
 * namespace; -EOPNOTSUPP: this world does not say when it changes.
 */
int views_add(struct views *v, const struct view_request *r, const struct view_fds *fds);
/* As cache_changed(), of each of them. */
void views_changed(struct views *v, const struct world_change *change);

#endif
