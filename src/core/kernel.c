/* SPDX-License-Identifier: MIT */
#include "core/kernel.h"

#include "core/exit.h"
#include "core/fork.h"
#include "core/idr.h"
#include "core/pid_namespace.h"
#include "core/signal.h"
#include "core/slab.h"

#define EVENTS_KEPT 65536

void wake_up(struct kernel *k, struct wait_queue_head *wq)
{
	struct hlist_node *item;

	while ((item = wq->head.first)) {
		hlist_del_init(item);
		hlist_add_head(item, &k->woken);
	}
}

int refuse(struct kernel *k, int err, const char *why)
{
	k->reason = why;
	return err;
}

uint64_t kernel_now(struct kernel *k)
{
	if (k->clock && (k->now_call != k->call || !k->call)) {
		k->now = k->clock(k->clock_data);
		k->now_call = k->call;
	}
	return k->now;
}

/* Somebody has come or gone in each of the namespaces in which pid has a number. */
static void count_change(struct kernel *k, const struct pid *pid)
{
	uint64_t now = kernel_now(k);
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

static gint inum_compare(gconstpointer a, gconstpointer b)
{
	guint x = GPOINTER_TO_UINT(a), y = GPOINTER_TO_UINT(b);

	return x < y ? -1 : x > y;
}

static struct pid *init_struct_pid(struct pid_namespace *ns)
{
	struct pid *pid = pid_new(ns->kernel, ns);

	pid->numbers[0].ns = get_pid_ns(ns);
	return pid;
}

static void caches_new(struct kernel *k)
{
	k->task_cachep = kmem_cache_create(sizeof(struct task_struct));
	k->signal_cachep = kmem_cache_create(sizeof(struct signal_struct));
	k->shared_cachep = kmem_cache_create(sizeof(struct task_shared));
	k->extra_cachep = kmem_cache_create(sizeof(struct task_extra));
	k->sighand_cachep = kmem_cache_create(sizeof(struct sighand_struct));
	k->mm_cachep = kmem_cache_create(sizeof(struct mm_struct));
}

static void caches_foreach(const struct kernel *k, void (*fn)(struct kmem_cache *cache, void *data),
			   void *data)
{
	struct kmem_cache *const caches[] = {
		k->task_cachep,	 k->signal_cachep,  k->shared_cachep,
		k->extra_cachep, k->sighand_cachep, k->mm_cachep,
	};

	for (size_t i = 0; i < G_N_ELEMENTS(caches); i++)
		fn(caches[i], data);
	for (int i = 0; i <= MAX_PID_NS_LEVEL; i++)
		if (k->pid_cachep[i])
			fn(k->pid_cachep[i], data);
}

static void cache_destroy(struct kmem_cache *cache, void *data)
{
	(void)data;
	kmem_cache_destroy(cache);
}

static void cache_shrink(struct kmem_cache *cache, void *data)
{
	(void)data;
	kmem_cache_shrink(cache);
}

static void cache_bytes(struct kmem_cache *cache, void *data)
{
	*(size_t *)data += kmem_cache_bytes(cache);
}

static void cache_object_bytes(struct kmem_cache *cache, void *data)
{
	*(size_t *)data += kmem_cache_objects(cache) * kmem_cache_size(cache);
}

static gboolean ns_bytes(gpointer key, gpointer ns, gpointer data)
{
	(void)key;
	*(size_t *)data += idr_memory(&((struct pid_namespace *)ns)->idr);
	return FALSE;
}

size_t kernel_slab_bytes(const struct kernel *k)
{
	size_t bytes = idr_nodes_bytes(k->idr_nodes);

	caches_foreach(k, cache_bytes, &bytes);
	return bytes;
}

size_t kernel_object_bytes(const struct kernel *k)
{
	size_t bytes = idr_memory(&k->pidfs_inos);

	caches_foreach(k, cache_object_bytes, &bytes);
	g_tree_foreach(k->pid_namespaces, ns_bytes, &bytes);
	return bytes;
}

struct kernel *kernel_new(const struct kernel_options *options)
{
	struct kernel *k = g_new0(struct kernel, 1);

	k->version = options->version;
	k->cpus = MAX(options->cpus, 1);
	k->clock = options->clock;
	k->clock_data = options->clock_data;
	k->users = g_hash_table_new(NULL, NULL);
	k->idr_nodes = idr_nodes_new();
	idr_init(&k->pidfs_inos, k->idr_nodes);
	/* The first one to be given. */
	idr_set_cursor(&k->pidfs_inos, options->version >= 618 ? 2 : RESERVED_PIDS + 1);
	caches_new(k);
	k->pid_namespaces = g_tree_new(inum_compare);
	k->runqueue = g_ptr_array_new();
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

static struct task_struct *dequeue_task(struct kernel *k)
{
	struct task_struct *t;

	if (k->run_next == k->runqueue->len) {
		k->run_next = 0;
		g_ptr_array_set_size(k->runqueue, 0);
		return NULL;
	}
	t = g_ptr_array_index(k->runqueue, k->run_next++);
	t->queued = false;
	return t;
}

void kernel_run(struct kernel *k)
{
	const guint much = 65536; /* what is kept after a mass death */
	bool many = false;
	struct task_struct *t;

	while ((t = dequeue_task(k))) {
		many |= k->runqueue->len > much;
		/* It may have ended before its turn. */
		if (t->released)
			kmem_cache_free(k->task_cachep, t);
		else if (!t->exiting)
			do_exit(t, t->signal->group_exit_code);
		else if (t->zapping)
			resume_exit(t);
	}
	if (many) {
		caches_foreach(k, cache_shrink, NULL);
		g_ptr_array_unref(k->runqueue);
		k->runqueue = g_ptr_array_new();
	}
}

static struct task_struct *find_stuck(const struct kernel *k)
{
	struct pid *pid;

	for (int nr = 1; (pid = find_ge_pid(nr, k->init_pid_ns)); nr++) {
		struct task_struct *t = pid_task(pid, PIDTYPE_PID);

		if (t && t->zapping && chain_empty(&t->children))
			return t;
		nr = pid_nr(pid);
	}
	return NULL;
}

/* Ends inits that wait for a number which only themselves use. */
static void kernel_sweep(struct kernel *k)
{
	struct task_struct *stuck;

	while ((stuck = find_stuck(k))) {
		stuck->zapping = false;
		resume_exit(stuck);
		kernel_run(k);
	}
}

/*
 * The end of a world is no event in it: everybody is killed from the top down,
 * and nobody is left to be told.  Namespaces that an open descriptor of a task
 * holds go with the tasks.
 */
void kernel_free(struct kernel *k)
{
	struct task_struct *init = kernel_init_task(k);

	g_assert(hlist_empty(&k->woken));
	own_sighand(k->swapper)->ignored = sigmask(SIGCHLD); /* nobody waits for init */
	group_exit(init->signal, 0);
	kernel_run(k);
	/* What waits for a number that only itself uses would wait for ever. */
	kernel_sweep(k);
	g_assert(idr_is_empty(&k->init_pid_ns->idr));

	free_task(k->swapper);
	put_pid(k->init_struct_pid);
	put_pid_ns(k->init_pid_ns);
	put_user_ns(k->init_user_ns);
	g_assert(g_tree_nnodes(k->pid_namespaces) == 0);
	g_tree_unref(k->pid_namespaces);
	g_assert(g_hash_table_size(k->users) == 0);
	g_hash_table_unref(k->users);
	event_ring_free(k->events);
	g_assert(idr_is_empty(&k->pidfs_inos));
	idr_nodes_free(k->idr_nodes);
	caches_foreach(k, cache_destroy, NULL);
	g_ptr_array_unref(k->runqueue);
	g_free(k);
}
