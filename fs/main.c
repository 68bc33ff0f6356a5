/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"
#include "fs/beside.h"
#include "fs/cache.h"
#include "fs/client.h"
#include "fs/door.h"
#include "fs/driver.h"
#include "fs/foreign.h"
#include "fs/guard.h"
#include "fs/loop.h"
#include "fs/mounts.h"
#include "fs/options.h"
#include "fs/park.h"
#include "fs/real.h"
#include "fs/requests.h"
#include "fs/text.h"
#include "fs/uring.h"
#include "host/world.h"
#include "util/trace.h"

/* What libfuse has to say, in pieces of lines, as lines of ours. */
static void log_piece(enum fuse_log_level level, const char *format, va_list args)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static bool inside; /* a line */
	g_autofree char *piece = g_strdup_vprintf(format, args);
	const char *text = piece;

	(void)level;
	pthread_mutex_lock(&lock);
	if (g_str_has_prefix(text, "fuse: ")) {
		text += strlen("fuse: ");
		if (inside)
			fputc('\n', stderr);
		inside = false;
	}
	fprintf(stderr, "%s%s", inside ? "" : "pidnsfs: ", text);
	inside = *text && !g_str_has_suffix(text, "\n");
	pthread_mutex_unlock(&lock);
}

static void print_version(void)
{
	printf("pidnsfs %s\n", PACKAGE_VERSION);
	printf("FUSE library version %s\n", fuse_pkgversion());
	fflush(stdout);
	fuse_lowlevel_version();
}

/* The mount point as an absolute path, to be freed; NULL, and says why. */
static char *check_mountpoint(const char *given)
{
	char *path = realpath(given, NULL);
	unsigned int minor;
	struct stat st;

	if (!path || stat(path, &st)) {
		fprintf(stderr, "pidnsfs: %s: %s%s\n", given, g_strerror(errno),
			errno == ENOTCONN ? " (a dead mount: fusermount3 -u it first)" : "");
	} else if (!S_ISDIR(st.st_mode)) {
		fprintf(stderr, "pidnsfs: %s: the mount point must be a directory\n", given);
	} else if (mounts_has(path, &minor)) {
		fprintf(stderr, "pidnsfs: %s: is mounted already; fusermount3 -u it first\n",
			given);
	} else {
		return path;
	}
	free(path);
	return NULL;
}

/* In the daemon, when the tree can be used: lets go of the caller's terminal. */
struct launch {
	int pipe; /* to the parent; -1: in the foreground */
	struct keeper *keeper; /* of a host world */
	int guard; /* of the mount */
};

static void on_ready(void *data)
{
	struct launch *launch = data;
	const char ok = 0;
	int null;

	if (launch->pipe < 0)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		if (null > STDERR_FILENO)
			close(null);
	}
	if (launch->keeper)
		world_host_ready(launch->keeper);
	if (write(launch->pipe, &ok, 1) != 1)
		g_warning("the parent has gone");
	close(launch->pipe);
	launch->pipe = -1;
}

/* Views begin as copies of fs: none may any more, before fs changes. */
static void end_views(struct fs *fs)
{
	if (fs->door)
		door_free(fs->door);
	fs->door = NULL;
}

/* A process of the machine may let whoever reads of it wait, and a thread of ours with him. */
#define THREADS 10
#define HOST_THREADS 80

static int serve(struct fuse_session *se, struct fs *fs)
{
	int err;

	if (fuse_set_signal_handlers(se))
		return STATUS_SIGNALS;
	fs->park = park_new(fs);
	err = loop_run(se, world_has_files(fs->w) ? HOST_THREADS : THREADS);
	end_views(fs);
	if (fs->notify) {
		notify_settle(fs->notify, se);
		notify_flush(fs->notify);
	}
	park_free(fs->park);
	fs->park = NULL;
	fuse_remove_signal_handlers(se);
	return err < 0 ? STATUS_LOOP : 0;
}

/*
 * The rings go on until nobody can ask any more and all is answered: the kernel
 * never gives up one that still has a request.
 */
static int serve_rings(struct fuse_session *se, struct fs *fs, const char *path)
{
	int err;

	fs->park = park_new(fs);
	err = uring_loop(se);
	end_views(fs);
	park_stop(fs->park);
	if (fs->notify)
		notify_flush(fs->notify);
	/* Whoever is inside would keep it alive; only root can do anything about that. */
	umount2(path, MNT_FORCE | MNT_DETACH);
	fuse_session_unmount(se);
	uring_stop(se);
	park_free(fs->park);
	fs->park = NULL;
	return err < 0 ? STATUS_LOOP : 0;
}

