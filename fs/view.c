/* SPDX-License-Identifier: MIT */
#include "fs/view.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs/driver.h"
#include "fs/guard.h"
#include "fs/text.h"
#include "fs/uring.h"
#include "fs/warm.h"

/* So long may it take until nobody has a view any more, when the world ends. */
#define PATIENCE_MS 2000

struct view {
	struct views *views;
	struct fs fs; /* as the mount's, but for what is the view's own */
	struct driver driver;
	struct fuse_session *se;
	GThread *thread;
	int guard;
	bool unmounted; /* by the kernel: not because everything ends */
};

struct views {
	const struct fs *fs;
	int stop[2]; /* a pipe that is closed when all shall end */
	pthread_mutex_t lock; /* what follows */
	GPtrArray *all; /* of struct view, until they have ended */
	GPtrArray *ended; /* whose threads are to be joined */
};

/* --- requests -------------------------------------------------------------------- */

/* Never again: everything is kept, and may be opened by whom its mode allows it. */
static void on_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino, (void)fi;
	requests_count(((struct driver *)fuse_req_userdata(req))->fs->requests, REQUEST_OPEN);
	fuse_reply_err(req, ENOSYS);
}

static void on_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino, (void)fi;
	requests_count(((struct driver *)fuse_req_userdata(req))->fs->requests, REQUEST_OPENDIR);
	fuse_reply_err(req, ENOSYS);
}

static void on_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	const struct fs *fs = ((struct driver *)fuse_req_userdata(req))->fs;
	struct cache_note note = { .id = ino };
	GString *out = g_string_new(NULL);
	size_t at = (size_t)off;
	bool told;
	int err;

	(void)fi;
	requests_count(fs->requests, REQUEST_READ);
	fs_unpack(fs, ino, &note.node);
	told = fs_keep(fs, &note.node) == KEEP_TOLD;
	if (told)
		cache_begin(fs->cache, &note);
	err = text_read(fs, &note.node, out);
	if (told && err)
		cache_forget(fs->cache, &note);
	else if (told && !cache_commit(fs->cache, &note))
		cache_take_back(fs->cache, &note);
	if (err)
		fuse_reply_err(req, -err);
	else if (at >= out->len)
		fuse_reply_buf(req, NULL, 0);
	else
		fuse_reply_buf(req, out->str + at, MIN(size, out->len - at));
	g_string_free(out, TRUE);
}

static const struct fuse_lowlevel_ops *view_ops(void)
{
	static struct fuse_lowlevel_ops ops;
	static gsize once;

	if (g_once_init_enter(&once)) {
		ops = driver_ops;
		ops.open = on_open;
		ops.opendir = on_opendir;
		ops.read = on_read;
		/* Without an open there is nothing of these, and the kernel knows the modes. */
		ops.releasedir = NULL;
		ops.release = NULL;
		ops.write = NULL;
		ops.poll = NULL;
		ops.ioctl = NULL;
		ops.access = NULL;
		g_once_init_leave(&once, 1);
	}
	return &ops;
}

/* --- serving ------------------------------------------------------------------------ */

static void forget_view(struct view *view)
{
	struct views *v = view->views;

	pthread_mutex_lock(&v->lock);
	g_ptr_array_remove(v->all, view);
	pthread_mutex_unlock(&v->lock);
	if (view->fs.notify)
		notify_drop(view->fs.notify, view->se);
}

static void view_free(struct view *view)
{
	if (view->unmounted)
		guard_end(view->guard);
	else if (view->guard >= 0)
		close(view->guard);
	if (view->se)
		fuse_session_destroy(view->se);
	cache_free(view->fs.cache);
	warm_free(view->fs.warm);
	g_free(view);
}

static void serve(struct view *view)
{
	struct fuse_buf buf = { 0 };
	struct pollfd fds[] = { { .fd = fuse_session_fd(view->se), .events = POLLIN },
				{ .fd = view->views->stop[0], .events = POLLIN },
				{ .events = POLLIN } };

	while (!fuse_session_exited(view->se)) {
		int n;

		fds[2].fd = warm_fd(view->fs.warm);
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			break;
		if (fds[1].revents)
			break;
		if (fds[2].revents)
			warm_serve(view->fs.warm);
		n = fuse_session_receive_buf(view->se, &buf);
		if (n == -EINTR || n == -EAGAIN)
			continue;
		if (n <= 0) {
			view->unmounted = true;
			break;
		}
		fuse_session_process_buf(view->se, &buf);
	}
	free(buf.mem);
}

/*
 * A ring whose requests are not answered is never given up by the kernel: those who
 * may still ask go first.
 */
static void end_rings(struct view *view)
{
	struct pollfd pfd = { .fd = fuse_session_fd(view->se) };

	if (!view->unmounted) {
		close(view->guard);
		view->guard = -1;
		poll(&pfd, 1, PATIENCE_MS);
	}
	uring_stop(view->se);
}

