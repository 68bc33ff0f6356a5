/* SPDX-License-Identifier: MIT */
#include "fs/attr.h"

#include <errno.h>

#include "fs/text.h"

#define TICKS_PER_SECOND 100
#define NS_PER_TICK (1000000000L / TICKS_PER_SECOND)
#define BLOCK_SIZE 1024 /* as /proc says */
#define FD_LINK_SIZE 64 /* of a link in fd/, whatever it leads to */

/* The moment that many ticks after the world began. */
static struct timespec at_tick(const struct fs *fs, uint64_t ticks)
{
	return (struct timespec){
		.tv_sec = (time_t)(world_btime(fs->w) + (int64_t)(ticks / TICKS_PER_SECOND)),
		.tv_nsec = (long)(ticks % TICKS_PER_SECOND) * NS_PER_TICK,
	};
}

/*
 * When somebody came or went last, and never the same twice: a listing that was
 * kept is known by it.
 */
static struct timespec of_view(const struct fs *fs, uint32_t inum)
{
	struct world_ns_info info = { 0 };
	struct timespec t;

	if (world_ns(fs->w, inum, &info))
		info.changes = 0;
	t = at_tick(fs, info.changed);
	t.tv_nsec += (long)(info.changes % NS_PER_TICK);
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

/* Not even an empty file is read if it is known to be one: who reads it shall hear why. */
static off_t size_of(const struct fs *fs, const struct node *node)
{
	ssize_t size = text_size(fs, node);

	return size < 0 ? 1 : size;
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

/* What /proc says of the target that a link names: TYPE:[INO]. */
static int fd_attr(const struct fs *fs, const struct node *node, struct stat *st)
{
	g_autoptr(GString) target = g_string_new(NULL);
	struct world_fd fd;
	int err = world_fd(fs->w, node->ref, (int)node->fd, &fd, target);

	if (err || fd.fd != (int)node->fd)
		return -ENOENT;
	if (node->table == TABLE_FD_LINK) {
		st->st_size = FD_LINK_SIZE;
	} else if (node->table == TABLE_FD_TARGET) {
		st->st_ino = fd.ino;
		if (g_str_has_prefix(target->str, "socket:"))
			st->st_mode = S_IFSOCK | 0777;
		else if (g_str_has_prefix(target->str, "pipe:"))
			st->st_mode = S_IFIFO | 0600;
	}
	return 0;
}

static int get(const struct fs *fs, const struct node *node, bool open, struct stat *st)
{
	const struct pid_entry *entry = entry_of(node);
	struct world_task task;
	struct show s;
	uint64_t id;
	int err;

	if (!entry || fs_pack(fs, node, &id))
		return -ENOENT;
	err = fs_show(fs, node, &s, &task);
	if (err) {
		if (!open)
			return err == -EPERM ? err : -ENOENT;
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
	/* Not shown as one to be written to: it is there for its usage. */
	if (entry->kind == ENTRY_CONTROL && !world_verb_acts(fs->w, entry->name))
		st->st_mode &= ~(mode_t)0222;
	if (s.task && !(entry->flags & ENTRY_MOUNTER)) {
		st->st_uid = task.euid;
		st->st_gid = task.egid;
	}
	if (node->is_fd && s.task && fd_attr(fs, node, st) && !open)
		return -ENOENT;
	st->st_mtim = at_tick(fs, s.task ? task.starttime : 0);
	if (entry->kind == ENTRY_DIR && node->is_ns &&
	    entry_members(entry->dir) == MEMBERS_PROCESSES)
		st->st_mtim = of_view(fs, node->inum);
	if (entry->kind == ENTRY_FACT && (fs->view || fs_keep(fs, node) == KEEP_TOLD))
		st->st_size = size_of(fs, node);
	/* Pages that were read before this are of another moment. */
	if (entry->kind == ENTRY_FACT && fs->view && fs_keep(fs, node) == KEEP_NOT)
		clock_gettime(CLOCK_REALTIME, &st->st_mtim);
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
