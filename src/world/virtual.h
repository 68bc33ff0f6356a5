/* SPDX-License-Identifier: MIT */
/*
 * The virtual world: one struct kernel behind one lock.  What the files
 * virtual*.c share.
 */
#ifndef PIDNSFS_WORLD_VIRTUAL_H
#define PIDNSFS_WORLD_VIRTUAL_H

#include <glib.h>
#include <pthread.h>
#include <time.h>

#include "core/kernel.h"
#include "core/task.h"
#include "world/key.h"
#include "world/machine.h"
#include "world/ops.h"

struct virtual
{
	struct world world; /* first: see to_virtual() */
	pthread_mutex_t lock; /* everything below */
	struct kernel *k;
	struct timespec began;
	bool frozen;
	uint64_t skipped; /* ticks by which the clock was advanced */
	struct machine machine;
	GHashTable *held_ns; /* struct hold by inum: a reference to each namespace */
	GHashTable *held_pids; /* struct hold by ino: a reference to each struct pid */
	struct wait_queue_head stream_readers;
	uint64_t events_told; /* the ring's next number when they were last woken */
	struct hlist_head waking; /* sleepers whose wake is being called just now */
	pthread_cond_t woken; /* one of them is done */
	/* The watcher; changed may be NULL. */
	void (*changed)(void *data, const struct world_change *change);
	void *changed_data;
	guint most_pids; /* since memory was last given back */
	GHashTable *faults; /* src/world/virtual-fault.c's */
	gint nr_faults; /* as many; atomic, read without the lock */
};

/* Ticks: a hundred years. */
#define WORLD_CLOCK_MAX (UINT64_C(100) * 366 * 86400 * 100)

/* Something of the core that open files keep alive. */
struct hold {
	unsigned int count;
	union {
		struct pid *pid;
		struct pid_namespace *ns;
	};
};

static inline struct virtual *to_virtual(struct world *w)
{
	return (struct virtual *)w;
}

/* The rows of the table that each file has. */
void virtual_act_ops(struct world_ops *ops);
void virtual_ask_ops(struct world_ops *ops);
void virtual_fault_ops(struct world_ops *ops);
void virtual_set_ops(struct world_ops *ops);
void virtual_show_ops(struct world_ops *ops);
void virtual_stream_ops(struct world_ops *ops);

/* Every operation begins and ends with these; between them lock is held. */
struct kernel *world_begin(struct world *w);
/* Runs what was set going, unlocks, wakes who slept; returns result. */
int world_end(struct world *w, int result);
/* The same where a success may be less than was asked for: world_reason() is why. */
int world_end_partly(struct world *w, int result);

/*
 * Begins, and finds who acts: a live thread of the process, or the very thread.
 * -ESRCH: it is reaped, or a zombie; then it has ended, too.
 */
int world_begin_as(struct world *w, struct world_actor a, struct task_struct **current);
/* The struct pid, published or held; NULL. */
struct pid *world_pid(struct world *w, uint64_t ino);
/* The view of a ref; NULL: it has no number at that level. */
struct pid_namespace *world_view(const struct pid *pid, unsigned int level);
GHashTable *world_faults_new(void);
/* Live is a namespace that has processes or can get some. */
struct pid_namespace *world_live_ns(struct world *w, uint32_t inum);

/* The task that has this struct pid; NULL, and *err is -ESRCH, or -ENOENT: not in that view. */
struct task_struct *world_task_of(struct world *w, struct world_ref ref, int *err);
/* Values that keys_parse() has checked. */
void world_set_keys(struct world *w, struct task_struct *t, char *const *names,
		    const struct key_value *values, unsigned int n);

/* waiter may be NULL: then nothing is registered. */
void world_sleep(struct world *w, struct wait_queue_head *wq, struct world_waiter *waiter);

#endif
