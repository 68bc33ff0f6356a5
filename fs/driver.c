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

	/* Names come and go while others look; nothing here needs one at a time. */
	if (conn->capable & FUSE_CAP_PARALLEL_DIROPS)
		conn->want |= FUSE_CAP_PARALLEL_DIROPS;
	/* Plain listings are what ls and readers of /proc want: no lookup per name. */
	conn->want &= ~(unsigned int)(FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO);
	if (driver->ready)
		driver->ready(driver->data);
}

static void on_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	const struct fs *fs = req_fs(req);
	struct fuse_entry_param e = { 0 };
	struct node dir, node;
	int err;

	count(req, REQUEST_LOOKUP);
	TRACE("lookup %s", name);
	node_unpack(parent, &dir);
	err = dir_lookup(fs, &dir, name, fuse_req_ctx(req)->pid, &node, &e.attr);
	if (!err && node_pack(&node, &e.ino))
		err = -EOVERFLOW;
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_entry(req, &e);
}

static void reply_attr(fuse_req_t req, fuse_ino_t ino)
{
	struct node node;
	struct stat st;
	int err;

	node_unpack(ino, &node);
	/* A path would have ended in lookup: who asks for this has it open, or its place. */
	err = attr_get_open(req_fs(req), &node, &st);
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_attr(req, &st, 0);
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
	node_unpack(ino, &node);
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
	node_unpack(ino, &node);
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
	node_unpack(ino, &node);
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
	struct node node;
	struct stat st;
	int err;

	count(req, REQUEST_OPENDIR);
	node_unpack(ino, &node);
	err = attr_get(req_fs(req), &node, &st);
	if (!err)
		err = check_private(req, &node);
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_open(req, fi);
}

struct dirents {
	fuse_req_t req;
	char *buf;
	size_t used, size;
};

static bool add_dirent(void *data, const char *name, const struct node *node, off_t next)
{
	struct dirents *d = data;
	struct stat st = { 0 };
	uint64_t id = 0;
	size_t needed;

	if (node_pack(node, &id))
		return true;
	st.st_ino = id;
	st.st_mode = entry_of(node)->mode;
	needed = fuse_add_direntry(d->req, d->buf + d->used, d->size - d->used, name, &st, next);
	if (needed > d->size - d->used)
		return false;
	d->used += needed;
	return true;
}

static void on_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		       struct fuse_file_info *fi)
{
	struct dirents d = { .req = req, .buf = g_malloc(size), .size = size };
	struct node node;
	int err;

	count(req, REQUEST_READDIR);
	(void)fi;
	node_unpack(ino, &node);
	err = dir_list(req_fs(req), &node, off, (unsigned int)(size / DIRENT_MIN), add_dirent, &d);
	/* What was found before the directory went is not lost. */
	if (err && !d.used)
		fuse_reply_err(req, -err);
	else
		fuse_reply_buf(req, d.buf, d.used);
	g_free(d.buf);
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

static void on_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct fs *fs = req_fs(req);
	struct file *f;
	struct node node;
	int err;

	count(req, REQUEST_OPEN);
	TRACE("open, by uid %u, pid %d", fuse_req_ctx(req)->uid, fuse_req_ctx(req)->pid);
	node_unpack(ino, &node);
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
	fi->direct_io = 1;
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
	if (result >= 0)
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
	if (result < 0)
		fuse_reply_err(req, (int)-result);
	else
		fuse_reply_write(req, (size_t)result);
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
	node_unpack(ino, &node);
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
