/* SPDX-License-Identifier: MIT */
#include "fs/real.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "fs/attr.h"
#include "fs/driver.h"
#include "fs/foreign.h"
#include "util/trace.h"

/* Offsets of a directory's members; those of foreign names lie above. */
#define FIRST_ROW 2
#define FIRST_MEMBER 258
#define FIRST_FOREIGN ((off_t)1 << 40)
#define BATCH 512
/* What is no file of anybody's: see names_place(). */
#define NAMES "ns/by-name"

static const struct fs *begin(fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	const struct world_caller caller = { ctx->uid, ctx->gid, ctx->pid };

	/* Whatever this thread does now is done for that one. */
	world_call_for(&caller);
	return ((struct driver *)fuse_req_userdata(req))->fs;
}

static void reply(fuse_req_t req, int err)
{
	fuse_reply_err(req, -err);
}

/* --- ns/by-name: links of our own among the foreign names ------------------------ */

static void clear_named(gpointer data)
{
	g_free(((struct world_named *)data)->name);
}

static GArray *all_names(const struct fs *fs)
{
	GArray *names = g_array_new(FALSE, FALSE, sizeof(struct world_named));

	g_array_set_clear_func(names, clear_named);
	world_ns_names(fs->w, names);
	return names;
}

/* What the path is below the directory of names; NULL: it is none of it. */
static const char *names_place(const struct world_place *p)
{
	const size_t len = strlen(NAMES);

	if (!p->is_ns || strncmp(p->path, NAMES, len) != 0)
		return NULL;
	if (p->path[len] == '/')
		return p->path + len + 1;
	return p->path[len] ? NULL : p->path + len;
}

static int names_link(const struct fs *fs, const char *name, GString *target)
{
	g_autoptr(GArray) names = all_names(fs);

	for (guint i = 0; i < names->len; i++) {
		const struct world_named *n = &g_array_index(names, struct world_named, i);

		if (strcmp(n->name, name) != 0)
			continue;
		g_string_append_printf(target, "../%u", n->inum);
		return 0;
	}
	return -ENOENT;
}

static int names_stat(const struct fs *fs, const char *name, struct stat *st)
{
	g_autoptr(GString) target = g_string_new(NULL);
	int err = *name ? names_link(fs, name, target) : 0;

	*st = (struct stat){ .st_mode = *name ? S_IFLNK | 0777 : S_IFDIR | 0555,
			     .st_nlink = *name ? 1 : 2,
			     .st_uid = fs->uid,
			     .st_gid = fs->gid,
			     .st_size = (off_t)target->len };
	return err;
}

static int names_list(const struct fs *fs, off_t off, world_name tell, void *data)
{
	g_autoptr(GArray) names = all_names(fs);

	for (guint i = (guint)off; i < names->len; i++)
		if (!tell(data, g_array_index(names, struct world_named, i).name, DT_LNK,
			  (off_t)i + 1))
			break;
	return 0;
}

/* --- one foreign file ------------------------------------------------------------- */

static int foreign_stat(const struct fs *fs, const struct node *node, struct stat *st)
{
	g_autofree char *path = NULL;
	struct world_place p;
	uint64_t id = 0;
	int err;

	if (foreign_place(fs->foreign, node, &p, &path))
		return -ENOENT;
	err = names_place(&p) ? names_stat(fs, names_place(&p), st) :
				world_file_stat(fs->w, &p, st);
	if (err || node_pack(node, &id))
		return err ? err : -EOVERFLOW;
	st->st_ino = id;
	/* Through here they are only read. */
	st->st_mode &= ~(mode_t)0222;
	return 0;
}

/* As /proc: nothing is left in the directory of a dead process. */
static bool is_own_name(const struct node *dir, const char *name)
{
	enum entry_table table = entry_of(dir)->dir;
	const struct pid_entry *entry;

	for (; table; table = entry_more(table))
		for (unsigned int i = 0; (entry = entry_at(table, i)); i++)
			if (!strcmp(entry->name, name))
				return foreign_keeps(table, entry) &&
				       !(entry->flags & ENTRY_ROOT_ONLY && dir->below_ns);
	return false;
}

/* A number that nobody has is nobody, whoever asks. */
static bool is_nobody(const struct fs *fs, const struct node *dir, const char *name)
{
	struct world_ref ref;
	uint64_t nr;

	return dir->is_ns && !fs_number(name, INT32_MAX, &nr) &&
	       world_find(fs->w, dir->inum, (int)nr, &ref);
}

/* ns/ of the root view: numbers, and one name. */
static bool is_ns_list(const struct node *dir)
{
	return !dir->foreign && dir->table == TABLE_VIEW && entry_of(dir)->dir == TABLE_NS_LIST;
}

