/* SPDX-License-Identifier: MIT */
#include "fs/cache.h"

#include <pthread.h>

#include "fs/entry.h"

/* Subjects: a process is its ino, which has far fewer bits. */
#define SUBJECT_NS (UINT64_C(1) << 62) /* a view: who is in it */
#define SUBJECT_FACTS (UINT64_C(1) << 63) /* its files: anything at all */

/* Something that the kernel was told. */
struct told {
	uint64_t id;
	uint64_t parent; /* where it was looked up, or 0 */
	uint64_t since; /* of the cache's clock, when it was noted */
	uint64_t begun; /* the last note of it */
	bool valid; /* attributes or content; else a name alone */
	bool name; /* in parent: as long as the subject lives */
};

struct cache {
	struct notify *notify; /* borrowed; NULL: nobody is told */
	struct fuse_session *se; /* borrowed */

	pthread_mutex_t lock; /* what follows */
	GHashTable *subjects; /* GArray of struct told by subject */
	GHashTable *facts; /* the same, of those with SUBJECT_FACTS */
	uint64_t clock; /* counts what was taken back */
	uint64_t notes; /* counts those that were begun */
};

static bool lists_processes(const struct node *node)
{
	const struct pid_entry *entry = entry_of(node);

	return entry && entry->kind == ENTRY_DIR && entry_members(entry->dir) == MEMBERS_PROCESSES;
}

static uint64_t subject_of(const struct node *node)
{
	if (!node->is_ns)
		return node->ref.ino;
	/* A view is what its members are; its files tell of all sorts of things. */
	return (lists_processes(node) ? SUBJECT_NS : SUBJECT_FACTS) | node->inum;
}

enum cache_keep cache_keep(const struct node *node)
{
	const struct pid_entry *entry = entry_of(node);

	if (!entry || entry->flags & (ENTRY_MOVES | ENTRY_CALLER))
		return KEEP_NOT;
	switch (node->table) {
	case TABLE_TOP:
		return entry->kind == ENTRY_DIR ? KEEP_TOLD : KEEP_NOT;
	case TABLE_LIVE:
	case TABLE_FD_LINK: /* another process may be in it */
	case TABLE_FD_INFO:
	case TABLE_FD_TARGET:
		return KEEP_NOT;
	case TABLE_NS_FILE: /* a namespace is what it is; whose it is, each lookup tells */
		return KEEP_ALWAYS;
	default:
		break;
	}
	if (!node->is_ns || entry->kind == ENTRY_FACT || lists_processes(node))
		return KEEP_TOLD;
	if (entry->kind == ENTRY_DIR && entry_members(entry->dir) == MEMBERS_NAMESPACES)
		return KEEP_TOLD;
	return KEEP_ALWAYS;
}

static void free_array(gpointer data)
{
	g_array_unref(data);
}

static GHashTable *table_new(void)
{
	return g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_array);
}

struct cache *cache_new(struct notify *n)
{
	struct cache *c = g_new0(struct cache, 1);

	c->notify = n;
	pthread_mutex_init(&c->lock, NULL);
	c->subjects = table_new();
	c->facts = table_new();
	return c;
}

void cache_set_session(struct cache *c, struct fuse_session *se)
{
	c->se = se;
}

void cache_free(struct cache *c)
{
	if (!c)
		return;
	g_hash_table_unref(c->subjects);
	g_hash_table_unref(c->facts);
	pthread_mutex_destroy(&c->lock);
	g_free(c);
}

static GHashTable *table_of(struct cache *c, uint64_t subject)
{
	return subject & SUBJECT_FACTS ? c->facts : c->subjects;
}

static GArray *find_subject(struct cache *c, uint64_t subject)
{
	return g_hash_table_lookup(table_of(c, subject), &subject);
}

static struct told *find_told(GArray *tolds, uint64_t id)
{
	for (guint i = 0; tolds && i < tolds->len; i++)
		if (g_array_index(tolds, struct told, i).id == id)
			return &g_array_index(tolds, struct told, i);
	return NULL;
}

void cache_begin(struct cache *c, struct cache_note *note)
{
	const uint64_t subject = subject_of(&note->node);
	GArray *tolds;
	struct told *t;

	pthread_mutex_lock(&c->lock);
	tolds = find_subject(c, subject);
	if (!tolds) {
		tolds = g_array_new(FALSE, TRUE, sizeof(struct told));
		g_hash_table_insert(table_of(c, subject), g_memdup2(&subject, sizeof(subject)),
				    tolds);
	}
	t = find_told(tolds, note->id);
	note->added = !t;
	if (!t) {
		g_array_set_size(tolds, tolds->len + 1);
		t = &g_array_index(tolds, struct told, tolds->len - 1);
		t->id = note->id;
	}
	if (!t->valid)
		t->since = c->clock;
	t->valid = true;
	if (note->parent)
		t->parent = note->parent;
	t->name |= note->name;
	note->since = c->clock;
	note->begun = t->begun = ++c->notes;
	pthread_mutex_unlock(&c->lock);
}

