/* SPDX-License-Identifier: MIT */
/*
 * Whoever asks, and being no more than that one: the keeper's affair.
 *
 * A thread is somebody else for a while, for opening and for reading, since the
 * kernel looks at both.  A process becomes somebody for ever.
 */
#ifndef PIDNSFS_HOST_CALLER_H
#define PIDNSFS_HOST_CALLER_H

#include <stdbool.h>
#include <sys/types.h>

#include "host/keeper-wire.h"

#define CALLER_GROUPS 1024

/* What is known of one who asks; compared as bytes, so all 0 before it is filled. */
struct rights {
	uint64_t effective; /* capabilities, of its user namespace */
	uint64_t userns_dev, userns_ino;
	uid_t uid;
	gid_t gid;
	unsigned int n_groups;
	bool far; /* its user namespace is not ours */
	int groups[CALLER_GROUPS]; /* the first of them */
};

/* What we are ourselves; once, before there are threads.  proc: of our namespace. */
void caller_init(int proc);
void caller_look_up(const struct keeper_who *who, struct rights *r);
bool caller_same(const struct rights *a, const struct rights *b);
/* Is that just what we are? */
bool caller_is_us(const struct rights *r);
/* May it do whatever we may?  If not, it may not make us act as ourselves. */
bool caller_is_privileged(const struct rights *r);
/*
 * This thread is from now on, for whatever it reads, the one with these rights,
 * who must not be far; -EACCES: it may not.  It remains ours for those who want to
 * kill it.
 */
int caller_enter(const struct rights *r);
void caller_leave(const struct rights *r);
/* Of one who is far: its user namespace; -EACCES. */
int caller_userns(const struct keeper_who *who, const struct rights *r);
/*
 * This process is it from now on, for ever, in its user namespace (-1: ours).
 * Safe behind a fork.  -EACCES.
 */
int caller_become(const struct rights *r, int userns);

#endif
