/* SPDX-License-Identifier: MIT */
/*
 * Processes that are somebody else for ever: in a user namespace that is not ours,
 * which no thread of ours can join; and for signals, since kill(2) asks for the
 * real user, whom nobody of ours with more than its rights may be.
 *
 * One does one thing at a time, and the next for the same caller; who idles ends.
 */
#ifndef PIDNSFS_HOST_KEEPER_WORKER_H
#define PIDNSFS_HOST_KEEPER_WORKER_H

#include "host/caller.h"
#include "host/keeper-job.h"

/* A descriptor that is ready when there is one more; -1. */
int worker_init(void);
/*
 * job_do() by one who has these rights.  -EACCES: nobody of ours can have them;
 * -EAGAIN: too many are at it; -EIO: it was killed; -ETIMEDOUT: it never came back.
 */
int worker_do(const struct keeper_who *who, const struct rights *r, struct job *j);
/* Ends those that have idled; the milliseconds until it is worth a look again, -1: never. */
int worker_sweep(void);

#endif
