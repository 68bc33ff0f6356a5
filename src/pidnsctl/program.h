/* SPDX-License-Identifier: MIT */
/* pidnsctl exec and fork in a host world: a program where a process is. */
#ifndef PIDNSFS_PIDNSCTL_PROGRAM_H
#define PIDNSFS_PIDNSCTL_PROGRAM_H

/*
 * words: exec or fork, and what follows.  Returns the exit status.  What is not about
 * programs of a host world is left to verb_main().
 */
int program_main(char **words, int n);

#endif
