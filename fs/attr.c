/* SPDX-License-Identifier: MIT */
#include "fs/attr.h"

#include <errno.h>

#define TICKS_PER_SECOND 100
#define NS_PER_TICK (1000000000L / TICKS_PER_SECOND)
#define BLOCK_SIZE 1024 /* as /proc says */

/* The moment that many ticks after the world began. */
static struct timespec at_tick(const struct fs *fs, uint64_t ticks)
{
	struct timespec t = fs->began;

	t.tv_sec += (time_t)(ticks / TICKS_PER_SECOND);
	t.tv_nsec += (long)(ticks % TICKS_PER_SECOND) * NS_PER_TICK;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

static nlink_t links(const struct node *node, const struct pid_entry *entry,
		     const struct world_task *task)
{
	nlink_t n = 2;

	if (entry->kind != ENTRY_DIR)
		return 1;
	if (task && entry_members(entry->dir) == MEMBERS_THREADS)
		return 2 + (nlink_t)task->threads;
	for (enum entry_table table = entry->dir; table; table = entry_more(table))
		for (unsigned int i = 0; (entry = entry_at(table, i)); i++)
			n += entry->kind == ENTRY_DIR && !(entry->flags & ENTRY_UNLISTED) &&
			     !(entry->flags & ENTRY_ROOT_ONLY && node->below_ns);
	return n;
}

static int get(const struct fs *fs, const struct node *node, bool open, struct stat *st)
{
	const struct pid_entry *entry = entry_of(node);
	struct world_task task;
	struct show s;
	uint64_t id;

	if (!entry || node_pack(node, &id))
		return -ENOENT;
	if (fs_show(fs, node, &s, &task)) {
		if (!open)
			return -ENOENT;
		s.task = NULL;
	}
	*st = (struct stat){
		.st_ino = entry->kind == ENTRY_NS_FILE ? node->inum : id,
		.st_mode = entry->mode,
		.st_nlink = links(node, entry, s.task),
		.st_uid = fs->uid,
		.st_gid = fs->gid,
		.st_blksize = BLOCK_SIZE,
	};
	if (s.task && !(entry->flags & ENTRY_MOUNTER)) {
		st->st_uid = task.uid;
		st->st_gid = task.gid;
	}
	st->st_mtim = at_tick(fs, s.task ? task.starttime : 0);
	st->st_atim = st->st_ctim = st->st_mtim;
	return 0;
}

int attr_get(const struct fs *fs, const struct node *node, struct stat *st)
{
	return get(fs, node, false, st);
}

int attr_get_open(const struct fs *fs, const struct node *node, struct stat *st)
{
	return get(fs, node, true, st);
}
