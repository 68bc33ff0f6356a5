/* SPDX-License-Identifier: MIT */
/* Descriptors: where the links of fd/ lead, and what fdinfo/ says. */
#include <errno.h>
#include <inttypes.h>

#include "fs/fs.h"
#include "fs/show.h"

/* Of the mount of /, see show-ns.c. */
#define MNT_ID 21

static int fd_of(const struct show *s, struct world_fd *fd, GString *target)
{
	int err = world_fd(s->fs->w, s->node.ref, (int)s->node.fd, fd, target);

	if (err)
		return err;
	return fd->fd == (int)s->node.fd ? 0 : -ENOENT;
}

int show_fd(const struct show *s, GString *out)
{
	struct world_fd fd;

	return fd_of(s, &fd, out);
}

int show_fdinfo(const struct show *s, GString *out)
{
	g_autoptr(GString) target = g_string_new(NULL);
	struct world_fd fd;
	int err = fd_of(s, &fd, target);

	if (err)
		return err;
	g_string_append_printf(out, "pos:\t0\nflags:\t0%o\nmnt_id:\t%d\nino:\t%" PRIu64 "\n",
			       fd.flags, MNT_ID,
			       fd.ino ? fd.ino : g_str_hash(target->str) & 0xfffff);
	if (!fd.pidfd)
		return 0;
	/* pidfd_open(2): 0 where the reader cannot see it, -1 when it is gone. */
	g_string_append_printf(out, "Pid:\t%d\n", fd.pid);
	g_string_append(out, "NSpid:");
	if (!fd.nr_levels)
		g_string_append_printf(out, "\t%d", fd.pid);
	for (unsigned int i = 0; i < fd.nr_levels; i++)
		g_string_append_printf(out, "\t%d", fd.nspid[i]);
	g_string_append_c(out, '\n');
	return 0;
}
