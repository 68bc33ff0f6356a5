/* SPDX-License-Identifier: MIT */
/* What stat(2) says of a node. */
#ifndef PIDNSFS_FS_ATTR_H
#define PIDNSFS_FS_ATTR_H

#include <sys/stat.h>

#include "fs/fs.h"

/* -ENOENT: the process or namespace is gone. */
int attr_get(const struct fs *fs, const struct node *node, struct stat *st);
/* Of what somebody has already got hold of, as fstat(2): even if it is gone by now. */
int attr_get_open(const struct fs *fs, const struct node *node, struct stat *st);

#endif
