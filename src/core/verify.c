/* SPDX-License-Identifier: MIT */
#include "core/verify.h"

#include <stdarg.h>

#include "core/fork.h"
#include "core/pidfd.h"
#include "core/signal.h"

struct walk {
	const struct kernel *k;
	char *wrong; /* the first sentence */
	GHashTable *tasks; /* all, but for the swapper */
	GHashTable *found; /* references by what they refer to */
	GHashTable *users; /* tasks by uid */
	guint leaders;
};

static void G_GNUC_PRINTF(3, 4) check(struct walk *w, bool good, const char *format, ...)
{
	va_list args;

	if (good || w->wrong)
		return;
	va_start(args, format);
	w->wrong = g_strdup_vprintf(format, args);
	va_end(args);
}

static void add(GHashTable *table, gconstpointer key)
{
	gsize n = GPOINTER_TO_SIZE(g_hash_table_lookup(table, key));

	g_hash_table_insert(table, (gpointer)key, GSIZE_TO_POINTER(n + 1));
}

static void refer(struct walk *w, gconstpointer to)
{
	if (to)
		add(w->found, to);
}

static unsigned int references(const struct walk *w, gconstpointer to)
{
	return (unsigned int)GPOINTER_TO_SIZE(g_hash_table_lookup(w->found, to));
}

/* --- struct pids and namespaces -------------------------------------------------- */

static void check_attached(struct walk *w, const struct pid *pid, enum pid_type type)
{
	const struct hlist_node *const *pprev;
	const struct task_struct *t;

	pprev = (const struct hlist_node *const *)&pid->tasks[type - PIDTYPE_PGID].first;
	do_each_pid_task(pid, type, t) {
		const struct hlist_node *node = &t->pid_links[type - PIDTYPE_PGID];

		check(w, (const struct hlist_node *const *)node->pprev == pprev,
		      "pid %d: list %d is torn", pid_nr(pid), type);
		check(w, task_pid_type(t, type) == pid,
		      "pid %d: list %d has a task that says otherwise", pid_nr(pid), type);
		check(w, thread_group_leader(t), "pid %d: list %d has a thread", pid_nr(pid), type);
		if (w->wrong)
			return;
		pprev = (const struct hlist_node *const *)&node->next;
	}
}

static void check_pid_task(struct walk *w, const struct pid *pid)
{
	const struct task_struct *t = pid_task(pid, PIDTYPE_PID);

	check(w, t || !pid->tgid, "pid %d: a TGID without a PID", pid_nr(pid));
	if (!t || w->wrong)
		return;
	check(w, t->thread_pid == pid, "pid %d: its task says otherwise", pid_nr(pid));
	check(w, pid->tgid == thread_group_leader(t), "pid %d: a TGID, and no leader, or so",
	      pid_nr(pid));
	g_hash_table_add(w->tasks, (gpointer)t);
}

static void check_pid(struct walk *w, const struct pid *pid)
{
	bool attached = false;

	for (unsigned int i = 0; i <= pid->level; i++) {
		const struct upid *upid = &pid->numbers[i];

		check(w, upid->ns && upid->ns->level == i, "pid %d: level %u is another's",
		      pid_nr(pid), i);
		if (w->wrong)
			return;
		check(w, find_pid_ns(upid->nr, upid->ns) == pid,
		      "pid %d: not found as %d at level %u", pid_nr(pid), upid->nr, i);
		check(w, !i || upid->ns->parent == pid->numbers[i - 1].ns,
		      "pid %d: level %u is not below the one before", pid_nr(pid), i);
	}
	check_pid_task(w, pid);
	for (int type = PIDTYPE_PGID; type < PIDTYPE_MAX && !w->wrong; type++)
		check_attached(w, pid, (enum pid_type)type);
	for (int type = 0; type < PIDTYPE_MAX; type++)
		attached |= pid_has_task(pid, (enum pid_type)type);
	check(w, attached, "pid %d: published, but nobody's", pid_nr(pid));
	check(w, pid->ino <= w->k->pidfs_ino, "pid %d: its inode is from the future", pid_nr(pid));
	refer(w, pid);
	refer(w, ns_of_pid(pid));
}

