/* SPDX-License-Identifier: MIT */
#include "world/virtual.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

#include "core/pid.h"
#include "core/verify.h"

#define TICKS_PER_SECOND 100
/* A world that was larger than this gives memory back when it has shrunk. */
#define PIDS_WORTH_TRIMMING 50000

/* One registration of a waiter. */
struct sleeper {
	struct wait_queue_entry wait; /* in a queue of the core, or in world.waking */
	struct world_waiter *waiter;
};

static uint64_t ticks_since(const struct timespec *began)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)((now.tv_sec - began->tv_sec) * TICKS_PER_SECOND +
			  (now.tv_nsec - began->tv_nsec) / (1000000000 / TICKS_PER_SECOND));
}

static uint64_t world_clock(void *data)
{
	const struct virtual *v = data;

	return v->skipped + (v->frozen ? 0 : ticks_since(&v->began));
}

static void release_ns(gpointer data)
{
	struct hold *hold = data;

	put_pid_ns(hold->ns);
	g_free(hold);
}

static void release_pid(gpointer data)
{
	struct hold *hold = data;
	struct pid *pid = hold->pid;

	g_free(hold);
	put_pid(pid); /* the table's key is in it */
}

static guint ino_hash(gconstpointer key)
{
	return g_int64_hash(key);
}

struct kernel *world_begin(struct world *w)
{
	struct virtual *v = to_virtual(w);

	pthread_mutex_lock(&v->lock);
	v->k->reason = NULL;
	v->k->call++;
	return v->k;
}

static void give_memory_back(struct virtual *v)
{
	guint pids = pid_ns_pids(v->k->init_pid_ns);

	v->most_pids = MAX(v->most_pids, pids);
	if (v->most_pids > PIDS_WORTH_TRIMMING && pids < v->most_pids / 2) {
		malloc_trim(0);
		v->most_pids = pids;
	}
}

/* Calls those whom k has woken, with lock released meanwhile. */
static void call_woken(struct virtual *v)
{
	while (!hlist_empty(&v->k->woken)) {
		struct sleeper *s = list_entry(v->k->woken.first, struct sleeper, wait.entry);
		struct world_waiter *waiter = s->waiter;

		hlist_del_init(&s->wait.entry);
		hlist_add_head(&s->wait.entry, &v->waking);
		waiter->priv = NULL;
		pthread_mutex_unlock(&v->lock);
		waiter->wake(waiter); /* it may be gone afterwards */
		pthread_mutex_lock(&v->lock);
		hlist_del_init(&s->wait.entry);
		g_free(s);
		pthread_cond_broadcast(&v->woken);
	}
}

static int end(struct world *w, int result, bool refused)
{
	struct virtual *v = to_virtual(w);
	struct kernel *k = v->k;
	const char *why;

	kernel_run(k);
	if (event_ring_next(k->events) != v->events_told) {
		v->events_told = event_ring_next(k->events);
		wake_up(k, &v->stream_readers);
	}
	why = refused && k->reason ? k->reason : "";
	give_memory_back(v);
	call_woken(v);
	pthread_mutex_unlock(&v->lock);
	world_set_reason(why); /* after the wakes, which may have asked something */
	return result;
}

int world_end(struct world *w, int result)
{
	return end(w, result, result < 0);
}

int world_end_partly(struct world *w, int result)
{
	return end(w, result, true);
}

void world_sleep(struct world *w, struct wait_queue_head *wq, struct world_waiter *waiter)
{
	struct sleeper *s;

	(void)w;
	if (!waiter)
		return;
	s = g_new0(struct sleeper, 1);
	s->waiter = waiter;
	waiter->priv = s;
	hlist_add_head(&s->wait.entry, &wq->head);
}

static void virtual_unwait(struct world *w, struct world_waiter *waiter)
{
	struct virtual *v = to_virtual(w);
	struct sleeper *s, *found;

	pthread_mutex_lock(&v->lock);
	s = waiter->priv;
	waiter->priv = NULL;
	if (s) {
		hlist_del_init(&s->wait.entry);
		g_free(s);
	}
	do {
		found = NULL;
		hlist_for_each_entry(s, &v->waking, wait.entry)
			if (s->waiter == waiter)
				found = s;
		if (found)
			pthread_cond_wait(&v->woken, &v->lock);
	} while (found);
	pthread_mutex_unlock(&v->lock);
}