/* Mounts it; NULL: *status says what went wrong, and the reason was printed. */
static struct fuse_session *mount_session(const struct options *o, const char *path,
					  struct driver *driver, int *status)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse_session *se;

	for (int i = 0; i < o->args.argc; i++)
		fuse_opt_add_arg(&args, o->args.argv[i]);
	fuse_opt_add_arg(&args, o->host ? "-osubtype=pidnsfs,fsname=host" :
					  "-osubtype=pidnsfs,fsname=virtual");
	if (o->io_uring)
		uring_add_args(&args);
	se = fuse_session_new(&args, o->host ? real_ops() : &driver_ops, sizeof(driver_ops),
			      driver);
	fuse_opt_free_args(&args);
	*status = se ? STATUS_MOUNT : STATUS_USAGE;
	if (!se || !fuse_session_mount(se, path))
		return se;
	fuse_session_destroy(se);
	return NULL;
}

/* rings: where it is mounted, if requests come over io_uring; else NULL. */
static int serve_session(struct fuse_session *se, struct fs *fs, const char *rings)
{
	int status;

	if (chdir("/"))
		g_warning("chdir to /: %s", g_strerror(errno));
	if (fs->cache)
		cache_set_session(fs->cache, se);
	status = rings ? serve_rings(se, fs, rings) : serve(se, fs);
	return status;
}

static int mount_and_serve(const struct options *o, const char *path, struct fs *fs,
			   struct launch *launch)
{
	struct driver driver = {
		.fs = fs,
		.max_read = o->max_read,
		.uring = o->io_uring,
		.ready = on_ready,
		.data = launch,
	};
	int status;
	struct fuse_session *se = mount_session(o, path, &driver, &status);

	if (se) {
		guard_mounted(launch->guard, path);
		status = serve_session(se, fs, o->io_uring ? path : NULL);
		fuse_session_unmount(se);
		if (fs->notify)
			notify_drop(fs->notify, se);
		fuse_session_destroy(se);
	}
	/* Whatever is mounted there from now on is not ours. */
	guard_end(launch->guard);
	return status;
}

static void end_caching(struct fs *fs)
{
	/* Nobody asks for a view any more; then views end, then news do. */
	g_clear_pointer(&fs->door, door_free);
	world_watch(fs->w, NULL, NULL);
	g_clear_pointer(&fs->views, views_free);
	if (fs->notify)
		notify_stop(fs->notify);
	g_clear_pointer(&fs->notify, notify_free);
	g_clear_pointer(&fs->cache, cache_free);
	g_clear_pointer(&fs->texts, texts_free);
}

static void on_change(void *data, const struct world_change *change)
{
	const struct fs *fs = data;

	texts_changed(fs->texts);
	cache_changed(fs->cache, change);
	views_changed(fs->views, change);
}

/* Only of a world that says when it changes can anything be kept. */
static void begin_caching(struct fs *fs, bool notify)
{
	fs->texts = texts_new();
	fs->notify = notify ? notify_new(fs->requests) : NULL;
	fs->cache = cache_new(fs->notify);
	fs->views = views_new(fs);
	if (world_watch(fs->w, on_change, fs))
		end_caching(fs);
	else
		fs->door = door_new(fs, fs->views);
}

static int run_virtual(const struct options *o, const char *path, struct fs *fs,
		       struct launch *launch)
{
	const struct world_options wo = {
		.kernel = o->kernel, .uid = fs->uid, .gid = fs->gid, .frozen = o->frozen
	};
	int status;

	guard_crashes(launch->guard);
	fs->w = world_virtual_new(&wo);
	begin_caching(fs, !o->stale);
	status = mount_and_serve(o, path, fs, launch);
	end_caching(fs);
	world_free(fs->w);
	return status;
}

/* The process that talks to the kernel: it has no privileges, once the world is open. */
static int drive(const struct options *o, struct fuse_session *se, struct fs *fs,
		 struct keeper *keeper)
{
	const struct world_host_options ho = { .source = o->host_source, .buffer = o->host_buffer };
	g_autofree char *why = NULL;
	int status = STATUS_SETUP;

	fs->w = world_host_new(&ho, keeper, &why);
	if (fs->w) {
		fs->foreign = foreign_new();
		begin_caching(fs, false);
		status = serve_session(se, fs, NULL);
		end_caching(fs);
		world_free(fs->w);
		g_clear_pointer(&fs->foreign, foreign_free);
	} else {
		fprintf(stderr, "pidnsfs: host: %s\n", why);
	}
	world_host_unsplit(keeper);
	return status;
}

