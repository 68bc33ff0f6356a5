/* SPDX-License-Identifier: MIT */
/* The requests of FUSE, each handed to the part that answers it. */
#ifndef PIDNSFS_FS_DRIVER_H
#define PIDNSFS_FS_DRIVER_H

#define FUSE_USE_VERSION 35
#include <fuse_lowlevel.h>

#include "fs/fs.h"

struct driver {
	struct fs *fs;
	unsigned int max_read; /* bytes, as it was mounted with; 0: not said */
	bool uring; /* requests come over io_uring */
	/* Called once, when the kernel has been told that the tree can be used. */
	void (*ready)(void *data);
	void *data;
};

/* The session's user data must be a struct driver. */
extern const struct fuse_lowlevel_ops driver_ops;

#endif
