/* SPDX-License-Identifier: MIT */
/*
 * Three heights, told by the low bits of the root pointer: tiny (one node of a
 * few pointers, its occupancy in struct idr), mid (leaves of bare pointers,
 * their occupancy words and two summary masks side by side) and top (mids, with
 * the same summaries).  An id is taken when its occupancy bit is set; the
 * pointer may still be NULL, and is NULL when the bit is clear, so that who
 * only wants the pointer need not look at the bit.  The height grows as ids need
 * it and falls when the idr is empty.
 *
 * A node goes back when it empties, but for those under the cursor: a process
 * that comes and goes alone in its leaf would take and give one back each time.
 * They go when the cursor has gone on.
 */
#include "core/idr.h"

#include <errno.h>
#include <glib.h>

#include "core/slab.h"
#include "util/trace.h"

#ifdef IDR_TINY_NODES
#define TINY 4
#define BITS 3
#define TOP 8
#else
#define TINY 16
#define BITS 6
#define TOP 1024
#endif
#define LEAF (1U << BITS)
#define MID (LEAF * LEAF)
#define LEAF_FULL (UINT64_MAX >> (64 - LEAF))
#define TINY_FULL ((1U << TINY) - 1)
#define TOP_FULL (TOP < 64 ? BIT(TOP % 64) - 1 : UINT64_MAX)
#define TOP_WORDS ((TOP + 63) / 64)
#define BIT(n) (UINT64_C(1) << (n))

/* A bit each, so that asking for one of them is a single test. */
enum { KIND_TINY = 1, KIND_MID = 2, KIND_TOP = 4, KIND_MASK = 7 };

struct tiny {
	void *slot[TINY];
};

struct leaf {
	void *slot[LEAF];
};

struct mid {
	uint64_t any, full; /* bit i: leaf i has an id taken; has none free */
	uint64_t occ[LEAF];
	struct leaf *leaf[LEAF];
};

struct top {
	uint64_t any[TOP_WORDS], full[TOP_WORDS]; /* of mids, as in struct mid */
	uint64_t any_words, full_words; /* bit i: word i of any is not 0; of full is TOP_FULL */
	struct mid *mid[TOP];
};

struct idr_nodes {
	struct kmem_cache *tiny, *leaf, *mid, *top;
};

/* --- nodes ------------------------------------------------------------------- */

struct idr_nodes *idr_nodes_new(void)
{
	struct idr_nodes *nodes = g_new0(struct idr_nodes, 1);

	nodes->tiny = kmem_cache_create(sizeof(struct tiny));
	nodes->leaf = kmem_cache_create(sizeof(struct leaf));
	nodes->mid = kmem_cache_create(sizeof(struct mid));
	nodes->top = kmem_cache_create(sizeof(struct top));
	return nodes;
}

void idr_nodes_free(struct idr_nodes *nodes)
{
	kmem_cache_destroy(nodes->tiny);
	kmem_cache_destroy(nodes->leaf);
	kmem_cache_destroy(nodes->mid);
	kmem_cache_destroy(nodes->top);
	g_free(nodes);
}

size_t idr_nodes_bytes(const struct idr_nodes *nodes)
{
	return kmem_cache_bytes(nodes->tiny) + kmem_cache_bytes(nodes->leaf) +
	       kmem_cache_bytes(nodes->mid) + kmem_cache_bytes(nodes->top);
}

static inline unsigned int kind(const struct idr *idr)
{
	return idr->idr_root & KIND_MASK;
}

/* The kind is known where these are called, so that the tag costs nothing. */
static inline struct tiny *tiny_root(const struct idr *idr)
{
	return (struct tiny *)(idr->idr_root - KIND_TINY);
}

static inline struct mid *mid_root(const struct idr *idr)
{
	return (struct mid *)(idr->idr_root - KIND_MID);
}

static inline struct top *top_root(const struct idr *idr)
{
	return (struct top *)(idr->idr_root - KIND_TOP);
}

static void set_root(struct idr *idr, const void *node, unsigned int k)
{
	idr->idr_root = (uintptr_t)node + k;
}

