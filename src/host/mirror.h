/* SPDX-License-Identifier: MIT */
/*
 * The mirror: which struct pids the machine has, and their number in each
 * namespace: an IDR per namespace, as the kernel's, found by find_ge_pid().
 *
 * Nothing that is heard is trusted for long: it says which number to look at.  What
 * counts is what the kernel answers when that number is looked at, so hints may
 * come late, twice, or not at all; mirror_scan() looks at everything.
 *
 * Who a process is, is the inode of its pidfd: never its number.  Not locked:
 * struct host has the lock.
 */
#ifndef PIDNSFS_HOST_MIRROR_H
#define PIDNSFS_HOST_MIRROR_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/idr.h"
#include "host/fact.h"

struct keeper;
struct mirror;

struct host_ns {
	uint32_t inum, parent_inum, owner;
	unsigned int level;
	struct host_ns *parent; /* a reference; NULL at the root */
	struct idr idr; /* nr -> struct host_pid that leads a group */
	unsigned int pids; /* of them */
	unsigned int refs; /* pids, children, open files */
	int nsfd; /* -1: the root's, or of one that was only heard of */
	bool has_procfs; /* made when first asked for */
	uint32_t procfs; /* the keeper's handle of it */
	int procfs_err; /* why it could not be made */
	bool had_init;
};

struct host_nr {
	int nr;
	struct host_ns *ns; /* a reference */
};

struct host_pid {
	uint64_t ino, leader_ino;
	bool leader, seen;
	bool told; /* for watch alone: its beginning is among the events */
	bool partly; /* a zombie whose namespaces nobody remembers: root's number only */
	unsigned int level;
	struct host_nr numbers[];
};

struct mirror_watch {
	void (*born)(void *data, struct host_pid *pid);
	void (*gone)(void *data, const struct host_pid *pid); /* reaped */
	void *data;
};

/* proc: a procfs of our namespace, borrowed as is k. */
struct mirror *mirror_new(struct keeper *k, int proc, uint32_t root_inum,
			  const struct mirror_watch *watch);
void mirror_free(struct mirror *m);

/* Looks at who has this number in our namespace now; borrowed, NULL: nobody. */
struct host_pid *mirror_refresh(struct mirror *m, int nr);
/* The same of a thread, which is kept only while it lives; its leader is too. */
struct host_pid *mirror_refresh_thread(struct mirror *m, int tid);
/* Somebody who will soon be gone without anybody telling. */
void mirror_dying(struct mirror *m, int nr);
/*
 * A process that was told with all that it is; NULL: it does not fit to what is
 * known.  It is taken for true until mirror_settle().
 */
struct host_pid *mirror_hear(struct mirror *m, const struct fact *f);
/* Looks at those that were heard of, and at the dying again. */
void mirror_settle(struct mirror *m);
bool mirror_has_doubts(const struct mirror *m);
/* Looks at everything: afterwards the mirror is what /proc says. */
void mirror_scan(struct mirror *m);
/* When that was done last, by g_get_monotonic_time(). */
int64_t mirror_looked(const struct mirror *m);
/* Has no task of the machine come or gone since then?  It costs two small files. */
bool mirror_is_current(const struct mirror *m);

struct host_ns *mirror_root(const struct mirror *m);
struct host_ns *mirror_ns(const struct mirror *m, uint32_t inum); /* living; NULL */
struct host_ns *mirror_ns_after(const struct mirror *m, uint32_t inum);
struct host_ns *mirror_ns_ref(struct host_ns *ns);
void mirror_ns_unref(struct mirror *m, struct host_ns *ns);
/* Of one that is held, dead or not. */
void mirror_ns_release(struct mirror *m, uint32_t inum);
struct host_pid *mirror_pid(const struct mirror *m, uint64_t ino); /* as last seen */
/* The number in a namespace; 0: it has none there. */
int mirror_nr(const struct host_pid *pid, const struct host_ns *ns);
unsigned int mirror_count(const struct mirror *m);
/* Checks what must always hold; NULL or a sentence to be freed. */
char *mirror_verify(const struct mirror *m);

#endif
