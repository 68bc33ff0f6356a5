/* SPDX-License-Identifier: MIT */
/* Going where a process is, and becoming a program there. */
#ifndef PIDNSFS_HOST_ENTER_H
#define PIDNSFS_HOST_ENTER_H

#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "world/world.h"

#define ENTER_HIERARCHIES 32

struct enter {
	const struct world_fork *args; /* borrowed */
	char **argv; /* of args->cmdline; owned, the strings are borrowed */
	int proc; /* borrowed */
	int nr;
	int pidfd, root, cwd;
	int spaces; /* CLONE_NEW… of the namespaces that are not ours */
	/* like=target: */
	struct rlimit limits[RLIM_NLIMITS];
	int cgroups[ENTER_HIERARCHIES]; /* their cgroup.procs */
	unsigned int n_cgroups;
	/* What the program has as its standard descriptors: */
	enum {
		ENTER_OUTPUT, /* nothing to read, and what enter_run() is given */
		ENTER_OURS,
		ENTER_TERMINAL_OF_ITS_OWN /* of its devpts, else of ptmx */
	} standard;
	int ptmx; /* -1: there is none; borrowed */
	struct winsize size;
	const char *term; /* NULL: a dumb one */
};

/*
 * A message, on a socket that says whose it is: in the reader's numbers, wherever
 * the writer lives.
 */
struct enter_report {
	enum {
		ENTER_PASSES,
		ENTER_BEGINS,
		ENTER_TERMINAL, /* whose other side comes along */
		ENTER_CANNOT_EXECUTE,
		ENTER_FAILS
	} kind;
	int err; /* of the last two: an errno */
	char what[120];
};

/* -ESRCH: who has the number is not ino any more; -EPERM: it is not to be entered by us. */
int enter_open(struct enter *e, int proc, int nr, uint64_t ino);
void enter_close(struct enter *e);
/* In a child: reports, and never comes back. */
void enter_run(const struct enter *e, int report, int output) __attribute__((noreturn));

#endif