/* The mid of an id in an idr that has mids; NULL. */
static inline struct mid *mid_of(const struct idr *idr, unsigned int id)
{
	if (idr->idr_root & KIND_TOP)
		return top_root(idr)->mid[id / MID];
	return mid_root(idr);
}

/* The same, and NULL in an idr without mids. */
static inline struct mid *mid_at(const struct idr *idr, unsigned int id)
{
	if (idr->idr_root & KIND_TOP)
		return top_root(idr)->mid[id / MID];
	return idr->idr_root & KIND_MID && id < MID ? mid_root(idr) : NULL;
}

static unsigned int capacity(const struct idr *idr)
{
	static const unsigned int ids[] = {
		[KIND_TINY] = TINY, [KIND_MID] = MID, [KIND_TOP] = IDR_LIMIT
	};

	return ids[kind(idr)];
}

void idr_init(struct idr *idr, struct idr_nodes *nodes)
{
	*idr = (struct idr){ .idr_nodes = nodes };
}

static void mid_free(struct idr_nodes *nodes, struct mid *mid)
{
	unsigned int l;

	for (l = 0; l < LEAF; l++)
		if (mid->leaf[l])
			kmem_cache_free(nodes->leaf, mid->leaf[l]);
	kmem_cache_free(nodes->mid, mid);
}

static void free_nodes(struct idr *idr)
{
	struct idr_nodes *nodes = idr->idr_nodes;
	struct top *top;
	unsigned int m;

	switch (kind(idr)) {
	case KIND_TINY:
		kmem_cache_free(nodes->tiny, tiny_root(idr));
		break;
	case KIND_MID:
		mid_free(nodes, mid_root(idr));
		break;
	case KIND_TOP:
		top = top_root(idr);
		for (m = 0; m < TOP; m++)
			if (top->mid[m])
				mid_free(nodes, top->mid[m]);
		kmem_cache_free(nodes->top, top);
		break;
	default:
		break;
	}
	idr->idr_root = 0;
	idr->idr_tiny = 0;
	idr->idr_kept = false;
	idr->idr_count = 0;
}

void idr_destroy(struct idr *idr)
{
	free_nodes(idr);
}

bool idr_is_empty(const struct idr *idr)
{
	return !idr->idr_count;
}

/* --- looking for ids ----------------------------------------------------------- */

/* The bits of word from `from` up; `from` may be 64. */
static inline uint64_t bits_from(uint64_t word, unsigned int from)
{
	return from < 64 ? word >> from << from : 0;
}

static inline unsigned int first_bit(uint64_t word)
{
	return (unsigned int)__builtin_ctzll(word);
}

/* The first mid from m up that is not full, or that has an id taken; TOP: none. */
static inline unsigned int top_next_mid(const struct top *top, unsigned int m, bool any)
{
	unsigned int w = m / 64;
	uint64_t word = 0;

	if (m < TOP)
		word = bits_from(any ? top->any[w] : ~top->full[w] & TOP_FULL, m % 64);
	if (!word) {
		word = bits_from(any ? top->any_words : ~top->full_words, w + 1) &
		       (BIT(TOP_WORDS) - 1);
		if (!word)
			return TOP;
		w = first_bit(word);
		word = any ? top->any[w] : ~top->full[w] & TOP_FULL;
	}
	return w * 64 + first_bit(word);
}

static void top_set_any(struct top *top, unsigned int m)
{
	top->any[m / 64] |= BIT(m % 64);
	top->any_words |= BIT(m / 64);
}

static void top_set_full(struct top *top, unsigned int m)
{
	top->full[m / 64] |= BIT(m % 64);
	if (top->full[m / 64] == TOP_FULL)
		top->full_words |= BIT(m / 64);
}

static inline void top_clear_full(struct top *top, unsigned int m)
{
	top->full[m / 64] &= ~BIT(m % 64);
	top->full_words &= ~BIT(m / 64);
}

