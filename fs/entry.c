/* SPDX-License-Identifier: MIT */
#include "fs/entry.h"

#include <sys/stat.h>

#include "fs/show.h"
#include "util/trace.h"

#define DIR(name, table, flags) { name, S_IFDIR | 0555, ENTRY_DIR, flags, table, NULL, NULL, NULL, 0 }
#define LINK(name, show, arg) \
	{ name, S_IFLNK | 0777, ENTRY_LINK, 0, 0, show, NULL, NULL, arg }
#define FACT(name, show, flags) \
	{ name, S_IFREG | 0444, ENTRY_FACT, flags, 0, show, NULL, NULL, 0 }
#define KNOB(name, show, write) \
	{ name, S_IFREG | 0644, ENTRY_FACT, ENTRY_MOUNTER, 0, show, write, NULL, 0 }

static const struct pid_entry top[] = {
	[TOP_VIEW] = DIR("", TABLE_VIEW, 0),
	[TOP_PROCESS] = DIR("", TABLE_PROCESS, 0),
	[TOP_THREAD] = DIR("", TABLE_THREAD, 0),
	[TOP_WAIT] = { "", S_IFREG | 0444, ENTRY_WAIT, 0, 0, NULL, NULL, NULL, 0 },
	[TOP_HOST] = LINK("", show_host, 0),
};

static const struct pid_entry view[] = {
	LINK("self", show_self, 0),
	LINK("thread-self", show_thread_self, 0),
	FACT("pidns", show_pidns, ENTRY_HOLDS_NS),
	LINK("events", show_events, 0),
	FACT("tree", show_tree, 0),
	FACT("table", show_table, 0),
	FACT("errors", show_errors, ENTRY_ROOT_ONLY),
	FACT("stat", show_machine_stat, 0),
	FACT("uptime", show_uptime, 0),
	FACT("loadavg", show_loadavg, 0),
	FACT("meminfo", show_meminfo, 0),
	FACT("version", show_version, 0),
	FACT("cpuinfo", show_cpuinfo, 0),
	DIR("sys", TABLE_SYS, 0),
	DIR("ns", TABLE_NS_LIST, ENTRY_ROOT_ONLY),
	DIR(".live", TABLE_LIVE, ENTRY_UNLISTED),
	DIR(".run", TABLE_RUN, ENTRY_UNLISTED),
};

/*
 * A view to be mounted on /proc (pidnsctl run), where a true /proc is mounted on
 * .host: who reads it is one of the processes there, and not of this world.
 * Found before the rows of the same names in the view.
 */
static const struct pid_entry run[] = {
	LINK("self", show_host_self, 0),
	LINK("thread-self", show_host_self, 0),
	DIR(".host", TABLE_HOST, ENTRY_UNLISTED),
};

static const struct pid_entry process[] = {
	FACT("status", show_status, 0),
	FACT("stat", show_stat, 0),
	FACT("statm", show_statm, 0),
	KNOB("comm", show_comm, write_comm),
	FACT("cmdline", show_cmdline, 0),
	FACT("children", show_children, 0),
	DIR("ns", TABLE_NS_LINK, 0),
	DIR("task", TABLE_TASK, 0),
	LINK("inner", show_inner, 0),
	LINK("outer", show_outer, 0),
	LINK("wait", show_wait, 0),
};

static const struct pid_entry thread[] = {
	FACT("status", show_status, 0),
	FACT("stat", show_stat, 0),
	FACT("statm", show_statm, 0),
	KNOB("comm", show_comm, write_comm),
	FACT("cmdline", show_cmdline, 0),
	FACT("children", show_children, 0),
	DIR("ns", TABLE_NS_LINK, 0),
};

static const struct pid_entry ns_link[] = {
	LINK("cgroup", show_ns_link, WORLD_NS_CGROUP),
	LINK("ipc", show_ns_link, WORLD_NS_IPC),
	LINK("mnt", show_ns_link, WORLD_NS_MNT),
	LINK("net", show_ns_link, WORLD_NS_NET),
	LINK("pid", show_ns_link, WORLD_NS_PID),
	LINK("pid_for_children", show_ns_link, WORLD_NS_PID_FOR_CHILDREN),
	LINK("time", show_ns_link, WORLD_NS_TIME),
	LINK("time_for_children", show_ns_link, WORLD_NS_TIME_FOR_CHILDREN),
	LINK("user", show_ns_link, WORLD_NS_USER),
	LINK("uts", show_ns_link, WORLD_NS_UTS),
};

