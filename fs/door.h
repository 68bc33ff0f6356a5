/* SPDX-License-Identifier: MIT */
/*
 * Where another pidnsfs asks the daemon of a mount for a view: a socket without a
 * name in any file system, so that nothing of it is ever left behind.  The file
 * .live/view tells what it is called.
 */
#ifndef PIDNSFS_FS_DOOR_H
#define PIDNSFS_FS_DOOR_H

#include "fs/view.h"

struct door;

/* For the user of fs and root alone; NULL: there can be none. */
struct door *door_new(const struct fs *fs, struct views *views);
void door_free(struct door *d);
/* The name behind the NUL, or NULL: borrowed. */
const char *door_name(const struct door *d);

#endif
