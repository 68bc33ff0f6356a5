/* SPDX-License-Identifier: MIT */
/*
 * What a fixture dictates about tasks: numbers and names that no call of this
 * world would bring about, as /proc shows them.  Only tasks about which
 * something was said have any, so that a million others cost nothing.
 *
 * They follow the rules of fork(2), execve(2), _exit(2) and wait(2).
 */
#ifndef PIDNSFS_CORE_FACTS_H
#define PIDNSFS_CORE_FACTS_H

#include <stdbool.h>

#include "core/kernel.h"

#define FACTS_LIMITS 16 /* RLIM_NLIMITS */
#define FACTS_WCHAN_LEN 32

struct task_struct;

/* What adds up over the threads of a process, those that have ended included. */
struct task_usage {
	uint64_t utime, stime; /* ticks of 1/100 s */
	uint64_t minflt, majflt, nvcsw, nivcsw;
	uint64_t rchar, wchar, syscr, syscw, read_bytes, write_bytes, cancelled_write_bytes;
	uint64_t blkio; /* ticks */
};

/* Of a task. */
struct facts {
	struct list_head node; /* in kernel->facts */
	struct task_struct *task;
	struct task_usage usage;
	uint64_t run, wait, slices; /* schedstat: ns, ns, and how often */
	uint64_t cap_inheritable, cap_ambient;
	uint64_t timerslack; /* ns */
	int nice, priority, rt_priority, policy, processor;
	uint32_t euid, suid, fsuid, egid, sgid, fsgid;
	unsigned int ids; /* which of these six were said, from bit 0 */
	unsigned int flags, personality;
	unsigned int seccomp, no_new_privs;
	char state; /* 0: the true one */
	bool priority_set, flags_set, timerslack_set, processor_set;
	char wchan[FACTS_WCHAN_LEN];
	GBytes *groups; /* of gid_t; NULL: none */
	char *cpus; /* a list, as in Cpus_allowed_list; NULL: all */
};

enum facts_text {
	FACTS_ENVIRON,
	FACTS_CGROUP,
	FACTS_EXE,
	FACTS_CWD,
	FACTS_ROOT,
	FACTS_TEXTS
};

enum facts_memory { /* bytes */
	MEMORY_VSIZE,
	MEMORY_PEAK,
	MEMORY_RSS,
	MEMORY_HWM,
	MEMORY_SHARED, /* of rss: pages of files */
	MEMORY_SHMEM, /* of rss: shared memory */
	MEMORY_SWAP,
	MEMORY_DATA,
	MEMORY_STACK,
	MEMORY_TEXT,
	MEMORY_LIB,
	MEMORY_LOCKED,
	MEMORY_PINNED,
	MEMORY_PTE,
	MEMORY_SIZES
};

/* Of a process: of all its threads. */
struct group_facts {
	struct list_head node; /* in kernel->group_facts */
	struct task_usage dead; /* of threads that have ended */
	uint64_t cutime, cstime, cminflt, cmajflt; /* of children that were waited for */
	uint64_t starttime;
	uint64_t memory[MEMORY_SIZES];
	uint64_t limits[FACTS_LIMITS][2]; /* soft, hard */
	unsigned int limits_set; /* which, by number */
	unsigned int memory_set; /* which, by number */
	int tty_nr, tty_pgrp; /* tty_pgrp 0: none said */
	int oom_score, oom_score_adj;
	unsigned int umask;
	uint32_t loginuid, sessionid;
	bool starttime_set, core, umask_set, loginuid_set, sessionid_set, oom_score_set;
	GBytes *text[FACTS_TEXTS]; /* NULL: none said */
};

/* Made when first asked for. */
struct facts *task_facts(struct task_struct *t);
struct group_facts *group_facts(struct task_struct *t);

void task_usage_add(struct task_usage *to, const struct task_usage *more);
/* What the child takes over from its parent, for these flags of clone(2). */
void facts_fork(struct task_struct *child, struct task_struct *parent, uint64_t flags);
/* setresuid(2) or setresgid(2) has made all of them the same. */
void facts_set_id(struct task_struct *t, bool group);
/* The last thread ends: its memory is given back. */
void facts_exit(struct task_struct *t);
/* A new program: its memory, and what it had of the old one's. */
void facts_exec(struct task_struct *t);
/* The parent's waiting adds the times of a dead child to those of its children. */
void facts_wait(struct task_struct *parent, struct task_struct *child);
/* A thread that is released leaves its usage to its process. */
void facts_release(struct task_struct *t);
/* Frees them; a process's own go with free_group_facts(). */
void free_facts(struct task_struct *t);
void free_group_facts(struct group_facts *g);

#endif
