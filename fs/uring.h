/* SPDX-License-Identifier: MIT */
/*
 * Requests that come over io_uring, where libfuse has that: one thread for each
 * processor, and the answer takes the next request along.
 *
 * What is different there: a request that waits keeps its place in the ring, so that
 * only some may; and libfuse does not tell when one was interrupted.
 */
#ifndef PIDNSFS_FS_URING_H
#define PIDNSFS_FS_URING_H

#define FUSE_USE_VERSION 35
#include <fuse_lowlevel.h>
#include <stdbool.h>

/* So many at most may wait: fewer than the ring of any processor has places. */
#define URING_WAITS 24

/* Why there is none, on stderr; that of a view needs less than that of a mount. */
bool uring_check(bool view);
/* What fuse_session_new() should be told. */
void uring_add_args(struct fuse_args *args);
/* From the session's init. */
void uring_init(struct fuse_conn_info *conn);

/* It came that way. */
bool uring_is(fuse_req_t req);
/* A signal waits for thread tid, which waits for us; false if we cannot see it. */
bool uring_interrupted(pid_t tid);

/*
 * Serves what still comes over the device, until the session or this process is to
 * end.  The rings go on: uring_stop() ends them, once.  -errno.
 */
int uring_loop(struct fuse_session *se);
void uring_stop(struct fuse_session *se);

#endif
