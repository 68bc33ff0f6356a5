/* SPDX-License-Identifier: MIT */
/*
 * Reading with no more rights than the one who asks has.
 *
 * While it does something for the caller the calling thread has the caller's ids
 * and groups, and of our capabilities those that the caller has, too: for opening
 * and for reading, since the kernel looks at both, and for signals.
 */
#ifndef PIDNSFS_HOST_CALLER_H
#define PIDNSFS_HOST_CALLER_H

#include <stdbool.h>

#include "world/world.h"

/* What we are ourselves; once, before there are threads.  proc: see mirror.h. */
void caller_init(int proc);
/*
 * Does op as the caller: 0 or -errno, and out is what it has appended.  -EACCES: we
 * may not become that user.  A caller of another user namespace is another matter
 * to the kernel, and no thread of ours can join that: then it is done by a child,
 * which has a copy of data, and whose out comes back.
 */
typedef int (*caller_op)(void *data, GString *out);
int caller_do(caller_op op, void *data, GString *out);
/* Would a child do it? */
bool caller_is_far(void);
/*
 * May the caller do whatever we may?  If not, it may not make us act where the
 * kernel asks for privileges.
 */
bool caller_is_privileged(void);

#endif
