/* SPDX-License-Identifier: MIT */
/*
 * Reading with no more rights than the one who asks has.
 *
 * Between caller_enter() and caller_leave() the calling thread has the caller's
 * filesystem ids and groups, and of our capabilities those that the caller has,
 * too: for opening and for reading, since the kernel looks at both.
 */
#ifndef PIDNSFS_HOST_CALLER_H
#define PIDNSFS_HOST_CALLER_H

#include <stdbool.h>

#include "world/world.h"

/* What we are ourselves; once, before there are threads.  proc: see mirror.h. */
void caller_init(int proc);
/* 0, or -EACCES: we may not become that user.  Then there is nothing to leave. */
int caller_enter(void);
void caller_leave(void);
/*
 * May the caller do whatever we may?  If not, it may not make us act where the
 * kernel asks for privileges.
 */
bool caller_is_privileged(void);
/* As caller_enter(), for kill(2), which looks at the real and effective ids. */
int caller_enter_fully(void);
void caller_leave_fully(void);

#endif
