/* SPDX-License-Identifier: MIT */
#include "core/task.h"

#include <string.h>

#include "core/fork.h"
#include "core/pidfd.h"
#include "core/slab.h"

struct pid_namespace *task_active_pid_ns(const struct task_struct *t)
{
	return ns_of_pid(task_pid(t));
}

int task_tgid_vnr(const struct task_struct *current, const struct task_struct *t)
{
	return pid_vnr(current, task_tgid(t));
}

struct task_struct *find_alive_thread(const struct task_struct *t)
{
	struct task_struct *p;

	for_each_thread(t->signal, p)
		if (!p->exiting)
			return p;
	return NULL;
}

/* Threads need not share their files: of the group, those that share t's. */
static unsigned int sharing_threads(const struct task_struct *t)
{
	const struct task_struct *other;
	unsigned int n = 0;

	for_each_thread(t->signal, other)
		n += task_files(other) == task_files(t);
	return n;
}

/* With CLONE_SIGHAND or CLONE_FILES, and no thread: who else has it is not known. */
static bool shares_with_others(const struct task_struct *t)
{
	const struct sighand_struct *hand = task_sighand(t);
	const struct files_struct *seen = NULL;
	const struct task_struct *other;

	if (!hand->copy && hand->count > t->signal->nr_threads)
		return true;
	for_each_thread(t->signal, other) {
		const struct files_struct *files = task_files(other);

		if (!files || files == seen || files->count == 1)
			continue;
		if (files->count > sharing_threads(other))
			return true;
		seen = files;
	}
	return false;
}

void task_changed(struct task_struct *t)
{
	struct kernel *k = task_kernel(t);
	const struct task_struct *other;
	struct pid *tgid;

	if (!k->watch.changed || t == k->swapper)
		return;
	tgid = task_tgid(t);
	if (tgid->told == k->call)
		return;
	tgid->told = k->call;
	if (shares_with_others(t))
		kernel_changed(k, CHANGE_ALL, NULL, NULL);
	for_each_thread(t->signal, other)
		if (other->thread_pid)
			kernel_changed(k, CHANGE_TASK, other->thread_pid,
				       ns_of_pid(other->thread_pid));
}

struct task_extra *task_extra(struct task_struct *t)
{
	if (!t->extra)
		t->extra = kmem_cache_zalloc(task_kernel(t)->extra_cachep);
	return t->extra;
}

/* --- what is shared until it changes ---------------------------------------------- */

struct task_shared *own_shared(struct task_struct *t)
{
	struct task_shared *old = t->shared;

	if (old->count > 1) {
		t->shared = kmem_cache_zalloc(task_kernel(t)->shared_cachep);
		*t->shared = *old;
		t->shared->count = 1;
		old->count--;
	}
	return t->shared;
}

void put_shared(struct kernel *k, struct task_shared *shared)
{
	if (!--shared->count)
		kmem_cache_free(k->shared_cachep, shared);
}

struct sighand_struct *sighand_copy(struct kernel *k, const struct sighand_struct *from)
{
	struct sighand_struct *hand = kmem_cache_zalloc(k->sighand_cachep);

	if (from)
		*hand = *from;
	hand->count = 1;
	return hand;
}

void put_sighand(struct kernel *k, struct sighand_struct *sighand)
{
	if (!--sighand->count)
		kmem_cache_free(k->sighand_cachep, sighand);
}

struct sighand_struct *own_sighand(struct task_struct *t)
{
	struct kernel *k = task_kernel(t);
	struct sighand_struct *old = task_sighand(t);

	if (!old->copy || old->count == 1)
		return old;
	own_shared(t)->sighand = sighand_copy(k, old);
	put_sighand(k, old);
	return task_sighand(t);
}

struct mm_struct *mm_new(struct kernel *k, GBytes *cmdline)
{
	struct mm_struct *mm = kmem_cache_zalloc(k->mm_cachep);

	mm->count = 1;
	mm->cmdline = cmdline ? g_bytes_ref(cmdline) : NULL;
	return mm;
}

void put_mm(struct kernel *k, struct mm_struct *mm)
{
	if (!mm || --mm->count)
		return;
	g_clear_pointer(&mm->cmdline, g_bytes_unref);
	kmem_cache_free(k->mm_cachep, mm);
}

struct mm_struct *own_mm(struct task_struct *t)
{
	struct mm_struct *mm = task_mm(t);

	if (mm->copy && mm->count > 1)
		set_task_mm(t, mm_new(task_kernel(t), mm->cmdline));
	return task_mm(t);
}

void set_task_mm(struct task_struct *t, struct mm_struct *mm)
{
	struct mm_struct *old = t->shared->mm;

	own_shared(t)->mm = mm;
	put_mm(task_kernel(t), old);
}

void set_task_nsproxy(struct task_struct *t, struct nsproxy *nsproxy)
{
	struct nsproxy *old = t->shared->nsproxy;

	own_shared(t)->nsproxy = nsproxy;
	put_nsproxy(old);
}

void set_task_cred(struct task_struct *t, struct cred *cred)
{
	struct cred *old = task_cred(t);

	if (t != task_kernel(t)->swapper) {
		cred->user->processes++;
		old->user->processes--;
	}
	own_shared(t)->cred = cred;
	put_cred(old);
}

void set_task_comm(struct task_struct *t, const char *comm)
{
	if (strncmp(task_comm(t), comm, TASK_COMM_LEN - 1) != 0)
		g_strlcpy(own_shared(t)->comm, comm, TASK_COMM_LEN);
}

void set_task_nproc(struct task_struct *t, long nproc)
{
	struct task_struct *other;

	for_each_thread(t->signal, other)
		if (other->shared->nproc != nproc)
			own_shared(other)->nproc = nproc;
}

void set_task_uid(struct task_struct *t, uid_t uid)
{
	struct cred *old = task_cred(t);

	if (uid == old->uid)
		return;
	set_task_cred(t, cred_new(old->user_ns, uid, old->gid, uid ? 0 : CAP_FULL_SET));
	facts_set_id(t, false);
}

void set_task_gid(struct task_struct *t, gid_t gid)
{
	struct cred *old = task_cred(t);

	set_task_cred(t, cred_new(old->user_ns, old->uid, gid, old->cap_effective));
	facts_set_id(t, true);
}

void set_task_caps(struct task_struct *t, uint64_t caps)
{
	struct cred *old = task_cred(t);

	set_task_cred(t, cred_new(old->user_ns, old->uid, old->gid, caps));
}

/* --- its end ----------------------------------------------------------------------- */

void queue_task(struct task_struct *t)
{
	if (t->queued)
		return;
	t->queued = true;
	g_ptr_array_add(task_kernel(t)->runqueue, t);
}

static void free_extra(struct kernel *k, struct task_struct *t)
{
	if (!t->extra)
		return;
	free_facts(t);
	put_files(t->extra->files);
	kmem_cache_free(k->extra_cachep, t->extra);
	t->extra = NULL;
}

void free_task(struct task_struct *t)
{
	struct kernel *k = task_kernel(t);
	struct cred *cred = task_cred(t);

	if (t != k->swapper)
		cred->user->processes--;
	if (thread_group_leader(t)) {
		free_group_facts(t->signal->facts);
		kmem_cache_free(k->signal_cachep, t->signal);
	}
	free_extra(k, t);
	put_sighand(k, task_sighand(t));
	put_mm(k, task_mm(t));
	put_nsproxy(task_nsproxy(t));
	put_shared(k, t->shared);
	put_cred(cred);
	/* The queue still points to it. */
	if (t->queued)
		t->released = true;
	else
		kmem_cache_free(k->task_cachep, t);
}
