/* SPDX-License-Identifier: MIT */
/* The keeper's part of running a program where a process is. */
#ifndef PIDNSFS_HOST_KEEPER_RUN_H
#define PIDNSFS_HOST_KEEPER_RUN_H

#include "host/keeper-wire.h"

#define KEEPER_WHY 120

/* Many files can be open from now on, but for programs. */
void run_init(void);
/*
 * q is KEEPER_RUN's, with nothing checked.  The program's pid, and in fds its pidfd
 * and what it writes; or -errno, and a sentence, if there is one.  proc: of our
 * namespace.  Waits, for 20 s at most.
 */
int run_program(int proc, const struct keeper_request *q, int fds[2], char why[KEEPER_WHY]);

#endif
