/* SPDX-License-Identifier: MIT */
/*
 * Objects of one size, close together: a cache of slabs.
 *
 * A slab is 64 KiB of the system's, given back when its last object has gone, a
 * few dozen at a time, because that is dear.  A large cache takes 2 MiB at a time, as
 * a huge page where there are any.  There is no header before an object.  Not locked.
 *
 * With AddressSanitizer each object is malloc()'s, so that it sees a use after
 * the free.
 */
#ifndef PIDNSFS_CORE_SLAB_H
#define PIDNSFS_CORE_SLAB_H

#include <stddef.h>

struct kmem_cache;

/* size: up to a quarter of a slab. */
struct kmem_cache *kmem_cache_create(size_t size);
/* All of its objects must have been freed. */
void kmem_cache_destroy(struct kmem_cache *cache);
/* Of zeros; never NULL: the program ends when there is no memory. */
void *kmem_cache_zalloc(struct kmem_cache *cache);
void kmem_cache_free(struct kmem_cache *cache, void *object);
/* Gives all empty slabs back. */
void kmem_cache_shrink(struct kmem_cache *cache);
size_t kmem_cache_size(const struct kmem_cache *cache); /* bytes of an object */
size_t kmem_cache_objects(const struct kmem_cache *cache); /* how many are in use */
/* Bytes taken from the system: whole slabs, though they may be untouched in part. */
size_t kmem_cache_bytes(const struct kmem_cache *cache);

#endif
