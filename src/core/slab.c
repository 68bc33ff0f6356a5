/* SPDX-License-Identifier: MIT */
#include "core/slab.h"

#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/list.h"

#define SLAB_SIZE ((size_t)65536)
/* A cache that has so many slabs will fill the next one, too: it is faulted in at once. */
#define SLABS_POPULATED 16
/*
 * A large one gets a huge page of them, if such can be had: to touch each small page
 * for the first time takes longer than all that is done there to a process that is born.
 */
#define SLABS_LARGE 128
#define SLABS_HUGE 32
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* So many empty ones are given back together, neighbours with one system call. */
#define SLABS_EMPTY 64

#if defined(__SANITIZE_ADDRESS__)
#define SLAB_MALLOC 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLAB_MALLOC 1
#endif
#endif

/* At the beginning of its 64 KiB, which are aligned: an object finds it by its address. */
struct slab {
	struct list_head node; /* in cache->partial, unless it is full or empty */
	void *free; /* the first of those that were freed; each begins with the next one */
	unsigned int used, fresh; /* objects in use; objects ever handed out */
};

struct kmem_cache {
	size_t size;
	unsigned int per_slab;
	size_t objects, slabs;
	struct list_head partial; /* slabs with room */
	struct slab *empty[SLABS_EMPTY];
	unsigned int n_empty;
};

struct kmem_cache *kmem_cache_create(size_t size)
{
	struct kmem_cache *cache = g_new0(struct kmem_cache, 1);

	cache->size = (MAX(size, sizeof(void *)) + 7) & ~(size_t)7;
	cache->per_slab = (unsigned int)((SLAB_SIZE - sizeof(struct slab)) / cache->size);
	g_assert(cache->per_slab >= 4);
	INIT_LIST_HEAD(&cache->partial);
	return cache;
}

size_t kmem_cache_size(const struct kmem_cache *cache)
{
	return cache->size;
}

size_t kmem_cache_objects(const struct kmem_cache *cache)
{
	return cache->objects;
}

#ifdef SLAB_MALLOC

void kmem_cache_destroy(struct kmem_cache *cache)
{
	g_assert(!cache->objects);
	g_free(cache);
}

void *kmem_cache_zalloc(struct kmem_cache *cache)
{
	cache->objects++;
	return g_malloc0(cache->size);
}

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	cache->objects--;
	g_free(object);
}

void kmem_cache_shrink(struct kmem_cache *cache)
{
	(void)cache;
}

size_t kmem_cache_bytes(const struct kmem_cache *cache)
{
	return cache->objects * cache->size;
}

#else

static void *map(size_t size, int flags)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1,
		       0);

	if (p == MAP_FAILED)
		g_error("no memory for %zu bytes", size);
	return p;
}

static bool aligned(const void *p, size_t size)
{
	return !((uintptr_t)p & (size - 1));
}

/* Beside an aligned one there mostly is room for another, and it is aligned, too. */
static void *map_aligned(size_t size, int flags)
{
	char *p = map(size, flags);
	size_t before;

	if (aligned(p, size))
		return p;
	munmap(p, size);
	p = map(2 * size, 0);
	before = -(uintptr_t)p & (size - 1);
	if (before)
		munmap(p, before);
	munmap(p + before + size, size - before);
	return p + before;
}

/* The cache has no empty ones, and gets many. */
static void add_huge(struct kmem_cache *cache)
{
	const size_t size = SLABS_HUGE * SLAB_SIZE;
	char *p = map_aligned(size, 0);
	unsigned int i;

	/* Hints, both: without them it comes as small pages, when it is touched. */
	madvise(p, size, MADV_HUGEPAGE);
	madvise(p, size, MADV_POPULATE_WRITE);
	for (i = 0; i < SLABS_HUGE; i++)
		cache->empty[i] = (struct slab *)(p + (SLABS_HUGE - 1 - i) * SLAB_SIZE);
	cache->n_empty = SLABS_HUGE;
	cache->slabs += SLABS_HUGE;
}

/* One with room, in cache->partial. */
static struct slab *slab_get(struct kmem_cache *cache)
{
	struct slab *slab;

	if (!cache->n_empty && cache->slabs >= SLABS_LARGE)
		add_huge(cache);
	if (cache->n_empty) {
		slab = cache->empty[--cache->n_empty];
	} else {
		slab = map_aligned(SLAB_SIZE, cache->slabs >= SLABS_POPULATED ? MAP_POPULATE : 0);
		cache->slabs++;
	}
	list_add(&slab->node, &cache->partial);
	return slab;
}

static int compare_slabs(const void *a, const void *b)
{
	const struct slab *x = *(struct slab *const *)a, *y = *(struct slab *const *)b;

	return x < y ? -1 : x > y;
}

void kmem_cache_shrink(struct kmem_cache *cache)
{
	unsigned int i, n;

	qsort(cache->empty, cache->n_empty, sizeof(struct slab *), compare_slabs);
	for (i = 0; i < cache->n_empty; i += n) {
		char *first = (char *)cache->empty[i];

		for (n = 1; i + n < cache->n_empty; n++)
			if ((char *)cache->empty[i + n] != first + n * SLAB_SIZE)
				break;
		munmap(first, n * SLAB_SIZE);
	}
	cache->slabs -= cache->n_empty;
	cache->n_empty = 0;
}

void kmem_cache_destroy(struct kmem_cache *cache)
{
	g_assert(!cache->objects);
	kmem_cache_shrink(cache);
	g_assert(!cache->slabs);
	g_free(cache);
}

void *kmem_cache_zalloc(struct kmem_cache *cache)
{
	struct slab *slab;
	void *object;

	if (list_empty(&cache->partial))
		slab = slab_get(cache);
	else
		slab = list_first_entry(&cache->partial, struct slab, node);
	cache->objects++;
	if (++slab->used == cache->per_slab)
		list_del_init(&slab->node);
	object = slab->free;
	if (!object)
		/* It comes from the system, which gives zeros. */
		return (char *)(slab + 1) + slab->fresh++ * cache->size;
	slab->free = *(void **)object;
	return memset(object, 0, cache->size);
}

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	struct slab *slab = (struct slab *)((uintptr_t)object & ~(uintptr_t)(SLAB_SIZE - 1));

	*(void **)object = slab->free;
	slab->free = object;
	cache->objects--;
	if (slab->used-- == cache->per_slab)
		list_add(&slab->node, &cache->partial);
	if (slab->used)
		return;
	list_del_init(&slab->node);
	if (cache->n_empty == SLABS_EMPTY)
		kmem_cache_shrink(cache);
	cache->empty[cache->n_empty++] = slab;
}

size_t kmem_cache_bytes(const struct kmem_cache *cache)
{
	return cache->slabs * SLAB_SIZE;
}

#endif