static void check_ns(struct walk *w, const struct pid_namespace *ns)
{
	const struct task_struct *reaper = ns->child_reaper;
	unsigned int n = 0;
	struct pid *pid;

	for (int nr = 1; (pid = find_ge_pid(nr, ns)) && !w->wrong; n++) {
		check(w, find_pid_ino(w->k, pid->ino) == pid, "pid %d: in no table", pid_nr(pid));
		check(w, pid_nr_ns(pid, ns) >= nr, "ns %u: %d is filed as another number",
		      ns->inum, pid_nr_ns(pid, ns));
		nr = pid_nr_ns(pid, ns) + 1;
	}
	check(w, n == pid_ns_pids(ns), "ns %u: %u pids, but it counts %u", ns->inum, n,
	      pid_ns_pids(ns));
	check(w, !ns->parent || ns->level == ns->parent->level + 1, "ns %u: level %u", ns->inum,
	      ns->level);
	check(w, ns->level <= MAX_PID_NS_LEVEL, "ns %u: level %u", ns->inum, ns->level);
	check(w, ns->inum <= w->k->last_inum, "ns %u: its inum is from the future", ns->inum);
	check(w, !ns->reaper_died || !reaper, "ns %u: a dead reaper reaps", ns->inum);
	if (reaper) {
		check(w, g_hash_table_contains(w->tasks, reaper), "ns %u: its reaper is gone",
		      ns->inum);
		check(w, w->wrong || ns_of_pid(task_pid(reaper)) == ns,
		      "ns %u: its reaper lives elsewhere", ns->inum);
	}
	/* With processes, it has a reaper, unless that is dead. */
	check(w, !n || reaper || ns->reaper_died, "ns %u: %u pids without a reaper", ns->inum, n);
	refer(w, ns->parent);
	refer(w, ns->user_ns);
}

/* --- tasks ------------------------------------------------------------------------ */

static void check_threads(struct walk *w, const struct task_struct *leader)
{
	const struct signal_struct *signal = leader->signal;
	const struct task_struct *t;
	int n = 0;

	for_each_thread(signal, t) {
		check(w, t->signal == signal && t->real_parent == leader->real_parent,
		      "task %d: a stray thread", pid_nr(leader->thread_pid));
		check(w, (t == leader) == thread_group_leader(t), "task %d: two leaders",
		      pid_nr(leader->thread_pid));
		n++;
	}
	check(w, n == (int)signal->nr_threads, "task %d: %d threads, but it counts %d",
	      pid_nr(leader->thread_pid), n, signal->nr_threads);
	check(w, task_tgid(leader) == leader->thread_pid,
	      "task %d: a tgid that is not its leader's", pid_nr(leader->thread_pid));
	check(w, task_pgrp(leader) && task_session(leader),
	      "task %d: no group or session", pid_nr(leader->thread_pid));
}

static void check_task(struct walk *w, const struct task_struct *t)
{
	const struct kernel *k = w->k;
	int nr = pid_nr(t->thread_pid);
	const struct task_struct *child;

	check(w, pid_task(t->thread_pid, PIDTYPE_PID) == t, "task %d: not its pid's", nr);
	check(w, task_kernel(t) == k, "task %d: another world's", nr);
	check(w, !t->queued && !t->released, "task %d: still has dying to do", nr);
	check(w, t->real_parent == k->swapper || g_hash_table_contains(w->tasks, t->real_parent),
	      "task %d: its parent is gone", nr);
	check(w, g_hash_table_contains(w->tasks, group_leader(t)), "task %d: its leader is gone", nr);
	check(w, t->exit_state != EXIT_DEAD, "task %d: dead and not released", nr);
	check(w, t->exit_state == EXIT_LIVE || t->exiting, "task %d: a zombie that never exited", nr);
	check(w, t->exiting == !task_nsproxy(t) && t->exiting == !task_mm(t),
	      "task %d: namespaces or memory at the wrong time", nr);
	check(w, !t->zapping || (t->exiting && t->exit_state == EXIT_LIVE),
	      "task %d: zaps at the wrong time", nr);
	check(w, !t->exiting || t->zapping || t->exit_state == EXIT_ZOMBIE,
	      "task %d: neither alive nor a zombie", nr);
	check(w, t->exit_state != EXIT_ZOMBIE || thread_group_leader(t),
	      "task %d: a thread that was not released", nr);
	check(w, t->exit_state != EXIT_ZOMBIE || chain_empty(&t->children),
	      "task %d: a dead one with children", nr);
	chain_for_each_entry(child, &t->children, sibling) {
		check(w, thread_group_leader(child) && child->real_parent == t,
		      "task %d: a stray child", nr);
		if (w->wrong)
			return;
	}
	if (w->wrong)
		return;
	if (thread_group_leader(t)) {
		w->leaders++;
		check_threads(w, t);
	}
	if (thread_group_leader(t) && is_child_reaper(t->thread_pid))
		check(w, t->signal->flags & (SIGNAL_UNKILLABLE | SIGNAL_GROUP_EXIT),
		      "task %d: a mortal init", nr);
	add(w->users, GUINT_TO_POINTER(task_cred(t)->uid));
	refer(w, t->shared);
	refer(w, task_sighand(t));
	refer(w, task_mm(t));
	refer(w, task_files(t));
	refer(w, task_nsproxy(t));
	refer(w, task_cred(t));
}

/* Each leader is met once, on the way down from the swapper. */
static void check_family(struct walk *w)
{
	g_autoptr(GPtrArray) todo = g_ptr_array_new();
	const struct task_struct *t, *child;
	guint met = 0;

	g_ptr_array_add(todo, w->k->swapper);
	while (todo->len && met <= w->leaders) {
		const struct task_struct *p = g_ptr_array_steal_index_fast(todo, todo->len - 1);

		for_each_thread(p->signal, t)
			chain_for_each_entry(child, &t->children, sibling) {
				g_ptr_array_add(todo, (gpointer)child);
				met++;
			}
	}
	check(w, met == w->leaders, "%u processes descend from the first one, of %u", met,
	      w->leaders);
}

