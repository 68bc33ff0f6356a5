/* SPDX-License-Identifier: MIT */
#include "fs/entry.h"

#include <sys/stat.h>

#include "fs/show.h"
#include "util/trace.h"

#define FILE_MAX 1048576 /* files that a machine may have open: of sys/fs/file-max */

#define DIR(name, table, flags) DIR_MODE(name, 0555, table, flags)
#define DIR_MODE(name, mode, table, flags)                                           \
	{                                                                            \
		name, S_IFDIR | (mode), ENTRY_DIR, flags, table, NULL, NULL, NULL, 0 \
	}
#define LINK(name, show, arg) LINK_FLAGS(name, show, arg, 0)
#define LINK_FLAGS(name, show, arg, flags)                                        \
	{                                                                         \
		name, S_IFLNK | 0777, ENTRY_LINK, flags, 0, show, NULL, NULL, arg \
	}
#define FACT(name, show, flags) FACT_MODE(name, 0444, show, flags)
#define FACT_MODE(name, mode, show, flags) FACT_ARG(name, mode, show, flags, 0)
#define FACT_ARG(name, mode, show, flags, arg)                                      \
	{                                                                           \
		name, S_IFREG | (mode), ENTRY_FACT, flags, 0, show, NULL, NULL, arg \
	}
#define KNOB(name, show, write) KNOB_FLAGS(name, show, write, 0)
#define KNOB_FLAGS(name, show, write, flags)                                                       \
	{                                                                                          \
		name, S_IFREG | 0644, ENTRY_FACT, ENTRY_MOUNTER | (flags), 0, show, write, NULL, 0 \
	}

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
	LINK_FLAGS("events", show_events, 0, ENTRY_OURS),
	FACT("recent", show_recent, ENTRY_REAL | ENTRY_MOVES | ENTRY_OURS),
	FACT("tree", show_tree, ENTRY_WHOLE | ENTRY_OURS),
	FACT("table", show_table, ENTRY_WHOLE),
	FACT("errors", show_errors, ENTRY_ROOT_ONLY | ENTRY_MOVES | ENTRY_OURS),
	{ "set", S_IFREG | 0644, ENTRY_CONTROL, ENTRY_MOUNTER | ENTRY_ROOT_ONLY, 0, NULL, NULL,
	  &verb_set_machine, 0 },
	KNOB_FLAGS("clock", show_clock, write_clock, ENTRY_ROOT_ONLY | ENTRY_MOVES | ENTRY_OURS),
	LINK("mounts", show_self_link, 0),
	LINK("net", show_self_link, 0),
	FACT("stat", show_machine_stat, ENTRY_MOVES),
	FACT("uptime", show_uptime, ENTRY_MOVES),
	FACT("loadavg", show_loadavg, ENTRY_MOVES),
	FACT("meminfo", show_meminfo, ENTRY_MOVES),
	FACT("vmstat", show_vmstat, ENTRY_MOVES),
	FACT("buddyinfo", show_buddyinfo, ENTRY_MOVES),
	FACT("version", show_version, ENTRY_MOVES),
	FACT("cpuinfo", show_cpuinfo, ENTRY_MOVES),
	FACT("swaps", show_swaps, ENTRY_MOVES),
	FACT("interrupts", show_interrupts, ENTRY_MOVES),
	FACT("softirqs", show_softirqs, ENTRY_MOVES),
	FACT("diskstats", show_diskstats, 0),
	FACT("partitions", show_partitions, 0),
	FACT("filesystems", show_filesystems, 0),
	FACT("devices", show_devices, 0),
	FACT("misc", show_misc, 0),
	FACT("cgroups", show_cgroups, 0),
	FACT("cmdline", show_boot_cmdline, 0),
	FACT("locks", show_locks, 0),
	FACT_MODE("slabinfo", 0400, show_slabinfo, ENTRY_MOVES),
	DIR("pressure", TABLE_PRESSURE, 0),
	DIR("sysvipc", TABLE_SYSVIPC, 0),
	DIR("tty", TABLE_TTY, 0),
	DIR("sys", TABLE_SYS, 0),
	DIR("ns", TABLE_NS_LIST, ENTRY_ROOT_ONLY | ENTRY_OURS),
	DIR(".live", TABLE_LIVE, ENTRY_UNLISTED | ENTRY_OURS),
	DIR(".run", TABLE_RUN, ENTRY_UNLISTED | ENTRY_OURS),
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

