/* SPDX-License-Identifier: MIT */
/*
 * What the kernel is told unasked: that something it holds is no longer true.
 *
 * One thread tells it, in the order in which things were said here.  It holds no
 * lock of ours: the kernel takes its own for a notice, of a directory or a page,
 * and may have to wait for one until a request is answered, which nobody must hold
 * up therefore.  For the same reason a request that changed something does not
 * wait for the notices of that change: its answer is queued behind them.
 */
#ifndef PIDNSFS_FS_NOTIFY_H
#define PIDNSFS_FS_NOTIFY_H

#define FUSE_USE_VERSION 35
#include <fuse_lowlevel.h>

#include "fs/requests.h"

struct notify;

enum notice_kind {
	NOTICE_INODE, /* attributes and content of id */
	NOTICE_LISTING, /* the same of a directory whose mtime need not have changed */
	NOTICE_NAME, /* name, in parent, is not id's any more; id is dead */
};

struct notice {
	struct fuse_session *se; /* borrowed until notify_drop() */
	enum notice_kind kind;
	uint64_t id;
	uint64_t parent; /* INODE: where it was looked up, or 0 */
	int nr; /* NAME: the name */
};

struct notify *notify_new(struct requests *requests);
/* Answers what is queued; nothing more is told, and nobody may be in here. */
void notify_stop(struct notify *n);
void notify_free(struct notify *n);

/* From any thread, also with the world's lock held. */
void notify_tell(struct notify *n, const struct notice *notice);

/* Each answers req when all has been told that was said here before; n may be NULL. */
void notify_reply_err(struct notify *n, fuse_req_t req, int err);
void notify_reply_write(struct notify *n, fuse_req_t req, size_t size);
void notify_reply_buf(struct notify *n, fuse_req_t req, const char *buf, size_t size);

/*
 * At the end, when nobody serves se any more: serves it until nothing more is
 * being told, because what is told may wait for an answer.
 */
void notify_settle(struct notify *n, struct fuse_session *se);
/* Waits until all was told and answered. */
void notify_flush(struct notify *n);
/* Nothing will be told to se any more, and nothing is being told. */
void notify_drop(struct notify *n, struct fuse_session *se);

#endif
