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
	int fd;
};

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
	fd = procfs < 0 ? procfs : caller_enter();
	if (!fd) {
		fd = openat(procfs, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			fd = errno == ENOENT && pid ? -ESRCH : -errno;
		caller_leave();
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

static int file_stat(struct world *w, const struct world_place *p, struct stat *st)
{
	int dir, err;

	if (*p->path && is_never(p, p->path))
		return -ENOENT;
	dir = open_base(to_host(w), p);
	if (dir < 0)
		return dir;
	err = caller_enter();
	if (!err) {
		err = fstatat(dir, relative(p), st, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
		caller_leave();
	}
	close(dir);
	return err;
}

static int file_link(struct world *w, const struct world_place *p, GString *target)
{
	char text[4096];
	ssize_t n = -1;
	int dir, err;

	dir = open_base(to_host(w), p);
	if (dir < 0)
		return dir;
	err = caller_enter();
	if (!err) {
		n = readlinkat(dir, relative(p), text, sizeof(text));
		err = n < 0 ? -errno : 0;
		caller_leave();
	}
	close(dir);
	if (!err)
		g_string_append_len(target, text, n);
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

static int file_open(struct world *w, const struct world_place *p, struct world_file **f)
{
	int dir, fd;

	if (is_never(p, p->path))
		return -ENOENT;
	dir = open_base(to_host(w), p);
	if (dir < 0)
		return dir;
	fd = caller_enter();
	if (!fd) {
		fd = open_regular(dir, relative(p));
		caller_leave();
	}
	close(dir);
	if (fd < 0)
		return fd;
	*f = g_new0(struct world_file, 1);
	(*f)->fd = fd;
	return 0;
}

static int file_read(struct world *w, struct world_file *f, char *buf, size_t size, off_t off)
{
	ssize_t n;
	int err = caller_enter();

	(void)w;
	if (err)
		return err;
	n = pread(f->fd, buf, MIN(size, INT_MAX), off);
	err = n < 0 ? -errno : (int)n;
	caller_leave();
	return err;
}

static void file_close(struct world *w, struct world_file *f)
{
	(void)w;
	close(f->fd);
	g_free(f);
}

/* getdents64(2)'s */
struct entry {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

static int list_open(int fd, const struct world_place *p, off_t off, world_name name, void *data)
{
	char buf[8192] __attribute__((aligned(8)));
	long n;

	if (off && lseek(fd, off, SEEK_SET) < 0)
		return -errno;
	while ((n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		for (long at = 0; at < n;) {
			const struct entry *e = (const struct entry *)(buf + at);

			at += e->reclen;
			if (!strcmp(e->name, ".") || !strcmp(e->name, "..") ||
			    (!*p->path && is_never(p, e->name)))
				continue;
			if (!name(data, e->name, e->type, (off_t)e->off))
				return 0;
		}
	}
	return n < 0 ? -errno : 0;
}

static int file_list(struct world *w, const struct world_place *p, off_t off, world_name name,
		     void *data)
{
	int dir = open_base(to_host(w), p), fd, err;

	if (dir < 0)
		return dir;
	err = caller_enter();
	if (!err) {
		fd = openat(dir, relative(p), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		err = fd < 0 ? -errno : list_open(fd, p, off, name, data);
		if (fd >= 0)
			close(fd);
		caller_leave();
	}
	close(dir);
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
