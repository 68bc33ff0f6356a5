/* SPDX-License-Identifier: MIT */
/*
 * Our IDR beside other indexes: JudyL, GLib's GTree and GHashTable.
 *
 *	bench-idr [--ids=N] [--ops=N] [--rounds=N] [--work=NAME] [--index=NAME]
 *
 * prints a line for each work and index: WORK INDEX OPERATIONS NANOSECONDS BYTES,
 * the time and operations for one, the best round's; bytes for an id, or `-'.
 * tests/bench/bench-idr.sh makes a table of it, and counts instructions.
 */
#include "config.h"

#include <glib.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef HAVE_JUDY
#include <Judy.h>
#endif

#include "core/idr.h"

#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)

struct bench {
	void *index;
	unsigned int ids, ops, next_ops;
	int limit;
	unsigned int *taken, *order; /* ids; numbers below ids or n_taken */
	unsigned int n_taken;
	uintptr_t sum; /* of results, so that nothing is left out */
	size_t bytes; /* 0: not told */
	void *many[1000];
	uint64_t began, random;
	double ns;
	unsigned int done;
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void bench_begin(struct bench *b)
{
	b->began = now();
}

static void bench_end(struct bench *b, unsigned int done)
{
	b->ns = (double)(now() - b->began) / done;
	b->done = done;
}

static unsigned int bench_random(struct bench *b, unsigned int below)
{
	b->random = b->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned int)((b->random >> 32) * below >> 32);
}

/* All ids are taken; their order in taken[] is random. */
static void bench_shuffle(struct bench *b)
{
	b->n_taken = b->ids;
	for (unsigned int i = 0; i < b->ids; i++) {
		unsigned int other = bench_random(b, i + 1);

		b->taken[i] = b->taken[other];
		b->taken[other] = i + 1;
	}
}

static void bench_order(struct bench *b, unsigned int below)
{
	for (unsigned int i = 0; i < b->ops; i++)
		b->order[i] = bench_random(b, below);
}

/* --- ours --------------------------------------------------------------------- */

static struct idr_nodes *nodes;

static inline void *idr_new(void)
{
	struct idr *idr = malloc(sizeof(*idr));

	idr_init(idr, nodes);
	return idr;
}

static inline void idr_free(void *index)
{
	idr_destroy(index);
	free(index);
}

#define INDEX(name) PASTE(idr_, name)
#define idr_alloc_cyclic(index, p, end) (idr_alloc_cyclic)(index, p, 1, end)
#define idr_next(index, id) idr_get_next(index, id)
#define idr_bytes(index) (sizeof(struct idr) + idr_memory(index))
#include "tests/bench/bench-idr-work.h"
#undef INDEX

/* --- JudyL ---------------------------------------------------------------------- */

#ifdef HAVE_JUDY
struct judy {
	Pvoid_t root;
	Word_t next;
};

static inline void *judy_new(void)
{
	return calloc(1, sizeof(struct judy));
}

static inline void judy_free(void *index)
{
	struct judy *j = index;

	JudyLFreeArray(&j->root, PJE0);
	free(j);
}

static inline int judy_alloc_cyclic(void *index, void *p, int end)
{
	struct judy *j = index;
	Word_t id = j->next ? j->next : 1;
	PPvoid_t slot;

	if (JudyLFirstEmpty(j->root, &id, PJE0) != 1 || id >= (Word_t)end) {
		id = 1;
		if (JudyLFirstEmpty(j->root, &id, PJE0) != 1 || id >= (Word_t)end)
			return -1;
	}
	slot = JudyLIns(&j->root, id, PJE0);
	*slot = p;
	j->next = id + 1;
	return (int)id;
}

static inline void judy_remove(void *index, unsigned int id)
{
	JudyLDel(&((struct judy *)index)->root, id, PJE0);
}

static inline void *judy_find(void *index, unsigned int id)
{
	PPvoid_t slot = JudyLGet(((struct judy *)index)->root, id, PJE0);

	return slot ? *slot : NULL;
}

