/* SPDX-License-Identifier: MIT */
/* Files of views: facts of a namespace, and all its processes in one read. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fs/door.h"
#include "fs/fs.h"
#include "fs/requests.h"
#include "fs/show.h"
#include "fs/warm.h"

#define BATCH 256

int show_pidns(const struct show *s, GString *out)
{
	struct world_ns_info i;
	int err = world_ns(s->fs->w, s->inum, &i);

	if (err)
		return err;
	g_string_append_printf(out, "Inum:\t%u\nLevel:\t%u\nParent:\t%u\nOwner:\t%u\n", i.inum,
			       i.level, i.parent, i.owner);
	g_string_append_printf(out, "Child_reaper:\t%d\nPids:\t%u\nPid_max:\t%d\nLast_pid:\t%d\n",
			       i.child_reaper, i.pids, i.pid_max, i.last_pid);
	g_string_append_printf(out, "Accepting:\t%d\n", i.accepting);
	if (s->fs->warm)
		warm_text(s->fs->warm, out);
	return world_ns_facts(s->fs->w, s->inum, out);
}

int show_recent(const struct show *s, GString *out)
{
	return world_recent(s->fs->w, s->inum, out);
}

/* Names may hold anything; a line shall stay a line. */
static void append_name(GString *out, const char *comm)
{
	for (; *comm; comm++)
		if (g_ascii_iscntrl(*comm) || *comm == '\\')
			g_string_append_printf(out, "\\x%02x", (unsigned char)*comm);
		else
			g_string_append_c(out, *comm);
}

/* Calls each for every process of the view that lives throughout. */
static int for_each_process(const struct show *s, void (*each)(const struct world_task *t, void *),
			    void *data)
{
	struct world_ref refs[BATCH];
	int nrs[BATCH];
	int nr = 1, n;

	do {
		n = world_list(s->fs->w, s->inum, nr, BATCH, nrs, refs);
		for (int i = 0; i < n; i++) {
			struct world_task t;

			if (!world_task(s->fs->w, refs[i], &t))
				each(&t, data);
		}
		if (n > 0)
			nr = nrs[n - 1] + 1;
	} while (n == BATCH);
	return MIN(n, 0);
}

static void append_row(const struct world_task *t, void *data)
{
	GString *out = data;

	g_string_append_printf(out, "%d %d %d %d %u %c %d %u %d ", t->pid, t->ppid, t->pgrp,
			       t->session, t->uid, t->state, t->threads, t->active_inum,
			       t->nspid[t->nr_levels - 1]);
	append_name(out, t->comm);
	g_string_append_c(out, '\n');
}

int show_table(const struct show *s, GString *out)
{
	g_string_append(out, "PID PPID PGRP SESSION UID STATE THREADS PIDNS VPID COMM\n");
	return for_each_process(s, append_row, out);
}

/* --- the tree ---------------------------------------------------------------- */

/* What is drawn of a process. */
struct leaf {
	int pid, ppid, vpid;
	uint32_t inum;
	int threads;
	char state;
	char comm[WORLD_COMM_LEN];
	guint child, next; /* indexes + 1: first child, next of the same parent */
	guint last; /* of the children */
};

static void collect(const struct world_task *t, void *data)
{
	struct leaf leaf = { .pid = t->pid,
			     .ppid = t->ppid,
			     .vpid = t->nspid[t->nr_levels - 1],
			     .inum = t->active_inum,
			     .threads = t->threads,
			     .state = t->state };

	memcpy(leaf.comm, t->comm, sizeof(leaf.comm));
	g_array_append_val((GArray *)data, leaf);
}

static struct leaf *leaf_at(GArray *leaves, guint i)
{
	return &g_array_index(leaves, struct leaf, i);
}

