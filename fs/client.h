/* SPDX-License-Identifier: MIT */
/* pidnsfs MNT[/ns/INUM] MOUNTPOINT: mounts a view, which the daemon of MNT serves. */
#ifndef PIDNSFS_FS_CLIENT_H
#define PIDNSFS_FS_CLIENT_H

#include <stdbool.h>

#include "fs/options.h"

/* Is it a directory of a view that is mounted already? */
bool client_is_view(const char *source);
/* The exit status; what is wrong is said.  path: the mount point, absolute. */
int client_run(const struct options *o, const char *path);

#endif
