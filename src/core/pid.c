/* SPDX-License-Identifier: MIT */
#include "core/pid.h"

#include <errno.h>

#include "core/slab.h"
#include "core/task.h"
#include "util/trace.h"

void pid_idr_init(struct kernel *k)
{
	int cpus = (int)MIN(k->cpus, PID_MAX_LIMIT / PIDS_PER_CPU_DEFAULT);

	k->pid_max = MIN(PID_MAX_LIMIT, MAX(PID_MAX_DEFAULT, PIDS_PER_CPU_DEFAULT * cpus));
	k->pid_max_min = MAX(RESERVED_PIDS + 1, PIDS_PER_CPU_MIN * cpus);
	k->pid_max_max = PID_MAX_LIMIT;
}

struct pid *get_pid(struct pid *pid)
{
	if (pid)
		pid->count++;
	return pid;
}

/* They differ in size by their level. */
static struct kmem_cache *pid_cachep(struct kernel *k, unsigned int level)
{
	struct kmem_cache **cachep = &k->pid_cachep[level];

	if (!*cachep)
		*cachep = kmem_cache_create(sizeof(struct pid) +
					    (level + 1) * sizeof(struct upid));
	return *cachep;
}

struct pid *pid_new(struct kernel *k, struct pid_namespace *ns)
{
	struct pid *pid = kmem_cache_zalloc(pid_cachep(k, ns->level));

	pid->count = 1;
	pid->level = ns->level & 63;
	return pid;
}

void put_pid(struct pid *pid)
{
	struct pid_namespace *ns;

	if (!pid || --pid->count)
		return;
	ns = ns_of_pid(pid);
	g_assert(hlist_empty(&pid->wait_pidfd.head));
	kmem_cache_free(pid_cachep(ns->kernel, pid->level), pid);
	put_pid_ns(ns);
}

/*
 * Unique for ever, mostly one more than the last one's, and found by its low
 * bits: one whose low bits a living pid has is left out.
 */
static uint64_t alloc_ino(struct kernel *k, struct pid *pid)
{
	unsigned int before = idr_get_cursor(&k->pidfs_inos);
	unsigned int low = (unsigned int)idr_alloc_cyclic(&k->pidfs_inos, pid, 0, 0);

	if (low < before)
		k->pidfs_ino += IDR_LIMIT;
	k->pidfs_ino = k->pidfs_ino / IDR_LIMIT * IDR_LIMIT + low;
	return k->pidfs_ino;
}

static int alloc_nr(struct pid_namespace *ns, const struct task_struct *current, int tid)
{
	struct kernel *k = ns->kernel;
	int start, nr;

	if (!tid) {
		/* Low numbers are for those who come first, once round they stay free. */
		start = idr_get_cursor(&ns->idr) > RESERVED_PIDS ? RESERVED_PIDS : 1;
		nr = idr_alloc_cyclic(&ns->idr, NULL, start, pid_ns_pid_max(ns));
		if (nr == -ENOSPC)
			return refuse(k, -EAGAIN, "every number below pid_max is taken");
		return nr;
	}
	if (tid != 1 && !ns->child_reaper && !ns->reaper_died)
		return refuse(k, -EINVAL, "the first process of a namespace can only be 1");
	if (!ns_capable_checkpoint(current, ns->user_ns))
		return refuse(k, -EPERM,
			      "set_tid needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN there");
	nr = idr_alloc(&ns->idr, NULL, tid, tid + 1);
	if (nr == -ENOSPC)
		return refuse(k, -EEXIST, "that number is taken");
	return nr;
}

