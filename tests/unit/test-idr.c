/* SPDX-License-Identifier: MIT */
/* The IDR, also built with tiny nodes: every limit here comes from IDR_LIMIT. */
#include "core/idr.h"

#include <errno.h>
#include <glib.h>

#define P(n) GSIZE_TO_POINTER((gsize)(n) + 1)

static struct idr_nodes *nodes;

static void check(const struct idr *idr)
{
	g_assert_cmpstr(idr_verify(idr), ==, NULL);
}

static void test_empty(void)
{
	struct idr idr;
	int id = 0;

	idr_init(&idr, nodes);
	g_assert_true(idr_is_empty(&idr));
	g_assert_cmpuint(idr_memory(&idr), ==, 0);
	g_assert_null(idr_find(&idr, 0));
	g_assert_null(idr_get_next(&idr, &id));
	g_assert_cmpint(id, ==, 0);
	g_assert_null(idr_remove(&idr, 3));
	g_assert_cmpint(idr_replace(&idr, P(1), 3, NULL), ==, -ENOENT);
	g_assert_cmpint(idr_replace(&idr, P(1), IDR_LIMIT, NULL), ==, -EINVAL);
	g_assert_null(idr_find(&idr, IDR_LIMIT));
	g_assert_cmpint(idr_alloc(&idr, P(1), -1, 0), ==, -EINVAL);
	g_assert_cmpint(idr_alloc_cyclic(&idr, P(1), -1, 0), ==, -EINVAL);
	g_assert_cmpint(idr_alloc(&idr, P(1), 5, 5), ==, -ENOSPC);
	idr_destroy(&idr);
}

/* The first and the last id of every height, and the ones beside them. */
static void test_boundaries(void)
{
	static const int ids[] = { 0,  1,   3,	 4,    7,    8,	   15,	 16,
				   63, 64, 511, 512, 4095, 4096, 4194303 };
	struct idr idr;
	unsigned int i;

	idr_init(&idr, nodes);
	for (i = 0; i < G_N_ELEMENTS(ids) && ids[i] < IDR_LIMIT; i++) {
		g_assert_cmpint(idr_alloc(&idr, P(ids[i]), ids[i], ids[i] + 1), ==, ids[i]);
		g_assert_cmpint(idr_alloc(&idr, P(0), ids[i], ids[i] + 1), ==, -ENOSPC);
		check(&idr);
	}
	while (i--) {
		g_assert_true(idr_find(&idr, (unsigned int)ids[i]) == P(ids[i]));
		g_assert_true(idr_remove(&idr, (unsigned int)ids[i]) == P(ids[i]));
		g_assert_null(idr_find(&idr, (unsigned int)ids[i]));
		check(&idr);
	}
	g_assert_cmpuint(idr_memory(&idr), ==, 0);
}

static void test_reserved(void)
{
	struct idr idr;
	void *old = P(9);
	int id = 0;

	idr_init(&idr, nodes);
	g_assert_cmpint(idr_alloc(&idr, NULL, 2, 0), ==, 2);
	g_assert_cmpint(idr_alloc(&idr, P(3), 2, 0), ==, 3);
	g_assert_null(idr_find(&idr, 2));
	g_assert_true(idr_get_next(&idr, &id) == P(3));
	g_assert_cmpint(id, ==, 3);
	g_assert_cmpint(idr_replace(&idr, P(2), 2, &old), ==, 0);
	g_assert_null(old);
	g_assert_true(idr_find(&idr, 2) == P(2));
	check(&idr);
	idr_destroy(&idr);
}

