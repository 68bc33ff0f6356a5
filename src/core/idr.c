/* SPDX-License-Identifier: MIT */
/*
 * Three heights: tiny (one node of a few pointers, its occupancy in struct
 * idr), mid (leaves of bare pointers, their occupancy words and two summary
 * masks side by side) and top (mids, with the same summaries).  An id is taken
 * when its occupancy bit is set; the pointer may still be NULL.  The height
 * grows as ids need it and falls when the idr is empty.
 */
#include "core/idr.h"

#include <errno.h>
#include <glib.h>

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
#define TOP_WORDS ((TOP + 63) / 64)

enum { KIND_TINY = 1, KIND_MID, KIND_TOP, KIND_MASK = 3 };

struct leaf {
	void *slot[LEAF];
};

struct mid {
	uint64_t any, full; /* bit i: leaf i has an id taken; has none free */
	uint64_t occ[LEAF];
	struct leaf *leaf[LEAF];
};

struct top {
	uint64_t any[TOP_WORDS], full[TOP_WORDS];
	struct mid *mid[TOP];
};

static unsigned int kind(const struct idr *idr)
{
	return idr->idr_root & KIND_MASK;
}

static void *node(const struct idr *idr)
{
	return (void *)(idr->idr_root & ~(uintptr_t)KIND_MASK);
}

static void set_root(struct idr *idr, void *p, unsigned int k)
{
	idr->idr_root = (uintptr_t)p | k;
}

static unsigned int capacity(const struct idr *idr)
{
	switch (kind(idr)) {
	case KIND_TINY:
		return TINY;
	case KIND_MID:
		return MID;
	case KIND_TOP:
		return IDR_LIMIT;
	default:
		return 0;
	}
}

void idr_init(struct idr *idr)
{
	*idr = (struct idr){ 0 };
}

static void mid_free(struct mid *mid)
{
	unsigned int i;

	for (i = 0; mid && i < LEAF; i++)
		g_free(mid->leaf[i]);
	g_free(mid);
}

