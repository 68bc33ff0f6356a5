/* SPDX-License-Identifier: MIT */
/*
 * How the daemon of a mount is asked for a view, at its door (fs/door.h): by pidnsfs,
 * which mounts it for everybody, and by pidnsctl run, which does for one command.
 */
#ifndef PIDNSFS_UTIL_KNOCK_H
#define PIDNSFS_UTIL_KNOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* The longest name of a door, with its end. */
#define KNOCK_NAME 64

struct sockaddr_un;

/* What is asked for: namespace inum, and whom readers act as, by its number there. */
struct view_request {
	uint32_t inum;
	int self; /* 0: who reads is a real process: see .run in pidnsfs(5) */
	bool uring; /* its requests come over io_uring */
};

/* And what comes with it. */
struct view_fds {
	int fuse; /* a descriptor of /dev/fuse with which it is mounted */
	int guard; /* is told when it is unmounted */
	int warmer; /* see fs/warm.h; nobody may be at the other end */
};

#define VIEW_FDS 3

/*
 * Finds the door to the view that is the directory source: its name, and the namespace.
 * 0; -EACCES: it is not for this user; -ENOENT: that is no view; -EOPNOTSUPP: it has none.
 */
int knock_find(const char *source, char name[KNOCK_NAME], uint32_t *inum);
/*
 * Knocks at the door of that name: a socket, or -errno, -EACCES if it is not opened.
 * death is then the daemon's, for a guard.
 */
int knock(const char *name, int *death);
/* Asks for a view that is mounted to be served.  0, or -errno; the descriptors stay. */
int knock_ask(int socket, const struct view_request *r, const struct view_fds *fds);

/* --- for both sides ------------------------------------------------------------ */

/* Of a socket without a name in any file system. */
socklen_t knock_address(const char *name, struct sockaddr_un *un);
/* 0 or -errno; the n descriptors stay the caller's. */
int knock_send(int socket, const void *data, size_t len, const int *fds, int n);
/* The n descriptors are the caller's then; -errno, -ETIMEDOUT after ten seconds. */
int knock_receive(int socket, void *data, size_t len, int *fds, int n);

#endif
