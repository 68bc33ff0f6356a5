/* SPDX-License-Identifier: MIT */
#include "fs/dir.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fs/show.h"

/* Offsets: "." and "..", the rows, and then the members by number. */
#define FIRST_ROW 2
#define FIRST_MEMBER 258 /* of number 0; as in /proc */
#define BATCH_MAX 1024

static bool shown_in(const struct fs *fs, const struct pid_entry *entry, const struct node *dir)
{
	if (fs->view && (entry->flags & ENTRY_OURS || entry->kind == ENTRY_CONTROL))
		return false;
	if (entry->flags & ENTRY_REAL && !fs->foreign)
		return false;
	/* .run is no view to look further from. */
	if (dir->unlisted && (entry->dir == TABLE_RUN || entry->flags & ENTRY_ROOT_ONLY))
		return false;
	return !(entry->flags & ENTRY_ROOT_ONLY && dir->below_ns);
}

/* --- looking up -------------------------------------------------------------- */

static int lookup_row(const struct fs *fs, const struct node *dir, const char *name, struct node *node)
{
	const struct pid_entry *entry;

	for (enum entry_table table = entry_of(dir)->dir; table; table = entry_more(table))
		for (unsigned int i = 0; (entry = entry_at(table, i)); i++)
			if (!strcmp(entry->name, name) && shown_in(fs, entry, dir)) {
				*node = node_at(*dir, table, i);
				node->unlisted |= entry->dir == TABLE_RUN;
				return 0;
			}
	return -ENOENT;
}

static struct node node_of_task(const struct node *dir, struct world_ref ref, enum entry_top row)
{
	struct node node = { .ref = ref,
			     .table = TABLE_TOP,
			     .row = row,
			     .below_ns = dir->below_ns,
			     .unlisted = dir->unlisted };

	node.thread = row == TOP_THREAD;
	return node;
}

static struct node node_of_ns(uint32_t inum)
{
	return (struct node){ .is_ns = true,
			      .inum = inum,
			      .table = TABLE_TOP,
			      .row = TOP_VIEW,
			      .below_ns = true };
}

/* Is nr the innermost number of the caller's process or thread? */
static bool is_caller(pid_t caller, int nr)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/status", caller);
	g_autofree char *status = NULL;
	static const char *const keys[] = { "\nNStgid:", "\nNSpid:" };

	if (caller <= 0 || !g_file_get_contents(path, &status, NULL, NULL))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
		const char *line = strstr(status, keys[i]);
		const char *end = line ? strchr(line + 1, '\n') : NULL;
		const char *last;

		if (!end)
			continue;
		for (last = end; last > line && last[-1] != '\t'; last--)
			;
		if (atoi(last) == nr)
			return true;
	}
	return false;
}

/* In .run: whether there is such a process is seen where the link leads. */
static int lookup_host(int nr, struct node *node)
{
	*node = (struct node){ .ref.ino = (uint64_t)nr, .table = TABLE_TOP, .row = TOP_HOST };
	return 0;
}

static int lookup_process(const struct fs *fs, const struct node *dir, int nr, pid_t caller,
			  struct node *node, bool *lasts)
{
	struct world_task task;
	struct world_ref ref;
	bool listed = true;
	int err = world_find(fs->w, dir->inum, nr, &ref);

	/* A number that nobody has may be a reader's own, or soon somebody's. */
	*lasts = !err;
	if (!err)
		/* A thread's own number: /proc has it too, but does not list it. */
		listed = !world_task(fs->w, ref, &task) && task.leader;
	else if (dir->unlisted)
		return lookup_host(nr, node);
	else if (is_caller(caller, nr) && !fs_caller(fs, dir->inum, &ref))
		listed = false;
	else
		return -ENOENT;
	*node = node_of_task(dir, ref, TOP_PROCESS);
	node->unlisted = !listed || dir->unlisted;
	return 0;
}

static int lookup_ns(const struct fs *fs, uint32_t inum, struct node *node)
{
	struct world_ns_info info;

	*node = node_of_ns(inum);
	return world_ns(fs->w, inum, &info);
}

/* INO.wait, for a process that this view sees. */
static int lookup_wait(const struct fs *fs, const struct node *dir, const char *name,
		       struct node *node)
{
	g_autofree char *number = NULL;
	struct world_ref ref = { 0 };
	struct world_ns_info info;
	struct world_task task;

	if (!g_str_has_suffix(name, ".wait") || world_ns(fs->w, dir->inum, &info))
		return -ENOENT;
	number = g_strndup(name, strlen(name) - strlen(".wait"));
	if (fs_number(number, INT64_MAX, &ref.ino))
		return -ENOENT;
	ref.level = info.level;
	if (world_task(fs->w, ref, &task) || task.inum != dir->inum)
		return -ENOENT;
	*node = node_of_task(dir, ref, TOP_WAIT);
	return 0;
}