/* The first free id >= from inside a mid (relative to it); MID: none. */
static inline unsigned int mid_next_free(const struct mid *mid, unsigned int from)
{
	unsigned int l = from / LEAF;
	uint64_t word = bits_from(~mid->occ[l] & LEAF_FULL, from % LEAF);

	if (G_UNLIKELY(!word)) {
		word = bits_from(~mid->full & LEAF_FULL, l + 1);
		if (!word)
			return MID;
		l = first_bit(word);
		word = ~mid->occ[l] & LEAF_FULL;
	}
	return l * LEAF + first_bit(word);
}

static unsigned int top_next_free(const struct top *top, unsigned int from)
{
	unsigned int m = from / MID, id = from % MID;
	const struct mid *mid = top->mid[m];

	if (mid)
		id = mid_next_free(mid, id);
	if (id < MID)
		return m * MID + id;
	m = top_next_mid(top, m + 1, false);
	if (m == TOP)
		return IDR_LIMIT;
	mid = top->mid[m];
	return m * MID + (mid ? mid_next_free(mid, 0) : 0);
}

/*
 * The first free id >= from, which is below IDR_LIMIT; the result may be beyond
 * what the nodes hold; IDR_LIMIT: none.
 */
static unsigned int next_free(const struct idr *idr, unsigned int from)
{
	uint64_t word;

	if (idr->idr_root & KIND_TOP)
		return top_next_free(top_root(idr), from);
	if (from >= capacity(idr))
		return from;
	if (kind(idr) == KIND_TINY) {
		word = bits_from(~idr->idr_tiny & TINY_FULL, from);
		return word ? first_bit(word) : TINY;
	}
	return mid_next_free(mid_root(idr), from);
}

/* --- taking ---------------------------------------------------------------------- */

/* The first id of a leaf: the leaf may be there from the last one that was in it. */
static void mid_set_first(struct idr_nodes *nodes, struct mid *mid, unsigned int l)
{
	if (!mid->leaf[l])
		mid->leaf[l] = kmem_cache_zalloc(nodes->leaf);
	mid->any |= BIT(l);
}

static inline void mid_set(struct idr_nodes *nodes, struct mid *mid, unsigned int rel, void *ptr)
{
	unsigned int l = rel / LEAF;
	uint64_t occ = mid->occ[l];

	if (G_UNLIKELY(!occ))
		mid_set_first(nodes, mid, l);
	occ |= BIT(rel % LEAF);
	mid->occ[l] = occ;
	mid->leaf[l]->slot[rel % LEAF] = ptr;
	if (G_UNLIKELY(occ == LEAF_FULL))
		mid->full |= BIT(l);
}

static struct mid *tiny_to_mid(struct idr *idr)
{
	struct mid *mid = kmem_cache_zalloc(idr->idr_nodes->mid);
	struct tiny *tiny;
	unsigned int i;

	if (kind(idr) == KIND_TINY) {
		tiny = tiny_root(idr);
		for (i = 0; i < TINY; i++)
			if (idr->idr_tiny >> i & 1)
				mid_set(idr->idr_nodes, mid, i, tiny->slot[i]);
		kmem_cache_free(idr->idr_nodes->tiny, tiny);
		idr->idr_tiny = 0;
	}
	return mid;
}

static void grow(struct idr *idr, unsigned int id)
{
	struct top *top;
	struct mid *mid;

	if (id < TINY) {
		set_root(idr, kmem_cache_zalloc(idr->idr_nodes->tiny), KIND_TINY);
		return;
	}
	if (kind(idr) != KIND_MID)
		set_root(idr, tiny_to_mid(idr), KIND_MID);
	if (id < MID)
		return;
	mid = mid_root(idr);
	top = kmem_cache_zalloc(idr->idr_nodes->top);
	top->mid[0] = mid;
	if (mid->any)
		top_set_any(top, 0);
	if (mid->full == LEAF_FULL)
		top_set_full(top, 0);
	set_root(idr, top, KIND_TOP);
}

