/* SPDX-License-Identifier: MIT */
#include "core/task.h"

#include <string.h>

#include "core/fork.h"
#include "core/pidfd.h"

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

/* With CLONE_SIGHAND or CLONE_FILES, and no thread: who else has it is not known. */
static bool shares_with_others(const struct task_struct *t)
{
	const unsigned int threads = (unsigned int)t->signal->nr_threads;

	return t->sighand->count > threads || (t->files && t->files->count > threads);
}

void task_changed(struct task_struct *t)
{
	struct kernel *k = t->kernel;
	const struct task_struct *other;

	if (!k->watch.changed || t == k->swapper || t->signal->told == k->call)
		return;
	t->signal->told = k->call;
	if (shares_with_others(t))
		kernel_changed(k, CHANGE_ALL, NULL, NULL);
	for_each_thread(t->signal, other)
		if (other->thread_pid)
			kernel_changed(k, CHANGE_TASK, other->thread_pid,
				       ns_of_pid(other->thread_pid));
}

void set_task_comm(struct task_struct *t, const char *comm)
{
	g_strlcpy(t->comm, comm, sizeof(t->comm));
}

void queue_task(struct task_struct *t)
{
	if (list_empty(&t->run_list))
		list_add_tail(&t->run_list, &t->kernel->runqueue);
}

static void uncount_user(struct kernel *k, uid_t uid)
{
	unsigned long n = user_processes(k, uid);

	if (n > 1)
		g_hash_table_insert(k->users, GUINT_TO_POINTER(uid), GSIZE_TO_POINTER(n - 1));
	else
		g_hash_table_remove(k->users, GUINT_TO_POINTER(uid));
}

void set_task_uid(struct task_struct *t, uid_t uid)
{
	struct cred *old = t->cred;

	if (uid == old->uid)
		return;
	uncount_user(t->kernel, old->uid);
	t->cred = cred_new(old->user_ns, uid, old->gid, uid ? 0 : CAP_FULL_SET);
	put_cred(old);
	count_user(t->kernel, uid);
	facts_set_id(t, false);
}

void set_task_gid(struct task_struct *t, gid_t gid)
{
	struct cred *old = t->cred;

	t->cred = cred_new(old->user_ns, old->uid, gid, old->cap_effective);
	put_cred(old);
	facts_set_id(t, true);
}

void set_task_caps(struct task_struct *t, uint64_t caps)
{
	struct cred *old = t->cred;

	t->cred = cred_new(old->user_ns, old->uid, old->gid, caps);
	put_cred(old);
}

void free_task(struct task_struct *t)
{
	list_del_init(&t->run_list);
	if (t != t->kernel->swapper)
		uncount_user(t->kernel, t->cred->uid);
	if (thread_group_leader(t)) {
		/* Nobody can be a sleeper there after this. */
		wake_up(t->kernel, &t->signal->wait_chldexit);
		free_group_facts(t->signal->facts);
		g_free(t->signal);
	}
	if (!--t->sighand->count)
		g_free(t->sighand);
	if (t->mm && !--t->mm->count) {
		g_clear_pointer(&t->mm->cmdline, g_bytes_unref);
		g_free(t->mm);
	}
	put_files(t->files);
	put_nsproxy(t->nsproxy);
	put_cred(t->cred);
	free_facts(t);
	g_free(t);
}