int alloc_pid(struct pid_namespace *ns, const int *set_tid, size_t set_tid_size,
	      const struct task_struct *current, struct pid **result)
{
	struct kernel *k = ns->kernel;
	struct pid_namespace *tmp = ns;
	struct pid *pid;
	int i, err, nr;

	/* Even if it fails, the last number is another one. */
	kernel_changed(k, CHANGE_NS, NULL, ns);
	TRACE("alloc_pid in %u, level %u", ns->inum, ns->level);
	if (set_tid_size > ns->level + 1U)
		return refuse(k, -EINVAL, "set_tid names more numbers than there are levels");

	pid = pid_new(k, ns);
	for (i = (int)ns->level; i >= 0; i--) {
		int tid = 0;

		if (set_tid_size) {
			tid = set_tid[ns->level - (unsigned int)i];
			if (tid < 1 || tid >= pid_ns_pid_max(tmp)) {
				err = refuse(k, -EINVAL,
					     "set_tid is below 1 or not below pid_max");
				goto out_free;
			}
			set_tid_size--;
		}
		nr = alloc_nr(tmp, current, tid);
		if (nr < 0) {
			err = nr;
			goto out_free;
		}
		pid->numbers[i].nr = nr;
		pid->numbers[i].ns = tmp;
		tmp = tmp->parent;
	}

	if (!(ns->pid_allocated & PIDNS_ADDING)) {
		err = refuse(k, -ENOMEM, "the namespace's init has died: nobody is born there");
		i = -1;
		goto out_free;
	}

	get_pid_ns(ns);
	pid->ino = alloc_ino(k, pid);
	for (i = (int)pid->level; i >= 0; i--) {
		idr_replace(&pid->numbers[i].ns->idr, pid, (unsigned int)pid->numbers[i].nr, NULL);
		pid->numbers[i].ns->pid_allocated++;
	}
	*result = pid;
	return 0;

out_free:
	while (++i <= (int)ns->level)
		idr_remove(&pid->numbers[i].ns->idr, (unsigned int)pid->numbers[i].nr);
	/* As if nobody had tried: the next one shall be 1. */
	if (ns->pid_allocated == PIDNS_ADDING)
		idr_set_cursor(&ns->idr, 0);
	kmem_cache_free(pid_cachep(k, ns->level), pid);
	return err;
}

void free_pid(struct pid *pid)
{
	struct kernel *k = ns_of_pid(pid)->kernel;
	unsigned int i;

	for (i = 0; i <= pid->level; i++) {
		struct pid_namespace *ns = pid->numbers[i].ns;

		switch (--ns->pid_allocated) {
		case 2:
		case 1:
			/* A reaper may be waiting for everybody else to go. */
			if (ns->child_reaper && ns->child_reaper->zapping)
				queue_task(ns->child_reaper);
			break;
		case PIDNS_ADDING:
			/* The fork of the first process failed late. */
			g_assert(!ns->child_reaper);
			ns->pid_allocated = 0;
			break;
		default:
			break;
		}
		idr_remove(&ns->idr, (unsigned int)pid->numbers[i].nr);
		kernel_changed(k, ns->pid_allocated ? CHANGE_NS : CHANGE_NS_GONE, NULL, ns);
	}
	wake_up(k, &pid->wait_pidfd);
	idr_remove(&k->pidfs_inos, pid->ino % IDR_LIMIT);
	put_pid(pid);
}

void disable_pid_allocation(struct pid_namespace *ns)
{
	ns->pid_allocated &= ~PIDNS_ADDING;
	kernel_changed(ns->kernel, CHANGE_NS, NULL, ns);
}

struct pid *task_pid_type(const struct task_struct *task, enum pid_type type)
{
	switch (type) {
	case PIDTYPE_PID:
		return task->thread_pid;
	case PIDTYPE_TGID:
		return task_tgid(task);
	default:
		return task->signal->pids[type - PIDTYPE_PGID];
	}
}

void attach_pid(struct task_struct *task, enum pid_type type)
{
	struct pid *pid = task_pid_type(task, type);

	if (type == PIDTYPE_PID)
		pid->task = task;
	else if (type == PIDTYPE_TGID)
		pid->tgid = true;
	else
		hlist_add_head(&task->pid_links[type - PIDTYPE_PGID],
			       &pid->tasks[type - PIDTYPE_PGID]);
}