static inline void top_take(struct idr *idr, struct top *top, unsigned int id, void *ptr)
{
	unsigned int m = id / MID;
	struct mid *mid = top->mid[m];

	if (G_UNLIKELY(!mid))
		mid = top->mid[m] = kmem_cache_zalloc(idr->idr_nodes->mid);
	if (G_UNLIKELY(!mid->any))
		top_set_any(top, m);
	mid_set(idr->idr_nodes, mid, id % MID, ptr);
	if (G_UNLIKELY(mid->full == LEAF_FULL))
		top_set_full(top, m);
}

/* id is free, and below IDR_LIMIT. */
static inline void take(struct idr *idr, unsigned int id, void *ptr)
{
	if (!(idr->idr_root & KIND_TOP) && id >= capacity(idr))
		grow(idr, id);
	idr->idr_count++;
	if (idr->idr_root & KIND_TOP) {
		top_take(idr, top_root(idr), id, ptr);
	} else if (idr->idr_root & KIND_MID) {
		mid_set(idr->idr_nodes, mid_root(idr), id, ptr);
	} else {
		tiny_root(idr)->slot[id] = ptr;
		idr->idr_tiny |= 1U << id;
	}
}

static unsigned int limit_of(int end)
{
	return end > 0 && end < IDR_LIMIT ? (unsigned int)end : IDR_LIMIT;
}

int idr_alloc(struct idr *idr, void *ptr, int start, int end)
{
	unsigned int limit = limit_of(end), id;

	if (start < 0)
		return -EINVAL;
	id = (unsigned int)start < limit ? next_free(idr, (unsigned int)start) : limit;
	if (id >= limit)
		return -ENOSPC;
	take(idr, id, ptr);
	return (int)id;
}

/* --- giving back --------------------------------------------------------------------- */

/* The nodes of id, which the cursor no longer keeps: they go if they are empty. */
static void free_empty(struct idr *idr, unsigned int id)
{
	unsigned int l = id % MID / LEAF;
	struct mid *mid;

	idr->idr_kept = false;
	mid = id < IDR_LIMIT ? mid_at(idr, id) : NULL;
	if (!mid)
		return;
	if (mid->leaf[l] && !mid->occ[l]) {
		kmem_cache_free(idr->idr_nodes->leaf, mid->leaf[l]);
		mid->leaf[l] = NULL;
	}
	if (mid->any || kind(idr) != KIND_TOP)
		return;
	if (idr->idr_next / MID == id / MID) {
		idr->idr_kept = true;
		return;
	}
	mid_free(idr->idr_nodes, mid);
	top_root(idr)->mid[id / MID] = NULL;
}

static inline void move_cursor(struct idr *idr, unsigned int next)
{
	unsigned int before = idr->idr_next;

	idr->idr_next = next;
	if (G_UNLIKELY(idr->idr_kept && (before ^ next) / LEAF))
		free_empty(idr, before);
}

/* Wherever it is: nodes may come and go, and the summaries change. */
static G_GNUC_NO_INLINE int alloc_cyclic_far(struct idr *idr, void *ptr, int start,
					     unsigned int limit)
{
	unsigned int first = (unsigned int)start, from = MAX(idr->idr_next, first), id = limit;

	if (start < 0)
		return -EINVAL;
	if (from < limit)
		id = next_free(idr, from);
	if (id >= limit && from > first && first < limit)
		id = next_free(idr, first);
	TRACE("idr_alloc_cyclic from %u: %u", from, id);
	if (id >= limit)
		return -ENOSPC;
	take(idr, id, ptr);
	move_cursor(idr, id + 1);
	return (int)id;
}

/*
 * Mostly the next id is free, or one close behind it, in a leaf that has others
 * already and is not full with this one: then nothing above the leaf changes.
 */
int idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end)
{
	unsigned int from = idr->idr_next, limit = limit_of(end), id, l = from % MID / LEAF;
	struct mid *mid = NULL;
	uint64_t occ, free;

	/* A traced one goes the other way, where a line of it is made. */
	if (G_LIKELY(start >= 0 && from >= (unsigned int)start && from < limit && !trace_on))
		mid = mid_at(idr, from);
	if (G_UNLIKELY(!mid))
		return alloc_cyclic_far(idr, ptr, start, limit);
	occ = mid->occ[l];
	free = ~occ & LEAF_FULL & UINT64_MAX << from % LEAF;
	/* Neither the last free one nor the leaf's last one, which the cursor leaves. */
	if (G_UNLIKELY(!occ || !(free & (LEAF_FULL >> 1)) || !(~occ & LEAF_FULL & (~occ - 1))))
		return alloc_cyclic_far(idr, ptr, start, limit);
	id = from / LEAF * LEAF + first_bit(free);
	if (G_UNLIKELY(id >= limit))
		return alloc_cyclic_far(idr, ptr, start, limit);
	mid->occ[l] = occ | BIT(id % LEAF);
	mid->leaf[l]->slot[id % LEAF] = ptr;
	idr->idr_count++;
	idr->idr_next = id + 1;
	return (int)id;
}

unsigned int idr_get_cursor(const struct idr *idr)
{
	return idr->idr_next;
}

void idr_set_cursor(struct idr *idr, unsigned int val)
{
	move_cursor(idr, val);
}

/* NULL: not taken. */
static void **slot_of(const struct idr *idr, unsigned int id)
{
	const struct mid *mid;
	unsigned int l = id % MID / LEAF;

	if (id >= capacity(idr))
		return NULL;
	if (kind(idr) == KIND_TINY)
		return idr->idr_tiny >> id & 1 ? &tiny_root(idr)->slot[id] : NULL;
	mid = mid_of(idr, id);
	if (!mid || !(mid->occ[l] >> id % LEAF & 1))
		return NULL;
	return &mid->leaf[l]->slot[id % LEAF];
}

int idr_replace(struct idr *idr, void *ptr, unsigned int id, void **old)
{
	void **slot = slot_of(idr, id);

	if (id >= IDR_LIMIT)
		return -EINVAL;
	if (!slot)
		return -ENOENT;
	if (old)
		*old = *slot;
	*slot = ptr;
	return 0;
}

/* The last id of a leaf went; true: and the last one of the mid. */
static bool mid_leaf_empty(struct idr *idr, struct mid *mid, unsigned int id)
{
	unsigned int l = id % MID / LEAF;

	mid->any &= ~BIT(l);
	if (idr->idr_next / LEAF != id / LEAF) {
		kmem_cache_free(idr->idr_nodes->leaf, mid->leaf[l]);
		mid->leaf[l] = NULL;
	} else {
		idr->idr_kept = true;
	}
	return !mid->any;
}

static void top_mid_empty(struct idr *idr, struct top *top, unsigned int m)
{
	top->any[m / 64] &= ~BIT(m % 64);
	if (!top->any[m / 64])
		top->any_words &= ~BIT(m / 64);
	if (idr->idr_next / MID != m) {
		mid_free(idr->idr_nodes, top->mid[m]);
		top->mid[m] = NULL;
	} else {
		idr->idr_kept = true;
	}
}

static void *tiny_remove(struct idr *idr, unsigned int id)
{
	void **slot = &tiny_root(idr)->slot[id], *ptr;

	if (id >= TINY || !(idr->idr_tiny >> id & 1))
		return NULL;
	ptr = *slot;
	*slot = NULL;
	idr->idr_tiny &= ~(1U << id);
	if (!--idr->idr_count)
		free_nodes(idr);
	return ptr;
}

/* The id is the only one of its leaf. */
static G_GNUC_NO_INLINE void *remove_last(struct idr *idr, struct mid *mid, unsigned int id)
{
	unsigned int m = id / MID, l = id % MID / LEAF;
	void **slot = &mid->leaf[l]->slot[id % LEAF], *ptr = *slot;

	*slot = NULL;
	if (!--idr->idr_count) {
		free_nodes(idr);
		return ptr;
	}
	mid->occ[l] = 0;
	if (mid_leaf_empty(idr, mid, id) && kind(idr) == KIND_TOP)
		top_mid_empty(idr, top_root(idr), m);
	return ptr;
}

