/* SPDX-License-Identifier: MIT */
/*
 * An IDR: small integers handed out in order, each with a pointer behind it.
 *
 * The names and results are those of the kernel's lib/idr.c; the structure is
 * not.  Ids run from 0 to IDR_MAX_ID.  An id may be taken with a NULL pointer:
 * it is reserved, idr_find() and idr_get_next() do not see it, and nobody else
 * gets it.  alloc_pid() reserves this way and publishes with idr_replace().
 *
 * Nothing here locks: the owner of the idr has one lock around all of it.
 * Memory for nodes comes from GLib, which ends the program when there is none,
 * so -ENOMEM is never returned.
 */
#ifndef PIDNSFS_CORE_IDR_H
#define PIDNSFS_CORE_IDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest id plus one: PID_MAX_LIMIT of a 64-bit kernel. */
#ifdef IDR_TINY_NODES
#define IDR_LIMIT 512 /* a second build of the tests: deep trees with few ids */
#else
#define IDR_LIMIT 4194304
#endif

/* Where nodes come from: shared by many idrs. */
struct idr_nodes;

struct idr_nodes *idr_nodes_new(void);
/* Its idrs must have been destroyed. */
void idr_nodes_free(struct idr_nodes *nodes);
/* Bytes taken from the system for them: whole slabs. */
size_t idr_nodes_bytes(const struct idr_nodes *nodes);

struct idr {
	uintptr_t idr_root; /* a node, its kind in the low bits; 0 is empty */
	unsigned int idr_next; /* the cursor of idr_alloc_cyclic() */
	unsigned int idr_count; /* ids taken, reserved ones too */
	uint16_t idr_tiny; /* the occupancy of a tiny root */
	bool idr_kept; /* under the cursor there are nodes without an id */
	struct idr_nodes *idr_nodes; /* borrowed */
};

/* An empty idr owns no memory but itself. */
void idr_init(struct idr *idr, struct idr_nodes *nodes);
/* Frees the nodes; what the pointers point to stays the caller's. */
void idr_destroy(struct idr *idr);
bool idr_is_empty(const struct idr *idr);

/*
 * The smallest free id in [start, end); end <= 0 or above the limit means the
 * limit.  -EINVAL: start is negative.  -ENOSPC: none is free in the range.
 */
int idr_alloc(struct idr *idr, void *ptr, int start, int end);
/*
 * The smallest free id from max(cursor, start) up, and if there is none, from
 * start up; the cursor then stands behind it.  Errors as idr_alloc(); the
 * cursor then stays.
 */
int idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end);
unsigned int idr_get_cursor(const struct idr *idr);
void idr_set_cursor(struct idr *idr, unsigned int val);

/*
 * Sets the pointer of a taken id (reserved ones too) and stores the old one in
 * *old, which may be NULL.  -EINVAL: beyond the limit; -ENOENT: not taken.
 */
int idr_replace(struct idr *idr, void *ptr, unsigned int id, void **old);
/* Gives the id back and returns its pointer; NULL if it was not taken. */
void *idr_remove(struct idr *idr, unsigned int id);
/* NULL: not taken, only reserved, or beyond the limit. */
void *idr_find(const struct idr *idr, unsigned int id);
/*
 * The first entry with an id >= *nextid and a pointer; its id goes to *nextid,
 * which is left alone when there is none (NULL).
 */
void *idr_get_next(const struct idr *idr, int *nextid);

/* Ends early with fn's first result that is not 0, and returns that. */
int idr_for_each(const struct idr *idr, int (*fn)(int id, void *p, void *data), void *data);

/* The entry may be removed in the loop's body. */
#define idr_for_each_entry(idr, entry, id) \
	for ((id) = 0; ((entry) = idr_get_next((idr), &(id))) != NULL; (id) += 1U)

/* Bytes of its nodes, without struct idr itself. */
size_t idr_memory(const struct idr *idr);
/*
 * Checks every node against its summaries; returns NULL, or a sentence that
 * says what is wrong (static storage).
 */
const char *idr_verify(const struct idr *idr);

#endif