bool cache_commit(struct cache *c, const struct cache_note *note)
{
	const struct told *t;
	bool good;

	pthread_mutex_lock(&c->lock);
	t = find_told(find_subject(c, subject_of(&note->node)), note->id);
	good = t && t->valid && t->since <= note->since;
	pthread_mutex_unlock(&c->lock);
	return good;
}

bool cache_is_told(struct cache *c, const struct node *node, uint64_t id)
{
	const struct told *t;
	bool told;

	pthread_mutex_lock(&c->lock);
	t = find_told(find_subject(c, subject_of(node)), id);
	told = t && t->valid;
	pthread_mutex_unlock(&c->lock);
	return told;
}

void cache_take_back(struct cache *c, const struct cache_note *note)
{
	const struct notice notice = {
		.se = c->se, .kind = NOTICE_INODE, .id = note->id, .parent = note->parent
	};

	if (c->notify)
		notify_tell(c->notify, &notice);
}

/*
 * Only if nobody else has noted anything of it since: he may have found it alive, and
 * told the kernel, and that is yet to be taken back.
 */
void cache_forget(struct cache *c, const struct cache_note *note)
{
	const uint64_t subject = subject_of(&note->node);
	const struct told *t;
	GArray *tolds;

	pthread_mutex_lock(&c->lock);
	tolds = find_subject(c, subject);
	t = find_told(tolds, note->id);
	if (t && note->added && tolds->len == 1 && t->begun == note->begun) {
		c->clock++;
		g_hash_table_remove(table_of(c, subject), &subject);
	}
	pthread_mutex_unlock(&c->lock);
}

/* --- taking back -------------------------------------------------------------- */

/* With mtimes that change with the listing, and no need to settle it. */
static bool has_mtime(const struct node *node)
{
	return node->is_ns && lists_processes(node);
}

static void tell_inode(struct cache *c, const struct told *t)
{
	struct notice notice = {
		.se = c->se, .kind = NOTICE_INODE, .id = t->id, .parent = t->parent
	};
	const struct pid_entry *entry;
	struct node node;

	node_unpack(t->id, &node);
	entry = entry_of(&node);
	if (entry && entry->kind == ENTRY_DIR && entry_members(entry->dir) && !has_mtime(&node))
		notice.kind = NOTICE_LISTING;
	notify_tell(c->notify, &notice);
}

static void take_back(struct cache *c, GArray *tolds)
{
	guint kept = 0;

	c->clock++;
	for (guint i = 0; i < tolds->len; i++) {
		struct told *t = &g_array_index(tolds, struct told, i);

		if (t->valid)
			tell_inode(c, t);
		t->valid = false;
		if (t->name)
			g_array_index(tolds, struct told, kept++) = *t;
	}
	g_array_set_size(tolds, kept);
}

static void take_back_subject(struct cache *c, uint64_t subject)
{
	GArray *tolds = find_subject(c, subject);

	if (!tolds)
		return;
	take_back(c, tolds);
	if (!tolds->len)
		g_hash_table_remove(c->subjects, &subject);
}

/* How a name reads: the number of the process at the level of its node's view. */
static int number_of(const struct node *node, const struct world_change *change)
{
	if (node->is_ns)
		return (int)change->inum;
	return node->ref.level < change->levels ? change->nrs[node->ref.level] : 0;
}

static void take_back_names(struct cache *c, uint64_t subject, const struct world_change *change)
{
	GArray *tolds = find_subject(c, subject);

	if (!tolds)
		return;
	for (guint i = 0; i < tolds->len; i++) {
		const struct told *t = &g_array_index(tolds, struct told, i);
		struct notice notice = {
			.se = c->se, .kind = NOTICE_NAME, .id = t->id, .parent = t->parent
		};
		struct node node;

		node_unpack(t->id, &node);
		notice.nr = number_of(&node, change);
		if (t->name)
			notify_tell(c->notify, &notice);
	}
	take_back(c, tolds);
	g_hash_table_remove(c->subjects, &subject);
}

static void take_back_table(struct cache *c, GHashTable *table)
{
	GHashTableIter iter;
	gpointer tolds;

	g_hash_table_iter_init(&iter, table);
	while (g_hash_table_iter_next(&iter, NULL, &tolds))
		take_back(c, tolds);
}

void cache_changed(struct cache *c, const struct world_change *change)
{
	if (!c->notify)
		return;
	pthread_mutex_lock(&c->lock);
	if (g_hash_table_size(c->facts)) {
		take_back_table(c, c->facts);
		g_hash_table_remove_all(c->facts);
	}
	if (g_hash_table_size(c->subjects)) {
		for (unsigned int i = 0; i < change->levels; i++)
			take_back_subject(c, SUBJECT_NS | change->inums[i]);
		switch (change->kind) {
		case WORLD_CHANGED:
			take_back_subject(c, change->ino);
			break;
		case WORLD_GONE:
			take_back_names(c, change->ino, change);
			break;
		case WORLD_NS_GONE:
			take_back_names(c, SUBJECT_NS | change->inum, change);
			break;
		case WORLD_ALL_CHANGED:
			take_back_table(c, c->subjects);
			break;
		default:
			break;
		}
	}
	pthread_mutex_unlock(&c->lock);
}
