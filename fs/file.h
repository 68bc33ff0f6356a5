/* SPDX-License-Identifier: MIT */
/*
 * Open files: what is kept from open to release, and how each kind is read and
 * written.  Nothing here waits: who gets -EINPROGRESS has his waiter registered
 * and tries again when it is woken (see fs/park.h).
 */
#ifndef PIDNSFS_FS_FILE_H
#define PIDNSFS_FS_FILE_H

#include "fs/entry.h"
#include "fs/fs.h"

struct file;

/* 0 or -errno.  -ENOENT: the process or namespace is gone. */
int file_open(const struct fs *fs, const struct node *node, struct file **file);
/* No other call may be under way, and no waiter registered. */
void file_free(struct file *f);
/* The kernel keeps what it reads of this fact file, whose node has that id. */
void file_keep(struct file *f, uint64_t id);
/* Can a read of it block? */
bool file_blocks(const struct file *f);
/*
 * Appends up to size bytes; how many, 0 being the end, or -errno.  off matters
 * for fact files alone.  -EINPROGRESS: waiter, which may be NULL, is registered.
 * -ESRCH: the process has died meanwhile.
 */
ssize_t file_read(struct file *f, GString *out, size_t size, off_t off,
		  struct world_waiter *waiter);
/* Would a read give something, were it the end or an error?  As file_read(). */
bool file_ready(struct file *f, struct world_waiter *waiter);
/* Calls the registration off, if there is one. */
void file_cancel(struct file *f, struct world_waiter *waiter);
/* The bytes that were taken, or -errno. */
ssize_t file_write(struct file *f, const char *buf, size_t size);

#endif
