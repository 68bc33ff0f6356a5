/* SPDX-License-Identifier: MIT */
/* Receives the system calls of a command, and answers them. */
#ifndef PIDNSFS_PIDNSCTL_SUPERVISOR_H
#define PIDNSFS_PIDNSCTL_SUPERVISOR_H

#include <stdbool.h>
#include <sys/types.h>

struct supervisor;

/* In the command, before it is executed: what supervisor_new() wants, or -errno. */
int supervisor_filter(void);
/*
 * view: an open directory, the .run of a view.  proc: of a true /proc of the
 * command's PID namespace.  master: may we write to the world?
 * All three descriptors are the supervisor's from now on.
 */
struct supervisor *supervisor_new(int view, int proc, int listener, bool master);
void supervisor_free(struct supervisor *s);
/* Answers one call, when poll(2) has found the listener readable. */
void supervisor_serve(struct supervisor *s);

#endif
