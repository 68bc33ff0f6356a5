/* SPDX-License-Identifier: MIT */
#include "fs/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "fs/attr.h"
#include "fs/dir.h"
#include "fs/file.h"
#include "fs/park.h"
#include "fs/requests.h"
#include "fs/uring.h"
#include "util/trace.h"

#define NAME_LENGTH 255
/* The shortest name in a reply to readdir takes this much. */
#define DIRENT_MIN 32

static struct fs *req_fs(fuse_req_t req)
{
	return ((struct driver *)fuse_req_userdata(req))->fs;
}

static void count(fuse_req_t req, enum request kind)
{
	requests_count(req_fs(req)->requests, kind);
}

static struct file *fi_file(const struct fuse_file_info *fi)
{
	return (struct file *)(uintptr_t)fi->fh;
}

static void on_init(void *userdata, struct fuse_conn_info *conn)
{
	struct driver *driver = userdata;

	/* Must be what the mount was given, else there is no session. */
	conn->max_read = driver->max_read;
	if (driver->uring)
		uring_init(conn);
	/* Names come and go while others look; nothing here needs one at a time. */
	if (conn->capable & FUSE_CAP_PARALLEL_DIROPS)
		conn->want |= FUSE_CAP_PARALLEL_DIROPS;
	/* With attributes when somebody asks for those, too; that is worth it if they hold. */
	if (!driver->fs->cache)
		conn->want &= ~(unsigned int)(FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO);
	if (driver->ready)
		driver->ready(driver->data);
}

/* --- names and attributes, and how long they hold ------------------------------- */

/*
 * Finds the attributes of what was looked up in parent, 0 if it was not.  Returns
 * whether they may be kept; -errno.
 */
static int find_attr(const struct fs *fs, struct cache_note *note, bool open, struct stat *st)
{
	const enum cache_keep keep = fs_keep(fs, &note->node);
	int err;

	if (keep == KEEP_TOLD)
		cache_begin(fs->cache, note);
	err = open ? attr_get_open(fs, &note->node, st) : attr_get(fs, &note->node, st);
	if (err) {
		if (keep == KEEP_TOLD)
			cache_forget(fs->cache, note);
		return err < 0 ? err : false;
	}
	return keep == KEEP_ALWAYS || (keep == KEEP_TOLD && cache_commit(fs->cache, note));
}

/* Descriptors come and go while their process lives. */
static bool lasts_in_listing(const struct node *node)
{
	return node->table != TABLE_FD_LINK && node->table != TABLE_FD_INFO;
}

static bool has_number(const struct node *node)
{
	return node->table == TABLE_TOP;
}

/* lasts: what the name means does, as long as that lives. */
static int find_entry(const struct fs *fs, uint64_t parent, const struct node *node, bool lasts,
		      struct fuse_entry_param *e)
{
	struct cache_note note = { .node = *node, .parent = parent };
	int keep;

	*e = (struct fuse_entry_param){ 0 };
	if (fs_pack(fs, node, &e->ino))
		return -EOVERFLOW;
	note.id = e->ino;
	note.name = lasts && has_number(node);
	keep = find_attr(fs, &note, false, &e->attr);
	if (keep < 0)
		return keep;
	e->attr_timeout = keep ? CACHE_FOR_EVER : 0;
	/* A row's name never changes; a number's is taken back with the rest. */
	if (fs->cache && lasts && (keep || !has_number(node)))
		e->entry_timeout = CACHE_FOR_EVER;
	return 0;
}

static void on_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	const struct fs *fs = req_fs(req);
	struct fuse_entry_param e = { 0 };
	struct node dir, node;
	bool lasts;
	int err;

	count(req, REQUEST_LOOKUP);
	TRACE("lookup %s", name);
	fs_unpack(req_fs(req), parent, &dir);
	err = dir_lookup(fs, &dir, name, fuse_req_ctx(req)->pid, &node, &lasts);
	if (!err) {
		err = find_entry(fs, parent, &node, lasts, &e);
		lasts = false; /* it was there a moment ago */
	}
	if (err == -ENOENT)
		err = dir_missing(fs, &dir);
	if (!err) {
		fuse_reply_entry(req, &e);
	} else if (err == -ENOENT && lasts && fs->cache) {
		e = (struct fuse_entry_param){ .entry_timeout = CACHE_FOR_EVER };
		fuse_reply_entry(req, &e);
	} else {
		fuse_reply_err(req, -err);
	}
}

