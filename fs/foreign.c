/* SPDX-License-Identifier: MIT */
#include "fs/foreign.h"

#include <glib.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>

struct known {
	uint64_t number, lookups;
	struct node base; /* never a foreign one */
	char *path;
	char *key; /* of both */
};

struct foreign {
	pthread_mutex_t lock; /* all that follows */
	GHashTable *by_number, *by_key; /* the same; by_number owns them */
	uint64_t last; /* number, never used again */
};

static void known_free(gpointer data)
{
	struct known *k = data;

	g_free(k->path);
	g_free(k->key);
	g_free(k);
}

struct foreign *foreign_new(void)
{
	struct foreign *f = g_new0(struct foreign, 1);

	pthread_mutex_init(&f->lock, NULL);
	f->by_key = g_hash_table_new(g_str_hash, g_str_equal);
	f->by_number = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, known_free);
	return f;
}

void foreign_free(struct foreign *f)
{
	g_hash_table_unref(f->by_key);
	g_hash_table_unref(f->by_number);
	pthread_mutex_destroy(&f->lock);
	g_free(f);
}

static char *key_of(const struct node *base, const char *path)
{
	return g_strdup_printf("%d%d%d%d:%u:%" PRIu64 ":%u:%s", base->is_ns, base->below_ns,
			       base->thread, base->unlisted, base->inum, base->ref.ino,
			       base->ref.level, path);
}

void foreign_name(struct foreign *f, const struct node *base, const char *name, struct node *node)
{
	g_autofree char *path = NULL, *key = NULL;
	struct known *k;

	pthread_mutex_lock(&f->lock);
	k = base->foreign ? g_hash_table_lookup(f->by_number, &base->foreign) : NULL;
	path = k ? g_strdup_printf("%s/%s", k->path, name) : g_strdup(name);
	base = k ? &k->base : base;
	key = key_of(base, path);
	k = g_hash_table_lookup(f->by_key, key);
	if (!k) {
		k = g_new0(struct known, 1);
		k->number = ++f->last;
		k->base = *base;
		k->path = g_steal_pointer(&path);
		k->key = g_steal_pointer(&key);
		g_hash_table_insert(f->by_number, &k->number, k);
		g_hash_table_insert(f->by_key, k->key, k);
	}
	k->lookups++;
	*node = (struct node){ .foreign = k->number };
	pthread_mutex_unlock(&f->lock);
}

void foreign_forget(struct foreign *f, const struct node *node, uint64_t n)
{
	struct known *k;

	if (!node->foreign)
		return;
	pthread_mutex_lock(&f->lock);
	k = g_hash_table_lookup(f->by_number, &node->foreign);
	if (k) {
		k->lookups -= MIN(n, k->lookups);
		if (!k->lookups) {
			g_hash_table_remove(f->by_key, k->key);
			g_hash_table_remove(f->by_number, &k->number);
		}
	}
	pthread_mutex_unlock(&f->lock);
}

int foreign_place(struct foreign *f, const struct node *node, struct world_place *place,
		  char **path)
{
	struct node base = *node;
	const struct known *k;

	*path = NULL;
	if (node->foreign) {
		pthread_mutex_lock(&f->lock);
		k = g_hash_table_lookup(f->by_number, &node->foreign);
		if (k) {
			base = k->base;
			*path = g_strdup(k->path);
		}
		pthread_mutex_unlock(&f->lock);
		if (!*path)
			return -1;
	} else {
		*path = g_strdup("");
	}
	*place = (struct world_place){ .is_ns = base.is_ns,
				       .thread = base.thread,
				       .inum = base.inum,
				       .ref = base.ref,
				       .path = *path };
	return 0;
}

bool foreign_in(const struct node *dir)
{
	return dir->foreign ||
	       (dir->table == TABLE_TOP &&
		(dir->row == TOP_VIEW || dir->row == TOP_PROCESS || dir->row == TOP_THREAD));
}

bool foreign_keeps(enum entry_table table, const struct pid_entry *entry)
{
	static const char *const view[] = { "self",  "thread-self", "pidns", "events", "recent", "tree",
					    "table", "errors",	    "ns",    ".live",  NULL };
	static const char *const process[] = { "inner", "outer", "wait", "task", "children", NULL };
	const char *const *names = table == TABLE_VIEW ? view : process;

	if (table == TABLE_VERB)
		return entry->kind == ENTRY_CONTROL;
	if (table != TABLE_VIEW && table != TABLE_PROCESS && table != TABLE_THREAD)
		return true;
	for (; *names; names++)
		if (!strcmp(*names, entry->name))
			return true;
	return false;
}