void *idr_remove(struct idr *idr, unsigned int id)
{
	uint64_t bit = BIT(id % LEAF), occ;
	unsigned int l = id % MID / LEAF;
	struct mid *mid;
	void **slot, *ptr;

	if (idr->idr_root & KIND_TINY)
		return tiny_remove(idr, id);
	mid = id < IDR_LIMIT ? mid_at(idr, id) : NULL;
	if (G_UNLIKELY(!mid))
		return NULL;
	occ = mid->occ[l];
	if (G_UNLIKELY(!(occ & bit)))
		return NULL;
	if (G_UNLIKELY(occ == bit))
		return remove_last(idr, mid, id);
	if (G_UNLIKELY(occ == LEAF_FULL)) {
		mid->full &= ~BIT(l);
		if (idr->idr_root & KIND_TOP)
			top_clear_full(top_root(idr), id / MID);
	}
	slot = &mid->leaf[l]->slot[id % LEAF];
	ptr = *slot;
	*slot = NULL;
	mid->occ[l] = occ ^ bit;
	idr->idr_count--;
	return ptr;
}

/* --- finding ------------------------------------------------------------------------ */

/* A slot whose id is not taken is NULL. */
static inline void *mid_find(const struct mid *mid, unsigned int rel)
{
	const struct leaf *leaf = mid->leaf[rel / LEAF];

	return leaf ? leaf->slot[rel % LEAF] : NULL;
}

static void *small_find(const struct idr *idr, unsigned int id)
{
	if (id >= capacity(idr))
		return NULL;
	if (kind(idr) == KIND_TINY)
		return tiny_root(idr)->slot[id];
	return mid_find(mid_root(idr), id);
}

void *idr_find(const struct idr *idr, unsigned int id)
{
	const struct mid *mid;

	if (!(idr->idr_root & KIND_TOP))
		return small_find(idr, id);
	if (id >= IDR_LIMIT)
		return NULL;
	mid = top_root(idr)->mid[id / MID];
	return mid ? mid_find(mid, id % MID) : NULL;
}

/* The first taken id >= from inside a mid (relative to it); MID: none. */
static inline unsigned int mid_next_taken(const struct mid *mid, unsigned int from)
{
	unsigned int l = from / LEAF;
	uint64_t word = bits_from(mid->occ[l], from % LEAF);

	if (!word) {
		word = bits_from(mid->any, l + 1);
		if (!word)
			return MID;
		l = first_bit(word);
		word = mid->occ[l];
	}
	return l * LEAF + first_bit(word);
}

static unsigned int top_next_taken(const struct top *top, unsigned int from)
{
	unsigned int m = from / MID, id = MID;

	if (top->mid[m])
		id = mid_next_taken(top->mid[m], from % MID);
	if (id < MID)
		return m * MID + id;
	m = top_next_mid(top, m + 1, true);
	return m < TOP ? m * MID + mid_next_taken(top->mid[m], 0) : IDR_LIMIT;
}

/* The first taken id >= from; IDR_LIMIT or more: none. */
static unsigned int next_taken(const struct idr *idr, unsigned int from)
{
	unsigned int id;
	uint64_t word;

	if (from >= capacity(idr))
		return IDR_LIMIT;
	if (kind(idr) == KIND_TOP)
		return top_next_taken(top_root(idr), from);
	if (kind(idr) == KIND_MID) {
		id = mid_next_taken(mid_root(idr), from);
		return id < MID ? id : IDR_LIMIT;
	}
	word = bits_from(idr->idr_tiny, from);
	return word ? first_bit(word) : IDR_LIMIT;
}

void *idr_get_next(const struct idr *idr, int *nextid)
{
	unsigned int id = *nextid < 0 ? 0 : (unsigned int)*nextid;
	void *ptr;

	/* Those that are only reserved are passed over. */
	for (;; id++) {
		id = next_taken(idr, id);
		if (id >= IDR_LIMIT)
			return NULL;
		ptr = idr_find(idr, id);
		if (ptr) {
			*nextid = (int)id;
			return ptr;
		}
	}
}

