/* SPDX-License-Identifier: MIT */
/*
 * How often the kernel has asked, and how often it was told something unasked:
 * what caching is worth, in numbers that no load of the machine moves.
 */
#ifndef PIDNSFS_FS_REQUESTS_H
#define PIDNSFS_FS_REQUESTS_H

#include <glib.h>

/* The kernel's names of its requests, then of our notifications. */
#define REQUESTS(X)                                                              \
	X(LOOKUP, "Lookup")                                                      \
	X(FORGET, "Forget")                                                      \
	X(GETATTR, "Getattr")                                                    \
	X(SETATTR, "Setattr")                                                    \
	X(READLINK, "Readlink")                                                  \
	X(ACCESS, "Access")                                                      \
	X(STATFS, "Statfs")                                                      \
	X(OPENDIR, "Opendir")                                                    \
	X(READDIR, "Readdir")                                                    \
	X(READDIRPLUS, "Readdirplus")                                            \
	X(RELEASEDIR, "Releasedir")                                              \
	X(OPEN, "Open")                                                          \
	X(READ, "Read")                                                          \
	X(WRITE, "Write")                                                        \
	X(RELEASE, "Release")                                                    \
	X(POLL, "Poll")                                                          \
	X(IOCTL, "Ioctl")                                                        \
	X(CHANGE, "Change") /* all that would change the tree, and is refused */ \
	X(INVAL_INODE, "Inval_inode")                                            \
	X(INVAL_ENTRY, "Inval_entry")                                            \
	X(DELETE, "Delete")

enum request {
#define REQUEST_ENUM(name, text) REQUEST_##name,
	REQUESTS(REQUEST_ENUM)
#undef REQUEST_ENUM
	REQUEST_KINDS
};

/* Zeroed is a good beginning.  Any thread may count and read at any time. */
struct requests {
	unsigned long n[REQUEST_KINDS]; /* atomic */
};

void requests_count(struct requests *r, enum request kind);
/* A line for each kind: its name, a colon, a tabulator, how many. */
void requests_text(const struct requests *r, GString *out);

#endif