static inline void *judy_next(void *index, int *id)
{
	Word_t at = (Word_t)*id;
	PPvoid_t slot = JudyLFirst(((struct judy *)index)->root, &at, PJE0);

	if (!slot)
		return NULL;
	*id = (int)at;
	return *slot;
}

static inline size_t judy_bytes(void *index)
{
	return sizeof(struct judy) + JudyLMemUsed(((struct judy *)index)->root);
}

#define INDEX(name) PASTE(judy_, name)
#include "tests/bench/bench-idr-work.h"
#undef INDEX
#endif

/* --- GLib's: they have no next free id, so each is asked after --------------------- */

struct glib {
	GTree *tree;
	GHashTable *hash;
	unsigned int next;
};

static gint compare(gconstpointer a, gconstpointer b)
{
	return GPOINTER_TO_UINT(a) < GPOINTER_TO_UINT(b) ? -1 :
							   GPOINTER_TO_UINT(a) > GPOINTER_TO_UINT(b);
}

static inline void *tree_new(void)
{
	struct glib *g = calloc(1, sizeof(*g));

	g->tree = g_tree_new(compare);
	return g;
}

static inline void tree_free(void *index)
{
	g_tree_unref(((struct glib *)index)->tree);
	free(index);
}

static inline void *tree_find(void *index, unsigned int id)
{
	return g_tree_lookup(((struct glib *)index)->tree, GUINT_TO_POINTER(id));
}

static inline int tree_alloc_cyclic(void *index, void *p, int end)
{
	struct glib *g = index;
	unsigned int id = MAX(g->next, 1);

	while (id == (unsigned int)end || tree_find(g, id))
		id = id == (unsigned int)end ? 1 : id + 1;
	g_tree_insert(g->tree, GUINT_TO_POINTER(id), p);
	g->next = id + 1;
	return (int)id;
}

static inline void tree_remove(void *index, unsigned int id)
{
	g_tree_remove(((struct glib *)index)->tree, GUINT_TO_POINTER(id));
}

static inline void *tree_next(void *index, int *id)
{
	GTreeNode *node = g_tree_lower_bound(((struct glib *)index)->tree, GINT_TO_POINTER(*id));

	if (!node)
		return NULL;
	*id = GPOINTER_TO_INT(g_tree_node_key(node));
	return g_tree_node_value(node);
}

static inline size_t tree_bytes(void *index)
{
	(void)index;
	return 0;
}

#define INDEX(name) PASTE(tree_, name)
#include "tests/bench/bench-idr-work.h"
#undef INDEX

static inline void *hash_new(void)
{
	struct glib *g = calloc(1, sizeof(*g));

	g->hash = g_hash_table_new(NULL, NULL);
	return g;
}

static inline void hash_free(void *index)
{
	g_hash_table_unref(((struct glib *)index)->hash);
	free(index);
}

static inline void *hash_find(void *index, unsigned int id)
{
	return g_hash_table_lookup(((struct glib *)index)->hash, GUINT_TO_POINTER(id));
}

static inline int hash_alloc_cyclic(void *index, void *p, int end)
{
	struct glib *g = index;
	unsigned int id = MAX(g->next, 1);

	while (id == (unsigned int)end || hash_find(g, id))
		id = id == (unsigned int)end ? 1 : id + 1;
	g_hash_table_insert(g->hash, GUINT_TO_POINTER(id), p);
	g->next = id + 1;
	return (int)id;
}

static inline void hash_remove(void *index, unsigned int id)
{
	g_hash_table_remove(((struct glib *)index)->hash, GUINT_TO_POINTER(id));
}

static inline void *hash_next(void *index, int *id)
{
	void *p;

	while (!(p = hash_find(index, (unsigned int)*id)))
		++*id;
	return p;
}

static inline size_t hash_bytes(void *index)
{
	(void)index;
	return 0;
}

#define INDEX(name) PASTE(hash_, name)
#include "tests/bench/bench-idr-work.h"
#undef INDEX

/* --- the table -------------------------------------------------------------------------- */