static void free_nodes(struct idr *idr)
{
	struct top *top = node(idr);
	unsigned int i;

	if (kind(idr) == KIND_MID) {
		mid_free(node(idr));
	} else {
		if (kind(idr) == KIND_TOP)
			for (i = 0; i < TOP; i++)
				mid_free(top->mid[i]);
		g_free(top);
	}
	idr->idr_root = 0;
	idr->idr_tiny = 0;
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

/* The first bit from `from` up that is set in word; 64: none. */
static unsigned int next_bit(uint64_t word, unsigned int from)
{
	if (from >= 64)
		return 64;
	word &= UINT64_MAX << from;
	return word ? (unsigned int)__builtin_ctzll(word) : 64;
}

/* As next_bit(), over the words of a top node; invert looks for a clear one. */
static unsigned int top_next(const uint64_t *words, unsigned int from, bool invert)
{
	unsigned int w, bit;

	for (w = from / 64; w < TOP_WORDS; w++, from = w * 64) {
		bit = next_bit(invert ? ~words[w] : words[w], from % 64);
		if (bit < 64)
			return MIN(w * 64 + bit, TOP);
	}
	return TOP;
}

static struct mid *mid_of(const struct idr *idr, unsigned int id)
{
	if (kind(idr) == KIND_MID)
		return node(idr);
	return ((struct top *)node(idr))->mid[id / MID];
}

/* The first free id >= from inside a mid (relative); MID: none. */
static unsigned int mid_free_id(const struct mid *mid, unsigned int from)
{
	unsigned int l = from / LEAF, bit;

	if (!mid)
		return from;
	bit = next_bit(~mid->occ[l] & LEAF_FULL, from % LEAF);
	if (bit < LEAF)
		return l * LEAF + bit;
	l = next_bit(~mid->full & LEAF_FULL, l + 1);
	if (l >= LEAF)
		return MID;
	return l * LEAF + next_bit(~mid->occ[l] & LEAF_FULL, 0);
}

/* The first free id >= from; IDR_LIMIT: none. */
static unsigned int next_free(const struct idr *idr, unsigned int from)
{
	const struct top *top = node(idr);
	unsigned int m, id;

	if (from >= capacity(idr))
		return from;
	switch (kind(idr)) {
	case KIND_TINY:
		return next_bit(~(uint64_t)idr->idr_tiny & ((1U << TINY) - 1), from) < TINY ?
			       next_bit(~(uint64_t)idr->idr_tiny, from) :
			       TINY;
	case KIND_MID:
		return mid_free_id(node(idr), from);
	default:
		id = mid_free_id(top->mid[from / MID], from % MID);
		m = from / MID;
		if (id < MID)
			return m * MID + id;
		m = top_next(top->full, m + 1, true);
		return m < TOP ? m * MID + mid_free_id(top->mid[m], 0) : IDR_LIMIT;
	}
}

static void mid_set(struct mid *mid, unsigned int rel, void *ptr)
{
	unsigned int l = rel / LEAF;

	if (!mid->leaf[l])
		mid->leaf[l] = g_new0(struct leaf, 1);
	mid->leaf[l]->slot[rel % LEAF] = ptr;
	mid->occ[l] |= UINT64_C(1) << rel % LEAF;
	mid->any |= UINT64_C(1) << l;
	if (mid->occ[l] == LEAF_FULL)
		mid->full |= UINT64_C(1) << l;
}

static void grow(struct idr *idr, unsigned int id)
{
	while (id >= capacity(idr)) {
		void **tiny = node(idr);
		unsigned int i;

		if (!kind(idr)) {
			if (id < TINY)
				set_root(idr, g_new0(void *, TINY), KIND_TINY);
			else
				set_root(idr, g_new0(struct mid, 1), KIND_MID);
		} else if (kind(idr) == KIND_TINY) {
			struct mid *mid = g_new0(struct mid, 1);

			for (i = 0; i < TINY; i++)
				if (idr->idr_tiny >> i & 1)
					mid_set(mid, i, tiny[i]);
			g_free(tiny);
			idr->idr_tiny = 0;
			set_root(idr, mid, KIND_MID);
		} else {
			struct top *top = g_new0(struct top, 1);
			struct mid *mid = node(idr);

			top->mid[0] = mid;
			top->any[0] = mid->any ? 1 : 0;
			top->full[0] = mid->full == LEAF_FULL ? 1 : 0;
			set_root(idr, top, KIND_TOP);
		}
	}
}

static void take(struct idr *idr, unsigned int id, void *ptr)
{
	struct top *top;
	unsigned int m = id / MID;

	grow(idr, id);
	idr->idr_count++;
	if (kind(idr) == KIND_TINY) {
		((void **)node(idr))[id] = ptr;
		idr->idr_tiny |= 1U << id;
		return;
	}
	if (kind(idr) == KIND_MID) {
		mid_set(node(idr), id, ptr);
		return;
	}
	top = node(idr);
	if (!top->mid[m])
		top->mid[m] = g_new0(struct mid, 1);
	mid_set(top->mid[m], id % MID, ptr);
	top->any[m / 64] |= UINT64_C(1) << m % 64;
	if (top->mid[m]->full == LEAF_FULL)
		top->full[m / 64] |= UINT64_C(1) << m % 64;
}

int idr_alloc(struct idr *idr, void *ptr, int start, int end)
{
	unsigned int limit = end > 0 && end < IDR_LIMIT ? (unsigned int)end : IDR_LIMIT, id;

	if (start < 0)
		return -EINVAL;
	if ((unsigned int)start >= limit)
		return -ENOSPC;
	id = next_free(idr, (unsigned int)start);
	if (id >= limit)
		return -ENOSPC;
	take(idr, id, ptr);
	return (int)id;
}

int idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end)
{
	unsigned int next = idr->idr_next;
	int id;

	if (start < 0)
		return -EINVAL;
	if (next < (unsigned int)start)
		next = (unsigned int)start;
	id = next < IDR_LIMIT ? idr_alloc(idr, ptr, (int)next, end) : -ENOSPC;
	if (id == -ENOSPC && next > (unsigned int)start)
		id = idr_alloc(idr, ptr, start, end);
	if (id >= 0)
		idr->idr_next = (unsigned int)id + 1;
	TRACE("idr_alloc_cyclic from %u: %d", next, id);
	return id;
}

unsigned int idr_get_cursor(const struct idr *idr)
{
	return idr->idr_next;
}

void idr_set_cursor(struct idr *idr, unsigned int val)
{
	idr->idr_next = val;
}

