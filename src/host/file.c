/* SPDX-License-Identifier: MIT */
/*
 * The files that procfs has, as a process inside of the view would read them:
 * from a procfs of the view's namespace, with the rights of the one who asks.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/caller.h"
#include "host/host.h"

struct world_file {
	int fd; /* -1: text has it all */
	GString *text;
};

/* What is done for a caller. */
struct job {
	int dir;
	const char *path;
	struct world_file *file;
	char *buf;
	size_t size;
	off_t off;
};

/* One who is far gets what there is at the moment when it is opened, up to this. */
#define TEXT_MAX (16u << 20)

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
 * The directory of the process in the view's procfs, or of the view, as a
 * descriptor of the caller's to be closed; -ESRCH: it is gone.
 *
 * The number is looked up first and then asked whether it still is the same
 * process's: who was there before and is there after was there in between.
 */
static int open_base(struct host *h, const struct world_place *p)
{
	const struct host_pid *pid = NULL;
	struct host_ns *ns;
	char name[64] = ".";
	int procfs, fd;

	host_lock(h);
	if (p->is_ns) {
		ns = host_ns(h, p->inum);
	} else {
		pid = host_pid(h, p->ref);
		ns = pid ? pid->numbers[p->ref.level].ns : NULL;
	}
	if (!ns)
		return host_unlock(h, p->is_ns ? -ENOENT : -ESRCH);
	if (pid && p->thread) {
		const struct host_pid *leader = mirror_pid(h->mirror, pid->leader_ino);
		int tgid = leader ? mirror_nr(leader, ns) : 0;

		snprintf(name, sizeof(name), "%d/task/%d", tgid, pid->numbers[p->ref.level].nr);
	} else if (pid) {
		snprintf(name, sizeof(name), "%d", pid->numbers[p->ref.level].nr);
	}
	procfs = host_procfs(h, ns);
	/* With the lock: procfs is the namespace's, which may go with its last process. */
	fd = procfs;
	/* The directory alone shows nothing: what is below it is looked at by the caller. */
	if (procfs >= 0) {
		fd = openat(procfs, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			fd = errno == ENOENT && pid ? -ESRCH : -errno;
	}
	if (fd >= 0 && pid && !host_pid(h, p->ref)) {
		close(fd);
		fd = -ESRCH;
	}
	return host_unlock(h, fd);
}

/* What path means for *at(2); an empty one is the directory itself. */
static const char *relative(const struct world_place *p)
{
	return *p->path ? p->path : ".";
}

static int do_stat(void *data, GString *out)
{
	const struct job *j = data;
	struct stat st;

	if (fstatat(j->dir, j->path, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	g_string_append_len(out, (const char *)&st, sizeof(st));
	return 0;
}

static int file_stat(struct world *w, const struct world_place *p, struct stat *st)
{
	g_autoptr(GString) out = g_string_new(NULL);
	struct job j = { .path = relative(p) };
	int err;

	if (*p->path && is_never(p, p->path))
		return -ENOENT;
	j.dir = open_base(to_host(w), p);
	if (j.dir < 0)
		return j.dir;
	err = caller_do(do_stat, &j, out);
	close(j.dir);
	if (!err && out->len != sizeof(*st))
		err = -EIO;
	if (!err)
		memcpy(st, out->str, sizeof(*st));
	return err;
}

static int do_link(void *data, GString *out)
{
	const struct job *j = data;
	char text[4096];
	ssize_t n = readlinkat(j->dir, j->path, text, sizeof(text));

	if (n < 0)
		return -errno;
	g_string_append_len(out, text, n);
	return 0;
}

static int file_link(struct world *w, const struct world_place *p, GString *target)
{
	struct job j = { .path = relative(p) };
	int err;

	j.dir = open_base(to_host(w), p);
	if (j.dir < 0)
		return j.dir;
	err = caller_do(do_link, &j, target);
	close(j.dir);
	return err;
}

/* Nothing but regular files: a pipe behind fd/3 is not one, and is a link besides. */
static int open_regular(int dir, const char *path)
{
	struct stat st;
	int fd;

	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

static int do_open(void *data, GString *out)
{
	struct job *j = data;
	int fd = open_regular(j->dir, j->path);

	(void)out;
	if (fd >= 0)
		j->file->fd = fd;
	return MIN(fd, 0);
}

/* Opening and reading in one. */
static int do_read_all(void *data, GString *out)
{
	const struct job *j = data;
	int fd = open_regular(j->dir, j->path);
	char buf[8192];
	ssize_t n;

	if (fd < 0)
		return fd;
	while ((n = read(fd, buf, sizeof(buf))) > 0 && out->len < TEXT_MAX)
		g_string_append_len(out, buf, n);
	return n < 0 ? -errno : 0;
}

static void file_close(struct world *w, struct world_file *f)
{
	(void)w;
	if (f->fd >= 0)
		close(f->fd);
	g_string_free(f->text, TRUE);
	g_free(f);
}

static int file_open(struct world *w, const struct world_place *p, struct world_file **f)
{
	struct job j = { .path = relative(p) };
	int err;

	if (is_never(p, p->path))
		return -ENOENT;
	j.dir = open_base(to_host(w), p);
	if (j.dir < 0)
		return j.dir;
	j.file = g_new0(struct world_file, 1);
	j.file->fd = -1;
	j.file->text = g_string_new(NULL);
	err = caller_do(caller_is_far() ? do_read_all : do_open, &j, j.file->text);
	close(j.dir);
	if (err)
		file_close(w, j.file);
	else
		*f = j.file;
	return err;
}

static int do_read(void *data, GString *out)
{
	const struct job *j = data;
	ssize_t n = pread(j->file->fd, j->buf, MIN(j->size, INT_MAX), j->off);

	(void)out;
	return n < 0 ? -errno : (int)n;
}

static int file_read(struct world *w, struct world_file *f, char *buf, size_t size, off_t off)
{
	struct job j = { .file = f, .buf = buf, .size = size, .off = off };

	(void)w;
	if (f->fd < 0) {
		if (off < 0 || (size_t)off >= f->text->len)
			return 0;
		size = MIN(size, f->text->len - (size_t)off);
		memcpy(buf, f->text->str + off, size);
		return (int)size;
	}
	/* Somebody far has got it from somebody near: that is theirs, but not ours to help. */
	return caller_is_far() ? -EACCES : caller_do(do_read, &j, NULL);
}

/* getdents64(2)'s */
struct entry {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

/* Whole entries, as the kernel has them, one batch. */
static int do_list(void *data, GString *out)
{
	const struct job *j = data;
	int fd = openat(j->dir, j->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), err = 0;
	char buf[16384] __attribute__((aligned(8)));
	long n;

	if (fd < 0)
		return -errno;
	if (j->off && lseek(fd, j->off, SEEK_SET) < 0)
		err = -errno;
	if (!err) {
		n = syscall(SYS_getdents64, fd, buf, sizeof(buf));
		err = n < 0 ? -errno : 0;
		if (n > 0)
			g_string_append_len(out, buf, n);
	}
	close(fd);
	return err;
}

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
	struct job j = { .path = relative(p), .off = off };
	int err;

	j.dir = open_base(to_host(w), p);
	if (j.dir < 0)
		return j.dir;
	do {
		g_string_truncate(out, 0);
		err = caller_do(do_list, &j, out);
	} while (!err && tell_entries(p, out, &j.off, name, data));
	close(j.dir);
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
