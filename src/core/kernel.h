/* SPDX-License-Identifier: MIT */
/*
 * One struct kernel is one world: nothing in this folder is global, and nothing
 * locks.  Whoever owns it calls one function at a time.
 *
 * A call runs to its end, as a system call would, and what it set going (tasks
 * with a fatal signal, inits that wait for their namespace to empty) is then
 * run by kernel_run().
 */
#ifndef PIDNSFS_CORE_KERNEL_H
#define PIDNSFS_CORE_KERNEL_H

#include <glib.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/idr.h"
#include "core/list.h"
#include "event/event.h"

#define RESERVED_PIDS 300
#define PID_MAX_LIMIT 4194304
#define PID_MAX_DEFAULT 32768
#define PIDS_PER_CPU_DEFAULT 1024
#define PIDS_PER_CPU_MIN 8
#define MAX_PID_NS_LEVEL 32

struct pid;
struct pid_namespace;
struct user_namespace;
struct task_struct;

/* Somebody who sleeps; what to do when woken is the owner's business. */
struct wait_queue_entry {
	struct hlist_node entry;
};

struct wait_queue_head {
	struct hlist_head head;
};

/* What a watcher is told, at once and in the middle of things. */
enum kernel_change {
	CHANGE_BORN, /* pid: it has a task now */
	CHANGE_TASK, /* pid: something that its task shows */
	CHANGE_GONE, /* pid: it has no task any more */
	CHANGE_NS, /* ns: something that it shows, or it is new */
	CHANGE_NS_GONE, /* ns: it has no processes, and will have none */
	CHANGE_ALL, /* more than can be named */
};

struct kernel_watch {
	/* Must not call back; ns is the pid's own one where there is a pid. */
	void (*changed)(void *data, enum kernel_change change, const struct pid *pid,
			const struct pid_namespace *ns);
	void *data;
};

struct kernel {
	int version; /* 612 or 618: whose behaviour, where they differ */
	unsigned int cpus;
	struct pid_namespace *init_pid_ns;
	struct user_namespace *init_user_ns;
	struct pid *init_struct_pid; /* number 0: never found, never freed */
	struct task_struct *swapper; /* its task: the parent of pid 1 */
	int pid_max, pid_max_min, pid_max_max; /* pid_max: 6.12's global one */
	uint64_t pidfs_ino; /* the last one given */
	struct idr pidfs_inos; /* published struct pids by the low bits of their ino */
	uint32_t last_inum; /* of namespaces, never used again */
	GHashTable *users; /* struct user_struct by uid */
	struct idr_nodes *idr_nodes; /* owned: of all namespaces */
	GTree *pid_namespaces; /* live ones by inum */
	GPtrArray *runqueue; /* tasks that have dying to do, from run_next on */
	guint run_next;
	struct list_head facts, group_facts; /* all there are, see core/facts.h */
	struct hlist_head woken; /* wait_queue_entries, for the owner to call */
	struct event_ring *events; /* owned */
	/* Where they come from. */
	struct kmem_cache *task_cachep, *signal_cachep, *shared_cachep, *extra_cachep;
	struct kmem_cache *sighand_cachep, *mm_cachep;
	struct kmem_cache *pid_cachep[MAX_PID_NS_LEVEL + 1]; /* by level; NULL: none yet */
	uint64_t forks, nr_threads; /* since the start; now */
	uint64_t (*clock)(void *data); /* ticks of 1/100 s since the start */
	void *clock_data;
	uint64_t now; /* of the clock, in call now_call */
	uint32_t now_call;
	/* A late failure of clone (a cgroup says no): 0 or -errno; may be NULL. */
	int (*can_fork)(void *data);
	void *can_fork_data;
	struct kernel_watch watch; /* changed may be NULL */
	uint32_t call; /* the owner counts it up: groups are told of once in each */
	const char *reason; /* why the last refusal, a static string or NULL */
};

struct kernel_options {
	int version;
	unsigned int cpus;
	uid_t uid;
	gid_t gid;
	uint64_t (*clock)(void *data);
	void *clock_data;
};

/* A world with one process, pid 1. */
struct kernel *kernel_new(const struct kernel_options *options);
/* All waiters must be gone; everything else goes here. */
void kernel_free(struct kernel *k);
/* Runs until no task has dying to do. */
void kernel_run(struct kernel *k);
struct task_struct *kernel_init_task(struct kernel *k);
/* By the clock, which is read once in each call of the owner's. */
uint64_t kernel_now(struct kernel *k);

/* Tells the watcher.  Of a namespace that changes in passing only the last state counts. */
void kernel_changed(struct kernel *k, enum kernel_change change, const struct pid *pid,
		    const struct pid_namespace *ns);

/* Bytes taken from the system for tasks, pids and what is theirs: whole slabs. */
size_t kernel_slab_bytes(const struct kernel *k);
/* Bytes of the objects that are in use in them, and of all indexes' nodes. */
size_t kernel_object_bytes(const struct kernel *k);

/* Moves all sleepers to k->woken. */
void wake_up(struct kernel *k, struct wait_queue_head *wq);

/* Remembers why and returns err, so that a refusal is one line. */
int refuse(struct kernel *k, int err, const char *why);

#endif
