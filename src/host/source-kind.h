/* SPDX-License-Identifier: MIT */
/* What a kind of source has to do; source.c does the rest for all of them. */
#ifndef PIDNSFS_HOST_SOURCE_KIND_H
#define PIDNSFS_HOST_SOURCE_KIND_H

#include "host/source.h"

struct source_kind {
	const char *option; /* as it is asked for */
	const char *name; /* for people */
	/* buffer: bytes, 0: as much as is good.  NULL: *why is a sentence, to be freed. */
	void *(*open)(unsigned int buffer, char **why);
	/* What is ready to be read when there are facts. */
	int (*fd)(const void *self);
	/* Adds what there is to the queue, with source_add() and source_lose(). */
	void (*drain)(void *self, struct source *s);
	void (*close)(void *self);
};

extern const struct source_kind source_bpf, source_connector;

/* Of drain() alone, under the source's lock. */
void source_add(struct source *s, const struct fact *f);
/* n of them, as far as that is known: 0 is a loss, too. */
void source_lose(struct source *s, uint64_t n);

#endif
