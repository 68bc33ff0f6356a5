/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle/run.h"

#define PATIENCE 0.25 /* enough for a difference that is there */

static void copy(const struct script *s, const bool *leave_out, struct script *to)
{
	size_t i;

	to->n = 0;
	for (i = 0; i < s->n; i++)
		if (!leave_out || !leave_out[i])
			*script_add(to) = s->op[i];
}

/* Do the two still differ, in the same operation?  What follows the difference is cut off. */
static bool fails(struct run *r, struct script *s, enum verb verb)
{
	size_t at;
	bool differ = play_script(r, s, &at) == MISMATCH && (at == s->n || s->op[at].verb == verb);
	char *why = r->why;

	if (differ && at < s->n)
		s->n = at + 1;
	r->why = NULL;
	if (play_end(r)) {
		fprintf(stderr, "oracle: %s\n", r->why);
		exit(1);
	}
	free(r->why);
	r->why = why;
	return differ;
}

/* Leaves out more and more, as long as there is a difference. */
void shrink(struct run *r, const struct script *s, struct script *small)
{
	struct script less = { 0 };
	double patience = r->patience;
	bool *out = calloc(s->n + 1, sizeof(*out));
	size_t size, at, i;
	char *why = NULL;

	if (!out)
		abort();
	copy(s, NULL, small);
	r->patience = PATIENCE;
	for (size = (small->n + 1) / 2; size; size /= 2) {
		size_t before = small->n;

		for (at = 0; at < small->n;) {
			for (i = 0; i < small->n; i++)
				out[i] = i >= at && i < at + size;
			copy(small, out, &less);
			if (!fails(r, &less, s->op[s->n - 1].verb)) {
				at += size;
				continue;
			}
			copy(&less, NULL, small);
			free(why);
			why = r->why;
			r->why = NULL;
		}
		if (size == 1 && small->n < before)
			size = 2;
	}
	free(r->why);
	r->why = why;
	r->patience = patience;
	free(less.op);
	free(out);
}