static gpointer view_main(gpointer data)
{
	struct view *view = data;
	struct views *v = view->views;

	serve(view);
	if (view->driver.uring)
		end_rings(view);
	if (!view->unmounted && view->fs.notify)
		notify_settle(view->fs.notify, view->se);
	forget_view(view);
	pthread_mutex_lock(&v->lock);
	g_ptr_array_add(v->ended, view->thread);
	pthread_mutex_unlock(&v->lock);
	view_free(view);
	return NULL;
}

static void join_ended(struct views *v)
{
	GPtrArray *ended;

	pthread_mutex_lock(&v->lock);
	ended = v->ended;
	v->ended = g_ptr_array_new();
	pthread_mutex_unlock(&v->lock);
	for (guint i = 0; i < ended->len; i++)
		g_thread_join(g_ptr_array_index(ended, i));
	g_ptr_array_unref(ended);
}

/* --- all of them --------------------------------------------------------------------- */

struct views *views_new(const struct fs *fs)
{
	struct views *v = g_new0(struct views, 1);

	v->fs = fs;
	if (pipe2(v->stop, O_CLOEXEC))
		v->stop[0] = v->stop[1] = -1;
	pthread_mutex_init(&v->lock, NULL);
	v->all = g_ptr_array_new();
	v->ended = g_ptr_array_new();
	return v;
}

void views_free(struct views *v)
{
	bool some = true;

	if (!v)
		return;
	close(v->stop[1]);
	while (some) {
		pthread_mutex_lock(&v->lock);
		some = v->all->len > 0;
		pthread_mutex_unlock(&v->lock);
		if (some)
			g_usleep(1000);
	}
	join_ended(v);
	close(v->stop[0]);
	g_ptr_array_unref(v->all);
	g_ptr_array_unref(v->ended);
	pthread_mutex_destroy(&v->lock);
	g_free(v);
}

/* The directory that is the root of the mount. */
static struct node root_of(const struct view_request *r)
{
	struct node root = { .is_ns = true, .inum = r->inum, .table = TABLE_TOP, .row = TOP_VIEW };
	const struct pid_entry *entry;

	if (r->self)
		return root;
	for (unsigned int i = 0; (entry = entry_at(TABLE_VIEW, i)); i++)
		if (entry->dir == TABLE_RUN)
			root = node_at(root, TABLE_VIEW, i);
	root.unlisted = true;
	return root;
}

static struct fuse_session *open_session(struct view *view, int fuse)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	char path[32];

	snprintf(path, sizeof(path), "/dev/fd/%d", fuse);
	fuse_opt_add_arg(&args, "pidnsfs");
	if (view->driver.uring)
		uring_add_args(&args);
	view->se = fuse_session_new(&args, view_ops(), sizeof(driver_ops), &view->driver);
	fuse_opt_free_args(&args);
	if (view->se && fuse_session_mount(view->se, path)) {
		fuse_session_destroy(view->se);
		view->se = NULL;
	}
	return view->se;
}

static void start_thread(struct view *view)
{
	struct views *v = view->views;
	sigset_t all, before;

	/* Signals are for the main thread, which waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_mutex_lock(&v->lock);
	g_ptr_array_add(v->all, view);
	view->thread = g_thread_new("view", view_main, view);
	pthread_mutex_unlock(&v->lock);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static int begin(struct view *view, const struct view_request *r, const struct view_fds *fds)
{
	struct views *v = view->views;
	struct world_ns_info info;
	int err = v->fs->cache ? world_ns(v->fs->w, r->inum, &info) : -EOPNOTSUPP;

	if (err)
		return err;
	view->fs = *v->fs;
	view->fs.cache = cache_new(v->fs->notify);
	view->fs.warm = warm_new(v->fs->w, r->inum, fds->warmer);
	view->fs.view = true;
	view->fs.root = root_of(r);
	view->fs.self = r->self;
	view->driver.fs = &view->fs;
	view->driver.uring = r->uring;
	fcntl(fds->fuse, F_SETFL, O_NONBLOCK);
	return open_session(view, fds->fuse) ? 0 : -EIO;
}

int views_add(struct views *v, const struct view_request *r, const struct view_fds *fds)
{
	struct view *view;
	int err;

	join_ended(v);
	view = g_new0(struct view, 1);
	view->views = v;
	view->guard = -1;
	err = begin(view, r, fds);
	if (err) {
		if (!view->fs.warm)
			close(fds->warmer);
		view_free(view);
		close(fds->fuse);
		close(fds->guard);
		return err;
	}
	view->guard = fds->guard;
	cache_set_session(view->fs.cache, view->se);
	start_thread(view);
	return 0;
}

void views_changed(struct views *v, const struct world_change *change)
{
	pthread_mutex_lock(&v->lock);
	for (guint i = 0; i < v->all->len; i++) {
		const struct view *view = g_ptr_array_index(v->all, i);

		cache_changed(view->fs.cache, change);
		warm_changed(view->fs.warm, change);
	}
	pthread_mutex_unlock(&v->lock);
}
