/* SPDX-License-Identifier: MIT */
/*
 * The verbs: what each control file does with a line.
 */
#ifndef PIDNSFS_CTL_VERB_H
#define PIDNSFS_CTL_VERB_H

#include <glib.h>
#include <stdbool.h>

#include "ctl/grammar.h"
#include "world/world.h"

struct verb_call {
	struct world *w;
	struct world_actor actor;
	struct grammar_words words;
	GString *reply; /* what can be read back is appended */
	GString *why; /* a reason of our own; empty: the world's, if the world refused */
	int partial; /* an errno: it succeeded, but less than all was done */
	struct world_wait wait; /* with -EINPROGRESS: what the reply waits for, */
	struct world_output *output; /* or whose end, if it is not NULL; the caller's */
};

struct verb {
	const char *name;
	const char *usage; /* lines of text, the first a synopsis */
	/* 0, -errno, or -EINPROGRESS: the command is done but for its reply */
	int (*run)(struct verb_call *call);
};

/* Runs the verb on the words of c: what its row says. */
int verb_run(const struct verb *verb, struct verb_call *c);
/* By name, or NULL. */
const struct verb *verb_find(const char *name);
/* All of them, in the order in which a directory lists them; NULL behind the last. */
const struct verb *verb_at(unsigned int i);

/* Not one of them: the machine's, which acts for no process. */
extern const struct verb verb_set_machine;

/* The line that reap answers with. */
void verb_waited_text(const struct world_waited *res, GString *out);

#endif