static void reply_attr(fuse_req_t req, fuse_ino_t ino)
{
	struct cache_note note = { .id = ino };
	struct stat st;
	int keep;

	fs_unpack(req_fs(req), ino, &note.node);
	/* A path would have ended in lookup: who asks for this has it open, or its place. */
	keep = find_attr(req_fs(req), &note, true, &st);
	if (keep < 0)
		fuse_reply_err(req, -keep);
	else
		fuse_reply_attr(req, &st, keep ? CACHE_FOR_EVER : 0);
}

/* Nothing is kept per inode: see fs/node.h. */
static void on_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	(void)ino, (void)nlookup;
	count(req, REQUEST_FORGET);
	fuse_reply_none(req);
}

static void on_forget_multi(fuse_req_t req, size_t n, struct fuse_forget_data *forgets)
{
	(void)n, (void)forgets;
	count(req, REQUEST_FORGET);
	fuse_reply_none(req);
}

static void on_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)fi;
	count(req, REQUEST_GETATTR);
	reply_attr(req, ino);
}

static bool may_write(fuse_req_t req)
{
	uid_t uid = fuse_req_ctx(req)->uid;

	return uid == 0 || uid == req_fs(req)->uid;
}

/* As ptrace_may_access(): not everybody may look at everything. */
static int check_private(fuse_req_t req, const struct node *node)
{
	const struct pid_entry *entry = entry_of(node);
	uid_t uid = fuse_req_ctx(req)->uid;
	struct stat st;

	if (!entry || !(entry->flags & ENTRY_PRIVATE) || uid == 0 || uid == req_fs(req)->uid)
		return 0;
	return attr_get_open(req_fs(req), node, &st) || st.st_uid == uid ? 0 : -EACCES;
}

static bool can_be_written(const struct pid_entry *entry)
{
	return entry && (entry->kind == ENTRY_CONTROL || entry->write);
}

/* What is truncated before it is written, as > does, loses nothing by it. */
static void on_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		       struct fuse_file_info *fi)
{
	const int others = FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID;
	struct node node;

	count(req, REQUEST_SETATTR);
	(void)attr, (void)fi;
	fs_unpack(req_fs(req), ino, &node);
	if (!(to_set & FUSE_SET_ATTR_SIZE) || to_set & others || !can_be_written(entry_of(&node)))
		fuse_reply_err(req, EPERM);
	else if (!may_write(req))
		fuse_reply_err(req, EACCES);
	else
		reply_attr(req, ino);
}

static void on_access(fuse_req_t req, fuse_ino_t ino, int mask)
{
	const struct pid_entry *entry;
	struct node node;
	int err = 0;

	count(req, REQUEST_ACCESS);
	fs_unpack(req_fs(req), ino, &node);
	entry = entry_of(&node);
	if (mask & W_OK && !(can_be_written(entry) && may_write(req)))
		err = EACCES;
	if (mask & X_OK && entry && entry->kind != ENTRY_DIR)
		err = EACCES;
	fuse_reply_err(req, err);
}

static void on_readlink(fuse_req_t req, fuse_ino_t ino)
{
	const struct fs *fs = req_fs(req);
	GString *target = g_string_new(NULL);
	struct world_task task;
	struct node node;
	struct show s;
	int err;

	count(req, REQUEST_READLINK);
	fs_unpack(req_fs(req), ino, &node);
	if (!entry_of(&node) || entry_of(&node)->kind != ENTRY_LINK)
		err = -EINVAL;
	else
		err = check_private(req, &node);
	if (!err)
		err = fs_show(fs, &node, &s, &task) ? -ENOENT : entry_of(&node)->show(&s, target);
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_readlink(req, target->str);
	g_string_free(target, TRUE);
}

