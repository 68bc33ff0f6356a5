/* SPDX-License-Identifier: MIT */
#include "fs/text.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* Longer ones are made anew each time. */
#define KEPT_MAX (16u << 20)

/* Several readers may have it when it is replaced. */
struct text {
	atomic_uint users; /* not GLib's: what it counts with no sanitizer sees */
	uint64_t version;
	size_t len;
	char bytes[];
};

struct texts {
	uint64_t version; /* of the world, counted here; atomic */
	pthread_mutex_t lock; /* what follows */
	GHashTable *kept; /* struct text by node id; each is a user */
};

static struct text *text_new(const GString *from, uint64_t version)
{
	struct text *text = g_malloc(sizeof(*text) + from->len);

	atomic_init(&text->users, 1);
	text->version = version;
	text->len = from->len;
	memcpy(text->bytes, from->str, from->len);
	return text;
}

static struct text *text_ref(struct text *text)
{
	atomic_fetch_add_explicit(&text->users, 1, memory_order_relaxed);
	return text;
}

static void text_unref(gpointer data)
{
	struct text *text = data;

	if (atomic_fetch_sub_explicit(&text->users, 1, memory_order_acq_rel) == 1)
		g_free(text);
}

struct texts *texts_new(void)
{
	struct texts *t = g_new0(struct texts, 1);

	pthread_mutex_init(&t->lock, NULL);
	t->kept = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, text_unref);
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
static struct text *find(struct texts *t, uint64_t id)
{
	struct text *text;

	pthread_mutex_lock(&t->lock);
	text = g_hash_table_lookup(t->kept, &id);
	if (text && text->version == version(t)) {
		text_ref(text);
	} else {
		g_hash_table_remove(t->kept, &id);
		text = NULL;
	}
	pthread_mutex_unlock(&t->lock);
	return text;
}

static void keep(struct texts *t, uint64_t id, struct text *text)
{
	if (text->len > KEPT_MAX)
		return;
	pthread_mutex_lock(&t->lock);
	g_hash_table_replace(t->kept, g_memdup2(&id, sizeof(id)), text_ref(text));
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
	struct text *text = text_new(out, 0);
	uint64_t id;

	if (!node_pack(node, &id))
		keep(t, id, text);
	text_unref(text);
}

/* The text of one that tells of all processes, to be let go; or NULL and *err. */
static struct text *whole(const struct fs *fs, const struct node *node, int *err)
{
	struct text *text;
	uint64_t since, id;
	GString *out;

	*err = node_pack(node, &id) ? -ENOENT : 0;
	if (*err)
		return NULL;
	text = find(fs->texts, id);
	if (text)
		return text;
	since = version(fs->texts);
	out = g_string_new(NULL);
	*err = make(fs, node, out);
	if (!*err) {
		text = text_new(out, since);
		keep(fs->texts, id, text);
	}
	g_string_free(out, TRUE);
	return text;
}

int text_show(const struct fs *fs, const struct node *node, GString *out)
{
	struct text *text;
	int err;

	if (!fs->texts || !(entry_of(node)->flags & ENTRY_WHOLE))
		return make(fs, node, out);
	text = whole(fs, node, &err);
	if (!text)
		return err;
	g_string_append_len(out, text->bytes, (gssize)text->len);
	text_unref(text);
	return 0;
}

int text_read(const struct fs *fs, const struct node *node, GString *out)
{
	struct text *text = NULL;
	uint64_t id;

	if (!entry_of(node) || entry_of(node)->kind != ENTRY_FACT)
		return -EINVAL;
	if (!moves(fs, node) || node_pack(node, &id))
		return text_show(fs, node, out);
	pthread_mutex_lock(&fs->texts->lock);
	text = g_hash_table_lookup(fs->texts->kept, &id);
	if (text)
		g_string_append_len(out, text->bytes, (gssize)text->len);
	pthread_mutex_unlock(&fs->texts->lock);
	return text ? 0 : text_show(fs, node, out);
}

ssize_t text_size(const struct fs *fs, const struct node *node)
{
	GString *out;
	ssize_t size;
	int err;

	if (fs->texts && entry_of(node)->flags & ENTRY_WHOLE) {
		struct text *text = whole(fs, node, &err);

		if (!text)
			return err;
		size = (ssize_t)text->len;
		text_unref(text);
		return size;
	}
	out = g_string_new(NULL);
	err = make(fs, node, out);
	size = err ? err : (ssize_t)out->len;
	if (!err && moves(fs, node))
		hold(fs->texts, node, out);
	g_string_free(out, TRUE);
	return size;
}
