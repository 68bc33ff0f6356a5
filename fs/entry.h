/* SPDX-License-Identifier: MIT */
/*
 * What is in which directory: tables, as fs/proc/base.c of the kernel has them.
 *
 * A new file is a row in fs/entry.c and a show function in fs/show-….c.
 */
#ifndef PIDNSFS_FS_ENTRY_H
#define PIDNSFS_FS_ENTRY_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "ctl/verb.h"
#include "fs/node.h"
#include "world/world.h"

struct fs;

/* At most 31 tables of at most 128 rows: see fs/node.h.  0 is none. */
enum entry_table {
	TABLE_TOP = 1, /* what stands in no table: views, processes */
	TABLE_VIEW,
	TABLE_PROCESS,
	TABLE_THREAD,
	TABLE_VERB, /* control files of processes and threads */
	TABLE_TASK,
	TABLE_NS_LINK,
	TABLE_NS_FILE, /* what these links lead to */
	TABLE_NS_LIST,
	TABLE_LIVE,
	TABLE_RUN, /* a view as a program sees it whose /proc it is */
	TABLE_HOST,
	TABLE_SYS,
	TABLE_SYS_KERNEL,
	TABLE_SYS_RANDOM,
	TABLE_SYS_FS,
	TABLE_SYS_VM,
	TABLE_SYSVIPC,
	TABLE_PRESSURE,
	TABLE_TTY,
	TABLE_NET,
	TABLE_FD, /* the directories of descriptors */
	TABLE_FDINFO,
	TABLE_FD_LINK, /* row 0 of these: of one descriptor */
	TABLE_FD_INFO,
	TABLE_FD_TARGET, /* what the link leads to, if that is no path */
	TABLE_END
};

enum entry_top {
	TOP_VIEW,
	TOP_PROCESS,
	TOP_THREAD,
	TOP_WAIT,
	TOP_HOST, /* a number that is nobody's, below .run: perhaps it is a real process's */
};

enum entry_kind {
	ENTRY_DIR,
	ENTRY_LINK,
	ENTRY_FACT,
	ENTRY_CONTROL,
	ENTRY_WAIT,
	ENTRY_EVENTS,
	ENTRY_NS_FILE,
	ENTRY_FD_TARGET,
};

/* What a directory holds beside its rows. */
enum entry_members {
	MEMBERS_NONE,
	MEMBERS_PROCESSES,
	MEMBERS_THREADS,
	MEMBERS_NAMESPACES,
	MEMBERS_WAITS,
	MEMBERS_NS_FILES,
	MEMBERS_FDS,
	MEMBERS_FDINFOS,
};

/* Whose file is to be shown, and to whom. */
struct show {
	const struct fs *fs;
	struct node node;
	uint32_t inum; /* of the view */
	const struct world_task *task; /* NULL: a file of the view */
};

struct pid_entry {
	const char *name;
	mode_t mode;
	enum entry_kind kind;
	unsigned int flags;
	enum entry_table dir; /* ENTRY_DIR: what is in it */
	/* ENTRY_FACT: the text, ENTRY_LINK: the target; -errno */
	int (*show)(const struct show *s, GString *out);
	/* ENTRY_FACT that can be written: 0 or -errno */
	int (*write)(const struct show *s, const char *buf, size_t len);
	const struct verb *verb; /* ENTRY_CONTROL */
	unsigned int arg; /* for show */
};

#define ENTRY_ROOT_ONLY 1u /* not in the views below ns/ */
#define ENTRY_UNLISTED 2u
#define ENTRY_MOUNTER 4u /* the mounting user's, not the process's */
#define ENTRY_HOLDS_NS 8u /* open, it keeps its namespace */

/* Changes with time, or with what others do: what was read once is not true later. */
#define ENTRY_MOVES 16u
#define ENTRY_CALLER 32u /* differs by who looks */
#define ENTRY_MEMORY 64u /* a zombie has none: ESRCH */
#define ENTRY_MOUNTS 128u /* a zombie has none: EINVAL */
#define ENTRY_OURS 1024u /* nothing of procfs: not in a view that is a mount of its own */
#define ENTRY_REAL 2048u /* of real processes alone */
#define ENTRY_WHOLE 512u /* tells of all processes: dear to make */
#define ENTRY_PRIVATE 256u /* for root, the mounter, and whose process it is: else EACCES */

/* NULL: there is no such row. */
const struct pid_entry *entry_at(enum entry_table table, unsigned int row);
/* More rows of the same directory are in this table; 0: none. */
enum entry_table entry_more(enum entry_table table);
enum entry_members entry_members(enum entry_table table);
const struct pid_entry *entry_of(const struct node *node);

/* Before anything else here: takes the verbs over. */
void entry_init(void);

#endif
