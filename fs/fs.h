/* SPDX-License-Identifier: MIT */
/* What every part of the driver knows of the mount. */
#ifndef PIDNSFS_FS_FS_H
#define PIDNSFS_FS_FS_H

#include <sys/types.h>
#include <time.h>

#include "ctl/errors.h"
#include "fs/cache.h"
#include "fs/entry.h"
#include "fs/node.h"
#include "world/world.h"

struct foreign;
struct door;
struct park;
struct views;
struct requests;
struct texts;
struct warm;

/* Does not change while requests are served, but for what is behind pointers. */
struct fs {
	struct world *w;
	struct errors *errors;
	struct park *park;
	struct foreign *foreign; /* NULL: this world has no such files */
	struct requests *requests; /* counted */
	struct cache *cache; /* of this mount; NULL: the kernel may keep nothing */
	struct notify *notify; /* NULL: nobody is told of changes */
	struct texts *texts; /* NULL: nobody knows when they change */
	struct door *door; /* where views are asked for; NULL: nowhere */
	struct views *views; /* NULL: there can be none */
	int death; /* an eventfd, which is set when the daemon is dead: see fs/guard.h */
	bool view; /* a view as a mount of its own, whose root is this: */
	struct node root;
	struct warm *warm; /* of a view */
	uid_t uid; /* of the mounting user */
	gid_t gid;
	int self; /* whom readers act as: its number in the root view */
};

/*
 * Fills s and, if node is a process's, task.  -ESRCH: the process is gone;
 * -ENOENT: the namespace is.
 */
int fs_show(const struct fs *fs, const struct node *node, struct show *s, struct world_task *task);
/* As node_pack() and node_unpack(), where 1 is the root of this mount. */
int fs_pack(const struct fs *fs, const struct node *node, uint64_t *id);
void fs_unpack(const struct fs *fs, uint64_t id, struct node *node);
/* What the kernel may keep of a node's attributes and content. */
enum cache_keep fs_keep(const struct fs *fs, const struct node *node);
/* Whom readers act as, seen in namespace inum; -ENOENT: it is not visible there. */
int fs_self(const struct fs *fs, uint32_t inum, struct world_ref *ref);
/*
 * Who a reader is that looks for its own number in namespace inum: whom it acts
 * as, or the namespace's init where that one is not visible; -ENOENT: nobody.
 */
int fs_caller(const struct fs *fs, uint32_t inum, struct world_ref *ref);
/* Of the directory of a process, from the root of the mount; to be freed. */
char *fs_path(const struct fs *fs, const struct node *node);
/* As name_to_int() of the kernel: digits, no leading 0; -1: it is no number. */
int fs_number(const char *name, uint64_t max, uint64_t *nr);

#endif
