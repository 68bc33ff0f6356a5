/* SPDX-License-Identifier: MIT */
/*
 * KEY=VALUE: what a fixture dictates of a process, or of the machine.  A key is
 * a row: its name, how its text becomes a value, where the value goes.
 */
#ifndef PIDNSFS_WORLD_KEY_H
#define PIDNSFS_WORLD_KEY_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A value that was checked and is not yet set. */
struct key_value {
	uint64_t u;
	int64_t l;
	const char *s; /* borrowed from the text */
	uint64_t pair[2];
	unsigned int load[3];
	GBytes *bytes; /* owned */
};

struct key {
	const char *name;
	/* 0 or -EINVAL */
	int (*parse)(const struct key *key, const char *text, struct key_value *value);
	/* target: what the table is of */
	void (*set)(const struct key *key, void *target, const struct key_value *value);
	size_t offset; /* in the struct that set knows */
	int64_t min, max;
	const char *wants; /* "<name> wants <wants>" is why it was refused */
};

struct key_table {
	const struct key *keys;
	size_t n;
};

extern const struct key_table task_keys; /* target: a struct task_struct */
extern const struct key_table machine_keys; /* target: a struct machine */

/*
 * Checks all of them; 0, and values are what keys_set() sets.  -EINVAL: *why is a
 * sentence that lasts until the calling thread's next call.
 */
int keys_parse(const struct key_table *table, const char *const *names, const char *const *texts,
	       unsigned int n, struct key_value *values, const char **why);
void keys_clear(struct key_value *values, unsigned int n);
void keys_set(const struct key_table *table, void *target, const char *const *names,
	      const struct key_value *values, unsigned int n);

/* Parsers: of a count (64 bits), a number from min to max, a text of at most max bytes. */
int key_count(const struct key *key, const char *text, struct key_value *value);
int key_range(const struct key *key, const char *text, struct key_value *value);
int key_text(const struct key *key, const char *text, struct key_value *value);

#endif