static void test_cyclic(void)
{
	struct idr idr;

	idr_init(&idr, nodes);
	idr_set_cursor(&idr, 40);
	g_assert_cmpint(idr_alloc_cyclic(&idr, P(0), 1, 42), ==, 40);
	g_assert_cmpuint(idr_get_cursor(&idr), ==, 41);
	g_assert_cmpint(idr_alloc_cyclic(&idr, P(0), 1, 42), ==, 41);
	g_assert_cmpint(idr_alloc_cyclic(&idr, P(0), 1, 42), ==, 1);
	g_assert_cmpuint(idr_get_cursor(&idr), ==, 2);
	/* A failure leaves the cursor. */
	idr_set_cursor(&idr, 50);
	g_assert_cmpint(idr_alloc_cyclic(&idr, P(0), 40, 42), ==, -ENOSPC);
	g_assert_cmpuint(idr_get_cursor(&idr), ==, 50);
	check(&idr);
	idr_destroy(&idr);
}

static void test_full(void)
{
	struct idr idr;
	size_t memory;
	int i;

	idr_init(&idr, nodes);
	for (i = 0; i < IDR_LIMIT; i++)
		g_assert_cmpint(idr_alloc_cyclic(&idr, P(i), 0, 0), ==, i);
	check(&idr);
	memory = idr_memory(&idr);
	g_assert_cmpint(idr_alloc(&idr, P(0), 0, 0), ==, -ENOSPC);
	g_assert_cmpint(idr_alloc_cyclic(&idr, P(0), 1, 0), ==, -ENOSPC);
	/* All but one, wherever it is. */
	for (i = 0; i < IDR_LIMIT; i += IDR_LIMIT / 61) {
		g_assert_true(idr_remove(&idr, (unsigned int)i) == P(i));
		g_assert_cmpint(idr_alloc_cyclic(&idr, P(i), 0, 0), ==, i);
	}
#ifndef IDR_TINY_NODES
	g_assert_cmpuint(memory * 10, <=, (size_t)IDR_LIMIT * 83);
#else
	g_assert_cmpuint(memory, >, 0);
#endif
	for (i = 0; i < IDR_LIMIT; i++)
		g_assert_true(idr_remove(&idr, (unsigned int)i) == P(i));
	g_assert_cmpuint(idr_memory(&idr), ==, 0);
}

/* Memory comes and goes with the ids, but for what is under the cursor. */
static void test_kept_node(void)
{
	struct idr idr;
	size_t before;
	int id;

	idr_init(&idr, nodes);
	/* One id far below keeps the idr from being empty. */
	g_assert_cmpint(idr_alloc(&idr, P(0), 0, 1), ==, 0);
	idr_set_cursor(&idr, IDR_LIMIT / 2);
	before = 0;
	for (int round = 0; round < 3; round++) {
		id = IDR_LIMIT / 2 + round;
		g_assert_cmpint(idr_alloc_cyclic(&idr, P(id), 1, 0), ==, id);
		if (before)
			g_assert_cmpuint(idr_memory(&idr), ==, before);
		before = idr_memory(&idr);
		g_assert_true(idr_remove(&idr, (unsigned int)id) == P(id));
		g_assert_cmpuint(idr_memory(&idr), ==, before);
		check(&idr);
	}
	/* The cursor goes on: what it kept is empty, and goes. */
	idr_set_cursor(&idr, 1);
	g_assert_cmpuint(idr_memory(&idr), <, before);
	check(&idr);
	before = idr_memory(&idr);
	g_assert_cmpint(idr_alloc_cyclic(&idr, P(1), 1, 0), ==, 1);
	g_assert_cmpuint(idr_memory(&idr), ==, before);
	idr_destroy(&idr);
	g_assert_cmpuint(idr_memory(&idr), ==, 0);
}

#ifndef IDR_TINY_NODES
/* Most namespaces have a handful of processes: they shall cost next to nothing. */
static void test_small(void)
{
	struct idr idr;

	g_assert_cmpuint(sizeof(idr), <=, 48);
	idr_init(&idr, nodes);
	for (int i = 1; i <= 10; i++)
		g_assert_cmpint(idr_alloc_cyclic(&idr, P(i), 1, 0), ==, i);
	g_assert_cmpuint(sizeof(idr) + idr_memory(&idr), <=, 190);
	idr_destroy(&idr);
}
#endif