/* They are in ascending order of their numbers.  0: it is not there. */
static guint find_leaf(GArray *leaves, int pid)
{
	guint low = 0, high = leaves->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (leaf_at(leaves, middle)->pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < leaves->len && leaf_at(leaves, low)->pid == pid ? low + 1 : 0;
}

/* Hangs every leaf under its parent; who has none here hangs under the root. */
static void link_leaves(GArray *leaves, struct leaf *root)
{
	for (guint i = 0; i < leaves->len; i++) {
		struct leaf *leaf = leaf_at(leaves, i);
		guint up = leaf->ppid ? find_leaf(leaves, leaf->ppid) : 0;
		struct leaf *parent = up && up != i + 1 ? leaf_at(leaves, up - 1) : root;

		if (parent->last)
			leaf_at(leaves, parent->last - 1)->next = i + 1;
		else
			parent->child = i + 1;
		parent->last = i + 1;
	}
}

/* Deeper ones are drawn at this depth, with the depth as a number. */
#define DEPTH_DRAWN 40

static void draw_leaf(const struct leaf *leaf, uint32_t inum, const GString *lines, guint depth,
		      GString *out)
{
	if (depth > DEPTH_DRAWN)
		g_string_append_printf(out, "[%u deep] ", depth);
	else if (depth)
		for (guint i = 1; i < depth; i++)
			g_string_append(out, lines->str[i] == '|' ? "│  " : "   ");
	if (depth && depth <= DEPTH_DRAWN)
		g_string_append(out, leaf->next ? "├─ " : "└─ ");
	g_string_append_printf(out, "%d ", leaf->pid);
	append_name(out, leaf->comm);
	if (leaf->threads > 1)
		g_string_append_printf(out, " (%d threads)", leaf->threads);
	if (leaf->state == 'Z')
		g_string_append(out, " (zombie)");
	else if (leaf->state == 'T')
		g_string_append(out, " (stopped)");
	/* Where a namespace begins, or is entered from outside. */
	if (leaf->inum != inum)
		g_string_append_printf(out, "  [pid:[%u] %d]", leaf->inum, leaf->vpid);
	g_string_append_c(out, '\n');
}

/* Depth first without recursion: a family may be as deep as it is large. */
static void draw(GArray *leaves, const struct leaf *root, uint32_t inum, GString *out)
{
	g_autoptr(GArray) path = g_array_new(FALSE, FALSE, sizeof(guint));
	GString *lines = g_string_new(NULL); /* per depth: does a line go on? */
	guint i = root->child;

	while (i) {
		const struct leaf *leaf = leaf_at(leaves, i - 1);
		uint32_t up = inum;

		if (path->len)
			up = leaf_at(leaves, g_array_index(path, guint, path->len - 1) - 1)->inum;
		draw_leaf(leaf, up, lines, path->len, out);
		if (leaf->child) {
			g_string_append_c(lines, leaf->next ? '|' : ' ');
			g_array_append_val(path, i);
			i = leaf->child;
			continue;
		}
		i = leaf->next;
		while (!i && path->len) {
			i = leaf_at(leaves, g_array_index(path, guint, path->len - 1) - 1)->next;
			g_array_set_size(path, path->len - 1);
			g_string_truncate(lines, lines->len - 1);
		}
	}
	g_string_free(lines, TRUE);
}

int show_tree(const struct show *s, GString *out)
{
	g_autoptr(GArray) leaves = g_array_new(FALSE, TRUE, sizeof(struct leaf));
	struct leaf root = { 0 };
	int err = for_each_process(s, collect, leaves);

	if (err)
		return err;
	link_leaves(leaves, &root);
	draw(leaves, &root, s->inum, out);
	return 0;
}

/* --- small ones ---------------------------------------------------------------- */

int show_errors(const struct show *s, GString *out)
{
	errors_text(s->fs->errors, out);
	return 0;
}

int show_door(const struct show *s, GString *out)
{
	const char *name = door_name(s->fs->door);

	if (name)
		g_string_append_printf(out, "%s %u\n", name, s->inum);
	return 0;
}

int show_requests(const struct show *s, GString *out)
{
	requests_text(s->fs->requests, out);
	return 0;
}

int show_uptime(const struct show *s, GString *out)
{
	g_autoptr(GArray) cpus = g_array_new(FALSE, FALSE, sizeof(struct world_cpu));
	uint64_t up = world_uptime(s->fs->w), idle;

	world_cpus(s->fs->w, cpus);
	idle = g_array_index(cpus, struct world_cpu, 0).idle;
	g_string_append_printf(out, "%" PRIu64 ".%02u %" PRIu64 ".%02u\n", up / 100,
			       (unsigned int)(up % 100), idle / 100, (unsigned int)(idle % 100));
	return 0;
}

int show_clock(const struct show *s, GString *out)
{
	uint64_t now = world_uptime(s->fs->w);

	g_string_append_printf(out, "%" PRIu64 ".%02u\n", now / 100, (unsigned int)(now % 100));
	return 0;
}

/* [+]SECONDS[.HUNDREDTHS] */
static int parse_clock(const char *text, bool *relative, uint64_t *ticks)
{
	uint64_t seconds = 0, part = 0;
	int digits = 0;

	*relative = *text == '+';
	text += *relative;
	if (!g_ascii_isdigit(*text))
		return -EINVAL;
	for (; g_ascii_isdigit(*text); text++) {
		if (seconds > UINT32_MAX)
			return -EINVAL;
		seconds = seconds * 10 + (uint64_t)(*text - '0');
	}
	if (*text == '.')
		for (text++; g_ascii_isdigit(*text) && digits < 2; text++, digits++)
			part = part * 10 + (uint64_t)(*text - '0');
	if (digits == 1)
		part *= 10;
	*ticks = seconds * 100 + part;
	return *text ? -EINVAL : 0;
}

int write_clock(const struct show *s, const char *buf, size_t len)
{
	size_t end = len && buf[len - 1] == '\n' ? len - 1 : len;
	g_autofree char *text = g_strndup(buf, end);
	const char *why = "clock wants SECONDS or +SECONDS, with at most two decimals";
	uint64_t ticks;
	bool relative;
	int err = strlen(text) != end ? -EINVAL : parse_clock(text, &relative, &ticks);

	if (!err) {
		err = world_set_clock(s->fs->w, relative, ticks);
		why = world_reason();
	}
	if (err)
		errors_add(s->fs->errors, "", "clock", buf, end, -err, why);
	return err;
}

int show_loadavg(const struct show *s, GString *out)
{
	struct world_machine m;
	struct world_ns_info own;
	int err = world_ns(s->fs->w, s->inum, &own);

	if (err)
		return err;
	world_machine(s->fs->w, true, &m);
	for (int i = 0; i < 3; i++)
		g_string_append_printf(out, "%u.%02u ", m.load[i] / 100, m.load[i] % 100);
	g_string_append_printf(out, "%" PRIu64 "/%" PRIu64 " %d\n", m.running, m.threads,
			       own.last_pid);
	return 0;
}

static int append_self(const struct show *s, GString *out, bool thread)
{
	struct world_task task;
	struct world_ref ref;
	int err = fs_self(s->fs, s->inum, &ref);

	if (!err)
		err = world_task(s->fs->w, ref, &task);
	if (err)
		return -ENOENT;
	g_string_append_printf(out, thread ? "%d/task/%d" : "%d", task.tgid, task.pid);
	return 0;
}

int show_self(const struct show *s, GString *out)
{
	return append_self(s, out, false);
}

int show_thread_self(const struct show *s, GString *out)
{
	return append_self(s, out, true);
}

int show_host_self(const struct show *s, GString *out)
{
	g_string_append_printf(out, ".host/%s", entry_of(&s->node)->name);
	return 0;
}

int show_host(const struct show *s, GString *out)
{
	g_string_append_printf(out, ".host/%" PRIu64, s->node.ref.ino);
	return 0;
}

int show_self_link(const struct show *s, GString *out)
{
	g_string_append_printf(out, "self/%s", entry_of(&s->node)->name);
	return 0;
}

int show_events(const struct show *s, GString *out)
{
	(void)s;
	g_string_append(out, ".live/events");
	return 0;
}

int show_pid_max(const struct show *s, GString *out)
{
	struct world_ns_info i;
	int err = world_ns(s->fs->w, s->inum, &i);

	if (!err)
		g_string_append_printf(out, "%d\n", i.pid_max);
	return err;
}

int show_last_pid(const struct show *s, GString *out)
{
	struct world_ns_info i;
	int err = world_ns(s->fs->w, s->inum, &i);

	if (!err)
		g_string_append_printf(out, "%d\n", i.last_pid);
	return err;
}

/*
 * As proc_dointvec(): blanks around it, octal after 0 and hexadecimal after 0x.
 * -1: that is no number.
 */
static int parse_sysctl(const char *text, long *value)
{
	const char *digits;
	char *end;

	while (g_ascii_isspace(*text))
		text++;
	digits = *text == '-' ? text + 1 : text;
	if (!g_ascii_isdigit(*digits))
		return -1;
	errno = 0;
	*value = strtol(text, &end, 0);
	while (g_ascii_isspace(*end))
		end++;
	return errno || *end ? -1 : 0;
}

/* A refusal is told in errors, too. */
static int write_sysctl(const struct show *s, const char *name, const char *buf, size_t len,
			int (*set)(struct world *w, uint32_t inum, long value))
{
	g_autofree char *text = g_strndup(buf, len);
	g_autofree char *path = s->node.below_ns ? g_strdup_printf("ns/%u/sys/kernel", s->inum) :
						   g_strdup("sys/kernel");
	const char *why = "that is no number";
	long value;
	int err = strlen(text) != len || parse_sysctl(text, &value) ? -EINVAL : 0;

	if (!err) {
		err = set(s->fs->w, s->inum, value);
		why = world_reason();
	}
	if (err) {
		while (len && buf[len - 1] == '\n')
			len--;
		errors_add(s->fs->errors, path, name, buf, len, -err, why);
	}
	return err;
}

int write_pid_max(const struct show *s, const char *buf, size_t len)
{
	return write_sysctl(s, "pid_max", buf, len, world_set_pid_max);
}

int write_last_pid(const struct show *s, const char *buf, size_t len)
{
	return write_sysctl(s, "ns_last_pid", buf, len, world_set_last_pid);
}