/* NULL: not taken. */
static void **slot_of(const struct idr *idr, unsigned int id)
{
	const struct mid *mid;
	unsigned int rel = id % MID;

	if (id >= capacity(idr))
		return NULL;
	if (kind(idr) == KIND_TINY)
		return idr->idr_tiny >> id & 1 ? (void **)node(idr) + id : NULL;
	mid = mid_of(idr, id);
	if (!mid || !(mid->occ[rel / LEAF] >> rel % LEAF & 1))
		return NULL;
	return &mid->leaf[rel / LEAF]->slot[rel % LEAF];
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

static void mid_clear(struct mid *mid, unsigned int rel)
{
	unsigned int l = rel / LEAF;

	mid->full &= ~(UINT64_C(1) << l);
	mid->occ[l] &= ~(UINT64_C(1) << rel % LEAF);
	if (!mid->occ[l]) {
		mid->any &= ~(UINT64_C(1) << l);
		g_clear_pointer(&mid->leaf[l], g_free);
	}
}

void *idr_remove(struct idr *idr, unsigned int id)
{
	void **slot = slot_of(idr, id), *ptr;
	struct top *top = node(idr);
	unsigned int m = id / MID;

	if (!slot)
		return NULL;
	ptr = *slot;
	*slot = NULL;
	if (!--idr->idr_count) {
		free_nodes(idr);
		return ptr;
	}
	if (kind(idr) == KIND_TINY) {
		idr->idr_tiny &= ~(1U << id);
	} else if (kind(idr) == KIND_MID) {
		mid_clear(node(idr), id);
	} else {
		mid_clear(top->mid[m], id % MID);
		top->full[m / 64] &= ~(UINT64_C(1) << m % 64);
		if (!top->mid[m]->any) {
			top->any[m / 64] &= ~(UINT64_C(1) << m % 64);
			g_clear_pointer(&top->mid[m], g_free);
		}
	}
	return ptr;
}

void *idr_find(const struct idr *idr, unsigned int id)
{
	void **slot = slot_of(idr, id);

	return slot ? *slot : NULL;
}

/* The first taken id >= from; IDR_LIMIT: none. */
static unsigned int next_taken(const struct idr *idr, unsigned int from)
{
	const struct top *top = node(idr);
	unsigned int m = from / MID, rel = from % MID, l, bit;

	if (from >= capacity(idr))
		return IDR_LIMIT;
	if (kind(idr) == KIND_TINY) {
		bit = next_bit(idr->idr_tiny, from);
		return bit < TINY ? bit : IDR_LIMIT;
	}
	for (;;) {
		const struct mid *mid = mid_of(idr, m * MID);

		if (mid) {
			l = rel / LEAF;
			bit = next_bit(mid->occ[l], rel % LEAF);
			if (bit < LEAF)
				return m * MID + l * LEAF + bit;
			l = next_bit(mid->any, l + 1);
			if (l < LEAF)
				return m * MID + l * LEAF + next_bit(mid->occ[l], 0);
		}
		if (kind(idr) == KIND_MID)
			return IDR_LIMIT;
		m = top_next(top->any, m + 1, false);
		if (m >= TOP)
			return IDR_LIMIT;
		rel = 0;
	}
}

void *idr_get_next(const struct idr *idr, int *nextid)
{
	unsigned int id = *nextid < 0 ? 0 : (unsigned int)*nextid;

	for (;; id++) {
		void **slot;

		id = next_taken(idr, id);
		if (id >= IDR_LIMIT)
			return NULL;
		slot = slot_of(idr, id);
		if (*slot) {
			*nextid = (int)id;
			return *slot;
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

static size_t mid_memory(const struct mid *mid)
{
	return sizeof(*mid) + (size_t)__builtin_popcountll(mid->any) * sizeof(struct leaf);
}

size_t idr_memory(const struct idr *idr)
{
	const struct top *top = node(idr);
	size_t bytes = sizeof(*top);
	unsigned int m;

	switch (kind(idr)) {
	case KIND_TINY:
		return TINY * sizeof(void *);
	case KIND_MID:
		return mid_memory(node(idr));
	case KIND_TOP:
		for (m = 0; m < TOP; m++)
			if (top->mid[m])
				bytes += mid_memory(top->mid[m]);
		return bytes;
	default:
		return 0;
	}
}

static const char *mid_verify(const struct mid *mid, unsigned int *count)
{
	unsigned int l;

	for (l = 0; l < LEAF; l++) {
		uint64_t bit = UINT64_C(1) << l;

		if (!!(mid->any & bit) != !!mid->occ[l])
			return "a mid's any mask is wrong";
		if (!!(mid->full & bit) != (mid->occ[l] == LEAF_FULL))
			return "a mid's full mask is wrong";
		if (!!mid->leaf[l] != !!mid->occ[l])
			return "a leaf is there without ids, or ids without it";
		*count += (unsigned int)__builtin_popcountll(mid->occ[l]);
	}
	return NULL;
}

const char *idr_verify(const struct idr *idr)
{
	const struct top *top = node(idr);
	const char *wrong = NULL;
	unsigned int m, count = 0;

	if (kind(idr) == KIND_TINY)
		count = (unsigned int)__builtin_popcount(idr->idr_tiny);
	else if (kind(idr) == KIND_MID)
		wrong = mid_verify(node(idr), &count);
	else if (kind(idr) == KIND_TOP)
		for (m = 0; m < TOP && !wrong; m++) {
			const struct mid *mid = top->mid[m];
			uint64_t bit = UINT64_C(1) << m % 64;
			bool full = mid && mid->full == LEAF_FULL;

			if (mid)
				wrong = mid_verify(mid, &count);
			/* An emptied first mid may have come with the growth. */
			if (!!(top->any[m / 64] & bit) != (mid && mid->any))
				wrong = "the top's any mask is wrong";
			if (!!(top->full[m / 64] & bit) != full)
				wrong = "the top's full mask is wrong";
		}
	if (!wrong && count != idr->idr_count)
		wrong = "the count of ids is wrong";
	if (!wrong && !count && idr->idr_root)
		wrong = "an empty idr owns memory";
	return wrong;
}