int idr_for_each(const struct idr *idr, int (*fn)(int id, void *p, void *data), void *data)
{
	void *p;
	int id, ret;

	idr_for_each_entry(idr, p, id) {
		ret = fn(id, p, data);
		if (ret)
			return ret;
	}
	return 0;
}

/* --- what tests ask -------------------------------------------------------------------- */

static size_t mid_memory(const struct mid *mid)
{
	size_t bytes = sizeof(*mid);
	unsigned int l;

	for (l = 0; l < LEAF; l++)
		if (mid->leaf[l])
			bytes += sizeof(struct leaf);
	return bytes;
}

size_t idr_memory(const struct idr *idr)
{
	size_t bytes = sizeof(struct top);
	unsigned int m;

	switch (kind(idr)) {
	case KIND_TINY:
		return sizeof(struct tiny);
	case KIND_MID:
		return mid_memory(mid_root(idr));
	case KIND_TOP:
		for (m = 0; m < TOP; m++)
			if (top_root(idr)->mid[m])
				bytes += mid_memory(top_root(idr)->mid[m]);
		return bytes;
	default:
		return 0;
	}
}

static const char *leaf_verify(const struct leaf *leaf, uint64_t occ, bool kept)
{
	unsigned int i;

	if (!leaf)
		return occ ? "ids are taken without a leaf" : NULL;
	if (!occ && !kept)
		return "a leaf is there without ids or the cursor";
	for (i = 0; i < LEAF; i++)
		if (leaf->slot[i] && !(occ >> i & 1))
			return "an id that is not taken has a pointer";
	return NULL;
}

/* first: the mid's first id. */
static const char *mid_verify(const struct idr *idr, const struct mid *mid, unsigned int first,
			      unsigned int *count)
{
	const char *wrong = NULL;
	unsigned int l;

	for (l = 0; l < LEAF && !wrong; l++) {
		if (!!(mid->any & BIT(l)) != !!mid->occ[l])
			return "a mid's any mask is wrong";
		if (!!(mid->full & BIT(l)) != (mid->occ[l] == LEAF_FULL))
			return "a mid's full mask is wrong";
		wrong = leaf_verify(mid->leaf[l], mid->occ[l],
				    idr->idr_next / LEAF == first / LEAF + l);
		*count += (unsigned int)__builtin_popcountll(mid->occ[l]);
	}
	return wrong;
}

static const char *top_verify(const struct idr *idr, unsigned int *count)
{
	const struct top *top = top_root(idr);
	const char *wrong = NULL;
	unsigned int m;

	for (m = 0; m < TOP && !wrong; m++) {
		const struct mid *mid = top->mid[m];
		bool full = mid && mid->full == LEAF_FULL;

		if (mid)
			wrong = mid_verify(idr, mid, m * MID, count);
		if (mid && !mid->any && idr->idr_next / MID != m)
			wrong = "a mid is there without ids or the cursor";
		if (!!(top->any[m / 64] & BIT(m % 64)) != (mid && mid->any))
			wrong = "the top's any mask is wrong";
		if (!!(top->full[m / 64] & BIT(m % 64)) != full)
			wrong = "the top's full mask is wrong";
	}
	for (m = 0; m < TOP_WORDS && !wrong; m++)
		if (!!(top->any_words & BIT(m)) != !!top->any[m] ||
		    !!(top->full_words & BIT(m)) != (top->full[m] == TOP_FULL))
			wrong = "a word of the top is summed up wrong";
	return wrong;
}

const char *idr_verify(const struct idr *idr)
{
	const char *wrong = NULL;
	unsigned int count = 0;

	if (kind(idr) == KIND_TINY)
		count = (unsigned int)__builtin_popcount(idr->idr_tiny);
	else if (kind(idr) == KIND_MID)
		wrong = mid_verify(idr, mid_root(idr), 0, &count);
	else if (kind(idr) == KIND_TOP)
		wrong = top_verify(idr, &count);
	if (!wrong && count != idr->idr_count)
		wrong = "the count of ids is wrong";
	if (!wrong && !count && idr->idr_root)
		wrong = "an empty idr owns memory";
	return wrong;
}
