/* SPDX-License-Identifier: MIT */
/*
 * The requests to a world of real processes: those for its foreign files are
 * answered here, the others are handed on to the driver.
 */
#ifndef PIDNSFS_FS_REAL_H
#define PIDNSFS_FS_REAL_H

#define FUSE_USE_VERSION 35
#include <fuse_lowlevel.h>

/* The session's user data is as for driver_ops, with fs->foreign. */
const struct fuse_lowlevel_ops *real_ops(void);

#endif
