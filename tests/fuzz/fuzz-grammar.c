/* SPDX-License-Identifier: MIT */
/*
 * Every line of the input goes through every parser of control files.
 *
 * Without a fuzzing engine the files named as arguments are run once each.
 */
#include <errno.h>
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "ctl/errors.h"
#include "ctl/grammar.h"
#include "util/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A refusal has an errno and a reason, and nothing else has one. */
static int judge(struct errors *e, GString *why, const char *line, size_t len, int result)
{
	g_assert_true(result == 0 || result == -EINVAL || result == -ESRCH);
	g_assert_true((result != 0) == (why->len != 0));
	if (result)
		errors_add(e, "1", "fuzz", line, len, -result, why->str);
	g_string_truncate(why, 0);
	return result;
}

static void every_verb(struct errors *e, const struct grammar_words *words, const char *line,
		       size_t len)
{
	GString *why = g_string_new(NULL);
	char *const *v = words->v;
	const unsigned int n = words->n;
	struct grammar_fork f;
	struct grammar_exec x;
	struct grammar_kill k;
	struct grammar_setns ns;
	struct grammar_sigaction act;
	struct grammar_prctl prctl;
	struct grammar_pidfd pidfd;
	struct grammar_fault fault;
	struct grammar_set set;
	struct world_wait wait;
	uint64_t flags;
	int a, b;

	if (!judge(e, why, line, len, grammar_fork(v, n, &f, why))) {
		g_assert_cmpuint(f.count, >=, 1);
		g_assert_cmpuint(f.count, <=, GRAMMAR_COUNT_MAX);
		g_assert_cmpuint(f.args.set_tid_size, <=, WORLD_MAX_LEVEL + 1);
		g_assert_cmpint(f.args.uid, >=, -1);
		g_assert_true(!f.args.comm || strlen(f.args.comm) < WORLD_COMM_LEN);
		grammar_fork_clear(&f);
	}
	if (!judge(e, why, line, len, grammar_exec(v, n, &x, why))) {
		g_assert_cmpuint(strlen(x.comm), <, WORLD_COMM_LEN);
		grammar_exec_clear(&x);
	}
	if (!judge(e, why, line, len, grammar_set(v, n, &set, why))) {
		g_assert_cmpuint(g_strv_length(set.keys), ==, n);
		g_assert_cmpuint(g_strv_length(set.values), ==, n);
		grammar_set_clear(&set);
	}
	judge(e, why, line, len, grammar_exit(v, n, &a, why));
	judge(e, why, line, len, grammar_kill(v, n, &k, why));
	judge(e, why, line, len, grammar_setns(v, n, &ns, why));
	judge(e, why, line, len, grammar_unshare(v, n, &flags, why));
	judge(e, why, line, len, grammar_nothing(v, n, why));
	judge(e, why, line, len, grammar_setpgid(v, n, &a, &b, why));
	judge(e, why, line, len, grammar_reap(v, n, &wait, why));
	judge(e, why, line, len, grammar_sigaction(v, n, &act, why));
	judge(e, why, line, len, grammar_prctl(v, n, &prctl, why));
	judge(e, why, line, len, grammar_pidfd(v, n, &pidfd, why));
	judge(e, why, line, len, grammar_fault(v, n, &fault, why));
	g_string_free(why, TRUE);
}

static void one_line(struct errors *e, const char *line, size_t len)
{
	GString *why = g_string_new(NULL);
	struct grammar_words words = { 0 };

	if (!judge(e, why, line, len, grammar_split(line, len, &words, why))) {
		g_assert_cmpuint(g_strv_length(words.v), ==, words.n);
		g_assert_cmpuint(words.n, <=, len);
		g_assert_true(!words.comment || !words.n);
		every_verb(e, &words, line, len);
		grammar_words_clear(&words);
	}
	g_string_free(why, TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct errors *e = errors_new();
	GString *text = g_string_new(NULL);
	/* A copy of the exact size, so that reading beyond it is seen. */
	char *copy = g_memdup2(data, size);
	size_t at = 0;

	while (at < size) {
		const char *newline = memchr(copy + at, '\n', size - at);
		size_t len = newline ? (size_t)(newline - (copy + at)) : size - at;

		one_line(e, copy + at, len);
		at += len + 1;
	}
	/* Whatever was refused, its lines are lines of text. */
	errors_text(e, text);
	g_assert_true(g_utf8_validate(text->str, (gssize)text->len, NULL));
	for (const char *c = text->str; *c; c++)
		g_assert_true(*c == '\n' || !g_ascii_iscntrl(*c));
	g_string_free(text, TRUE);
	g_free(copy);
	errors_free(e);
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
