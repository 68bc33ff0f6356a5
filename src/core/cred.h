/* SPDX-License-Identifier: MIT */
/* Who a task is, and what that lets it do. */
#ifndef PIDNSFS_CORE_CRED_H
#define PIDNSFS_CORE_CRED_H

#include <stdbool.h>

#include "core/kernel.h"

#define CAP_KILL 5
#define CAP_SETUID 7
#define CAP_SYS_PTRACE 19
#define CAP_SYS_ADMIN 21
#define CAP_SYS_RESOURCE 24
#define CAP_CHECKPOINT_RESTORE 40
#define CAP_FULL_SET ((UINT64_C(1) << 41) - 1)

struct user_namespace {
	struct kernel *kernel;
	unsigned int count, level;
	uint32_t inum;
	uid_t owner; /* the creator's uid, as the root user namespace has it */
	struct user_namespace *parent; /* a reference */
	bool mapped; /* uid_map was written, with the owner as its root */
};

/* Of all namespaces. */
struct user_struct {
	unsigned int count; /* creds */
	unsigned int processes; /* tasks: RLIMIT_NPROC is about these */
	uid_t uid;
};

struct cred {
	unsigned int count;
	uid_t uid; /* as the root user namespace has it */
	gid_t gid;
	uint64_t cap_permitted, cap_effective, cap_bset;
	struct user_namespace *user_ns; /* a reference */
	struct user_struct *user; /* a reference */
};

struct user_namespace *get_user_ns(struct user_namespace *ns);
void put_user_ns(struct user_namespace *ns);
struct user_namespace *user_ns_new(struct kernel *k, struct user_namespace *parent, uid_t owner);

struct cred *cred_new(struct user_namespace *ns, uid_t uid, gid_t gid, uint64_t caps);
struct cred *get_cred(struct cred *cred);
void put_cred(struct cred *cred);
/*
 * The credentials in a new user namespace below: all capabilities there.
 * -ENOSPC: nested too deep.  -EPERM: the caller's ids are not mapped.
 */
int create_user_ns(struct kernel *k, struct cred *cred, struct cred **result);

/* A capability over target: held in it, or by the owner of it or an ancestor. */
bool cap_capable(const struct cred *cred, const struct user_namespace *target, int cap);
bool ns_capable(const struct task_struct *task, const struct user_namespace *target, int cap);
bool ns_capable_checkpoint(const struct task_struct *task, const struct user_namespace *target);
/* May current look into task (PTRACE_MODE_READ or, with the same rule, ATTACH)? */
bool ptrace_may_access(const struct task_struct *current, const struct task_struct *task);
/* Is it uid 0 inside ns? */
bool uid_is_root_of(uid_t uid, const struct user_namespace *ns);
/* Is it uid 0 inside its user namespace? */
bool cred_is_root(const struct cred *cred);
bool in_userns(const struct user_namespace *ancestor, const struct user_namespace *child);

#endif
