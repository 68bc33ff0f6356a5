/* SPDX-License-Identifier: MIT */
/* libfuse's loop, in each version's own way. */
#ifndef PIDNSFS_FS_LOOP_H
#define PIDNSFS_FS_LOOP_H

struct fuse_session;

/* fuse_session_loop_mt(), with so many threads at most, where it has a limit. */
int loop_run(struct fuse_session *se, unsigned int threads);

#endif