/* TYPE:[INUM], where the links of ns/ lead to. */
static int lookup_ns_file(const struct fs *fs, const struct node *dir, const char *name,
			  struct node *node)
{
	const char *bracket = strstr(name, ":[");
	g_autofree char *number = NULL;
	size_t len = strlen(name);
	uint64_t inum;

	if (!bracket || name[len - 1] != ']')
		return -ENOENT;
	number = g_strndup(bracket + 2, len - 1 - (size_t)(bracket + 2 - name));
	if (fs_number(number, UINT32_MAX, &inum))
		return -ENOENT;
	for (int type = 0; type < WORLD_NS_TYPES; type++) {
		const char *known = ns_type_name((enum world_ns_type)type);
		uint32_t its;

		if (strlen(known) != (size_t)(bracket - name) ||
		    strncmp(known, name, strlen(known)) != 0)
			continue;
		if (world_ns_link(fs->w, dir->ref, (enum world_ns_type)type, &its) || its != inum)
			continue;
		*node = (struct node){ .is_ns = true,
				       .inum = (uint32_t)inum,
				       .table = TABLE_NS_FILE,
				       .below_ns = dir->below_ns };
		return 0;
	}
	return -ENOENT;
}

static struct node node_of_fd(const struct node *dir, enum entry_table table, unsigned int fd)
{
	struct node node = node_at(*dir, table, 0);

	node.is_fd = true;
	node.fd = fd;
	return node;
}

/* N, or in fd/ the TYPE:[INO] that one of its links names. */
static int lookup_fd(const struct fs *fs, const struct node *dir, const char *name, bool info,
		     struct node *node)
{
	struct world_fd fd = { .fd = -1 };
	uint64_t nr;
	int err;

	if (!fs_number(name, UINT16_MAX, &nr)) {
		g_autoptr(GString) target = g_string_new(NULL);

		*node = node_of_fd(dir, info ? TABLE_FD_INFO : TABLE_FD_LINK, (unsigned int)nr);
		err = world_fd(fs->w, dir->ref, (int)nr, &fd, target);
		return err ? err : fd.fd == (int)nr ? 0 : -ENOENT;
	}
	if (info || !strchr(name, ':'))
		return -ENOENT;
	for (;;) {
		g_autoptr(GString) target = g_string_new(NULL);

		err = world_fd(fs->w, dir->ref, fd.fd + 1, &fd, target);
		if (err)
			return err;
		if (strcmp(target->str, name) == 0) {
			*node = node_of_fd(dir, TABLE_FD_TARGET, (unsigned int)fd.fd);
			return 0;
		}
	}
}

static int lookup_member(const struct fs *fs, const struct node *dir, const char *name,
			 pid_t caller, struct node *node, bool *lasts)
{
	struct world_ref ref;
	uint64_t nr = 0;
	bool number = !fs_number(name, UINT32_MAX, &nr) && nr;

	/* What is no number never will be a process or a namespace. */
	*lasts = !number;
	switch (entry_members(entry_of(dir)->dir)) {
	case MEMBERS_PROCESSES:
		if (number && nr <= INT32_MAX)
			return lookup_process(fs, dir, (int)nr, caller, node, lasts);
		return -ENOENT;
	case MEMBERS_THREADS:
		if (!number || nr > INT32_MAX ||
		    world_thread(fs->w, dir->ref, (int)nr, &ref))
			return -ENOENT;
		*node = node_of_task(dir, ref, TOP_THREAD);
		*lasts = true;
		return 0;
	case MEMBERS_NAMESPACES:
		if (!number || lookup_ns(fs, (uint32_t)nr, node))
			return -ENOENT;
		*lasts = true;
		return 0;
	case MEMBERS_NONE:
		return -ENOENT;
	default:
		break;
	}
	*lasts = false;
	switch (entry_members(entry_of(dir)->dir)) {
	case MEMBERS_WAITS:
		return lookup_wait(fs, dir, name, node);
	case MEMBERS_NS_FILES:
		return lookup_ns_file(fs, dir, name, node);
	case MEMBERS_FDS:
		return lookup_fd(fs, dir, name, false, node);
	case MEMBERS_FDINFOS:
		return lookup_fd(fs, dir, name, true, node);
	default:
		return -ENOENT;
	}
}

int dir_lookup(const struct fs *fs, const struct node *dir, const char *name, pid_t caller,
	       struct node *node, bool *lasts)
{
	const struct pid_entry *entry = entry_of(dir);

	*lasts = false;
	if (!entry || entry->kind != ENTRY_DIR)
		return -ENOTDIR;
	if (lookup_row(fs, dir, name, node))
		return lookup_member(fs, dir, name, caller, node, lasts);
	*lasts = true;
	return 0;
}

int dir_missing(const struct fs *fs, const struct node *dir)
{
	struct world_task task;

	return !dir->is_ns && world_task(fs->w, dir->ref, &task) ? -ESRCH : -ENOENT;
}

