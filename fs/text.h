/* SPDX-License-Identifier: MIT */
/*
 * What a fact file says.  The texts that tell of all processes (ENTRY_WHOLE) are
 * kept as long as nothing changes: their size is asked for, and then they are read.
 */
#ifndef PIDNSFS_FS_TEXT_H
#define PIDNSFS_FS_TEXT_H

#include "fs/fs.h"

struct texts;

struct texts *texts_new(void);
void texts_free(struct texts *t);
/* Something in the world has changed.  From any thread, with any lock. */
void texts_changed(struct texts *t);

/* Appends the text; 0 or -errno: -ESRCH or -ENOENT if it is gone. */
int text_show(const struct fs *fs, const struct node *node, GString *out);
/* The same for a read in a view, where the size was told first. */
int text_read(const struct fs *fs, const struct node *node, GString *out);
/* Its length, or -errno. */
ssize_t text_size(const struct fs *fs, const struct node *node);

#endif
