/* SPDX-License-Identifier: MIT */
/* A view as a read-only mount of its own, which the daemon of its world serves. */
#ifndef PIDNSFS_PIDNSCTL_MOUNT_H
#define PIDNSFS_PIDNSCTL_MOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "util/knock.h"

struct mount_source {
	char door[KNOCK_NAME]; /* empty: such a mount cannot be had, or is not wanted */
	uint32_t inum;
	bool others; /* all users may look, as in the world's own mount */
};

/* Of the view that is the directory path; false: it has none, or not for this user. */
bool mount_find(struct mount_source *s, const char *path);
/*
 * Mounts it in this mount namespace, whose owner we have to be.  Nothing of it stays open
 * here, so that it ends with the namespace, or with the daemon.  The end of a pipe on which
 * poll(2) finds POLLHUP when nobody serves it any more: what the kernel knows is still
 * there then.  Or -errno: nothing is mounted.
 */
int mount_view(const struct mount_source *s, const char *at);

#endif
