/* SPDX-License-Identifier: MIT */
#include "fs/text.h"

#include <errno.h>
#include <pthread.h>

/* Longer ones are made anew each time. */
#define KEPT_MAX (16u << 20)

struct text {
	GBytes *bytes;
	uint64_t version;
};

struct texts {
	uint64_t version; /* of the world, counted here; atomic */
	pthread_mutex_t lock; /* what follows */
	GHashTable *kept; /* struct text by node id */
};

static void text_free(gpointer data)
{
	struct text *text = data;

	g_bytes_unref(text->bytes);
	g_free(text);
}

struct texts *texts_new(void)
{
	struct texts *t = g_new0(struct texts, 1);

	pthread_mutex_init(&t->lock, NULL);
	t->kept = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, text_free);
	return t;
}

void texts_free(struct texts *t)
{
	if (!t)
		return;
	g_hash_table_unref(t->kept);
	pthread_mutex_destroy(&t->lock);
	g_free(t);
}

void texts_changed(struct texts *t)
{
	__atomic_fetch_add(&t->version, 1, __ATOMIC_RELEASE);
}

static uint64_t version(struct texts *t)
{
	return __atomic_load_n(&t->version, __ATOMIC_ACQUIRE);
}

/* NULL: not kept, or it has changed since. */
static GBytes *find(struct texts *t, uint64_t id)
{
	struct text *text;
	GBytes *bytes = NULL;

	pthread_mutex_lock(&t->lock);
	text = g_hash_table_lookup(t->kept, &id);
	if (text && text->version == version(t))
		bytes = g_bytes_ref(text->bytes);
	else
		g_hash_table_remove(t->kept, &id);
	pthread_mutex_unlock(&t->lock);
	return bytes;
}

static void keep(struct texts *t, uint64_t id, GBytes *bytes, uint64_t since)
{
	struct text *text;

	if (g_bytes_get_size(bytes) > KEPT_MAX)
		return;
	text = g_new(struct text, 1);
	text->bytes = g_bytes_ref(bytes);
	text->version = since;
	pthread_mutex_lock(&t->lock);
	g_hash_table_replace(t->kept, g_memdup2(&id, sizeof(id)), text);
	pthread_mutex_unlock(&t->lock);
}

/* In a view such a file is read behind its size, which must be that of the same text. */
static bool moves(const struct fs *fs, const struct node *node)
{
	return fs->view && node->is_ns && fs_keep(fs, node) == KEEP_NOT;
}

static int make(const struct fs *fs, const struct node *node, GString *out)
{
	struct world_task task;
	struct show s;
	int err = fs_show(fs, node, &s, &task);

	return err ? err : entry_of(node)->show(&s, out);
}

static void hold(struct texts *t, const struct node *node, const GString *out)
{
	GBytes *bytes = g_bytes_new(out->str, out->len);
	uint64_t id;

	if (!node_pack(node, &id))
		keep(t, id, bytes, 0);
	g_bytes_unref(bytes);
}

/* The text of one that tells of all processes, or NULL and *err. */
static GBytes *whole(const struct fs *fs, const struct node *node, int *err)
{
	uint64_t since, id;
	GString *out;
	GBytes *bytes;

	*err = node_pack(node, &id) ? -ENOENT : 0;
	if (*err)
		return NULL;
	bytes = find(fs->texts, id);
	if (bytes)
		return bytes;
	since = version(fs->texts);
	out = g_string_new(NULL);
	*err = make(fs, node, out);
	if (*err) {
		g_string_free(out, TRUE);
		return NULL;
	}
	bytes = g_string_free_to_bytes(out);
	keep(fs->texts, id, bytes, since);
	return bytes;
}

int text_show(const struct fs *fs, const struct node *node, GString *out)
{
	GBytes *bytes;
	gsize size;
	int err;

	if (!fs->texts || !(entry_of(node)->flags & ENTRY_WHOLE))
		return make(fs, node, out);
	bytes = whole(fs, node, &err);
	if (!bytes)
		return err;
	g_string_append_len(out, g_bytes_get_data(bytes, &size), (gssize)g_bytes_get_size(bytes));
	g_bytes_unref(bytes);
	return 0;
}

int text_read(const struct fs *fs, const struct node *node, GString *out)
{
	struct text *text = NULL;
	gsize size;
	uint64_t id;

	if (!entry_of(node) || entry_of(node)->kind != ENTRY_FACT)
		return -EINVAL;
	if (!moves(fs, node) || node_pack(node, &id))
		return text_show(fs, node, out);
	pthread_mutex_lock(&fs->texts->lock);
	text = g_hash_table_lookup(fs->texts->kept, &id);
	if (text) {
		const char *bytes = g_bytes_get_data(text->bytes, &size);

		g_string_append_len(out, bytes, (gssize)size);
	}
	pthread_mutex_unlock(&fs->texts->lock);
	return text ? 0 : text_show(fs, node, out);
}

ssize_t text_size(const struct fs *fs, const struct node *node)
{
	GString *out = g_string_new(NULL);
	ssize_t size;
	int err;

	if (fs->texts && entry_of(node)->flags & ENTRY_WHOLE) {
		GBytes *bytes = whole(fs, node, &err);

		size = bytes ? (ssize_t)g_bytes_get_size(bytes) : err;
		g_bytes_unref(bytes);
	} else {
		err = make(fs, node, out);
		size = err ? err : (ssize_t)out->len;
		if (!err && moves(fs, node))
			hold(fs->texts, node, out);
	}
	g_string_free(out, TRUE);
	return size;
}
