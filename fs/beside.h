/* SPDX-License-Identifier: MIT */
/* Processes that run beside the daemon, and shall not be taken for it. */
#ifndef PIDNSFS_FS_BESIDE_H
#define PIDNSFS_FS_BESIDE_H

/* First of all: they go by names of their own, which needs argv. */
void beside_init(int argc, char **argv);
/*
 * In the child of a process that had one thread: a session, a name and nothing open
 * but kept, all of which are behind standard error.
 */
void beside_become(const char *name, const int *kept, int n);

#endif
