/* SPDX-License-Identifier: MIT */
/*
 * The host world: the processes that this machine has.
 *
 * What its files say comes from procfs, who is there from the mirror, and what
 * is done is done with system calls.  What the files of this folder share.
 */
#ifndef PIDNSFS_HOST_HOST_H
#define PIDNSFS_HOST_HOST_H

#include <glib.h>
#include <pthread.h>

#include "event/event.h"
#include "host/keeper.h"
#include "host/mirror.h"
#include "host/source.h"
#include "world/ops.h"

struct host;

/* What the loop is told when a descriptor is ready. */
struct host_watch {
	void (*ready)(struct host *h, struct host_watch *watch); /* with lock held */
	int fd;
};

struct host {
	struct world world; /* first: see to_host() */
	struct keeper *keeper; /* borrowed: what does all that takes privileges */
	int proc; /* a procfs of our namespace, which hides nothing if that can be had */
	bool hides; /* /proc hides processes from some */
	uint32_t inum; /* of our namespace */
	struct source *source; /* NULL: the mirror has to scan */
	char *source_why; /* why there is no better one; NULL: it is the best */

	pthread_mutex_t lock; /* what follows */
	struct mirror *mirror;
	struct event_ring *events; /* they are kept whether somebody reads them or not */
	unsigned int listeners; /* to events */
	const struct fact *telling; /* what is told just now; NULL: nothing */
	bool beginning, scanning;
	uint64_t updates, scans, audits, lost_told;
	GHashTable *held; /* struct held by ino */
	GList *sleepers; /* struct sleeper, of all kinds */
	GList *waking; /* those whose wake is being called just now */
	pthread_cond_t woken;
	GList *outputs; /* of programs that run, or whose end nobody has read */

	int epoll, wakeup; /* wakeup: an eventfd */
	struct host_watch orphaned; /* the keeper is gone */
	pthread_t loop; /* listens to all descriptors */
	bool looping; /* it was started */
	bool stop; /* under lock */
};

static inline struct host *to_host(const struct world *w)
{
	return (struct host *)w;
}

void host_lock(struct host *h);
/* Unlocks, and calls who was woken; gives result back. */
int host_unlock(struct host *h, int result);
/* The mirror up to this moment: afterwards it is what /proc says. */
void host_update(struct host *h);
/* With lock held: key is what is waited for.  waiter may be NULL. */
void host_sleep(struct host *h, const void *key, struct world_waiter *waiter);
void host_wake(struct host *h, const void *key);
/* Makes the loop look what there is. */
void host_wake_loop(void *host);
void host_watch_add(struct host *h, struct host_watch *watch);
void host_watch_remove(struct host *h, struct host_watch *watch);

/*
 * The struct pid of a ref, if its process still is there, as what it is: never
 * one that has got its number since.  NULL: it is gone, or not in that view.
 */
struct host_pid *host_pid(struct host *h, struct world_ref ref);
struct host_ns *host_ns(struct host *h, uint32_t inum);
/* The keeper's handle of a namespace's procfs, as its own processes would see it: -errno. */
int host_procfs(struct host *h, struct host_ns *ns, uint32_t *handle);
/*
 * May the caller enter this one's directory in /proc?  -ESRCH: it is not even seen;
 * -EPERM, and a sentence.
 */
int host_check_open(const struct host *h, int nr);
/* A refusal with its sentence. */
int host_refuse(int err, const char *why);
/* Since the machine began, in 1/100 s: the times of events. */
uint64_t host_ticks(void);
/* The mirror's way of telling. */
void host_born(void *data, struct host_pid *pid);
void host_gone(void *data, const struct host_pid *pid);

/* The rows of the table that each file has. */
void host_ask_ops(struct world_ops *ops);
void host_file_ops(struct world_ops *ops);
void host_act_ops(struct world_ops *ops);
void host_run_ops(struct world_ops *ops);
void host_watch_ops(struct world_ops *ops);
void host_name_ops(struct world_ops *ops);
/* What a verb's file says here; NULL: it does what it does everywhere. */
const char *host_usage(const struct world *w, const char *verb);
bool host_acts(const struct world *w, const char *verb);

/* At the end, when nothing else runs. */
void host_run_free(struct host *h);

#endif
