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
int show_wait(const struct show *s, GString *out);
int show_ns_link(const struct show *s, GString *out); /* arg: enum world_ns_type */
/* Of the machine: */
int show_machine_stat(const struct show *s, GString *out);
int show_meminfo(const struct show *s, GString *out);
int show_cpuinfo(const struct show *s, GString *out);
int show_version(const struct show *s, GString *out);
int show_osrelease(const struct show *s, GString *out);
int show_ostype(const struct show *s, GString *out);
/* Of a view: */
int show_pidns(const struct show *s, GString *out);
int show_tree(const struct show *s, GString *out);
int show_table(const struct show *s, GString *out);
int show_requests(const struct show *s, GString *out);
int show_errors(const struct show *s, GString *out);
int show_uptime(const struct show *s, GString *out);
int show_loadavg(const struct show *s, GString *out);
int show_self(const struct show *s, GString *out);
int show_thread_self(const struct show *s, GString *out);
int show_host_self(const struct show *s, GString *out);
int show_host(const struct show *s, GString *out);
int show_events(const struct show *s, GString *out);
int show_pid_max(const struct show *s, GString *out);
int show_last_pid(const struct show *s, GString *out);

/* What is written to a fact file: 0 or -errno, the reason in errors. */
int write_comm(const struct show *s, const char *buf, size_t len);
int write_pid_max(const struct show *s, const char *buf, size_t len);
int write_last_pid(const struct show *s, const char *buf, size_t len);

/* "pid", "user", …: the name before the colon of a namespace's link */
const char *ns_type_name(enum world_ns_type type);

#endif