/* The process that has the privileges, until the driver has ended. */
static int keep(const struct options *o, const char *path, pid_t driver, int socket)
{
	uint64_t id = guard_mount_id(path);
	int how = world_host_keep(driver, socket);

	if (WIFEXITED(how) || !o->no_auto_unmount)
		guard_unmount(path, id);
	return WIFEXITED(how) ? WEXITSTATUS(how) : STATUS_LOOP;
}

/*
 * The session is both processes'.  What libfuse knows of it is freed only when it
 * unmounts, which neither of them lets it do: the driver may not, and the keeper has
 * no part in the connection, which is to end with the driver.
 */
static struct fuse_session *volatile shared; /* or the compiler sees that nobody reads it */

static int run_host(const struct options *o, const char *path, struct fs *fs, struct launch *launch)
{
	struct driver driver = {
		.fs = fs, .max_read = o->max_read, .ready = on_ready, .data = launch
	};
	int status, socket;
	pid_t pid;

	shared = mount_session(o, path, &driver, &status);
	if (!shared) {
		guard_end(launch->guard);
		return status;
	}
	guard_mounted(launch->guard, path);
	pid = world_host_split(&launch->keeper, &socket);
	if (!pid)
		return drive(o, shared, fs, launch->keeper);
	close(fuse_session_fd(shared));
	if (launch->pipe >= 0)
		close(launch->pipe);
	if (pid < 0) {
		fprintf(stderr, "pidnsfs: host: %s\n", g_strerror(-pid));
		guard_unmount(path, guard_mount_id(path));
		status = STATUS_SETUP;
	} else {
		status = keep(o, path, pid, socket);
	}
	guard_end(launch->guard);
	return status;
}

static int run(struct options *o, const char *path, struct launch *launch)
{
	struct requests requests = { 0 };
	struct fs fs = { .requests = &requests, .uid = getuid(), .gid = getgid(), .self = o->self };
	struct guard_plan plan = { .mountpoint = path, .own = true, .keep = o->no_auto_unmount };
	int status;

	trace_on = o->debug;
	plan.death = fs.death = eventfd(0, EFD_CLOEXEC);
	launch->guard = guard_start(&plan);
	entry_init();
	fs.errors = errors_new();
	status = (o->host ? run_host : run_virtual)(o, path, &fs, launch);
	errors_free(fs.errors);
	close(fs.death);
	return status;
}

/* In the parent: returns when the tree answers, or with the child's status. */
static int await(pid_t child, int pipe, const char *path)
{
	struct statvfs st;
	int how;
	char ok;

	if (read(pipe, &ok, 1) == 1) {
		if (statvfs(path, &st) == 0)
			return 0;
		fprintf(stderr, "pidnsfs: %s: %s\n", path, g_strerror(errno));
		return STATUS_LOOP;
	}
	if (waitpid(child, &how, 0) == child && WIFEXITED(how) && WEXITSTATUS(how))
		return WEXITSTATUS(how);
	fputs("pidnsfs: the daemon died before the tree could be used\n", stderr);
	return STATUS_DAEMONIZE;
}

static int daemonize_and_run(struct options *o, const char *path)
{
	struct launch launch = { 0 };
	int fds[2], status;
	pid_t child;

	if (pipe2(fds, O_CLOEXEC)) {
		perror("pidnsfs: pipe");
		return STATUS_DAEMONIZE;
	}
	child = fork();
	if (child < 0) {
		perror("pidnsfs: fork");
		close(fds[0]);
		close(fds[1]);
		return STATUS_DAEMONIZE;
	}
	if (child == 0) {
		close(fds[0]);
		setsid();
		launch.pipe = fds[1];
		return run(o, path, &launch);
	}
	close(fds[1]);
	status = await(child, fds[0], path);
	close(fds[0]);
	return status;
}

static int start(struct options *o)
{
	struct launch launch = { .pipe = -1 };
	char *path = check_mountpoint(o->mountpoint);
	int status;

	if (!path)
		return STATUS_MOUNT;
	if (o->view)
		status = client_run(o, path);
	else
		status = o->foreground ? run(o, path, &launch) : daemonize_and_run(o, path);
	free(path);
	return status;
}

int main(int argc, char **argv)
{
	struct options o;
	int status;

	beside_init(argc, argv);
	fuse_set_log_func(log_piece);
	status = options_parse(&o, argc, argv);
	if (!status && o.help) {
		options_help();
		fuse_lowlevel_help();
	} else if (!status && o.version) {
		print_version();
	} else if (!status) {
		status = start(&o);
	}
	options_clear(&o);
	return status;
}
