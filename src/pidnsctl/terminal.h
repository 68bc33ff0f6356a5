/* SPDX-License-Identifier: MIT */
/* Our terminal and a program's, one upon the other. */
#ifndef PIDNSFS_PIDNSCTL_TERMINAL_H
#define PIDNSFS_PIDNSCTL_TERMINAL_H

#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/types.h>

/* The size of our terminal; false: we have none on standard input. */
bool terminal_size(struct winsize *size);
/*
 * What is typed goes to master, the other side of the program's terminal, and what comes
 * from there is shown, until the program, a child of ours, has ended, or the other end of
 * our terminal.  Ours is raw meanwhile, and as it was before afterwards; also when we are
 * stopped, or ended by a signal that can be caught.  Returns the program's wait status; -1:
 * we are to go, by the signal *sig.  master is closed.
 */
int terminal_relay(int master, pid_t program, int *sig);

#endif
