/* SPDX-License-Identifier: MIT */
/* What is done as the caller: system calls and nothing else, so safe behind a fork. */
#ifndef PIDNSFS_HOST_KEEPER_JOB_H
#define PIDNSFS_HOST_KEEPER_JOB_H

#include "host/keeper-wire.h"

struct job {
	const struct keeper_request *q; /* checked, see job_check() */
	int fd; /* what it is about; borrowed */
	char *out; /* KEEPER_DATA bytes */
	size_t len; /* of what is there */
	int opened; /* KEEPER_OPEN: the file; -1 */
};

/* Is q, of that size, one that can be done?  Nothing in it is believed before. */
bool job_check(const struct keeper_request *q, size_t size);
/* 0, a count or -errno. */
int job_do(struct job *j);

#endif