struct work {
	const char *name;
	void (*idr)(struct bench *b);
	void (*judy)(struct bench *b);
	/* NULL where it would look at every id, as those without a next one do. */
	void (*tree)(struct bench *b);
	void (*hash)(struct bench *b);
};

#ifdef HAVE_JUDY
#define JUDY(work) work_judy_##work
#else
#define JUDY(work) NULL
#endif
#define WORK_ALL(work) { #work, work_idr_##work, JUDY(work), work_tree_##work, work_hash_##work }
#define WORK_ORDERED(work) { #work, work_idr_##work, JUDY(work), work_tree_##work, NULL }
#define WORK_FREE(work) { #work, work_idr_##work, JUDY(work), NULL, NULL }

static const struct work works[] = {
	WORK_ALL(fill),		WORK_ALL(churn_half),	 WORK_FREE(churn_9999),
	WORK_FREE(churn_one),	WORK_FREE(enospc),	 WORK_ALL(cycling),
	WORK_ALL(find),		WORK_ORDERED(next_dense), WORK_ORDERED(next_half),
	WORK_ORDERED(next_sparse), WORK_ALL(small_0),	 WORK_ALL(small_1),
	WORK_ALL(small_10),
};

static void run(struct bench *b, const char *name, const char *index,
		void (*work)(struct bench *b), unsigned int rounds)
{
	double best = 0;

	for (unsigned int i = 0; i < rounds; i++) {
		b->random = 42;
		b->bytes = 0;
		work(b);
		if (!i || b->ns < best)
			best = b->ns;
	}
	printf("%s %s %u %.1f", name, index, b->done, best);
	if (b->bytes)
		printf(" %.1f\n", (double)b->bytes / (strcmp(name, "fill") ? 1000 : b->ids));
	else
		printf(" -\n");
	fflush(stdout);
}

static const char *option(const char *arg, const char *name)
{
	size_t n = strlen(name);

	return strncmp(arg, name, n) == 0 ? arg + n : NULL;
}

int main(int argc, char **argv)
{
	struct bench b = { .ids = IDR_LIMIT - 1, .ops = 1000000 };
	const char *only = NULL, *only_index = NULL, *value;
	unsigned int rounds = 3;

	for (int i = 1; i < argc; i++) {
		if ((value = option(argv[i], "--ids=")))
			b.ids = (unsigned int)atoi(value);
		else if ((value = option(argv[i], "--ops=")))
			b.ops = (unsigned int)atoi(value);
		else if ((value = option(argv[i], "--rounds=")))
			rounds = (unsigned int)atoi(value);
		else if ((value = option(argv[i], "--work=")))
			only = value;
		else if ((value = option(argv[i], "--index=")))
			only_index = value;
		else
			b.ids = 0;
	}
	if (b.ids < 1000 || b.ids >= IDR_LIMIT || b.ops < 1000 || !rounds) {
		fprintf(stderr, "usage: %s [--ids=N] [--ops=N] [--rounds=N] [--work=NAME]"
				" [--index=NAME], ids from 1000 to %d, ops from 1000\n",
			argv[0], IDR_LIMIT - 1);
		return 2;
	}
	b.limit = (int)b.ids + 1;
	b.taken = malloc((b.ids + 1) * sizeof(*b.taken));
	b.order = malloc(b.ops * sizeof(*b.order));
	nodes = idr_nodes_new();
	for (size_t i = 0; i < G_N_ELEMENTS(works); i++) {
		const struct work *w = &works[i];
		void (*const all[])(struct bench *) = { w->idr, w->judy, w->tree, w->hash };
		static const char *const names[] = { "idr", "judyl", "gtree", "ghashtable" };

		for (size_t j = 0; j < G_N_ELEMENTS(all); j++)
			if (all[j] && (!only || strcmp(only, w->name) == 0) &&
			    (!only_index || strcmp(only_index, names[j]) == 0))
				run(&b, w->name, names[j], all[j], rounds);
	}
	idr_nodes_free(nodes);
	free(b.taken);
	free(b.order);
	return b.sum == 1; /* which it never is, but the compiler does not know */
}
