/* SPDX-License-Identifier: MIT */
/*
 * Node ids: which file a number that the kernel sends back to us stands for.
 *
 * All of it is in the 64 bits, so nothing is kept per inode and FORGET has
 * nothing to do.  An id is never used again, because neither the inode number
 * of a struct pid nor that of a namespace is:
 *
 *	 0..39  the struct pid's ino       | 0..31 the namespace's inum
 *	40..46  the row of a table         |
 *	47..52  the view's level           |
 *	53..57  the table (see fs/entry.h)
 *	58      of a namespace, not of a process
 *	59      below ns/: a second way to the root's view has ids of its own,
 *	        because a directory may have one place only
 *	60      in task/TID/
 *	61      under a name that is not listed, or below .run, for the same reason
 *	62      of a descriptor: 0..30 the ino, 31..46 the descriptor, and row 0
 *
 * The root is 1, as FUSE wants it.  A foreign file, for which there are no tables
 * (fs/foreign.h), has the bits of a namespace and of task/TID/ together.
 */
#ifndef PIDNSFS_FS_NODE_H
#define PIDNSFS_FS_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "world/world.h"

struct node {
	struct world_ref ref; /* of a process */
	uint32_t inum; /* of a namespace */
	unsigned int table, row;
	unsigned int fd; /* with is_fd */
	bool is_ns, below_ns, thread, unlisted, is_fd;
	uint64_t foreign; /* a number of fs/foreign.h: then nothing else counts */
};

#define NODE_ROWS 128 /* of a table */

/* -1: it cannot be told in 64 bits. */
int node_pack(const struct node *node, uint64_t *id);
void node_unpack(uint64_t id, struct node *node);

/* The file in the given row of the same process or namespace. */
static inline struct node node_at(struct node node, unsigned int table, unsigned int row)
{
	node.table = table;
	node.row = row;
	return node;
}

#endif
