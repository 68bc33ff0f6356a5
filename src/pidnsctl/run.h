/* SPDX-License-Identifier: MIT */
/*
 * pidnsctl run VIEW -- COMMAND: a real program that has a view as its /proc.
 *
 * Three processes take part:
 *
 *	pidnsctl   stays where it was called, passes signals on to the command,
 *	           and answers its system calls about virtual processes
 *	init       is number 1 of a new PID namespace, in a mount namespace where
 *	           the view is on /proc; waits for the command, and for orphans
 *	command    its child, with a number that is nobody's in the view
 *
 * When one of the first two ends, however it ends, the kernel ends all that is
 * in the namespace, and its mounts go with it.
 */
#ifndef PIDNSFS_PIDNSCTL_RUN_H
#define PIDNSFS_PIDNSCTL_RUN_H

/* words: what follows run.  Returns the exit status. */
int run_main(char **words, int n);

#endif
