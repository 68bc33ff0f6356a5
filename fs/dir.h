/* SPDX-License-Identifier: MIT */
/* Names: looking one up, and listing them. */
#ifndef PIDNSFS_FS_DIR_H
#define PIDNSFS_FS_DIR_H

#include <sys/types.h>

#include "fs/fs.h"

/*
 * caller: the number of the task that asks, as this process sees it, 0 if
 * unknown: it finds itself.  *lasts: the name means the same for everybody, as
 * long as what was found lives, or as the directory does if nothing was.
 * -ENOENT: no such name, or the namespace is gone.
 */
int dir_lookup(const struct fs *fs, const struct node *dir, const char *name, pid_t caller,
	       struct node *node, bool *lasts);
/* As /proc: not even names are left in the directory of a dead process. */
int dir_missing(const struct fs *fs, const struct node *dir);

/*
 * Calls add for each name from offset off (0 at first) on; next is the offset
 * behind it.  It ends when add returns false, or at the end.  Offsets follow
 * from the numbers, as in /proc: who lives throughout is seen exactly once,
 * whatever comes and goes meanwhile.  batch: about how many names are wanted.
 * -ENOENT: the directory is gone.
 */
typedef bool (*dir_add)(void *data, const char *name, const struct node *node, off_t next);
int dir_list(const struct fs *fs, const struct node *dir, off_t off, unsigned int batch,
	     dir_add add, void *data);

#endif
