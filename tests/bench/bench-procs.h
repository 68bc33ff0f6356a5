/* SPDX-License-Identifier: MIT */
/*
 * The processes of a benchmark: real ones in a PID namespace of their own, which
 * die with it, and virtual ones, made through a mount's control files.
 */
#ifndef PIDNSFS_TESTS_BENCH_PROCS_H
#define PIDNSFS_TESTS_BENCH_PROCS_H

#include <sys/types.h>

struct side {
	const char *name;
	const char *dir; /* a /proc of these processes */
	int dirfd;
	pid_t *pids; /* as they are listed */
	int n;
	int step; /* what is dear is done with each step-th process alone */
	pid_t init; /* of the real ones, as we know it */
	int control; /* of the real ones: who makes them hears on this */
	int fork_fd, kill_fd; /* of the virtual ones: 1/fork and 1/kill, held open */
};

/*
 * Makes n real processes and mounts their /proc at dir.  The caller has a mount
 * namespace of its own.  0, or -errno with *what saying what could not be done.
 */
int procs_real(struct side *s, const char *dir, int n, const char **what);
/* Makes n virtual ones in the fresh world mounted at dir; *took: in us for each. */
int procs_virtual(struct side *s, const char *dir, int n, double *took, const char **what);
/* Kills all but the first, who does not wait for them: in us for each, or -1. */
double procs_kill(struct side *s);
/* Opens dir and lists who is there. */
int procs_list(struct side *s);
void procs_end(struct side *s);

/*
 * From now on so many forks and exits a second, in a process of their own; 0 ends
 * it, and returns how many there were a second.
 */
double procs_storm(struct side *s, int rate);

#endif