/* Of a namespace of any type: where the links above lead to. */
static const struct pid_entry ns_file[] = {
	{ "", S_IFREG | 0444, ENTRY_NS_FILE, 0, 0, NULL, NULL, NULL, 0 },
};

static const struct pid_entry live[] = {
	{ "events", S_IFREG | 0444, ENTRY_EVENTS, 0, 0, NULL, NULL, NULL, 0 },
	FACT("requests", show_requests, 0),
};

static const struct pid_entry sys[] = {
	DIR("kernel", TABLE_SYS_KERNEL, 0),
};

static const struct pid_entry sys_kernel[] = {
	FACT("osrelease", show_osrelease, 0),
	FACT("ostype", show_ostype, 0),
	KNOB("ns_last_pid", show_last_pid, write_last_pid),
	KNOB("pid_max", show_pid_max, write_pid_max),
};

static struct pid_entry verbs[NODE_ROWS];

#define TABLE(rows, more, members) { rows, G_N_ELEMENTS(rows), more, members }

static struct {
	const struct pid_entry *rows;
	unsigned int n;
	enum entry_table more;
	enum entry_members members;
} tables[TABLE_END] = {
	[TABLE_TOP] = TABLE(top, 0, MEMBERS_NONE),
	[TABLE_VIEW] = TABLE(view, 0, MEMBERS_PROCESSES),
	[TABLE_PROCESS] = TABLE(process, TABLE_VERB, MEMBERS_NONE),
	[TABLE_THREAD] = TABLE(thread, TABLE_VERB, MEMBERS_NONE),
	[TABLE_VERB] = { verbs, 0, 0, MEMBERS_NONE },
	[TABLE_TASK] = { NULL, 0, 0, MEMBERS_THREADS },
	[TABLE_NS_LINK] = TABLE(ns_link, 0, MEMBERS_NS_FILES),
	[TABLE_NS_FILE] = TABLE(ns_file, 0, MEMBERS_NONE),
	[TABLE_NS_LIST] = { NULL, 0, 0, MEMBERS_NAMESPACES },
	[TABLE_LIVE] = TABLE(live, 0, MEMBERS_WAITS),
	[TABLE_RUN] = TABLE(run, TABLE_VIEW, MEMBERS_PROCESSES),
	[TABLE_HOST] = { NULL, 0, 0, MEMBERS_NONE },
	[TABLE_SYS] = TABLE(sys, 0, MEMBERS_NONE),
	[TABLE_SYS_KERNEL] = TABLE(sys_kernel, 0, MEMBERS_NONE),
};

void entry_init(void)
{
	unsigned int n = 0;
	const struct verb *verb;

	G_STATIC_ASSERT(G_N_ELEMENTS(view) <= NODE_ROWS && G_N_ELEMENTS(process) <= NODE_ROWS);
	for (; n < NODE_ROWS && (verb = verb_at(n)); n++)
		verbs[n] = (struct pid_entry){ .name = verb->name,
					       .mode = S_IFREG | 0644,
					       .kind = ENTRY_CONTROL,
					       .flags = ENTRY_MOUNTER,
					       .verb = verb };
	tables[TABLE_VERB].n = n;
}

const struct pid_entry *entry_at(enum entry_table table, unsigned int row)
{
	if (table >= TABLE_END || row >= tables[table].n)
		return NULL;
	return &tables[table].rows[row];
}

const struct pid_entry *entry_of(const struct node *node)
{
	const struct pid_entry *entry = entry_at(node->table, node->row);

	TRACE("table %u, row %u: %s", node->table, node->row, entry ? entry->name : "none");
	return entry;
}

enum entry_table entry_more(enum entry_table table)
{
	return tables[table].more;
}

enum entry_members entry_members(enum entry_table table)
{
	return tables[table].members;
}