/* What a process and each of its threads have. */
#define OF_EVERY_TASK                                                                             \
	FACT("status", show_status, 0), FACT("stat", show_stat, 0), FACT("statm", show_statm, 0), \
		KNOB("comm", show_comm, write_comm), FACT("cmdline", show_cmdline, 0),            \
		FACT_MODE("environ", 0400, show_environ, ENTRY_MEMORY | ENTRY_PRIVATE),           \
		FACT("cgroup", show_cgroup, 0), FACT("limits", show_limits, 0),                   \
		FACT_MODE("io", 0400, show_io, ENTRY_PRIVATE), FACT("sched", show_sched, 0),      \
		FACT("schedstat", show_schedstat, 0), FACT("wchan", show_wchan, 0),               \
		FACT_MODE("syscall", 0400, show_syscall, ENTRY_PRIVATE),                          \
		FACT_MODE("personality", 0400, show_personality, ENTRY_PRIVATE),                  \
		FACT("maps", show_maps, 0), FACT("smaps", show_smaps, 0),                         \
		FACT("smaps_rollup", show_smaps_rollup, ENTRY_MEMORY),                            \
		FACT("oom_score", show_oom_score, 0),                                             \
		KNOB("oom_score_adj", show_oom_score_adj, write_oom_score_adj), FACT("oom_adj", show_oom_adj, 0),   \
		FACT("loginuid", show_loginuid, 0), FACT("sessionid", show_sessionid, 0),         \
		FACT("mounts", show_mounts, ENTRY_MOUNTS),                                        \
		FACT("mountinfo", show_mountinfo, ENTRY_MOUNTS),                                  \
		FACT("children", show_children, 0),                                               \
		LINK_FLAGS("exe", show_text_link, WORLD_EXE, ENTRY_PRIVATE),                      \
		LINK_FLAGS("cwd", show_text_link, WORLD_CWD, ENTRY_PRIVATE),                      \
		LINK_FLAGS("root", show_text_link, WORLD_ROOT, ENTRY_PRIVATE),                    \
		DIR_MODE("fd", 0500, TABLE_FD, ENTRY_PRIVATE),                                    \
		DIR_MODE("fdinfo", 0555, TABLE_FDINFO, ENTRY_PRIVATE), DIR("net", TABLE_NET, 0),  \
		DIR_MODE("ns", 0511, TABLE_NS_LINK, ENTRY_PRIVATE)

static const struct pid_entry process[] = {
	OF_EVERY_TASK,
	FACT_MODE("mountstats", 0400, show_mountstats, ENTRY_MOUNTS | ENTRY_PRIVATE),
	FACT("timerslack_ns", show_timerslack, 0),
	FACT("coredump_filter", show_coredump_filter, 0),
	DIR("task", TABLE_TASK, 0),
	LINK_FLAGS("inner", show_inner, 0, ENTRY_OURS),
	LINK_FLAGS("outer", show_outer, 0, ENTRY_OURS),
	LINK_FLAGS("wait", show_wait, 0, ENTRY_OURS),
};

static const struct pid_entry thread[] = {
	OF_EVERY_TASK,
};

/* Of one descriptor: row 0 of the tables of these names. */
static const struct pid_entry fd_link[] = {
	{ "", S_IFLNK | 0700, ENTRY_LINK, ENTRY_PRIVATE, 0, show_fd, NULL, NULL, 0 },
};

static const struct pid_entry fd_info[] = {
	FACT_MODE("", 0444, show_fdinfo, ENTRY_PRIVATE),
};

static const struct pid_entry fd_target[] = {
	{ "", S_IFREG | 0600, ENTRY_FD_TARGET, ENTRY_PRIVATE, 0, NULL, NULL, NULL, 0 },
};

static const struct pid_entry ns_link[] = {
	LINK_FLAGS("cgroup", show_ns_link, WORLD_NS_CGROUP, ENTRY_PRIVATE),
	LINK_FLAGS("ipc", show_ns_link, WORLD_NS_IPC, ENTRY_PRIVATE),
	LINK_FLAGS("mnt", show_ns_link, WORLD_NS_MNT, ENTRY_PRIVATE),
	LINK_FLAGS("net", show_ns_link, WORLD_NS_NET, ENTRY_PRIVATE),
	LINK_FLAGS("pid", show_ns_link, WORLD_NS_PID, ENTRY_PRIVATE),
	LINK_FLAGS("pid_for_children", show_ns_link, WORLD_NS_PID_FOR_CHILDREN, ENTRY_PRIVATE),
	LINK_FLAGS("time", show_ns_link, WORLD_NS_TIME, ENTRY_PRIVATE),
	LINK_FLAGS("time_for_children", show_ns_link, WORLD_NS_TIME_FOR_CHILDREN, ENTRY_PRIVATE),
	LINK_FLAGS("user", show_ns_link, WORLD_NS_USER, ENTRY_PRIVATE),
	LINK_FLAGS("uts", show_ns_link, WORLD_NS_UTS, ENTRY_PRIVATE),
};

/* Of a namespace of any type: where the links above lead to. */
static const struct pid_entry ns_file[] = {
	{ "", S_IFREG | 0444, ENTRY_NS_FILE, 0, 0, NULL, NULL, NULL, 0 },
};

static const struct pid_entry live[] = {
	{ "events", S_IFREG | 0444, ENTRY_EVENTS, 0, 0, NULL, NULL, NULL, 0 },
	FACT("requests", show_requests, ENTRY_MOVES),
	FACT_MODE("view", 0400, show_door, ENTRY_MOVES | ENTRY_PRIVATE),
};

