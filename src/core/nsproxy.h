/* SPDX-License-Identifier: MIT */
/* The namespaces of a task; all but the PID ones are names without contents. */
#ifndef PIDNSFS_CORE_NSPROXY_H
#define PIDNSFS_CORE_NSPROXY_H

#include "core/cred.h"
#include "core/pid_namespace.h"

enum ns_kind { NS_CGROUP, NS_IPC, NS_MNT, NS_NET, NS_TIME, NS_TIME_FOR_CHILDREN, NS_UTS, NS_KINDS };

struct nsproxy {
	unsigned int count;
	struct pid_namespace *pid_ns_for_children; /* a reference */
	uint32_t inum[NS_KINDS];
};

struct nsproxy *nsproxy_new(struct pid_namespace *ns); /* the root one's inums */
struct nsproxy *get_nsproxy(struct nsproxy *ns);
void put_nsproxy(struct nsproxy *ns);
/* The same but for the children's pid namespace. */
struct nsproxy *nsproxy_copy(const struct nsproxy *old, struct pid_namespace *for_children);
/*
 * The namespaces for flags (CLONE_NEW… bits), with the rights of cred over its
 * user namespace.  -EPERM: CAP_SYS_ADMIN is missing.  -EINVAL: NEWPID while the
 * children's namespace is not the active one, or the owner does not fit.
 * -ENOSPC: too deep.
 */
int create_new_namespaces(struct task_struct *t, uint64_t flags, struct cred *cred,
			  struct nsproxy **result);

/* unshare(2).  -EINVAL -EPERM -ENOSPC. */
int ksys_unshare(struct task_struct *current, uint64_t flags);
/*
 * setns(2) with an nsfd of a pid namespace.  -EINVAL: type is another one, or
 * the namespace is neither the active one nor below it.  -EPERM: CAP_SYS_ADMIN
 * is missing over it or over the own user namespace.
 */
int setns_nsfd(struct task_struct *current, struct pid_namespace *ns, uint64_t type);
/* setns(2) with a pidfd.  Also -ESRCH: reaped or a zombie. */
int setns_pidfd(struct task_struct *current, struct pid *pid, uint64_t type);

#endif
