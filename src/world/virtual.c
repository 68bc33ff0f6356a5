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

static _Thread_local const char *reason = "";

const char *world_reason(void)
{
	return reason;
}

static uint64_t ticks_since(const struct timespec *began)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)((now.tv_sec - began->tv_sec) * TICKS_PER_SECOND +
			  (now.tv_nsec - began->tv_nsec) / (1000000000 / TICKS_PER_SECOND));
}

static uint64_t world_clock(void *data)
{
	const struct world *w = data;

	return w->frozen ? 0 : ticks_since(&w->began);
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

struct world *world_virtual_new(const struct world_options *options)
{
	struct world *w = g_new0(struct world, 1);
	struct kernel_options ko = {
		.version = options->kernel,
		.cpus = options->cpus,
		.uid = options->uid,
		.gid = options->gid,
		.clock = world_clock,
		.clock_data = w,
	};

	if (!ko.cpus)
		ko.cpus = (unsigned int)MAX(sysconf(_SC_NPROCESSORS_CONF), 1);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->woken, NULL);
	clock_gettime(CLOCK_MONOTONIC, &w->began);
	w->frozen = options->frozen;
	w->held_ns = g_hash_table_new_full(NULL, NULL, NULL, release_ns);
	w->held_pids = g_hash_table_new_full(ino_hash, g_int64_equal, NULL, release_pid);
	init_waitqueue_head(&w->stream_readers);
	INIT_LIST_HEAD(&w->waking);
	w->k = kernel_new(&ko);
	return w;
}

void world_free(struct world *w)
{
	if (!w)
		return;
	/* Files may have been open when the mount went. */
	g_hash_table_unref(w->held_ns);
	g_hash_table_unref(w->held_pids);
	kernel_free(w->k);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->woken);
	g_free(w);
}

struct kernel *world_begin(struct world *w)
{
	pthread_mutex_lock(&w->lock);
	w->k->reason = NULL;
	return w->k;
}

static void give_memory_back(struct world *w)
{
	guint pids = g_hash_table_size(w->k->pids);

	w->most_pids = MAX(w->most_pids, pids);
	if (w->most_pids > PIDS_WORTH_TRIMMING && pids < w->most_pids / 2) {
		malloc_trim(0);
		w->most_pids = pids;
	}
}

/* Calls those whom k has woken, with lock released meanwhile. */
static void call_woken(struct world *w)
{
	while (!list_empty(&w->k->woken)) {
		struct sleeper *s = list_first_entry(&w->k->woken, struct sleeper, wait.entry);
		struct world_waiter *waiter = s->waiter;

		list_del_init(&s->wait.entry);
		list_add_tail(&s->wait.entry, &w->waking);
		waiter->priv = NULL;
		pthread_mutex_unlock(&w->lock);
		waiter->wake(waiter); /* it may be gone afterwards */
		pthread_mutex_lock(&w->lock);
		list_del_init(&s->wait.entry);
		g_free(s);
		pthread_cond_broadcast(&w->woken);
	}
}

static int end(struct world *w, int result, bool refused)
{
	struct kernel *k = w->k;
	const char *why;

	kernel_run(k);
	if (event_ring_next(k->events) != w->events_told) {
		w->events_told = event_ring_next(k->events);
		wake_up(k, &w->stream_readers);
	}
	why = refused && k->reason ? k->reason : "";
	give_memory_back(w);
	call_woken(w);
	pthread_mutex_unlock(&w->lock);
	reason = why; /* after the wakes, which may have asked something */
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
	list_add_tail(&s->wait.entry, &wq->head);
}

void world_unwait(struct world *w, struct world_waiter *waiter)
{
	struct sleeper *s, *found;

	pthread_mutex_lock(&w->lock);
	s = waiter->priv;
	waiter->priv = NULL;
	if (s) {
		list_del_init(&s->wait.entry);
		g_free(s);
	}
	do {
		found = NULL;
		list_for_each_entry(s, &w->waking, wait.entry)
			if (s->waiter == waiter)
				found = s;
		if (found)
			pthread_cond_wait(&w->woken, &w->lock);
	} while (found);
	pthread_mutex_unlock(&w->lock);
}

struct pid *world_pid(struct world *w, uint64_t ino)
{
	struct pid *pid = find_pid_ino(w->k, ino);

	if (!pid) {
		struct hold *hold = g_hash_table_lookup(w->held_pids, &ino);

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
	struct pid_namespace *ns = find_pid_namespace(w->k, inum);

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
	*current = t;
	return 0;
}

/* --- what open files keep ------------------------------------------------- */

int world_ns_hold(struct world *w, uint32_t inum)
{
	struct hold *hold;
	struct pid_namespace *ns;

	world_begin(w);
	ns = world_live_ns(w, inum);
	if (!ns)
		return world_end(w, -ENOENT);
	hold = g_hash_table_lookup(w->held_ns, GUINT_TO_POINTER(inum));
	if (!hold) {
		hold = g_new0(struct hold, 1);
		hold->ns = get_pid_ns(ns);
		g_hash_table_insert(w->held_ns, GUINT_TO_POINTER(inum), hold);
	}
	hold->count++;
	return world_end(w, 0);
}

void world_ns_release(struct world *w, uint32_t inum)
{
	struct hold *hold;

	world_begin(w);
	hold = g_hash_table_lookup(w->held_ns, GUINT_TO_POINTER(inum));
	if (!--hold->count)
		g_hash_table_remove(w->held_ns, GUINT_TO_POINTER(inum));
	world_end(w, 0);
}

int world_hold(struct world *w, struct world_ref ref)
{
	struct pid *pid;
	struct hold *hold;

	world_begin(w);
	pid = world_pid(w, ref.ino);
	if (!pid)
		return world_end(w, -ESRCH);
	hold = g_hash_table_lookup(w->held_pids, &ref.ino);
	if (!hold) {
		hold = g_new0(struct hold, 1);
		hold->pid = get_pid(pid);
		g_hash_table_insert(w->held_pids, &hold->pid->ino, hold);
	}
	hold->count++;
	return world_end(w, 0);
}

void world_release(struct world *w, struct world_ref ref)
{
	struct hold *hold;

	world_begin(w);
	hold = g_hash_table_lookup(w->held_pids, &ref.ino);
	if (!--hold->count)
		g_hash_table_remove(w->held_pids, &ref.ino);
	world_end(w, 0);
}

uint64_t world_uptime(struct world *w)
{
	return world_clock(w); /* neither began nor frozen ever changes */
}

char *world_verify(struct world *w)
{
	char *wrong;

	world_begin(w);
	wrong = verify(w->k);
	world_end(w, 0);
	return wrong;
}
