/* SPDX-License-Identifier: MIT */
/* The namespaces of a process, and what it sees through them. */
#include <errno.h>

#include "fs/fs.h"
#include "fs/show.h"

const char *ns_type_name(enum world_ns_type type)
{
	static const char *const names[WORLD_NS_TYPES] = {
		[WORLD_NS_CGROUP] = "cgroup", [WORLD_NS_IPC] = "ipc",
		[WORLD_NS_MNT] = "mnt",	      [WORLD_NS_NET] = "net",
		[WORLD_NS_PID] = "pid",	      [WORLD_NS_PID_FOR_CHILDREN] = "pid",
		[WORLD_NS_TIME] = "time",     [WORLD_NS_TIME_FOR_CHILDREN] = "time",
		[WORLD_NS_USER] = "user",     [WORLD_NS_UTS] = "uts",
	};

	return names[type];
}

int show_ns_link(const struct show *s, GString *out)
{
	enum world_ns_type type = (enum world_ns_type)entry_of(&s->node)->arg;
	uint32_t inum;
	int err = world_ns_link(s->fs->w, s->node.ref, type, &inum);

	if (!err)
		g_string_append_printf(out, "%s:[%u]", ns_type_name(type), inum);
	return err;
}

/* What every invented process sees mounted; the ids are those of the rows. */
static const struct {
	const char *source, *point, *type, *options, *super, *dev, *propagation;
	int parent;
} mounts[] = {
	{ "/dev/sda1", "/", "ext4", "rw,relatime", "", "8:1", "shared:1 ", 0 },
	{ "proc", "/proc", "proc", "rw,nosuid,nodev,noexec,relatime", "", "0:20", "shared:2 ", 21 },
	{ "sysfs", "/sys", "sysfs", "rw,nosuid,nodev,noexec,relatime", "", "0:21", "shared:3 ",
	  21 },
	{ "devtmpfs", "/dev", "devtmpfs", "rw,nosuid,relatime", ",mode=755", "0:5", "shared:4 ",
	  21 },
	{ "devpts", "/dev/pts", "devpts", "rw,nosuid,noexec,relatime",
	  ",gid=5,mode=620,ptmxmode=000", "0:22", "shared:5 ", 24 },
	{ "tmpfs", "/run", "tmpfs", "rw,nosuid,nodev,relatime", ",mode=755", "0:23", "shared:6 ",
	  21 },
	{ "cgroup2", "/sys/fs/cgroup", "cgroup2", "rw,nosuid,nodev,noexec,relatime", "", "0:24",
	  "shared:7 ", 23 },
};

#define FIRST_ID 21

int show_mounts(const struct show *s, GString *out)
{
	(void)s;
	for (size_t i = 0; i < G_N_ELEMENTS(mounts); i++)
		g_string_append_printf(out, "%s %s %s %s%s 0 0\n", mounts[i].source,
				       mounts[i].point, mounts[i].type, mounts[i].options,
				       mounts[i].super);
	return 0;
}

int show_mountinfo(const struct show *s, GString *out)
{
	(void)s;
	for (size_t i = 0; i < G_N_ELEMENTS(mounts); i++)
		g_string_append_printf(out, "%zu %d %s / %s %s %s- %s %s rw%s\n", FIRST_ID + i,
				       mounts[i].parent ? mounts[i].parent : 1, mounts[i].dev,
				       mounts[i].point, mounts[i].options, mounts[i].propagation,
				       mounts[i].type, mounts[i].source, mounts[i].super);
	return 0;
}

int show_mountstats(const struct show *s, GString *out)
{
	(void)s;
	for (size_t i = 0; i < G_N_ELEMENTS(mounts); i++)
		g_string_append_printf(out, "device %s mounted on %s with fstype %s\n",
				       mounts[i].source, mounts[i].point, mounts[i].type);
	return 0;
}
