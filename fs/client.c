/* SPDX-License-Identifier: MIT */
#include "fs/client.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "fs/guard.h"
#include "fs/warmer.h"
#include "util/knock.h"

/* The session is the daemon's: here it is only mounted. */
static const struct fuse_lowlevel_ops nothing;

/*
 * What the daemon was given: libfuse frees all that belongs to a session only
 * when that is unmounted, so this one stays until the process ends.
 */
static struct fuse_session *volatile given; /* or the compiler sees that nobody reads it */

static char *door_file(const char *source)
{
	return g_build_filename(source, ".live", "view", NULL);
}

bool client_is_view(const char *source)
{
	g_autofree char *path = door_file(source);

	return access(path, F_OK) == 0;
}

static int failed(const struct options *o, int err)
{
	const char *why = g_strerror(-err);

	if (err == -EOPNOTSUPP)
		why = "that world has no views that could be mounted";
	else if (err == -EACCES)
		why = "only root and who has mounted it can mount its views";
	fprintf(stderr, "pidnsfs: %s: %s\n", o->source, why);
	return STATUS_MOUNT;
}

static struct fuse_session *mount_session(const struct options *o, const char *path, int *status)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse_session *se;

	for (int i = 0; i < o->args.argc; i++)
		fuse_opt_add_arg(&args, o->args.argv[i]);
	fuse_opt_add_arg(&args, "-oro,default_permissions,subtype=pidnsfs,fsname=view");
	se = fuse_session_new(&args, &nothing, sizeof(nothing), NULL);
	fuse_opt_free_args(&args);
	*status = se ? STATUS_MOUNT : STATUS_USAGE;
	if (se && fuse_session_mount(se, path)) {
		fuse_session_destroy(se);
		return NULL;
	}
	return se;
}

/* Mounts it and has it served by whoever is behind the door; err: why he does not. */
static int mount_view(const struct options *o, const char *path, const struct view_request *r,
		      int door, int death, int *err)
{
	const struct guard_plan plan = { .mountpoint = path,
					 .keep = o->no_auto_unmount,
					 .death = death };
	int status, guard = guard_start(&plan), warmer[2] = { -1, -1 };
	struct fuse_session *se = mount_session(o, path, &status);

	if (se) {
		guard_mounted(guard, path);
		*err = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, warmer) ? -errno : 0;
		if (!*err)
			*err = knock_ask(door, r,
					 &(struct view_fds){ fuse_session_fd(se), guard,
							     warmer[0] });
		close(warmer[0]);
		status = STATUS_MOUNT;
	}
	if (!se || *err) {
		if (se) {
			fuse_session_unmount(se);
			fuse_session_destroy(se);
		}
		guard_end(guard);
		close(warmer[1]);
		return status;
	}
	if (o->cold)
		close(warmer[1]);
	else
		warmer_start(path, warmer[1]);
	/* From here on the mount is the daemon's, and our end is near. */
	given = se;
	return 0;
}

int client_run(const struct options *o, const char *path)
{
	struct view_request r = { .self = o->self_real ? 0 : o->self, .uring = o->io_uring };
	struct statvfs st;
	char name[KNOCK_NAME];
	int status, door, death, err = knock_find(o->source, name, &r.inum);

	if (err)
		return failed(o, err);
	door = knock(name, &death);
	if (door < 0)
		return failed(o, door);
	status = mount_view(o, path, &r, door, death, &err);
	close(door);
	close(death);
	if (err)
		return failed(o, err);
	if (!status && statvfs(path, &st)) {
		fprintf(stderr, "pidnsfs: %s: %s\n", path, g_strerror(errno));
		return STATUS_LOOP;
	}
	return status;
}
