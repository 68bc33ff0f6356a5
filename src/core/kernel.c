/* SPDX-License-Identifier: MIT */
#include "core/kernel.h"

#include "core/exit.h"
#include "core/fork.h"
#include "core/idr.h"
#include "core/pid_namespace.h"
#include "core/signal.h"

#define EVENTS_KEPT 65536

void init_waitqueue_head(struct wait_queue_head *wq)
{
	INIT_LIST_HEAD(&wq->head);
}

void wake_up(struct kernel *k, struct wait_queue_head *wq)
{
	list_splice_tail_init(&wq->head, &k->woken);
}

int refuse(struct kernel *k, int err, const char *why)
{
	k->reason = why;
	return err;
}

/* Somebody has come or gone in each of the namespaces in which pid has a number. */
static void count_change(struct kernel *k, const struct pid *pid)
{
	uint64_t now = k->clock ? k->clock(k->clock_data) : 0;
	unsigned int i;

	for (i = 0; i <= pid->level; i++) {
		pid->numbers[i].ns->changes++;
		pid->numbers[i].ns->changed = now;
	}
}

void kernel_changed(struct kernel *k, enum kernel_change change, const struct pid *pid,
		    const struct pid_namespace *ns)
{
	if (change == CHANGE_BORN || change == CHANGE_GONE)
		count_change(k, pid);
	if (k->watch.changed)
		k->watch.changed(k->watch.data, change, pid, ns);
}

static guint pid_hash(gconstpointer p)
{
	return (guint)((const struct pid *)p)->ino;
}

static gboolean pid_equal(gconstpointer a, gconstpointer b)
{
	return ((const struct pid *)a)->ino == ((const struct pid *)b)->ino;
}

static gint inum_compare(gconstpointer a, gconstpointer b)
{
	guint x = GPOINTER_TO_UINT(a), y = GPOINTER_TO_UINT(b);

	return x < y ? -1 : x > y;
}

static struct pid *init_struct_pid(struct pid_namespace *ns)
{
	struct pid *pid = g_malloc0(sizeof(*pid) + sizeof(pid->numbers[0]));
	int i;

	pid->count = 1;
	for (i = 0; i < PIDTYPE_MAX; i++)
		INIT_LIST_HEAD(&pid->tasks[i]);
	init_waitqueue_head(&pid->wait_pidfd);
	pid->numbers[0].ns = get_pid_ns(ns);
	return pid;
}

struct kernel *kernel_new(const struct kernel_options *options)
{
	struct kernel *k = g_new0(struct kernel, 1);

	k->version = options->version;
	k->cpus = MAX(options->cpus, 1);
	k->clock = options->clock;
	k->clock_data = options->clock_data;
	k->pidfs_ino = options->version >= 618 ? 1 : RESERVED_PIDS;
	k->pids = g_hash_table_new(pid_hash, pid_equal);
	k->users = g_hash_table_new(NULL, NULL);
	k->idr_nodes = idr_nodes_new();
	k->pid_namespaces = g_tree_new(inum_compare);
	INIT_LIST_HEAD(&k->runqueue);
	INIT_LIST_HEAD(&k->woken);
	INIT_LIST_HEAD(&k->facts);
	INIT_LIST_HEAD(&k->group_facts);
	k->events = event_ring_new(EVENTS_KEPT);
	pid_idr_init(k);

	k->last_inum = 4026531836;
	k->init_user_ns = user_ns_new(k, NULL, 0);
	k->init_user_ns->mapped = true;
	k->last_inum = 4026531999; /* above all that a machine boots with */
	create_pid_ns(NULL, k->init_user_ns, &k->init_pid_ns);
	k->init_struct_pid = init_struct_pid(k->init_pid_ns);
	fork_init(k, options->uid, options->gid);
	return k;
}

struct task_struct *kernel_init_task(struct kernel *k)
{
	return k->init_pid_ns->child_reaper;
}

void kernel_run(struct kernel *k)
{
	while (!list_empty(&k->runqueue)) {
		struct task_struct *t =
			list_first_entry(&k->runqueue, struct task_struct, run_list);

		list_del_init(&t->run_list);
		if (t->exiting)
			resume_exit(t);
		else
			do_exit(t, t->signal->group_exit_code);
	}
}

/* Ends inits that wait for a number which only themselves use. */
static void kernel_sweep(struct kernel *k)
{
	struct task_struct *stuck;

	do {
		GHashTableIter iter;
		gpointer key;

		stuck = NULL;
		g_hash_table_iter_init(&iter, k->pids);
		while (!stuck && g_hash_table_iter_next(&iter, &key, NULL)) {
			struct task_struct *t = pid_task(key, PIDTYPE_PID);

			if (t && t->zapping && list_empty(&t->children))
				stuck = t;
		}
		if (stuck) {
			stuck->zapping = false;
			resume_exit(stuck);
			kernel_run(k);
		}
	} while (stuck);
}

/*
 * The end of a world is no event in it: everybody is killed from the top down,
 * and nobody is left to be told.  Namespaces that an open descriptor of a task
 * holds go with the tasks.
 */
void kernel_free(struct kernel *k)
{
	struct task_struct *init = kernel_init_task(k);

	g_assert(list_empty(&k->woken));
	k->swapper->sighand->ignored = sigmask(SIGCHLD); /* nobody waits for init */
	group_exit(init->signal, 0);
	kernel_run(k);
	/* What waits for a number that only itself uses would wait for ever. */
	kernel_sweep(k);
	g_assert(g_hash_table_size(k->pids) == 0);

	list_del_init(&k->swapper->pid_links[PIDTYPE_PID]);
	list_del_init(&k->swapper->pid_links[PIDTYPE_TGID]);
	list_del_init(&k->swapper->pid_links[PIDTYPE_PGID]);
	list_del_init(&k->swapper->pid_links[PIDTYPE_SID]);
	free_task(k->swapper);
	put_pid(k->init_struct_pid);
	put_pid_ns(k->init_pid_ns);
	put_user_ns(k->init_user_ns);
	g_assert(g_tree_nnodes(k->pid_namespaces) == 0);
	g_tree_unref(k->pid_namespaces);
	g_hash_table_unref(k->pids);
	g_hash_table_unref(k->users);
	event_ring_free(k->events);
	idr_nodes_free(k->idr_nodes);
	g_free(k);
}
