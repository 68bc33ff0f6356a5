/* SPDX-License-Identifier: MIT */
/* Slabs, and what a process, a thread and a namespace cost in them. */
#include "core/slab.h"

#include <glib.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#include "core/exit.h"
#include "core/fork.h"
#include "core/signal.h"
#include "core/verify.h"

static void test_objects(void)
{
	enum { N = 5000, SIZE = 104 };
	struct kmem_cache *cache = kmem_cache_create(SIZE - 3);
	static unsigned char *object[N];
	size_t peak;

	g_assert_cmpuint(kmem_cache_size(cache), ==, SIZE);
	g_assert_cmpuint(kmem_cache_bytes(cache), ==, 0);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < N; i++) {
			object[i] = kmem_cache_zalloc(cache);
			g_assert_true((uintptr_t)object[i] % 8 == 0);
			for (int b = 0; b < SIZE; b++)
				g_assert_cmpuint(object[i][b], ==, 0);
			memset(object[i], i & 0xff, SIZE);
		}
		g_assert_cmpuint(kmem_cache_objects(cache), ==, N);
		peak = kmem_cache_bytes(cache);
		/* Close together: less than a hundredth is not theirs, but for the last slab. */
		g_assert_cmpuint(peak, <=, (size_t)N * SIZE * 101 / 100 + 65536);
		for (int i = 0; i < N; i++)
			for (int b = 0; b < SIZE; b++)
				g_assert_cmpuint(object[i][b], ==, i & 0xff);
		/* In an order in which slabs empty late. */
		for (int i = 0; i < N; i += 2)
			kmem_cache_free(cache, object[i]);
		for (int i = N - 1; i > 0; i -= 2)
			kmem_cache_free(cache, object[i]);
		g_assert_cmpuint(kmem_cache_objects(cache), ==, 0);
		g_assert_cmpuint(kmem_cache_bytes(cache), <=, peak);
		kmem_cache_shrink(cache);
		g_assert_cmpuint(kmem_cache_bytes(cache), ==, 0);
	}
	kmem_cache_destroy(cache);
}

/* Of a size that takes many slabs: they come by the huge page, and go one by one. */
static void test_large(void)
{
	enum { N = 3000, SIZE = 4096, LONGS = SIZE / 8 };
	struct kmem_cache *cache = kmem_cache_create(SIZE);
	static uint64_t *object[N];

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < N; i++) {
			object[i] = kmem_cache_zalloc(cache);
			for (int l = 0; l < LONGS; l++)
				g_assert_false(object[i][l]);
			object[i][0] = object[i][LONGS - 1] = (uint64_t)i;
		}
		/* 15 in a slab; what is there in spare is less than a huge page. */
		g_assert_cmpuint(kmem_cache_bytes(cache), <=, (N / 15 + 1) * 65536 + (2 << 20));
		for (int i = 0; i < N; i++) {
			g_assert_cmpuint(object[i][0], ==, (uint64_t)i);
			g_assert_cmpuint(object[i][LONGS - 1], ==, (uint64_t)i);
		}
		/* Every second one stays: no slab empties. */
		for (int i = 0; i < N; i += 2)
			kmem_cache_free(cache, object[i]);
		for (int i = 0; i < N && !round; i += 2) {
			object[i] = kmem_cache_zalloc(cache);
			for (int l = 0; l < LONGS; l++)
				g_assert_false(object[i][l]);
			kmem_cache_free(cache, object[i]);
		}
		for (int i = 1; i < N; i += 2)
			kmem_cache_free(cache, object[i]);
		g_assert_cmpuint(kmem_cache_objects(cache), ==, 0);
		g_assert_cmpuint(kmem_cache_bytes(cache), <=, 64 * 65536);
	}
	kmem_cache_shrink(cache);
	g_assert_cmpuint(kmem_cache_bytes(cache), ==, 0);
	kmem_cache_destroy(cache);
}

static struct kernel *world(void)
{
	const struct kernel_options o = { .version = 612, .cpus = 1 };
	struct kernel *k = kernel_new(&o);

	g_assert_cmpint(pid_ns_set_pid_max(k->init_pid_ns, PID_MAX_LIMIT), ==, 0);
	return k;
}

static struct task_struct *child_of(struct task_struct *t, uint64_t flags)
{
	const struct kernel_clone_args args = {
		.flags = flags,
		.exit_signal = flags & CLONE_THREAD ? 0 : SIGCHLD,
	};
	struct task_struct *child = NULL;

	g_assert_cmpint(kernel_clone(t, &args, &child), ==, 0);
	return child;
}

/* Exactly: the objects that are handed out, and the nodes of the indexes. */
static size_t bytes_each(struct kernel *k, struct task_struct *parent, uint64_t flags, int n)
{
	size_t before = kernel_object_bytes(k);

	for (int i = 0; i < n; i++)
		child_of(parent, flags);
	return (kernel_object_bytes(k) - before + (size_t)n - 1) / (size_t)n;
}

static void check(struct kernel *k)
{
	char *wrong;

	kernel_run(k);
	wrong = verify(k);
	g_assert_cmpstr(wrong, ==, NULL);
}

static void test_process(void)
{
	enum { N = 100000 };
	struct kernel *k = world();
	struct task_struct *init = kernel_init_task(k), *box;
	size_t empty;

	g_assert_cmpuint(bytes_each(k, init, 0, N), <=, 256);
	/* Whatever its parent is: one that has changed, one that has threads. */
	box = child_of(init, 0);
	g_assert_cmpint(do_sigaction_ignore(box, SIGCHLD), ==, 0);
	set_task_uid(box, 1000);
	set_task_comm(box, "other");
	g_assert_cmpuint(bytes_each(k, box, 0, N), <=, 256);
	box = child_of(init, 0);
	g_assert_cmpuint(bytes_each(k, box, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, N), <=, 256);
	check(k);
	/* Their end gives all back, but for nodes on the way to the cursors. */
	box = child_of(init, CLONE_NEWPID);
	empty = kernel_object_bytes(k);
	for (int i = 0; i < N; i++)
		child_of(box, 0);
	do_group_exit(box, 0);
	kernel_run(k);
	g_assert_cmpuint(kernel_object_bytes(k), <=, empty + 32768);
	check(k);
	kernel_free(k);
}

static void test_namespace(void)
{
	enum { N = 1000 };
	struct kernel *k = world();
	struct task_struct *init = kernel_init_task(k);
	size_t with = sizeof(struct pid_namespace) + sizeof(struct nsproxy);

	/* With its first process; without one it is a struct and its place in a tree. */
	g_assert_cmpuint(with + bytes_each(k, init, CLONE_NEWPID, N), <=, 1024);
	check(k);
	kernel_free(k);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/slab/objects", test_objects);
	g_test_add_func("/slab/large", test_large);
	g_test_add_func("/slab/process", test_process);
	g_test_add_func("/slab/namespace", test_namespace);
	return g_test_run();
}
