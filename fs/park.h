/* SPDX-License-Identifier: MIT */
/*
 * Requests that cannot be answered yet: reads that block, and polls.
 *
 * One thread does all of it: it asks again when something was woken, answers
 * interrupted reads with EINTR, and at the end everything that is left.
 */
#ifndef PIDNSFS_FS_PARK_H
#define PIDNSFS_FS_PARK_H

#define FUSE_USE_VERSION 35
#include <fuse_lowlevel.h>

#include "fs/file.h"

struct park;

struct park *park_new(const struct fs *fs);
/* Answers what waits; from now on nothing does, and whoever would is told EINTR. */
void park_stop(struct park *park);
/* The same, and frees every file that is open; requests must have ended. */
void park_free(struct park *park);

/* From now on f is the park's, which frees it in the end. */
void park_opened(struct park *park, struct file *f);
/* Frees a file that nobody has got. */
void park_forget(struct park *park, struct file *f);
/* Each takes the request over; ph as well. */
void park_read(struct park *park, fuse_req_t req, struct file *f, size_t size);
void park_poll(struct park *park, struct file *f, struct fuse_pollhandle *ph);
void park_release(struct park *park, fuse_req_t req, struct file *f);

#endif