struct pid *world_pid(struct world *w, uint64_t ino)
{
	struct pid *pid = find_pid_ino(to_virtual(w)->k, ino);

	if (!pid) {
		struct hold *hold = g_hash_table_lookup(to_virtual(w)->held_pids, &ino);

		pid = hold ? hold->pid : NULL;
	}
	return pid;
}

struct pid_namespace *world_view(const struct pid *pid, unsigned int level)
{
	return level <= pid->level ? pid->numbers[level].ns : NULL;
}

struct pid_namespace *world_live_ns(struct world *w, uint32_t inum)
{
	struct pid_namespace *ns = find_pid_namespace(to_virtual(w)->k, inum);

	/* PIDNS_ADDING, or processes, or both. */
	return ns && ns->pid_allocated ? ns : NULL;
}

int world_begin_as(struct world *w, struct world_actor a, struct task_struct **current)
{
	struct kernel *k = world_begin(w);
	struct task_struct *t = pid_task(find_pid_ino(k, a.ref.ino), PIDTYPE_PID);

	if (!t)
		return world_end(w, refuse(k, -ESRCH, "the process is gone"));
	if (t->exiting && !a.thread)
		t = find_alive_thread(t);
	if (!t || t->exiting)
		return world_end(w, refuse(k, -ESRCH, "the process is dead: it does nothing more"));
	/* Whatever it does, most of it shows in its own files. */
	task_changed(t);
	*current = t;
	return 0;
}

/* --- the watcher ------------------------------------------------------------ */

static void on_change(void *data, enum kernel_change what, const struct pid *pid,
		      const struct pid_namespace *ns)
{
	static const enum world_change_kind kinds[] = {
		[CHANGE_BORN] = WORLD_BORN,	  [CHANGE_TASK] = WORLD_CHANGED,
		[CHANGE_GONE] = WORLD_GONE,	  [CHANGE_NS] = WORLD_NS_CHANGED,
		[CHANGE_NS_GONE] = WORLD_NS_GONE, [CHANGE_ALL] = WORLD_ALL_CHANGED,
	};
	const struct virtual *v = data;
	struct world_change change; /* large, and mostly not looked at */

	change.kind = kinds[what];
	change.ino = pid ? pid->ino : 0;
	change.inum = ns ? ns->inum : 0;
	change.levels = 0;
	if (what == CHANGE_BORN || what == CHANGE_GONE)
		for (unsigned int i = 0; i <= pid->level; i++) {
			change.inums[i] = pid->numbers[i].ns->inum;
			change.nrs[i] = pid->numbers[i].nr;
			change.levels++;
		}
	v->changed(v->changed_data, &change);
}

static int virtual_watch(struct world *w,
			 void (*changed)(void *data, const struct world_change *change), void *data)
{
	struct virtual *v = to_virtual(w);
	struct kernel *k = world_begin(w);

	v->changed = changed;
	v->changed_data = data;
	k->watch = (struct kernel_watch){ .changed = changed ? on_change : NULL, .data = v };
	return world_end(w, 0);
}

/* --- what open files keep ------------------------------------------------- */

static int virtual_ns_hold(struct world *w, uint32_t inum)
{
	struct hold *hold;
	struct pid_namespace *ns;

	world_begin(w);
	ns = world_live_ns(w, inum);
	if (!ns)
		return world_end(w, -ENOENT);
	hold = g_hash_table_lookup(to_virtual(w)->held_ns, GUINT_TO_POINTER(inum));
	if (!hold) {
		hold = g_new0(struct hold, 1);
		hold->ns = get_pid_ns(ns);
		g_hash_table_insert(to_virtual(w)->held_ns, GUINT_TO_POINTER(inum), hold);
	}
	hold->count++;
	return world_end(w, 0);
}

static void virtual_ns_release(struct world *w, uint32_t inum)
{
	struct hold *hold;

	world_begin(w);
	hold = g_hash_table_lookup(to_virtual(w)->held_ns, GUINT_TO_POINTER(inum));
	if (!--hold->count)
		g_hash_table_remove(to_virtual(w)->held_ns, GUINT_TO_POINTER(inum));
	world_end(w, 0);
}