static int stop_at(int id, void *p, void *data)
{
	g_assert_true(p == P(id));
	return id == *(int *)data ? 77 : 0;
}

static void test_iterate(void)
{
	struct idr idr;
	int id, n = 0, last = 30;
	void *p;

	idr_init(&idr, nodes);
	for (id = 0; id < 50; id += 5)
		idr_alloc(&idr, P(id), id, id + 1);
	g_assert_cmpint(idr_for_each(&idr, stop_at, &last), ==, 77);
	last = -1;
	g_assert_cmpint(idr_for_each(&idr, stop_at, &last), ==, 0);
	idr_for_each_entry(&idr, p, id) {
		g_assert_true(idr_remove(&idr, (unsigned int)id) == p);
		n++;
	}
	g_assert_cmpint(n, ==, 10);
	g_assert_true(idr_is_empty(&idr));
}

/* Random operations beside an array that is searched one by one. */
static void test_random(void)
{
	enum { FREE, RESERVED, TAKEN };
	const unsigned int span = MIN(IDR_LIMIT, 9000);
	g_autofree guint8 *naive = g_new0(guint8, span);
	unsigned int cursor = 0, i, n;
	struct idr idr;

	idr_init(&idr, nodes);
	for (n = 0; n < 20000; n++) {
		unsigned int id = (unsigned int)g_test_rand_int_range(0, (gint32)span);
		int start, want = -ENOSPC, got, next;

		/* Sometimes the cursor jumps, and now and then a stretch becomes empty. */
		if (g_test_rand_int_range(0, 64) == 0) {
			cursor = id;
			idr_set_cursor(&idr, id);
			for (i = id; i < span && i < id + (unsigned int)span / 4; i++) {
				idr_remove(&idr, i);
				naive[i] = FREE;
			}
		}
		switch (g_test_rand_int_range(0, 4)) {
		case 0:
			start = g_test_rand_int_range(0, (gint32)span);
			for (i = (unsigned int)start; i < span && want < 0; i++)
				if (naive[i] == FREE)
					want = (int)i;
			got = idr_alloc(&idr, P(want), start, (int)span);
			g_assert_cmpint(got, ==, want);
			if (got >= 0)
				naive[got] = TAKEN;
			break;
		case 1:
			for (i = cursor; i < span && want < 0; i++)
				if (naive[i] == FREE)
					want = (int)i;
			for (i = 0; i < span && want < 0; i++)
				if (naive[i] == FREE)
					want = (int)i;
			got = idr_alloc_cyclic(&idr, NULL, 0, (int)span);
			g_assert_cmpint(got, ==, want);
			if (got >= 0) {
				naive[got] = RESERVED;
				cursor = (unsigned int)got + 1;
			}
			break;
		case 2:
			g_assert_true(idr_remove(&idr, id) == (naive[id] == TAKEN ? P(id) : NULL));
			naive[id] = FREE;
			break;
		default:
			for (i = id; i < span && naive[i] != TAKEN; i++)
				;
			next = (int)id;
			g_assert_true(idr_get_next(&idr, &next) == (i < span ? P(i) : NULL));
			g_assert_cmpint(next, ==, (int)(i < span ? i : id));
			break;
		}
		if (n % 16 == 0)
			check(&idr);
	}
	idr_destroy(&idr);
}

int main(int argc, char **argv)
{
	int result;

	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/idr/empty", test_empty);
	g_test_add_func("/idr/boundaries", test_boundaries);
	g_test_add_func("/idr/reserved", test_reserved);
	g_test_add_func("/idr/cyclic", test_cyclic);
	g_test_add_func("/idr/full", test_full);
	g_test_add_func("/idr/kept-node", test_kept_node);
#ifndef IDR_TINY_NODES
	g_test_add_func("/idr/small", test_small);
#endif
	g_test_add_func("/idr/iterate", test_iterate);
	g_test_add_func("/idr/random", test_random);
	nodes = idr_nodes_new();
	result = g_test_run();
	idr_nodes_free(nodes); /* which sees to it that all is back */
	return result;
}