/* --- directories ---------------------------------------------------------------- */

static void on_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct fs *fs = req_fs(req);
	struct node node;
	struct stat st;
	int err;

	count(req, REQUEST_OPENDIR);
	fs_unpack(req_fs(req), ino, &node);
	err = attr_get(fs, &node, &st);
	if (!err)
		err = check_private(req, &node);
	if (err) {
		fuse_reply_err(req, -err);
		return;
	}
	/* The kernel drops it when it is told that the directory has changed. */
	fi->cache_readdir = fi->keep_cache = fs_keep(fs, &node) != KEEP_NOT;
	fuse_reply_open(req, fi);
}

struct dirents {
	fuse_req_t req;
	const struct fs *fs;
	uint64_t dir;
	bool plus;
	char *buf;
	size_t used, size;
};

/* Attributes only if they are to be had for little: readers of names do not want them. */
static size_t put_plus(struct dirents *d, const char *name, const struct node *node, off_t next,
		       const struct stat *st)
{
	struct fuse_entry_param e = { 0 };

	if (*name == '.' || entry_of(node)->flags & ENTRY_WHOLE ||
	    find_entry(d->fs, d->dir, node, lasts_in_listing(node), &e))
		e = (struct fuse_entry_param){ .attr = *st };
	return fuse_add_direntry_plus(d->req, d->buf + d->used, d->size - d->used, name, &e, next);
}

static bool add_dirent(void *data, const char *name, const struct node *node, off_t next)
{
	struct dirents *d = data;
	struct stat st = { 0 };
	uint64_t id = 0;
	size_t needed, room = d->size - d->used;

	if (fs_pack(d->fs, node, &id))
		return true;
	st.st_ino = id;
	st.st_mode = entry_of(node)->mode;
	if (!d->plus)
		needed = fuse_add_direntry(d->req, d->buf + d->used, room, name, &st, next);
	else if (fuse_add_direntry_plus(d->req, NULL, 0, name, NULL, 0) > room)
		return false;
	else
		needed = put_plus(d, name, node, next, &st);
	if (needed > room)
		return false;
	d->used += needed;
	return true;
}

static void list(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, bool plus)
{
	const struct fs *fs = req_fs(req);
	struct dirents d = { req, fs, ino, plus, g_malloc(size), 0, size };
	struct cache_note note = { .id = ino };
	enum cache_keep keep;
	int err;

	fs_unpack(req_fs(req), ino, &note.node);
	keep = fs_keep(fs, &note.node);
	if (keep == KEEP_TOLD)
		cache_begin(fs->cache, &note);
	err = dir_list(fs, &note.node, off, (unsigned int)(size / DIRENT_MIN), add_dirent, &d);
	/* What was found before the directory went is not lost. */
	if (err && !d.used)
		fuse_reply_err(req, -err);
	else
		fuse_reply_buf(req, d.buf, d.used);
	if (err && keep == KEEP_TOLD)
		cache_forget(fs->cache, &note);
	else if (keep == KEEP_TOLD && !cache_commit(fs->cache, &note))
		cache_take_back(fs->cache, &note);
	g_free(d.buf);
}

static void on_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		       struct fuse_file_info *fi)
{
	(void)fi;
	count(req, REQUEST_READDIR);
	list(req, ino, size, off, false);
}

static void on_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
			   struct fuse_file_info *fi)
{
	(void)fi;
	count(req, REQUEST_READDIRPLUS);
	list(req, ino, size, off, true);
}

static void on_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino, (void)fi;
	count(req, REQUEST_RELEASEDIR);
	fuse_reply_err(req, 0);
}

/* --- files ------------------------------------------------------------------------ */