static void on_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	const struct fs *fs = begin(req);
	struct fuse_entry_param e = { 0 };
	struct node dir, node;
	uint64_t nr;
	int err;

	node_unpack(parent, &dir);
	if (is_ns_list(&dir) && !strcmp(name, "by-name"))
		foreign_name(fs->foreign, &(struct node){ .is_ns = true, .inum = WORLD_ROOT_INUM },
			     NAMES, &node);
	else if (!foreign_in(&dir) ||
		 (!dir.foreign && (is_own_name(&dir, name) || !fs_number(name, INT32_MAX, &nr)))) {
		if (foreign_in(&dir) && is_nobody(fs, &dir, name))
			reply(req, -ENOENT);
		else
			driver_ops.lookup(req, parent, name);
		return;
	} else
		foreign_name(fs->foreign, &dir, name, &node);
	TRACE("foreign %s", name);
	err = foreign_stat(fs, &node, &e.attr);
	if (!err && node_pack(&node, &e.ino))
		err = -EOVERFLOW;
	if (err)
		reply(req, err);
	if (err || fuse_reply_entry(req, &e) == -ENOENT)
		foreign_forget(fs->foreign, &node, 1);
}

static void on_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	const struct fs *fs = begin(req);
	struct node node;

	node_unpack(ino, &node);
	foreign_forget(fs->foreign, &node, nlookup);
	driver_ops.forget(req, ino, nlookup);
}

static void on_forget_multi(fuse_req_t req, size_t n, struct fuse_forget_data *forgets)
{
	const struct fs *fs = begin(req);
	struct node node;

	for (size_t i = 0; i < n; i++) {
		node_unpack(forgets[i].ino, &node);
		foreign_forget(fs->foreign, &node, forgets[i].nlookup);
	}
	driver_ops.forget_multi(req, n, forgets);
}

/* The node of a foreign file; false: the driver answers. */
static bool is_foreign(fuse_req_t req, fuse_ino_t ino, const struct fs **fs, struct node *node)
{
	*fs = begin(req);
	node_unpack(ino, node);
	return node->foreign;
}

static void on_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct fs *fs;
	struct node node;
	struct stat st;
	int err;

	if (!is_foreign(req, ino, &fs, &node)) {
		driver_ops.getattr(req, ino, fi);
		return;
	}
	err = foreign_stat(fs, &node, &st);
	if (err)
		reply(req, err);
	else
		fuse_reply_attr(req, &st, 0);
}

static void on_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		       struct fuse_file_info *fi)
{
	const struct fs *fs;
	struct node node;

	if (is_foreign(req, ino, &fs, &node))
		reply(req, -EPERM);
	else
		driver_ops.setattr(req, ino, attr, to_set, fi);
}

static int open_foreign(const struct fs *fs, const struct node *node, struct world_file **f)
{
	g_autofree char *path = NULL;
	struct world_place p;

	if (foreign_place(fs->foreign, node, &p, &path))
		return -ENOENT;
	return names_place(&p) ? -EISDIR : world_file_open(fs->w, &p, f);
}

static void on_access(fuse_req_t req, fuse_ino_t ino, int mask)
{
	struct world_file *f = NULL;
	const struct fs *fs;
	struct node node;
	struct stat st;
	int err;

	if (!is_foreign(req, ino, &fs, &node)) {
		driver_ops.access(req, ino, mask);
		return;
	}
	err = foreign_stat(fs, &node, &st);
	if (!err && mask & W_OK)
		err = -EACCES;
	if (!err && mask & R_OK && S_ISREG(st.st_mode)) {
		err = open_foreign(fs, &node, &f);
		world_file_close(fs->w, f);
	}
	reply(req, err);
}

/* Who asks, as the view numbers it. */
static int self_link(const struct fs *fs, const struct node *node, bool thread, GString *target)
{
	struct world_ns_info info;
	struct world_task task;
	struct world_ref ref;

	if (world_ns(fs->w, node->inum, &info) || world_caller()->pid <= 0 ||
	    world_find(fs->w, WORLD_ROOT_INUM, world_caller()->pid, &ref))
		return -ENOENT;
	ref.level = info.level;
	if (world_task(fs->w, ref, &task) ||
	    task.inum != (info.level ? node->inum : WORLD_ROOT_INUM))
		return -ENOENT;
	g_string_append_printf(target, thread ? "%d/task/%d" : "%d", task.tgid, task.pid);
	return 0;
}

