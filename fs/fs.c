/* SPDX-License-Identifier: MIT */
#include "fs/fs.h"

#include <errno.h>

#define FUSE_ROOT 1 /* the id that the kernel begins with */

int fs_show(const struct fs *fs, const struct node *node, struct show *s, struct world_task *task)
{
	struct world_ns_info info;
	int err;

	*s = (struct show){ .fs = fs, .node = *node };
	if (node->table == TABLE_TOP && node->row == TOP_HOST)
		return 0; /* no process of ours, but a number */
	if (node->is_ns) {
		s->inum = node->inum;
		/* These lead to namespaces of every type, which stay. */
		if (node->table == TABLE_NS_FILE)
			return 0;
		return world_ns(fs->w, node->inum, &info);
	}
	err = world_task(fs->w, node->ref, task);
	if (err)
		return err;
	s->inum = task->inum;
	s->task = task;
	return 0;
}

int fs_pack(const struct fs *fs, const struct node *node, uint64_t *id)
{
	uint64_t root;
	int err = node_pack(node, id);

	if (!err && fs->view && !node_pack(&fs->root, &root) && *id == root)
		*id = FUSE_ROOT;
	return err;
}

void fs_unpack(const struct fs *fs, uint64_t id, struct node *node)
{
	if (fs->view && id == FUSE_ROOT)
		*node = fs->root;
	else
		node_unpack(id, node);
}

/* In a crowd, whose files change all the time anyway, the dear ones are just read. */
#define CROWD 200000

enum cache_keep fs_keep(const struct fs *fs, const struct node *node)
{
	const struct pid_entry *entry = entry_of(node);
	struct world_ns_info info;

	if (!fs->cache || !entry || world_faults(fs->w))
		return KEEP_NOT;
	if (entry->flags & ENTRY_WHOLE && !fs->view &&
	    (world_ns(fs->w, node->inum, &info) || info.pids > CROWD))
		return KEEP_NOT;
	/* How much is warm, as pidns says, no change of the world tells. */
	if (fs->warm && entry->flags & ENTRY_HOLDS_NS)
		return KEEP_NOT;
	return cache_keep(node);
}

int fs_self(const struct fs *fs, uint32_t inum, struct world_ref *ref)
{
	struct world_ns_info info;
	struct world_task task;
	struct world_ref self;
	int err = world_ns(fs->w, inum, &info);

	if (!err)
		err = world_find(fs->w, fs->view ? fs->root.inum : WORLD_ROOT_INUM, fs->self, &self);
	if (err)
		return err;
	self.level = info.level;
	if (world_task(fs->w, self, &task) || task.inum != inum)
		return -ENOENT;
	*ref = self;
	return 0;
}

int fs_caller(const struct fs *fs, uint32_t inum, struct world_ref *ref)
{
	struct world_ns_info info;

	if (!fs_self(fs, inum, ref))
		return 0;
	/* ps and its like do not start unless they find themselves. */
	if (world_ns(fs->w, inum, &info) || info.child_reaper <= 0)
		return -ENOENT;
	return world_find(fs->w, inum, info.child_reaper, ref);
}

char *fs_path(const struct fs *fs, const struct node *node)
{
	GString *path = g_string_new(NULL);
	struct world_task t;

	if (node->is_ns || world_task(fs->w, node->ref, &t))
		return g_string_free(path, FALSE);
	if (node->below_ns)
		g_string_append_printf(path, "ns/%u/", t.inum);
	if (node->thread)
		g_string_append_printf(path, "%d/task/", t.tgid);
	g_string_append_printf(path, "%d", t.pid);
	return g_string_free(path, FALSE);
}

int fs_number(const char *name, uint64_t max, uint64_t *nr)
{
	uint64_t v = 0;

	if (!*name || (*name == '0' && name[1]))
		return -1;
	for (; *name; name++) {
		if (*name < '0' || *name > '9')
			return -1;
		v = v * 10 + (uint64_t)(*name - '0');
		/* Far below what would wrap: max has 63 bits at most. */
		if (v > max || v > UINT64_MAX / 16)
			return -1;
	}
	*nr = v;
	return 0;
}
