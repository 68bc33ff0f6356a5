/* SPDX-License-Identifier: MIT */
#include "pidnsctl/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

bool mount_find(struct mount_source *s, const char *path)
{
	if (!knock_find(path, s->door, &s->inum))
		return true;
	s->door[0] = '\0';
	return false;
}

/* For a command nothing is read ahead: it may be gone soon. */
static int ask(const struct mount_source *s, int fuse, int guard)
{
	const struct view_request request = { .inum = s->inum };
	int death = -1, door = -1, warmer[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, warmer))
		return -errno;
	close(warmer[1]);
	err = door = knock(s->door, &death);
	if (door >= 0) {
		err = knock_ask(door, &request, &(struct view_fds){ fuse, guard, warmer[0] });
		close(death);
		close(door);
	}
	close(warmer[0]);
	return err;
}

int mount_view(const struct mount_source *s, const char *at)
{
	g_autofree char *options = NULL;
	/* It has to be opened in the user namespace that the mount belongs to. */
	int err, guard[2], fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fuse < 0)
		return -errno;
	if (pipe2(guard, O_CLOEXEC)) {
		err = -errno;
		close(fuse);
		return err;
	}
	/* Whoever may look at all may read all that the world's own mount lets him read. */
	options = g_strdup_printf("fd=%d,rootmode=%o,user_id=%u,group_id=%u%s", fuse,
				  S_IFDIR | 0555, geteuid(), getegid(),
				  s->others ? ",allow_other,default_permissions" : "");
	if (mount("view", at, "fuse.pidnsfs", MS_RDONLY | MS_NOSUID | MS_NODEV, options)) {
		err = -errno;
	} else {
		err = ask(s, fuse, guard[1]);
		if (err)
			umount2(at, MNT_DETACH);
	}
	close(guard[1]);
	close(fuse);
	if (!err)
		return guard[0];
	close(guard[0]);
	return err;
}
