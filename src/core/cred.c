/* SPDX-License-Identifier: MIT */
#include "core/cred.h"

#include <errno.h>

#include "core/task.h"

struct user_namespace *get_user_ns(struct user_namespace *ns)
{
	ns->count++;
	return ns;
}

void put_user_ns(struct user_namespace *ns)
{
	while (ns && !--ns->count) {
		struct user_namespace *parent = ns->parent;

		g_free(ns);
		ns = parent;
	}
}

struct user_namespace *user_ns_new(struct kernel *k, struct user_namespace *parent, uid_t owner)
{
	struct user_namespace *ns = g_new0(struct user_namespace, 1);

	ns->kernel = k;
	ns->count = 1;
	ns->level = parent ? parent->level + 1 : 0;
	ns->inum = ++k->last_inum;
	ns->owner = owner;
	ns->parent = parent ? get_user_ns(parent) : NULL;
	return ns;
}

static struct user_struct *alloc_uid(struct kernel *k, uid_t uid)
{
	struct user_struct *user = g_hash_table_lookup(k->users, GUINT_TO_POINTER(uid));

	if (!user) {
		user = g_new0(struct user_struct, 1);
		user->uid = uid;
		g_hash_table_insert(k->users, GUINT_TO_POINTER(uid), user);
	}
	user->count++;
	return user;
}

static void free_uid(struct kernel *k, struct user_struct *user)
{
	if (--user->count)
		return;
	g_hash_table_remove(k->users, GUINT_TO_POINTER(user->uid));
	g_free(user);
}

struct cred *cred_new(struct user_namespace *ns, uid_t uid, gid_t gid, uint64_t caps)
{
	struct cred *cred = g_new0(struct cred, 1);

	cred->count = 1;
	cred->uid = uid;
	cred->gid = gid;
	cred->cap_permitted = cred->cap_effective = caps;
	cred->cap_bset = CAP_FULL_SET;
	cred->user_ns = get_user_ns(ns);
	cred->user = alloc_uid(ns->kernel, uid);
	return cred;
}

struct cred *get_cred(struct cred *cred)
{
	cred->count++;
	return cred;
}

void put_cred(struct cred *cred)
{
	if (!cred || --cred->count)
		return;
	free_uid(cred->user_ns->kernel, cred->user);
	put_user_ns(cred->user_ns);
	g_free(cred);
}

int create_user_ns(struct kernel *k, struct cred *cred, struct cred **result)
{
	struct user_namespace *ns;

	if (cred->user_ns->level >= 32)
		return refuse(k, -ENOSPC, "user namespaces nest 32 deep at most");
	if (!cred->user_ns->mapped)
		return refuse(k, -EPERM, "the caller's ids are not mapped in its user namespace");
	ns = user_ns_new(k, cred->user_ns, cred->uid);
	*result = cred_new(ns, cred->uid, cred->gid, CAP_FULL_SET);
	put_user_ns(ns);
	return 0;
}

bool cap_capable(const struct cred *cred, const struct user_namespace *target, int cap)
{
	const struct user_namespace *ns;

	for (ns = target;; ns = ns->parent) {
		if (ns == cred->user_ns)
			return cred->cap_effective >> cap & 1;
		if (ns->level <= cred->user_ns->level)
			return false;
		if (ns->parent == cred->user_ns && ns->owner == cred->uid)
			return true;
	}
}

bool ns_capable(const struct task_struct *task, const struct user_namespace *target, int cap)
{
	return cap_capable(task_cred(task), target, cap);
}

bool ns_capable_checkpoint(const struct task_struct *task, const struct user_namespace *target)
{
	return ns_capable(task, target, CAP_CHECKPOINT_RESTORE) ||
	       ns_capable(task, target, CAP_SYS_ADMIN);
}

bool ptrace_may_access(const struct task_struct *current, const struct task_struct *task)
{
	const struct cred *mine = task_cred(current), *its = task_cred(task);
	bool subset = mine->user_ns == its->user_ns &&
		      !(its->cap_permitted & ~mine->cap_effective);

	if (same_thread_group(current, task))
		return true;
	if (mine->uid != its->uid || mine->gid != its->gid)
		return cap_capable(mine, its->user_ns, CAP_SYS_PTRACE);
	return subset || cap_capable(mine, its->user_ns, CAP_SYS_PTRACE);
}

bool uid_is_root_of(uid_t uid, const struct user_namespace *ns)
{
	return ns->mapped && uid == (ns->parent ? ns->owner : 0);
}

bool cred_is_root(const struct cred *cred)
{
	return uid_is_root_of(cred->uid, cred->user_ns);
}

bool in_userns(const struct user_namespace *ancestor, const struct user_namespace *child)
{
	while (child->level > ancestor->level)
		child = child->parent;
	return child == ancestor;
}