static int check_open(fuse_req_t req, const struct pid_entry *entry, int flags)
{
	if (!entry || entry->kind == ENTRY_DIR)
		return -EISDIR;
	if ((flags & O_ACCMODE) == O_RDONLY && !(flags & O_TRUNC))
		return 0;
	if (!can_be_written(entry))
		return -EPERM;
	return may_write(req) ? 0 : -EACCES;
}

/* What the kernel wants to be told by the answer to an open: its struct fuse_open_out. */
struct open_answer {
	uint64_t fh;
	uint32_t flags, backing_id;
};

#define ANSWER_DIRECT_IO (1u << 0)
#define ANSWER_NONSEEKABLE (1u << 2)
#define ANSWER_STREAM (1u << 4)

/*
 * libfuse 3.14 cannot say stream: without it a read that blocks holds the lock
 * of the file's position, and who writes to or reads from the same open file
 * meanwhile cannot even be killed.
 */
static int reply_stream(fuse_req_t req, struct file *f)
{
	const struct open_answer answer = {
		.fh = (uintptr_t)f,
		.flags = ANSWER_DIRECT_IO | ANSWER_NONSEEKABLE | ANSWER_STREAM,
	};

	return fuse_reply_buf(req, (const char *)&answer, sizeof(answer));
}

/*
 * Is what is read to be kept?  Only if nothing has changed since the last time
 * somebody asked: what changes all the time is read as it is at one moment, which
 * pages that are fetched one by one cannot promise.
 */
static bool keeps(const struct fs *fs, const struct node *node, uint64_t id, int flags)
{
	struct cache_note note = { .node = *node, .id = id };
	bool told;

	if (entry_of(node)->kind != ENTRY_FACT || (flags & O_ACCMODE) != O_RDONLY ||
	    flags & O_TRUNC || fs_keep(fs, node) != KEEP_TOLD)
		return false;
	told = cache_is_told(fs->cache, node, id);
	cache_begin(fs->cache, &note);
	return told;
}

static void on_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct fs *fs = req_fs(req);
	struct file *f;
	struct node node;
	int err;

	count(req, REQUEST_OPEN);
	TRACE("open, by uid %u, pid %d", fuse_req_ctx(req)->uid, fuse_req_ctx(req)->pid);
	fs_unpack(req_fs(req), ino, &node);
	err = check_open(req, entry_of(&node), fi->flags);
	if (!err)
		err = check_private(req, &node);
	if (!err)
		err = file_open(fs, &node, &f);
	if (err) {
		fuse_reply_err(req, -err);
		return;
	}
	fi->fh = (uintptr_t)f;
	fi->direct_io = !keeps(fs, &node, ino, fi->flags);
	fi->keep_cache = 1;
	if (!fi->direct_io)
		file_keep(f, ino);
	park_opened(fs->park, f);
	err = file_blocks(f) ? reply_stream(req, f) : fuse_reply_open(req, fi);
	/* Interrupted before it knew: there will be no release. */
	if (err == -ENOENT)
		park_forget(fs->park, f);
}

static void on_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	struct file *f = fi_file(fi);
	GString *out = g_string_new(NULL);
	ssize_t result;

	count(req, REQUEST_READ);
	(void)ino;
	TRACE("read of %zu bytes at %jd", size, (intmax_t)off);
	result = file_read(f, out, size, off, NULL);
	/* A reply that was waited for may have reaped somebody. */
	if (result >= 0 && file_blocks(f))
		notify_reply_buf(req_fs(req)->notify, req, out->str, out->len);
	else if (result >= 0)
		fuse_reply_buf(req, out->str, out->len);
	else if (result != -EINPROGRESS)
		fuse_reply_err(req, (int)-result);
	else if (fi->flags & O_NONBLOCK)
		fuse_reply_err(req, EAGAIN);
	else
		park_read(req_fs(req)->park, req, f, size);
	g_string_free(out, TRUE);
}

static void on_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size, off_t off,
		     struct fuse_file_info *fi)
{
	ssize_t result;