void change_pid(struct task_struct *task, enum pid_type type, struct pid *pid)
{
	struct pid *old = task_pid_type(task, type);
	int i;

	switch (type) {
	case PIDTYPE_PID:
		old->task = NULL;
		task->thread_pid = pid;
		break;
	case PIDTYPE_TGID: /* which is nobody else's ever */
		old->tgid = false;
		break;
	default:
		hlist_del_init(&task->pid_links[type - PIDTYPE_PGID]);
		task->signal->pids[type - PIDTYPE_PGID] = pid;
		break;
	}
	if (pid)
		attach_pid(task, type);
	for (i = 0; i < PIDTYPE_MAX; i++)
		if (pid_has_task(old, (enum pid_type)i))
			return;
	free_pid(old);
}

void detach_pid(struct task_struct *task, enum pid_type type)
{
	change_pid(task, type, NULL);
}

void exchange_tids(struct task_struct *left, struct task_struct *right)
{
	struct pid *lpid = left->thread_pid, *rpid = right->thread_pid;

	left->thread_pid = rpid;
	right->thread_pid = lpid;
	attach_pid(left, PIDTYPE_PID);
	attach_pid(right, PIDTYPE_PID);
}

void transfer_pid(struct task_struct *old, struct task_struct *task, enum pid_type type)
{
	/* PID and TGID go with the struct pid itself. */
	if (type >= PIDTYPE_PGID)
		hlist_replace_init(&old->pid_links[type - PIDTYPE_PGID],
				   &task->pid_links[type - PIDTYPE_PGID]);
}

struct task_struct *pid_task(const struct pid *pid, enum pid_type type)
{
	if (!pid || !pid_has_task(pid, type))
		return NULL;
	if (type < PIDTYPE_PGID)
		return pid->task;
	return list_entry(pid->tasks[type - PIDTYPE_PGID].first, struct task_struct,
			  pid_links[type - PIDTYPE_PGID]);
}

struct task_struct *get_pid_task(const struct pid *pid, enum pid_type type)
{
	return pid_task(pid, type);
}

struct pid *get_task_pid(const struct task_struct *task, enum pid_type type)
{
	return get_pid(task_pid_type(task, type));
}

struct pid *find_pid_ns(int nr, const struct pid_namespace *ns)
{
	return idr_find(&ns->idr, (unsigned int)nr);
}

struct pid *find_vpid(const struct task_struct *current, int nr)
{
	return find_pid_ns(nr, task_active_pid_ns(current));
}

struct pid *find_get_pid(const struct task_struct *current, int nr)
{
	return get_pid(find_vpid(current, nr));
}

struct task_struct *find_task_by_pid_ns(int nr, const struct pid_namespace *ns)
{
	return pid_task(find_pid_ns(nr, ns), PIDTYPE_PID);
}

struct task_struct *find_task_by_vpid(const struct task_struct *current, int nr)
{
	return find_task_by_pid_ns(nr, task_active_pid_ns(current));
}

struct task_struct *find_get_task_by_vpid(const struct task_struct *current, int nr)
{
	return find_task_by_vpid(current, nr);
}

struct pid *find_ge_pid(int nr, const struct pid_namespace *ns)
{
	return idr_get_next(&ns->idr, &nr);
}

struct pid *find_pid_ino(const struct kernel *k, uint64_t ino)
{
	struct pid *pid = idr_find(&k->pidfs_inos, ino % IDR_LIMIT);

	return pid && pid->ino == ino ? pid : NULL;
}

int pid_nr_ns(const struct pid *pid, const struct pid_namespace *ns)
{
	if (pid && ns->level <= pid->level && pid->numbers[ns->level].ns == ns)
		return pid->numbers[ns->level].nr;
	return 0;
}

int pid_nr(const struct pid *pid)
{
	return pid ? pid->numbers[0].nr : 0;
}

int pid_vnr(const struct task_struct *current, const struct pid *pid)
{
	return pid_nr_ns(pid, task_active_pid_ns(current));
}

int __task_pid_nr_ns(const struct task_struct *task, enum pid_type type,
		     const struct pid_namespace *ns)
{
	return pid_nr_ns(task_pid_type(task, type), ns);
}
