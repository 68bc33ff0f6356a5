/* SPDX-License-Identifier: MIT */
/*
 * What the driver says to the keeper, and the keeper to those of its processes
 * that are somebody else: one message each way, of fixed form, over a socket that
 * keeps messages apart.  Descriptors come beside it.
 */
#ifndef PIDNSFS_HOST_KEEPER_WIRE_H
#define PIDNSFS_HOST_KEEPER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define KEEPER_TEXT 4096 /* a path or a list of numbers */
#define KEEPER_DATA (64u << 10) /* an answer, and a command line */
#define KEEPER_FDS 2
/* At the same time: more wait for one another. */
#define KEEPER_CONNECTIONS 64
/* The procfs of our own namespace: there from the beginning. */
#define KEEPER_PROC 0u

enum keeper_op {
	/* as the caller; nr, handle and text say what of */
	KEEPER_STAT, /* procfs, path: a struct stat */
	KEEPER_LINK, /* procfs, path: the target */
	KEEPER_OPEN, /* procfs, path: a handle, to be closed */
	KEEPER_READ, /* file, off, size: bytes */
	KEEPER_LIST, /* procfs, path, off: entries as of getdents64(2) */
	KEEPER_SEES, /* procfs, numbers: a byte for each, KEEPER_SEES_… */
	KEEPER_KILL, /* a pidfd, nr: the signal, flag: the thread alone */
	/* as the keeper */
	KEEPER_CLOSE, /* a handle */
	KEEPER_PROCFS, /* a pid namespace: the handle of its procfs */
	KEEPER_PIDNS, /* a pidfd, nr: the pid namespace that it is in, as a descriptor */
	KEEPER_STATUS, /* nr, ino: a zombie's wait status */
	KEEPER_RUN, /* a program: see struct keeper_run */
	KEEPER_REAP, /* the pidfd of such a program: its wait status */
	/* on the first socket alone */
	KEEPER_CONNECT, /* one more socket */
	KEEPER_READY, /* the mount can be used */
	KEEPER_OPS
};

enum {
	KEEPER_SEES_NUMBER = 1,
	KEEPER_SEES_INSIDE = 2
};

struct keeper_who {
	uint32_t uid, gid;
	int32_t pid;
};

struct keeper_request {
	uint32_t op, handle;
	struct keeper_who who;
	int32_t nr;
	uint32_t flag, size, len; /* len: of text */
	uint64_t ino;
	int64_t off;
	char text[];
};

struct keeper_reply {
	int32_t err; /* 0, a count, or -errno */
	uint32_t handle;
	char data[];
};

/* KEEPER_RUN's text; behind it the command line: NUL-terminated strings, as execve(2). */
struct keeper_run {
	uint64_t flags;
	int64_t uid;
	uint32_t like_target, host_mounts;
};

/* A message and up to *n descriptors; the size, 0: the other end is gone, -errno. */
ssize_t keeper_receive(int socket, void *buf, size_t size, int *fds, unsigned int *n);
/* In two parts; 0 or -errno. */
int keeper_send(int socket, const void *head, size_t head_len, const void *data, size_t len,
		const int *fds, unsigned int n);

#endif
