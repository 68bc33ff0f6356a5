/* SPDX-License-Identifier: MIT */
/*
 * Files that no table of ours has: those of a real machine's procfs, in worlds
 * that have such (world_has_files()).
 *
 * Their names are not known before, so they have no row and no place in the 64
 * bits of fs/node.h: a registry gives each a number while the kernel knows it.
 */
#ifndef PIDNSFS_FS_FOREIGN_H
#define PIDNSFS_FS_FOREIGN_H

#include <stdbool.h>

#include "fs/entry.h"
#include "fs/node.h"

struct foreign;

struct foreign *foreign_new(void);
void foreign_free(struct foreign *f);

/*
 * The directory of a view, process or thread, and the path below it: a node, which
 * the kernel is told of once more.  base may be such a node itself.
 */
void foreign_name(struct foreign *f, const struct node *base, const char *name, struct node *node);
/* The kernel has forgotten it n times. */
void foreign_forget(struct foreign *f, const struct node *node, uint64_t n);
/*
 * Where it is: path is to be freed.  Of other nodes: the directory itself.  -1:
 * there is no such node.
 */
int foreign_place(struct foreign *f, const struct node *node, struct world_place *place,
		  char **path);
/* Are there foreign files in this directory, beside our own? */
bool foreign_in(const struct node *dir);
/* Is this row of a table there beside them, or is procfs's file of that name? */
bool foreign_keeps(enum entry_table table, const struct pid_entry *entry);

#endif