static int virtual_hold(struct world *w, struct world_ref ref)
{
	struct pid *pid;
	struct hold *hold;

	world_begin(w);
	pid = world_pid(w, ref.ino);
	if (!pid)
		return world_end(w, -ESRCH);
	hold = g_hash_table_lookup(to_virtual(w)->held_pids, &ref.ino);
	if (!hold) {
		hold = g_new0(struct hold, 1);
		hold->pid = get_pid(pid);
		g_hash_table_insert(to_virtual(w)->held_pids, &hold->pid->ino, hold);
	}
	hold->count++;
	return world_end(w, 0);
}

static void virtual_release(struct world *w, struct world_ref ref)
{
	struct hold *hold;

	world_begin(w);
	hold = g_hash_table_lookup(to_virtual(w)->held_pids, &ref.ino);
	if (!--hold->count)
		g_hash_table_remove(to_virtual(w)->held_pids, &ref.ino);
	world_end(w, 0);
}

static uint64_t virtual_uptime(struct world *w)
{
	uint64_t now;

	world_begin(w);
	now = world_clock(to_virtual(w));
	world_end(w, 0);
	return now;
}

static int64_t virtual_btime(struct world *w)
{
	int64_t btime;

	world_begin(w);
	btime = to_virtual(w)->machine.says.btime;
	world_end(w, 0);
	return btime;
}

static char *virtual_verify(struct world *w)
{
	char *wrong;

	world_begin(w);
	wrong = verify(to_virtual(w)->k);
	world_end(w, 0);
	return wrong;
}

/* --- the table ------------------------------------------------------------ */

static void virtual_free(struct world *w)
{
	struct virtual *v = to_virtual(w);

	/* Files may have been open when the mount went. */
	g_hash_table_unref(v->held_ns);
	g_hash_table_unref(v->held_pids);
	g_hash_table_unref(v->faults);
	kernel_free(v->k);
	machine_clear(&v->machine);
	pthread_mutex_destroy(&v->lock);
	pthread_cond_destroy(&v->woken);
	g_free(v);
}

static struct world_ops table = {
	.name = "virtual",
	.free = virtual_free,
	.ns_hold = virtual_ns_hold,
	.ns_release = virtual_ns_release,
	.hold = virtual_hold,
	.release = virtual_release,
	.uptime = virtual_uptime,
	.btime = virtual_btime,
	.verify = virtual_verify,
	.watch = virtual_watch,
	.unwait = virtual_unwait,
};

static void fill_table(void)
{
	virtual_ask_ops(&table);
	virtual_act_ops(&table);
	virtual_fault_ops(&table);
	virtual_set_ops(&table);
	virtual_show_ops(&table);
	virtual_stream_ops(&table);
}

static const struct world_ops *virtual_ops(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, fill_table);
	return &table;
}

struct world *world_virtual_new(const struct world_options *options)
{
	struct virtual *v = g_new0(struct virtual, 1);
	struct kernel_options ko = {
		.version = options->kernel,
		.cpus = options->cpus,
		.uid = options->uid,
		.gid = options->gid,
		.clock = world_clock,
		.clock_data = v,
	};

	if (!ko.cpus)
		ko.cpus = (unsigned int)MAX(sysconf(_SC_NPROCESSORS_CONF), 1);
	v->world.ops = virtual_ops();
	pthread_mutex_init(&v->lock, NULL);
	pthread_cond_init(&v->woken, NULL);
	clock_gettime(CLOCK_MONOTONIC, &v->began);
	v->frozen = options->frozen;
	machine_init(&v->machine, &(struct world_options){ .kernel = options->kernel,
							   .cpus = ko.cpus,
							   .frozen = options->frozen });
	v->held_ns = g_hash_table_new_full(NULL, NULL, NULL, release_ns);
	v->held_pids = g_hash_table_new_full(ino_hash, g_int64_equal, NULL, release_pid);
	v->faults = world_faults_new();
	v->k = kernel_new(&ko);
	return &v->world;
}
