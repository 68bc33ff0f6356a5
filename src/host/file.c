/* SPDX-License-Identifier: MIT */
/*
 * The files that procfs has, as a process inside of the view would read them:
 * from a procfs of the view's namespace, with the rights of the one who asks.  So
 * it is the keeper who opens and reads them.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"

struct world_file {
	uint32_t handle; /* the keeper's */
	uint64_t key; /* see key_of() */
};

/* Tells a process's file from others', as far as it matters; 0: it is no process's. */
static uint64_t key_of(const struct world_place *p)
{
	return p->is_ns ? 0 : (p->ref.ino << 32 ^ g_str_hash(p->path)) | 1;
}

/*
 * Files that have no end, wait for something, or do something when they are
 * read: whoever copies a tree shall not meet them.  Of a view and of a process.
 */
static const char *const view_never[] = { "kcore",	 "kmsg",   "kpagecount",    "kpageflags",
					  "kpagecgroup", "vmcore", "sysrq-trigger", "bus",
					  "acpi",	 NULL };
static const char *const process_never[] = { "mem", "pagemap", "clear_refs", NULL };

static bool is_never(const struct world_place *p, const char *name)
{
	const char *const *list = p->is_ns ? view_never : process_never;
	const char *path = *p->path ? p->path : name;

	for (; *list; list++) {
		size_t len = strlen(*list);

		if (!strncmp(path, *list, len) && (!path[len] || path[len] == '/'))
			return true;
	}
	return false;
}

/*
 * Where it is: the view's procfs, and the path below that; -ESRCH: it is gone.
 *
 * It is told by a number, so whoever uses this asks still_there() afterwards: who
 * was there before and is there after was there in between.
 */
static int find(struct host *h, const struct world_place *p, uint32_t *procfs, char **path)
{
	const char *below = *p->path ? p->path : ".";
	const struct host_pid *pid = NULL;
	struct host_ns *ns;
	int nr, err;

	host_lock(h);
	if (p->is_ns) {
		ns = host_ns(h, p->inum);
	} else {
		pid = host_pid(h, p->ref);
		ns = pid ? pid->numbers[p->ref.level].ns : NULL;
	}
	if (!ns)
		return host_unlock(h, p->is_ns ? -ENOENT : -ESRCH);
	err = host_procfs(h, ns, procfs);
	if (err)
		return host_unlock(h, err);
	nr = pid ? pid->numbers[p->ref.level].nr : 0;
	if (pid && p->thread) {
		const struct host_pid *leader = mirror_pid(h->mirror, pid->leader_ino);

		*path = g_strdup_printf("%d/task/%d/%s", leader ? mirror_nr(leader, ns) : 0, nr,
					below);
	} else if (pid) {
		*path = g_strdup_printf("%d/%s", nr, below);
	} else {
		*path = g_strdup(below);
	}
	return host_unlock(h, 0);
}

/* What came of it, if it has been about the right one. */
static int still_there(struct host *h, const struct world_place *p, int err)
{
	bool there;

	if (p->is_ns)
		return err;
	host_lock(h);
	there = host_pid(h, p->ref);
	return host_unlock(h, there ? err : -ESRCH);
}

static int file_stat(struct world *w, const struct world_place *p, struct stat *st)
{
	struct host *h = to_host(w);
	g_autofree char *path = NULL;
	uint32_t procfs;
	int err;

	if (*p->path && is_never(p, p->path))
		return -ENOENT;
	err = find(h, p, &procfs, &path);
	return err ? err : still_there(h, p, keeper_stat(h->keeper, procfs, path, st));
}

static int file_link(struct world *w, const struct world_place *p, GString *target)
{
	struct host *h = to_host(w);
	g_autofree char *path = NULL;
	uint32_t procfs;
	int err = find(h, p, &procfs, &path);

	return err ? err :
		     still_there(h, p, keeper_link(h->keeper, procfs, path, key_of(p), target));
}

static void file_close(struct world *w, struct world_file *f)
{
	keeper_close(to_host(w)->keeper, f->handle);
	g_free(f);
}

static int file_open(struct world *w, const struct world_place *p, struct world_file **f)
{
	struct host *h = to_host(w);
	g_autofree char *path = NULL;
	struct world_file *file;
	uint32_t procfs;
	int err;

	if (is_never(p, p->path))
		return -ENOENT;
	err = find(h, p, &procfs, &path);
	if (err)
		return err;
	file = g_new0(struct world_file, 1);
	file->key = key_of(p);
	err = keeper_open(h->keeper, procfs, path, file->key, &file->handle);
	if (err) {
		g_free(file);
		return still_there(h, p, err);
	}
	err = still_there(h, p, 0);
	if (err)
		file_close(w, file);
	else
		*f = file;
	return err;
}

static int file_read(struct world *w, struct world_file *f, char *buf, size_t size, off_t off)
{
	return keeper_read(to_host(w)->keeper, f->handle, f->key, buf, size, off);
}

/* getdents64(2)'s */
struct entry {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

/* false: that is enough. */
static bool tell_entries(const struct world_place *p, const GString *out, off_t *off,
			 world_name name, void *data)
{
	for (size_t at = 0; at < out->len;) {
		const struct entry *e = (const struct entry *)(const void *)(out->str + at);

		at += e->reclen;
		*off = (off_t)e->off;
		if (!strcmp(e->name, ".") || !strcmp(e->name, "..") ||
		    (!*p->path && is_never(p, e->name)))
			continue;
		if (!name(data, e->name, e->type, (off_t)e->off))
			return false;
	}
	return out->len > 0;
}

static int file_list(struct world *w, const struct world_place *p, off_t off, world_name name,
		     void *data)
{
	g_autoptr(GString) out = g_string_new(NULL);
	struct host *h = to_host(w);
	g_autofree char *path = NULL;
	uint32_t procfs;
	int err = find(h, p, &procfs, &path);

	if (err)
		return err;
	do {
		err = still_there(h, p, keeper_list(h->keeper, procfs, path, key_of(p), off, out));
	} while (!err && tell_entries(p, out, &off, name, data));
	return err;
}

void host_file_ops(struct world_ops *ops)
{
	ops->file_stat = file_stat;
	ops->file_link = file_link;
	ops->file_open = file_open;
	ops->file_read = file_read;
	ops->file_close = file_close;
	ops->file_list = file_list;
}