static const struct pid_entry sys[] = {
	DIR("fs", TABLE_SYS_FS, 0),
	DIR("kernel", TABLE_SYS_KERNEL, 0),
	DIR("vm", TABLE_SYS_VM, 0),
};

static const struct pid_entry sys_kernel[] = {
	FACT("osrelease", show_osrelease, ENTRY_MOVES),
	FACT("version", show_uts_version, ENTRY_MOVES),
	FACT("hostname", show_hostname, ENTRY_MOVES),
	FACT("domainname", show_domainname, ENTRY_MOVES),
	FACT("ostype", show_ostype, 0),
	FACT_ARG("threads-max", 0444, show_number, 0, 126864),
	FACT_ARG("ngroups_max", 0444, show_number, 0, 65536),
	FACT_ARG("cap_last_cap", 0444, show_number, 0, 40),
	FACT_ARG("tainted", 0444, show_number, 0, 0),
	DIR("random", TABLE_SYS_RANDOM, 0),
	KNOB("ns_last_pid", show_last_pid, write_last_pid),
	KNOB("pid_max", show_pid_max, write_pid_max),
};

static const struct pid_entry sys_random[] = {
	FACT("boot_id", show_boot_id, ENTRY_MOVES),
	FACT_ARG("entropy_avail", 0444, show_number, 0, 256),
	FACT_ARG("poolsize", 0444, show_number, 0, 256),
};

static const struct pid_entry sys_fs[] = {
	FACT("file-nr", show_file_nr, 0),
	FACT_ARG("file-max", 0444, show_number, 0, FILE_MAX),
	FACT_ARG("nr_open", 0444, show_number, 0, 1048576),
};

static const struct pid_entry sys_vm[] = {
	FACT_ARG("max_map_count", 0444, show_number, 0, 65530),
	FACT_ARG("overcommit_memory", 0444, show_number, 0, 0),
	FACT_ARG("swappiness", 0444, show_number, 0, 60),
};

static const struct pid_entry sysvipc[] = {
	FACT("msg", show_sysvipc, 0),
	FACT("sem", show_sysvipc, 0),
	FACT("shm", show_sysvipc, 0),
};

static const struct pid_entry pressure[] = {
	FACT("cpu", show_pressure, 0),
	FACT("io", show_pressure, 0),
	FACT("memory", show_pressure, 0),
};

static const struct pid_entry tty[] = {
	FACT("drivers", show_tty_drivers, 0),
	FACT("ldiscs", show_tty_ldiscs, 0),
};

/* Of a network namespace in which nothing was ever sent. */
static const struct pid_entry net[] = {
	FACT("arp", show_net_table, 0),	      FACT("dev", show_net_table, 0),
	FACT("icmp", show_net_table, 0),      FACT("if_inet6", show_net_table, 0),
	FACT("netlink", show_net_table, 0),   FACT("netstat", show_net_counters, 0),
	FACT("packet", show_net_table, 0),    FACT("protocols", show_net_table, 0),
	FACT("raw", show_net_table, 0),	      FACT("raw6", show_net_table, 0),
	FACT("route", show_net_table, 0),     FACT("snmp", show_net_counters, 0),
	FACT("snmp6", show_net_snmp6, 0),     FACT("sockstat", show_net_table, 0),
	FACT("sockstat6", show_net_table, 0), FACT("tcp", show_net_table, 0),
	FACT("tcp6", show_net_table, 0),      FACT("udp", show_net_table, 0),
	FACT("udp6", show_net_table, 0),      FACT("unix", show_net_table, 0),
};

static struct pid_entry verbs[NODE_ROWS];

#define TABLE(rows, more, members)                      \
	{                                               \
		rows, G_N_ELEMENTS(rows), more, members \
	}

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
	[TABLE_SYS_RANDOM] = TABLE(sys_random, 0, MEMBERS_NONE),
	[TABLE_SYS_FS] = TABLE(sys_fs, 0, MEMBERS_NONE),
	[TABLE_SYS_VM] = TABLE(sys_vm, 0, MEMBERS_NONE),
	[TABLE_SYSVIPC] = TABLE(sysvipc, 0, MEMBERS_NONE),
	[TABLE_PRESSURE] = TABLE(pressure, 0, MEMBERS_NONE),
	[TABLE_TTY] = TABLE(tty, 0, MEMBERS_NONE),
	[TABLE_NET] = TABLE(net, 0, MEMBERS_NONE),
	[TABLE_FD] = { NULL, 0, 0, MEMBERS_FDS },
	[TABLE_FDINFO] = { NULL, 0, 0, MEMBERS_FDINFOS },
	[TABLE_FD_LINK] = TABLE(fd_link, 0, MEMBERS_NONE),
	[TABLE_FD_INFO] = TABLE(fd_info, 0, MEMBERS_NONE),
	[TABLE_FD_TARGET] = TABLE(fd_target, 0, MEMBERS_NONE),
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