static int foreign_link(const struct fs *fs, const struct node *node, GString *target)
{
	g_autofree char *path = NULL;
	struct world_place p;

	if (foreign_place(fs->foreign, node, &p, &path))
		return -ENOENT;
	if (names_place(&p))
		return names_link(fs, names_place(&p), target);
	return world_file_link(fs->w, &p, target);
}

static void on_readlink(fuse_req_t req, fuse_ino_t ino)
{
	g_autoptr(GString) target = g_string_new(NULL);
	const struct pid_entry *entry;
	const struct fs *fs;
	struct node node;
	int err;

	if (is_foreign(req, ino, &fs, &node)) {
		err = foreign_link(fs, &node, target);
	} else {
		entry = entry_of(&node);
		if (!entry || node.table != TABLE_VIEW || entry->kind != ENTRY_LINK ||
		    !g_str_has_suffix(entry->name, "self")) {
			driver_ops.readlink(req, ino);
			return;
		}
		err = self_link(fs, &node, entry->name[0] == 't', target);
	}
	if (err)
		reply(req, err);
	else
		fuse_reply_readlink(req, target->str);
}

/* --- directories ----------------------------------------------------------------------- */

static void on_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct fs *fs;
	struct node node;
	struct stat st;
	int err;

	if (!is_foreign(req, ino, &fs, &node)) {
		driver_ops.opendir(req, ino, fi);
		return;
	}
	err = foreign_stat(fs, &node, &st);
	if (!err && !S_ISDIR(st.st_mode))
		err = -ENOTDIR;
	if (err)
		reply(req, err);
	else
		fuse_reply_open(req, fi);
}

struct listing {
	fuse_req_t req;
	const struct fs *fs;
	const struct node *dir;
	char *buf;
	size_t used, size;
	off_t off; /* where it goes on */
	bool full;
};

static bool tell(struct listing *l, const char *name, mode_t mode, off_t next)
{
	/* What has no number yet gets one when it is looked up. */
	struct stat st = { .st_mode = mode, .st_ino = 0xffffffff };
	size_t needed =
		fuse_add_direntry(l->req, l->buf + l->used, l->size - l->used, name, &st, next);

	l->full = needed > l->size - l->used;
	if (l->full)
		return false;
	l->used += needed;
	l->off = next;
	return true;
}

static void list_rows(struct listing *l)
{
	enum entry_table table = l->dir->foreign ? 0 : entry_of(l->dir)->dir;
	const struct pid_entry *entry;
	off_t at = FIRST_ROW;

	if (l->off < 1)
		tell(l, ".", S_IFDIR, 1);
	if (l->off < 2 && !l->full)
		tell(l, "..", S_IFDIR, 2);
	if (is_ns_list(l->dir) && l->off < 3 && !l->full)
		tell(l, "by-name", S_IFDIR, 3);
	for (; table; table = entry_more(table))
		for (unsigned int i = 0; !l->full && (entry = entry_at(table, i)); i++, at++)
			if (at >= l->off && !(entry->flags & ENTRY_UNLISTED) &&
			    is_own_name(l->dir, entry->name))
				tell(l, entry->name, entry->mode, at + 1);
	l->off = l->full ? l->off : MAX(l->off, FIRST_MEMBER);
}

static int list_processes(struct listing *l)
{
	struct world_ref refs[BATCH];
	int nrs[BATCH], n = 0;
	char name[16];

	while (!l->full && l->off < FIRST_FOREIGN) {
		n = world_list(l->fs->w, l->dir->inum, (int)(l->off - FIRST_MEMBER), BATCH, nrs,
			       refs);
		if (n <= 0) {
			l->off = FIRST_FOREIGN;
			break;
		}
		for (int i = 0; i < n && !l->full; i++) {
			snprintf(name, sizeof(name), "%d", nrs[i]);
			tell(l, name, S_IFDIR, (off_t)nrs[i] + 1 + FIRST_MEMBER);
		}
	}
	return MIN(n, 0);
}

static bool tell_foreign(void *data, const char *name, unsigned char type, off_t next)
{
	struct listing *l = data;
	uint64_t nr;

	if (!l->dir->foreign &&
	    (is_own_name(l->dir, name) || (l->dir->is_ns && !fs_number(name, INT32_MAX, &nr))))
		return true;
	return tell(l, name, DTTOIF(type), FIRST_FOREIGN + next);
}

static int list_foreign(struct listing *l)
{
	g_autofree char *path = NULL;
	off_t off = l->off - FIRST_FOREIGN;
	struct world_place p;

	if (foreign_place(l->fs->foreign, l->dir, &p, &path))
		return -ENOENT;
	if (names_place(&p))
		return names_list(l->fs, off, tell_foreign, l);
	return world_file_list(l->fs->w, &p, off, tell_foreign, l);
}

