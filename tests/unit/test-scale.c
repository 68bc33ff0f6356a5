/* SPDX-License-Identifier: MIT */
/* As many processes as there are numbers: all of them at once, and then none. */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>

#include "core/kernel.h"
#include "world/virtual.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NUMBERS 40000 /* sanitizers make all of it some ten times as dear */
#else
#define NUMBERS PID_MAX_LIMIT
#endif
#define BYTES_EACH 280 /* with the line of the reply, and what slabs have in spare */

static guint64 available(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	guint64 kilobytes = 0;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %" G_GUINT64_FORMAT, &kilobytes) == 1)
			break;
	if (f)
		fclose(f);
	return kilobytes * 1024;
}

/* All that have a number, from 1 on without a gap; how many. */
static int count(struct world *w)
{
	static struct world_ref refs[1024];
	static int nrs[1024];
	int n, next = 1;

	while ((n = world_list(w, WORLD_ROOT_INUM, next, 1024, nrs, refs)) > 0)
		for (int i = 0; i < n; i++)
			g_assert_cmpint(nrs[i], ==, next++);
	return next - 1;
}

static void test_all_numbers(void)
{
	const struct world_options options = { .kernel = 612, .cpus = 1 };
	const struct world_fork fork = { .exit_signal = SIGCHLD, .uid = -1 };
	struct world_actor init = { 0 };
	struct world *w;
	struct kernel *k;
	size_t small;
	int err = 0;

	if (available() < (guint64)NUMBERS * BYTES_EACH * 3 / 2) {
		g_test_skip("not enough memory for so many");
		return;
	}
	w = world_virtual_new(&options);
	k = to_virtual(w)->k;
	g_assert_cmpint(world_set_pid_max(w, WORLD_ROOT_INUM, NUMBERS), ==, 0);
	g_assert_cmpint(world_find(w, WORLD_ROOT_INUM, 1, &init.ref), ==, 0);
	small = kernel_slab_bytes(k);
	for (int round = 0; round < 2; round++) {
		GString *reply = g_string_new(NULL);

		/* Who comes around begins at 300, and finds no number below. */
		g_assert_cmpint(world_set_last_pid(w, WORLD_ROOT_INUM, 1), ==, 0);
		/* One more than there is room for. */
		g_assert_cmpint(world_fork_many(w, init, &fork, NUMBERS - 1, reply, &err), ==,
				NUMBERS - 2);
		g_assert_cmpint(err, ==, -EAGAIN);
		g_string_free(reply, TRUE);
		g_assert_cmpint(count(w), ==, NUMBERS - 1);
		g_assert_cmpuint(kernel_slab_bytes(k), <=, small + (size_t)NUMBERS * 256);
		if (!round)
			g_assert_cmpint(world_sigaction(w, init, SIGCHLD, WORLD_SIG_IGNORE), ==, 0);
		g_assert_cmpint(world_kill(w, init, -1, SIGKILL), ==, 0);
		g_assert_cmpint(count(w), ==, 1);
		g_assert_cmpuint(kernel_slab_bytes(k), <=, small + 64 * 65536 * 8);
		if (NUMBERS == PID_MAX_LIMIT)
			break; /* once is enough of that */
	}
	world_free(w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scale/all-numbers", test_all_numbers);
	return g_test_run();
}
