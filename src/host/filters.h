/* SPDX-License-Identifier: MIT */
/*
 * Another process's seccomp filters.  Safe behind a fork of a process with threads:
 * system calls only, and memory that is mapped for it.
 */
#ifndef PIDNSFS_HOST_FILTERS_H
#define PIDNSFS_HOST_FILTERS_H

#include <linux/filter.h>
#include <stdint.h>
#include <sys/types.h>

#define FILTERS_MAX 64

struct filters {
	unsigned int n;
	struct {
		struct sock_filter *code;
		unsigned short len;
		uint64_t flags; /* SECCOMP_FILTER_FLAG_… that were given with it */
	} list[FILTERS_MAX]; /* in the order in which they were installed */
};

/*
 * Copies those of the thread with number nr, which is expected to have count of them
 * (-1: not known) and is stopped for that, a tenth of a millisecond or so.  It has to be
 * the one whose death pidfd tells.  It goes on in any case, even if the caller is killed.
 * 0, or -errno with a sentence in *why: -EPERM: it may not be traced, or is by another;
 * -ESRCH: it is gone; -ETIMEDOUT: it does not stop; -EIO: this kernel does not tell, or
 * not all of them.
 */
int filters_copy(struct filters *f, pid_t nr, int pidfd, long count, const char **why);
/* Installs them, for good.  -errno; -EACCES: takes no_new_privs or CAP_SYS_ADMIN. */
int filters_install(const struct filters *f);

#endif
