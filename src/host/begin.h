/* SPDX-License-Identifier: MIT */
/*
 * Beginning a program where a process is, with the rights that the caller has himself.
 * It is a child of the caller's.
 */
#ifndef PIDNSFS_HOST_BEGIN_H
#define PIDNSFS_HOST_BEGIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/types.h>

#define BEGIN_WHY 120

struct begin {
	pid_t nr; /* the process: its number in our namespace */
	uint64_t ino; /* and the inode of its pidfd: nobody else is meant */
	char *const *argv;
	uint64_t flags; /* CLONE_NEW… for the program */
	int64_t uid; /* -1: as the process's user namespace has it */
	bool like_target, host_mounts; /* as fork's keys */
	bool terminal; /* it gets one of its own; else it has our standard descriptors */
	struct winsize size; /* of that */
	const char *term; /* what kind that is; NULL: not known */
};

/* What ino has to be for whoever has the number just now; 0: nobody, or it cannot be known. */
uint64_t begin_ino(pid_t nr);

/*
 * The program's pid, and in *master the other side of its terminal (-1: it has none).
 * That is one of the process's own devpts, if it has one there; else one of ours.
 * -errno: why in words, if there are some; -ENOENT and -EACCES with
 * *executed: that is what execve(2) says.  Waits, for 20 s at most.
 */
int begin_program(const struct begin *b, int *master, char why[BEGIN_WHY], bool *executed);

/*
 * The same for one that enter_run() has begun already, in a child, helper, that reports by
 * the other end of socket, which passes credentials.
 */
int begin_await(int socket, pid_t helper, char why[BEGIN_WHY]);

#endif
