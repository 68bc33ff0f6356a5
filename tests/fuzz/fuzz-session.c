/* SPDX-License-Identifier: MIT */
/*
 * Whole sessions over a world: each line of the input is written to a control
 * file of some process, its reply is read, and the world's invariants hold.
 *
 *	N VERB LINE     the process with number N (t behind it: the thread)
 *	+LINE           the same open file once more
 *
 * Of a line that is neither, the first two bytes say who and which.  Nothing is
 * mounted: this is the driver's side of ctl and world.
 */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/errors.h"
#include "ctl/session.h"
#include "ctl/verb.h"
#include "world/world.h"

#define LINES_MAX 400
/* Few numbers: they run out, and are used again. */
#define PID_MAX 330

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
	struct world *w;
	struct errors *e;
	struct session *s; /* the last one, or NULL */
};

static void check(struct fuzz *f)
{
	char *wrong = world_verify(f->w);

	g_assert_cmpstr(wrong, ==, NULL);
}

/* All that a reader of the tree could ask. */
static void look(struct fuzz *f)
{
	struct world_ns_info info;
	struct world_task task;
	struct world_ref refs[64];
	uint32_t inum = 0;
	int nrs[64], n;

	while (!world_ns_next(f->w, &inum)) {
		g_assert_cmpint(world_ns(f->w, inum, &info), ==, 0);
		for (int from = 1; (n = world_list(f->w, inum, from, 64, nrs, refs)) > 0;
		     from = nrs[n - 1] + 1)
			for (int i = 0; i < n; i++) {
				g_autoptr(GArray) children =
					g_array_new(FALSE, FALSE, sizeof(int));
				g_autoptr(GString) text = g_string_new(NULL);

				g_assert_cmpint(nrs[i], >=, from);
				g_assert_cmpint(world_task(f->w, refs[i], &task), ==, 0);
				g_assert_cmpint(task.pid, ==, nrs[i]);
				g_assert_true(strchr("RSDTtZXI", task.state) != NULL);
				world_children(f->w, refs[i], children);
				world_cmdline(f->w, refs[i], text);
			}
	}
}

static void open_file(struct fuzz *f, int nr, bool thread, const struct verb *verb)
{
	struct world_actor actor = { .thread = thread };
	g_autofree char *path = g_strdup_printf("%d", nr);

	g_clear_pointer(&f->s, session_free);
	/* Nobody has it: somebody who is always there. */
	if (world_find(f->w, WORLD_ROOT_INUM, nr, &actor.ref) &&
	    world_find(f->w, WORLD_ROOT_INUM, 1, &actor.ref))
		return;
	f->s = session_new(f->w, f->e, verb, actor, path);
}

static void write_line(struct fuzz *f, const char *line, size_t len)
{
	g_autoptr(GString) reply = g_string_new(NULL);
	ssize_t done, got;

	if (!f->s)
		return;
	done = session_write(f->s, line, len);
	g_assert_true(done <= (ssize_t)len && done > -4096);
	got = session_read(f->s, reply, 65536, NULL);
	g_assert_true(got == -EINPROGRESS || got < 0 || (size_t)got == reply->len);
	check(f);
}

static void one_line(struct fuzz *f, const char *line, size_t len)
{
	static const struct verb *verbs[64];
	static unsigned int n_verbs;
	g_autofree char *copy = g_strndup(line, len);
	char *end, *name, *rest;
	const struct verb *verb;
	long nr;
	bool thread;

	if (!n_verbs)
		while ((verbs[n_verbs] = verb_at(n_verbs)))
			n_verbs++;
	if (len && *line == '+') {
		write_line(f, line + 1, len - 1);
		return;
	}
	nr = strtol(copy, &end, 10);
	thread = *end == 't';
	name = end + thread + (end[thread] == ' ');
	rest = strchr(name, ' ');
	if (rest)
		*rest++ = '\0';
	verb = end != copy ? verb_find(name) : NULL;
	if (verb) {
		open_file(f, (int)(nr % PID_MAX), thread, verb);
		/* The line may hold NUL bytes: as many as came. */
		if (rest)
			write_line(f, line + (rest - copy), len - (size_t)(rest - copy));
		else
			write_line(f, "\n", 1);
	} else if (len >= 2) {
		open_file(f, 1 + (uint8_t)line[0] % 40, line[0] & 0x40,
			  verbs[(uint8_t)line[1] % n_verbs]);
		write_line(f, line + 2, len - 2);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct world_options options = { .kernel = size & 1 ? 618 : 612, .cpus = 2 };
	struct fuzz f = { .w = world_virtual_new(&options), .e = errors_new() };
	/* A copy of the exact size, so that reading beyond it is seen. */
	g_autofree char *copy = g_memdup2(data, size);
	g_autoptr(GString) text = g_string_new(NULL);
	size_t at = 0;

	g_assert_cmpint(world_set_pid_max(f.w, WORLD_ROOT_INUM, PID_MAX), ==, 0);
	for (int lines = 0; at < size && lines < LINES_MAX; lines++) {
		const char *newline = memchr(copy + at, '\n', size - at);
		size_t len = newline ? (size_t)(newline - (copy + at)) : size - at;

		one_line(&f, copy + at, len);
		at += len + 1;
	}
	look(&f);
	check(&f);
	errors_text(f.e, text);
	g_assert_true(g_utf8_validate(text->str, (gssize)text->len, NULL));
	if (f.s)
		session_free(f.s);
	world_free(f.w); /* which sees to it that nobody and nothing is left */
	errors_free(f.e);
	return 0;
}

/* Weak: a fuzzing engine brings its own. */
int __attribute__((weak)) main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		GError *error = NULL;
		char *data;
		gsize size;

		if (!g_file_get_contents(argv[i], &data, &size, &error)) {
			fprintf(stderr, "%s\n", error->message);
			g_error_free(error);
			return 1;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)data, size);
		g_free(data);
	}
	return 0;
}