static int list_namespaces(struct listing *l)
{
	uint32_t inum = (uint32_t)(l->off > FIRST_MEMBER ? l->off - FIRST_MEMBER - 1 : 0);
	char name[16];

	while (!l->full && !world_ns_next(l->fs->w, &inum)) {
		snprintf(name, sizeof(name), "%u", inum);
		tell(l, name, S_IFDIR, (off_t)inum + 1 + FIRST_MEMBER);
	}
	return 0;
}

static int list(struct listing *l)
{
	int err = 0;

	if (l->off < FIRST_MEMBER)
		list_rows(l);
	if (is_ns_list(l->dir))
		return l->full ? 0 : list_namespaces(l);
	if (!l->full && l->off < FIRST_FOREIGN && l->dir->is_ns)
		err = list_processes(l);
	if (l->full || err)
		return err;
	l->off = MAX(l->off, FIRST_FOREIGN);
	return list_foreign(l);
}

static void on_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		       struct fuse_file_info *fi)
{
	struct listing l = { .req = req, .size = size, .off = off };
	struct node node;
	int err;

	if (!is_foreign(req, ino, &l.fs, &node) && !foreign_in(&node) && !is_ns_list(&node)) {
		driver_ops.readdir(req, ino, size, off, fi);
		return;
	}
	l.dir = &node;
	l.buf = g_malloc(size);
	err = list(&l);
	if (err && !l.used)
		reply(req, err);
	else
		fuse_reply_buf(req, l.buf, l.used);
	g_free(l.buf);
}

static void on_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	begin(req);
	driver_ops.releasedir(req, ino, fi);
}

/* --- files ------------------------------------------------------------------------------ */

static struct world_file *fi_file(const struct fuse_file_info *fi)
{
	return (struct world_file *)(uintptr_t)fi->fh;
}

static void on_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct world_file *f = NULL;
	const struct fs *fs;
	struct node node;
	int err = 0;

	if (!is_foreign(req, ino, &fs, &node)) {
		driver_ops.open(req, ino, fi);
		return;
	}
	if ((fi->flags & O_ACCMODE) != O_RDONLY || fi->flags & O_TRUNC)
		err = -EPERM;
	if (!err)
		err = open_foreign(fs, &node, &f);
	if (err) {
		reply(req, err);
		return;
	}
	fi->fh = (uintptr_t)f;
	fi->direct_io = 1;
	if (fuse_reply_open(req, fi) == -ENOENT)
		world_file_close(fs->w, f);
}

static void on_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	const struct fs *fs;
	struct node node;
	char *buf;
	int n;

	if (!is_foreign(req, ino, &fs, &node)) {
		driver_ops.read(req, ino, size, off, fi);
		return;
	}
	buf = g_malloc(size);
	n = world_file_read(fs->w, fi_file(fi), buf, size, off);
	if (n < 0)
		reply(req, n);
	else
		fuse_reply_buf(req, buf, (size_t)n);
	g_free(buf);
}

static void on_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size, off_t off,
		     struct fuse_file_info *fi)
{
	begin(req);
	driver_ops.write(req, ino, buf, size, off, fi);
}

static void on_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		    struct fuse_pollhandle *ph)
{
	const struct fs *fs;
	struct node node;

	if (!is_foreign(req, ino, &fs, &node)) {
		driver_ops.poll(req, ino, fi, ph);
		return;
	}
	if (ph)
		fuse_pollhandle_destroy(ph);
	fuse_reply_poll(req, POLLIN | POLLRDNORM);
}

static void on_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct fs *fs;
	struct node node;

	if (!is_foreign(req, ino, &fs, &node)) {
		driver_ops.release(req, ino, fi);
		return;
	}
	world_file_close(fs->w, fi_file(fi));
	reply(req, 0);
}

static void on_init(void *userdata, struct fuse_conn_info *conn)
{
	driver_ops.init(userdata, conn);
	conn->want &= ~(unsigned int)(FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO);
}

const struct fuse_lowlevel_ops *real_ops(void)
{
	static struct fuse_lowlevel_ops ops;

	ops = driver_ops;
	ops.init = on_init;
	ops.lookup = on_lookup;
	ops.forget = on_forget;
	ops.forget_multi = on_forget_multi;
	ops.getattr = on_getattr;
	ops.setattr = on_setattr;
	ops.access = on_access;
	ops.readlink = on_readlink;
	ops.opendir = on_opendir;
	ops.readdir = on_readdir;
	ops.readdirplus = NULL;
	ops.releasedir = on_releasedir;
	ops.open = on_open;
	ops.read = on_read;
	ops.write = on_write;
	ops.poll = on_poll;
	ops.release = on_release;
	return &ops;
}