/* --- references --------------------------------------------------------------------- */

static void check_files(struct walk *w, const struct files_struct *files)
{
	for (guint i = 0; i < files->fd->len; i++)
		refer(w, g_array_index(files->fd, struct file, i).pid);
}

/*
 * What tasks share is referred to by nothing else, so the counts are exact;
 * struct pids and namespaces may be held from outside, too.
 */
static void check_references(struct walk *w)
{
	GHashTableIter iter;
	GHashTable *once = g_hash_table_new(NULL, NULL);
	struct pid *pid;
	gpointer key;

	g_hash_table_iter_init(&iter, w->tasks);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		const struct task_struct *t = key;
		const struct sighand_struct *hand = task_sighand(t);
		const struct mm_struct *mm = task_mm(t);
		const struct files_struct *files = task_files(t);
		const struct nsproxy *nsproxy = task_nsproxy(t);
		const struct cred *cred = task_cred(t);
		int nr = pid_nr(t->thread_pid);

		check(w, t->shared->count == references(w, t->shared), "task %d: shared", nr);
		check(w, hand->count == references(w, hand), "task %d: sighand", nr);
		check(w, !mm || mm->count == references(w, mm), "task %d: mm", nr);
		check(w, !files || files->count == references(w, files), "task %d: files", nr);
		check(w, !nsproxy || nsproxy->count == references(w, nsproxy), "task %d: nsproxy",
		      nr);
		check(w, cred->count == references(w, cred), "task %d: cred", nr);
		if (files && g_hash_table_add(once, (gpointer)files))
			check_files(w, files);
		if (nsproxy && g_hash_table_add(once, (gpointer)nsproxy))
			refer(w, nsproxy->pid_ns_for_children);
		if (g_hash_table_add(once, (gpointer)cred))
			refer(w, cred->user_ns);
	}
	g_hash_table_unref(once);
	for (int nr = 1; (pid = find_ge_pid(nr, w->k->init_pid_ns)); nr = pid_nr(pid) + 1)
		check(w, pid->count >= references(w, pid), "pid %d: %u references, counts %u",
		      pid_nr(pid), references(w, pid), pid->count);
}

static gboolean check_ns_count(gpointer key, gpointer value, gpointer data)
{
	const struct pid_namespace *ns = value;
	struct walk *w = data;

	(void)key;
	check(w, ns->count >= references(w, ns), "ns %u: %u references, counts %u", ns->inum,
	      references(w, ns), ns->count);
	check(w, ns->user_ns->count >= references(w, ns->user_ns), "ns %u: its owner is lost",
	      ns->inum);
	return w->wrong != NULL;
}

static void check_users(struct walk *w)
{
	GHashTableIter iter;
	gpointer uid, value;
	gsize sum = 0;

	g_hash_table_iter_init(&iter, w->k->users);
	while (g_hash_table_iter_next(&iter, &uid, &value)) {
		const struct user_struct *user = value;
		gsize n = GPOINTER_TO_SIZE(g_hash_table_lookup(w->users, uid));

		check(w, user->processes == n, "user %u has %zu tasks, and counts %u",
		      GPOINTER_TO_UINT(uid), n, user->processes);
		sum += n;
	}
	check(w, sum == g_hash_table_size(w->tasks), "a task's user is not counted");
}

static gboolean visit_ns(gpointer key, gpointer value, gpointer data)
{
	struct walk *w = data;

	(void)key;
	check_ns(w, value);
	return w->wrong != NULL;
}

static void walk(struct walk *w)
{
	GHashTableIter iter;
	struct pid *pid;
	gpointer key;

	check(w, !w->k->runqueue->len, "somebody still has dying to do");
	for (int nr = 1; !w->wrong && (pid = find_ge_pid(nr, w->k->init_pid_ns)); nr++) {
		check_pid(w, pid);
		nr = pid_nr(pid);
	}
	if (!w->wrong)
		g_tree_foreach(w->k->pid_namespaces, visit_ns, w);
	g_hash_table_iter_init(&iter, w->tasks);
	while (!w->wrong && g_hash_table_iter_next(&iter, &key, NULL))
		check_task(w, key);
	if (w->wrong)
		return;
	refer(w, task_sighand(w->k->swapper));
	check_family(w);
	check_users(w);
	check_references(w);
	if (!w->wrong)
		g_tree_foreach(w->k->pid_namespaces, check_ns_count, w);
}

char *verify(const struct kernel *k)
{
	struct walk w = { .k = k };

	w.tasks = g_hash_table_new(NULL, NULL);
	w.found = g_hash_table_new(NULL, NULL);
	w.users = g_hash_table_new(NULL, NULL);
	walk(&w);
	g_hash_table_unref(w.tasks);
	g_hash_table_unref(w.found);
	g_hash_table_unref(w.users);
	return w.wrong;
}
