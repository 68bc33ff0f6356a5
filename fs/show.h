/* SPDX-License-Identifier: MIT */
/* The texts of fact files and the targets of symlinks, for the rows of fs/entry.c. */
#ifndef PIDNSFS_FS_SHOW_H
#define PIDNSFS_FS_SHOW_H

#include "fs/entry.h"

/* Each appends to out; 0 or -errno.  Of a process or thread: */
int show_stat(const struct show *s, GString *out);
int show_status(const struct show *s, GString *out);
int show_statm(const struct show *s, GString *out);
int show_comm(const struct show *s, GString *out);
int show_cmdline(const struct show *s, GString *out);
int show_children(const struct show *s, GString *out);
int show_inner(const struct show *s, GString *out);
int show_outer(const struct show *s, GString *out);
int show_environ(const struct show *s, GString *out);
int show_cgroup(const struct show *s, GString *out);
int show_limits(const struct show *s, GString *out);
int show_io(const struct show *s, GString *out);
int show_sched(const struct show *s, GString *out);
int show_schedstat(const struct show *s, GString *out);
int show_wchan(const struct show *s, GString *out);
int show_syscall(const struct show *s, GString *out);
int show_personality(const struct show *s, GString *out);
int show_timerslack(const struct show *s, GString *out);
int show_maps(const struct show *s, GString *out);
int show_smaps(const struct show *s, GString *out);
int show_smaps_rollup(const struct show *s, GString *out);
int show_coredump_filter(const struct show *s, GString *out);
int show_oom_score(const struct show *s, GString *out);
int show_oom_score_adj(const struct show *s, GString *out);
int show_oom_adj(const struct show *s, GString *out);
int show_loginuid(const struct show *s, GString *out);
int show_sessionid(const struct show *s, GString *out);
int show_mounts(const struct show *s, GString *out);
int show_mountinfo(const struct show *s, GString *out);
int show_mountstats(const struct show *s, GString *out);
int show_text_link(const struct show *s, GString *out); /* arg: enum world_text */
int show_fd(const struct show *s, GString *out);
int show_fdinfo(const struct show *s, GString *out);
/* Of its network namespace; each is known by the name of its row. */
int show_net_table(const struct show *s, GString *out);
int show_net_counters(const struct show *s, GString *out);
int show_net_snmp6(const struct show *s, GString *out);
int show_wait(const struct show *s, GString *out);
int show_ns_link(const struct show *s, GString *out); /* arg: enum world_ns_type */
/* Of the machine: */
int show_machine_stat(const struct show *s, GString *out);
int show_meminfo(const struct show *s, GString *out);
int show_cpuinfo(const struct show *s, GString *out);
int show_version(const struct show *s, GString *out);
int show_osrelease(const struct show *s, GString *out);
int show_ostype(const struct show *s, GString *out);
int show_uts_version(const struct show *s, GString *out);
int show_hostname(const struct show *s, GString *out);
int show_domainname(const struct show *s, GString *out);
int show_number(const struct show *s, GString *out); /* arg: it */
int show_boot_id(const struct show *s, GString *out);
int show_file_nr(const struct show *s, GString *out);
int show_vmstat(const struct show *s, GString *out);
int show_buddyinfo(const struct show *s, GString *out);
int show_slabinfo(const struct show *s, GString *out);
int show_swaps(const struct show *s, GString *out);
int show_interrupts(const struct show *s, GString *out);
int show_softirqs(const struct show *s, GString *out);
int show_diskstats(const struct show *s, GString *out);
int show_partitions(const struct show *s, GString *out);
int show_filesystems(const struct show *s, GString *out);
int show_devices(const struct show *s, GString *out);
int show_misc(const struct show *s, GString *out);
int show_cgroups(const struct show *s, GString *out);
int show_boot_cmdline(const struct show *s, GString *out);
int show_locks(const struct show *s, GString *out);
int show_pressure(const struct show *s, GString *out);
int show_sysvipc(const struct show *s, GString *out);
int show_tty_drivers(const struct show *s, GString *out);
int show_tty_ldiscs(const struct show *s, GString *out);
/* Links of a view to the same name below self: */
int show_self_link(const struct show *s, GString *out);
/* Of a view: */
int show_recent(const struct show *s, GString *out);
int show_pidns(const struct show *s, GString *out);
int show_tree(const struct show *s, GString *out);
int show_table(const struct show *s, GString *out);
int show_door(const struct show *s, GString *out);
int show_requests(const struct show *s, GString *out);
int show_errors(const struct show *s, GString *out);
int show_uptime(const struct show *s, GString *out);
int show_loadavg(const struct show *s, GString *out);
int show_self(const struct show *s, GString *out);
int show_thread_self(const struct show *s, GString *out);
int show_host_self(const struct show *s, GString *out);
int show_host(const struct show *s, GString *out);
int show_clock(const struct show *s, GString *out);
int show_events(const struct show *s, GString *out);
int show_pid_max(const struct show *s, GString *out);
int show_last_pid(const struct show *s, GString *out);

/* What is written to a fact file: 0 or -errno, the reason in errors. */
int write_oom_score_adj(const struct show *s, const char *buf, size_t len);
int write_comm(const struct show *s, const char *buf, size_t len);
int write_clock(const struct show *s, const char *buf, size_t len);
int write_pid_max(const struct show *s, const char *buf, size_t len);
int write_last_pid(const struct show *s, const char *buf, size_t len);

/* A row of a file that is only text: its name, and what it says. */
struct show_text {
	const char *name, *text;
};

/* Appends the text of the row of that name; -ENOENT: there is none. */
int show_text_of(const struct show_text *texts, size_t n, const char *name, GString *out);
/* The fields of stat that are addresses. */
struct show_address {
	uint64_t start_code, end_code, start_stack, start_data, end_data, start_brk;
};

void show_addresses(const struct world_memory *memory, struct show_address *a);
/* Has it a program?  A zombie has none. */
bool show_alive(const struct world_task *t);
/* Is it the process, with all its threads, that is shown, or one of them? */
bool show_whole(const struct show *s);

/* "pid", "user", …: the name before the colon of a namespace's link */
const char *ns_type_name(enum world_ns_type type);

#endif
