/* SPDX-License-Identifier: MIT */
/* The ring of refused commands. */
#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/errors.h"

static char **lines_of(struct errors *e)
{
	GString *text = g_string_new(NULL);
	char **lines;

	errors_text(e, text);
	g_assert_true(!text->len || text->str[text->len - 1] == '\n');
	g_assert_true(g_utf8_validate(text->str, (gssize)text->len, NULL));
	lines = g_strsplit(text->str, "\n", -1);
	g_string_free(text, TRUE);
	return lines;
}

static void test_empty(void)
{
	struct errors *e = errors_new();
	GString *text = g_string_new(NULL);

	errors_text(e, text);
	g_assert_cmpuint(text->len, ==, 0);
	g_string_free(text, TRUE);
	errors_free(e);
	errors_free(NULL);
}

static void test_line(void)
{
	struct errors *e = errors_new();
	char **lines;

	errors_add(e, "1", "fork", "newpid", 6, EPERM, "a reason");
	errors_add(e, "ns/5/2", "kill", "a\n\t\x01\0ä\xff\u202e", 11, ESRCH, "two\nlines");
	lines = lines_of(e);
	g_assert_cmpuint(g_strv_length(lines), ==, 3);
	g_assert_cmpstr(lines[0], ==, "1 fork: newpid: EPERM (Operation not permitted): a reason");
	/* Neither the line nor the reason can forge another line or turn the text around. */
	g_assert_cmpstr(lines[1], ==,
			"ns/5/2 kill: a\\n\\t\\x01\\x00ä\\xff\\xe2\\x80\\xae: "
			"ESRCH (No such process): two\\nlines");
	g_strfreev(lines);
	errors_free(e);
}

static void test_cut(void)
{
	struct errors *e = errors_new();
	char *longest = g_strnfill(5000, 'x');
	char **lines;

	errors_add(e, "1", "set", longest, 5000, EINVAL, longest);
	lines = lines_of(e);
	g_assert_cmpuint(g_strv_length(lines), ==, 2);
	g_assert_cmpuint(strlen(lines[0]), <, 500);
	g_assert_nonnull(strstr(lines[0], "xxx…: EINVAL (Invalid argument): xxx"));
	g_assert_true(g_str_has_suffix(lines[0], "xxx…"));
	g_strfreev(lines);
	g_free(longest);
	errors_free(e);
}

/* Every errno a command can end with has its name and a sentence, given none. */
static void test_meanings(void)
{
	static const struct {
		int err;
		const char *name;
	} known[] = {
		{ EPERM, "EPERM" },
		{ ENOENT, "ENOENT" },
		{ ESRCH, "ESRCH" },
		{ EINTR, "EINTR" },
		{ EIO, "EIO" },
		{ E2BIG, "E2BIG" },
		{ EBADF, "EBADF" },
		{ ECHILD, "ECHILD" },
		{ EAGAIN, "EAGAIN" },
		{ ENOMEM, "ENOMEM" },
		{ EACCES, "EACCES" },
		{ EBUSY, "EBUSY" },
		{ EEXIST, "EEXIST" },
		{ EINVAL, "EINVAL" },
		{ EMFILE, "EMFILE" },
		{ ENFILE, "ENFILE" },
		{ ENOSPC, "ENOSPC" },
		{ ERANGE, "ERANGE" },
		{ ENOSYS, "ENOSYS" },
		{ EUSERS, "EUSERS" },
		{ EOVERFLOW, "EOVERFLOW" },
		{ EOPNOTSUPP, "EOPNOTSUPP" },
		{ ECANCELED, "ECANCELED" },
		{ EROFS, "EROFS" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
		struct errors *e = errors_new();
		g_autofree char *begin = g_strdup_printf("1 fork: : %s (%s): ", known[i].name,
							 g_strerror(known[i].err));
		char **lines;

		errors_add(e, "1", "fork", "", 0, known[i].err, i % 2 ? "" : NULL);
		lines = lines_of(e);
		g_assert_true(g_str_has_prefix(lines[0], begin));
		g_assert_cmpuint(strlen(lines[0]), >, strlen(begin) + 10);
		g_assert_null(strstr(lines[0], "the call was refused"));
		g_strfreev(lines);
		errors_free(e);
	}
}

static void test_unknown_errno(void)
{
	struct errors *e = errors_new();
	char **lines;

	errors_add(e, "1", "set", "", 0, 4095, NULL);
	lines = lines_of(e);
	g_assert_nonnull(strstr(lines[0], "errno 4095"));
	g_assert_true(g_str_has_suffix(lines[0], ": the call was refused"));
	g_strfreev(lines);
	errors_free(e);
}

/* Only the newest are kept, in their order. */
static void test_ring(void)
{
	struct errors *e = errors_new();
	char **lines;

	for (int i = 0; i < 3 * ERRORS_KEPT + 5; i++) {
		char number[16];

		g_snprintf(number, sizeof(number), "%d", i);
		errors_add(e, number, "fork", "", 0, EINVAL, "r");
	}
	lines = lines_of(e);
	g_assert_cmpuint(g_strv_length(lines), ==, ERRORS_KEPT + 1);
	for (int i = 0; i < ERRORS_KEPT; i++)
		g_assert_cmpint(atoi(lines[i]), ==, 2 * ERRORS_KEPT + 5 + i);
	g_strfreev(lines);
	errors_free(e);
}

static void *add_many(void *data)
{
	for (int i = 0; i < 2000; i++)
		errors_add(data, "1", "fork", "line", 4, EINVAL, "reason");
	return NULL;
}

/* Each line stays whole, whoever writes at the same time. */
static void test_threads(void)
{
	struct errors *e = errors_new();
	GThread *threads[4];
	char **lines;

	for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
		threads[i] = g_thread_new("add", add_many, e);
	for (int i = 0; i < 100; i++) {
		lines = lines_of(e);
		for (char **line = lines; *line && **line; line++)
			g_assert_cmpstr(*line, ==,
					"1 fork: line: EINVAL (Invalid argument): reason");
		g_strfreev(lines);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
		g_thread_join(threads[i]);
	errors_free(e);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/errors/empty", test_empty);
	g_test_add_func("/errors/line", test_line);
	g_test_add_func("/errors/cut", test_cut);
	g_test_add_func("/errors/meanings", test_meanings);
	g_test_add_func("/errors/unknown-errno", test_unknown_errno);
	g_test_add_func("/errors/ring", test_ring);
	g_test_add_func("/errors/threads", test_threads);
	return g_test_run();
}
