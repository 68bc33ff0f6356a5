/* SPDX-License-Identifier: MIT */
/* The seccomp filter that lets somebody else answer some system calls. */
#ifndef PIDNSFS_PIDNSCTL_FILTER_H
#define PIDNSFS_PIDNSCTL_FILTER_H

#include <stdint.h>

/* A system call to be answered by another process. */
struct filter_rule {
	int nr; /* __NR_… */
	/*
	 * Unless mask is 0: only if (argument & mask) is other than 0, because 0
	 * there means the caller itself.  (A 32-bit argument.)
	 */
	unsigned int arg;
	uint32_t mask;
};

/*
 * From now on the calling thread and what comes of it wait for an answer.
 * Returns a descriptor where their calls are told, or -errno: -EBUSY when
 * another such filter is there already, -EINVAL or -ENOSYS when the kernel has
 * none, -EACCES where it is not allowed.  Calls by other ABIs than that of this
 * program are left alone.
 */
int filter_install(const struct filter_rule *rules, unsigned int n);

#endif
