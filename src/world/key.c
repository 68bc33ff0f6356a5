/* SPDX-License-Identifier: MIT */
#include "world/key.h"

#include <errno.h>
#include <string.h>

#include "util/parse.h"

int key_count(const struct key *key, const char *text, struct key_value *value)
{
	(void)key;
	if (parse_u64(text, &value->u) || value->u > INT64_MAX)
		return -EINVAL;
	return 0;
}

int key_range(const struct key *key, const char *text, struct key_value *value)
{
	long l;

	if (parse_long(text, &l) || l < key->min || l > key->max)
		return -EINVAL;
	value->l = l;
	return 0;
}

int key_text(const struct key *key, const char *text, struct key_value *value)
{
	if (strlen(text) > (size_t)key->max)
		return -EINVAL;
	value->s = text;
	return 0;
}

static const struct key *key_find(const struct key_table *table, const char *name)
{
	for (size_t i = 0; i < table->n; i++)
		if (strcmp(table->keys[i].name, name) == 0)
			return &table->keys[i];
	return NULL;
}

int keys_parse(const struct key_table *table, const char *const *names, const char *const *texts,
	       unsigned int n, struct key_value *values, const char **why)
{
	static _Thread_local char sentence[160];

	for (unsigned int i = 0; i < n; i++) {
		const struct key *key = key_find(table, names[i]);

		if (!key)
			g_snprintf(sentence, sizeof(sentence), "there is no key %.40s", names[i]);
		else if (key->parse(key, texts[i], &values[i]))
			g_snprintf(sentence, sizeof(sentence), "%s wants %s", key->name,
				   key->wants);
		else
			continue;
		*why = sentence;
		return -EINVAL;
	}
	return 0;
}

void keys_clear(struct key_value *values, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		g_clear_pointer(&values[i].bytes, g_bytes_unref);
}

void keys_set(const struct key_table *table, void *target, const char *const *names,
	      const struct key_value *values, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		const struct key *key = key_find(table, names[i]);

		key->set(key, target, &values[i]);
	}
}