	count(req, REQUEST_WRITE);
	(void)ino;
	(void)off;
	TRACE("write of %zu bytes", size);
	result = file_write(fi_file(fi), buf, size);
	/* Whoever has written sees what came of it. */
	if (result < 0)
		notify_reply_err(req_fs(req)->notify, req, (int)-result);
	else
		notify_reply_write(req_fs(req)->notify, req, (size_t)result);
}

static void on_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		    struct fuse_pollhandle *ph)
{
	struct file *f = fi_file(fi);
	bool ready = file_ready(f, NULL);

	count(req, REQUEST_POLL);
	(void)ino;
	if (ph && ready)
		fuse_pollhandle_destroy(ph);
	else if (ph)
		park_poll(req_fs(req)->park, f, ph);
	/* A write never waits. */
	fuse_reply_poll(req, (ready ? POLLIN | POLLRDNORM : 0) | POLLOUT | POLLWRNORM);
}

static void on_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	count(req, REQUEST_RELEASE);
	(void)ino;
	park_release(req_fs(req)->park, req, fi_file(fi));
}

/* Namespaces answer to ioctl_ns(2), but not to strangers; nothing else does. */
static void on_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned int cmd, void *arg,
		     struct fuse_file_info *fi, unsigned int flags, const void *in_buf,
		     size_t in_size, size_t out_size)
{
	struct node node;

	count(req, REQUEST_IOCTL);
	(void)cmd, (void)arg, (void)fi, (void)flags, (void)in_buf, (void)in_size, (void)out_size;
	fs_unpack(req_fs(req), ino, &node);
	fuse_reply_err(req, node.table == TABLE_NS_FILE ? EPERM : ENOTTY);
}

static void on_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct statvfs st = { .f_bsize = 4096, .f_frsize = 4096, .f_namemax = NAME_LENGTH };

	count(req, REQUEST_STATFS);
	(void)ino;
	fuse_reply_statfs(req, &st);
}

/* --- what nobody can do: only control files change the tree ------------------------- */

static void no_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
	count(req, REQUEST_CHANGE);
	(void)parent, (void)name, (void)mode, (void)rdev;
	fuse_reply_err(req, EPERM);
}

static void no_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	count(req, REQUEST_CHANGE);
	(void)parent, (void)name, (void)mode;
	fuse_reply_err(req, EPERM);
}

static void no_remove(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	count(req, REQUEST_CHANGE);
	(void)parent, (void)name;
	fuse_reply_err(req, EPERM);
}

static void no_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	count(req, REQUEST_CHANGE);
	(void)target, (void)parent, (void)name;
	fuse_reply_err(req, EPERM);
}

static void no_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t newparent,
		      const char *newname, unsigned int flags)
{
	count(req, REQUEST_CHANGE);
	(void)parent, (void)name, (void)newparent, (void)newname, (void)flags;
	fuse_reply_err(req, EPERM);
}

static void no_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
	count(req, REQUEST_CHANGE);
	(void)ino, (void)parent, (void)name;
	fuse_reply_err(req, EPERM);
}

static void no_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		      struct fuse_file_info *fi)
{
	count(req, REQUEST_CHANGE);
	(void)parent, (void)name, (void)mode, (void)fi;
	fuse_reply_err(req, EPERM);
}

const struct fuse_lowlevel_ops driver_ops = {
	.init = on_init,
	.lookup = on_lookup,
	.forget = on_forget,
	.forget_multi = on_forget_multi,
	.getattr = on_getattr,
	.setattr = on_setattr,
	.access = on_access,
	.readlink = on_readlink,
	.opendir = on_opendir,
	.readdir = on_readdir,
	.readdirplus = on_readdirplus,
	.releasedir = on_releasedir,
	.open = on_open,
	.read = on_read,
	.write = on_write,
	.poll = on_poll,
	.release = on_release,
	.ioctl = on_ioctl,
	.statfs = on_statfs,
	.mknod = no_mknod,
	.mkdir = no_mkdir,
	.unlink = no_remove,
	.rmdir = no_remove,
	.symlink = no_symlink,
	.rename = no_rename,
	.link = no_link,
	.create = no_create,
};
