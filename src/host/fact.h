/* SPDX-License-Identifier: MIT */
/*
 * A fact: what the kernel has told about one task.  The very bytes that the BPF
 * program puts into its ring, so nothing here is but the kernel's own types.
 */
#ifndef PIDNSFS_HOST_FACT_H
#define PIDNSFS_HOST_FACT_H

#include <linux/types.h>

/* As deep as PID namespaces can be: the root and MAX_PID_NS_LEVEL more. */
#define FACT_LEVELS 33

enum fact_kind {
	FACT_FORK,
	FACT_EXEC,
	FACT_EXIT,
	FACT_SESSION,
	FACT_FREE /* reaped, a while ago */
};

/* In one namespace; 0: has no number there. */
struct fact_nr {
	__u32 inum;
	__s32 nr, other; /* other, of FACT_FORK: the parent */
};

/* Numbers outside of nr are those of the initial namespace. */
struct fact {
	__u32 kind;
	__u32 levels; /* of nr; 0: the source does not know them */
	__s32 pid, tgid;
	__s32 parent; /* of FACT_FORK: a process */
	__s32 status; /* of FACT_EXIT */
	__u64 time; /* ns of CLOCK_BOOTTIME */
	__u64 ino; /* of the pidfd; 0: the source does not know it */
	char comm[16]; /* of FACT_EXEC, if it is known */
	struct fact_nr nr[];
};

#endif