/* --- listing ------------------------------------------------------------------ */

struct listing {
	const struct fs *fs;
	const struct node *dir;
	off_t off; /* everything before it was told */
	unsigned int batch;
	dir_add add;
	void *data;
};

static bool tell(struct listing *l, const char *name, const struct node *node, off_t at)
{
	l->off = at + 1;
	return l->add(l->data, name, node, at + 1);
}

/* Has a table before this one a row of that name, which is found first? */
static bool is_shadowed(const struct fs *fs, const struct node *dir, const struct node *node,
			const char *name)
{
	struct node first;

	return entry_of(dir)->dir != (enum entry_table)node->table &&
	       !lookup_row(fs, dir, name, &first) && first.table != node->table;
}

static bool list_rows(struct listing *l)
{
	off_t at = FIRST_ROW;
	const struct pid_entry *entry;

	for (enum entry_table table = entry_of(l->dir)->dir; table; table = entry_more(table))
		for (unsigned int i = 0; (entry = entry_at(table, i)); i++, at++) {
			struct node node = node_at(*l->dir, table, i);

			if (at < l->off || entry->flags & ENTRY_UNLISTED ||
			    !shown_in(l->fs, entry, l->dir))
				continue;
			if (entry_of(l->dir)->dir == TABLE_RUN && is_shadowed(l->fs, l->dir, &node, entry->name))
				continue;
			if (!tell(l, entry->name, &node, at))
				return false;
		}
	return true;
}

static bool tell_number(struct listing *l, uint32_t nr, const struct node *node)
{
	char name[16];

	snprintf(name, sizeof(name), "%" PRIu32, nr);
	return tell(l, name, node, (off_t)nr + FIRST_MEMBER);
}

static int list_tasks(struct listing *l, bool threads)
{
	struct world_ref refs[BATCH_MAX];
	int nrs[BATCH_MAX];
	int batch = (int)CLAMP(l->batch, 1, BATCH_MAX), n;

	do {
		int from = (int)MIN(l->off - FIRST_MEMBER, INT32_MAX);

		if (threads)
			n = world_threads(l->fs->w, l->dir->ref, from, batch, nrs, refs);
		else
			n = world_list(l->fs->w, l->dir->inum, from, batch, nrs, refs);
		for (int i = 0; i < n; i++) {
			struct node node =
				node_of_task(l->dir, refs[i], threads ? TOP_THREAD : TOP_PROCESS);

			if (!tell_number(l, (uint32_t)nrs[i], &node))
				return 0;
			if (!threads)
				world_trip(l->fs->w, refs[i], WORLD_FAULT_LISTED);
		}
	} while (n == batch);
	return n < 0 ? -ENOENT : 0;
}

static int list_namespaces(struct listing *l)
{
	uint32_t inum = l->off > FIRST_MEMBER ? (uint32_t)(l->off - FIRST_MEMBER - 1) : 0;

	while (!world_ns_next(l->fs->w, &inum)) {
		struct node node = node_of_ns(inum);

		if (!tell_number(l, inum, &node))
			break;
	}
	return 0;
}

static int list_fds(struct listing *l, bool info)
{
	struct world_fd fd = { .fd = (int)MIN(l->off - FIRST_MEMBER, INT32_MAX) - 1 };

	for (;;) {
		g_autoptr(GString) target = g_string_new(NULL);
		struct node node;

		if (world_fd(l->fs->w, l->dir->ref, fd.fd + 1, &fd, target))
			return 0;
		node = node_of_fd(l->dir, info ? TABLE_FD_INFO : TABLE_FD_LINK,
				  (unsigned int)fd.fd);
		if (!tell_number(l, (uint32_t)fd.fd, &node))
			return 0;
	}
}

int dir_list(const struct fs *fs, const struct node *dir, off_t off, unsigned int batch,
	     dir_add add, void *data)
{
	struct listing l = { fs, dir, off, batch, add, data };
	const struct pid_entry *entry = entry_of(dir);
	struct world_task task;
	struct show s;

	if (!entry || entry->kind != ENTRY_DIR)
		return -ENOTDIR;
	if (fs_show(fs, dir, &s, &task))
		return -ENOENT;
	if (off < 1 && !tell(&l, ".", dir, 0))
		return 0;
	if (off < 2 && !tell(&l, "..", dir, 1))
		return 0;
	if (!list_rows(&l))
		return 0;
	l.off = MAX(l.off, FIRST_MEMBER);
	switch (entry_members(entry->dir)) {
	case MEMBERS_PROCESSES:
		return list_tasks(&l, false);
	case MEMBERS_THREADS:
		return list_tasks(&l, true);
	case MEMBERS_NAMESPACES:
		return list_namespaces(&l);
	case MEMBERS_FDS:
		return list_fds(&l, false);
	case MEMBERS_FDINFOS:
		return list_fds(&l, true);
	default:
		return 0; /* the others are not listed */
	}
}
