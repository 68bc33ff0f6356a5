/* SPDX-License-Identifier: MIT */
/* Files of processes, byte for byte as proc(5) has them. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fs/fs.h"
#include "fs/show.h"

#define PF_KTHREAD 0x00200000u
#define SECCOMP_FILTER 2

bool show_alive(const struct world_task *t)
{
	return t->state != 'Z' && t->state != 'X';
}

bool show_whole(const struct show *s)
{
	return !s->node.thread;
}

static uint64_t rss_limit(const struct show *s)
{
	struct world_limit limits[WORLD_LIMITS];

	return world_limits(s->fs->w, s->node.ref, limits) ? UINT64_MAX : limits[RLIMIT_RSS].soft;
}

int show_stat(const struct show *s, GString *out)
{
	const struct world_task *t = s->task;
	const bool sleeps = t->state != 'R' && (!show_whole(s) || t->threads < 2);
	struct show_address a;
	struct world_usage u;
	int err = world_usage(s->fs->w, s->node.ref, show_whole(s), &u);

	if (err)
		return err;
	show_addresses(&u.memory, &a);
	g_string_append_printf(out, "%d (%s) %c %d %d %d %d %d %u", t->pid, t->comm, t->state,
			       t->ppid, t->pgrp, t->session, t->tty_nr, t->tty_pgrp, t->flags);
	g_string_append_printf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, u.minflt,
			       u.cminflt, u.majflt, u.cmajflt);
	g_string_append_printf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, u.utime,
			       u.stime, u.cutime, u.cstime);
	g_string_append_printf(out, " %d %d %d 0 %" PRIu64, t->priority, t->nice, t->threads,
			       t->starttime);
	g_string_append_printf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64, u.memory.vsize,
			       u.memory.rss / (uint64_t)sysconf(_SC_PAGESIZE), rss_limit(s));
	/* No registers; signals are in status. */
	g_string_append_printf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64 " 0 0", a.start_code,
			       a.end_code, a.start_stack);
	g_string_append_printf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64,
			       t->sig_pending & INT32_MAX, t->sig_blocked & INT32_MAX,
			       t->sig_ignored & INT32_MAX, t->sig_caught & INT32_MAX);
	g_string_append_printf(out, " %d 0 0 %d %d %d %d %" PRIu64 " 0 0", sleeps, t->exit_signal,
			       t->processor, t->rt_priority, t->policy, u.blkio);
	g_string_append_printf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64 " 0 0 0 0 %d\n",
			       a.start_data, a.end_data, a.start_brk,
			       show_whole(s) ? t->group_exit_code : t->exit_code);
	return 0;
}

static const char *state_name(char state)
{
	switch (state) {
	case 'R':
		return "R (running)";
	case 'D':
		return "D (disk sleep)";
	case 'T':
		return "T (stopped)";
	case 't':
		return "t (tracing stop)";
	case 'X':
		return "X (dead)";
	case 'Z':
		return "Z (zombie)";
	case 'I':
		return "I (idle)";
	default:
		return "S (sleeping)";
	}
}

static void append_levels(GString *out, const char *name, const int *nrs, unsigned int n)
{
	g_string_append_printf(out, "%s:", name);
	for (unsigned int i = 0; i < n; i++)
		g_string_append_printf(out, "\t%d", nrs[i]);
	g_string_append_c(out, '\n');
}

static void append_kb(GString *out, const char *name, uint64_t bytes)
{
	g_string_append_printf(out, "%s:\t%8" PRIu64 " kB\n", name, bytes / 1024);
}

static void append_memory(GString *out, const struct world_memory *m)
{
	append_kb(out, "VmPeak", m->peak);
	append_kb(out, "VmSize", m->vsize);
	append_kb(out, "VmLck", m->locked);
	append_kb(out, "VmPin", m->pinned);
	append_kb(out, "VmHWM", m->hwm);
	append_kb(out, "VmRSS", m->rss);
	append_kb(out, "RssAnon", m->rss - m->rss_file - m->rss_shmem);
	append_kb(out, "RssFile", m->rss_file);
	append_kb(out, "RssShmem", m->rss_shmem);
	append_kb(out, "VmData", m->data);
	append_kb(out, "VmStk", m->stack);
	append_kb(out, "VmExe", m->text);
	append_kb(out, "VmLib", m->lib);
	append_kb(out, "VmPTE", m->pte);
	append_kb(out, "VmSwap", m->swap);
	append_kb(out, "HugetlbPages", 0);
	g_string_append(out, "CoreDumping:\t0\nTHP_enabled:\t1\n"
			     "untag_mask:\t0xffffffffffffffff\n");
}

/* Names are escaped here and nowhere else, as the kernel does. */
static void append_escaped(GString *out, const char *comm)
{
	for (; *comm; comm++) {
		if (*comm == '\n')
			g_string_append(out, "\\n");
		else if (*comm == '\\')
			g_string_append(out, "\\\\");
		else
			g_string_append_c(out, *comm);
	}
}

/* Sets the bits of a list as 0-3,7 that are below n. */
static void set_bits(const char *list, uint32_t *words, unsigned int n)
{
	while (*list) {
		char *end;
		unsigned long from = strtoul(list, &end, 10), to = from;

		if (*end == '-')
			to = strtoul(end + 1, &end, 10);
		for (; from <= to && from < n; from++)
			words[from / 32] |= UINT32_C(1) << from % 32;
		list = *end ? end + 1 : end;
	}
}

/* cpus: that the machine has; list: that the task may run on, empty: all. */
static void append_cpus(GString *out, unsigned int cpus, const char *list)
{
	g_autofree char *all = cpus > 1 ? g_strdup_printf("0-%u", cpus - 1) : g_strdup("0");
	unsigned int n = (cpus + 31) / 32, rest = cpus % 32;
	g_autofree uint32_t *words = g_new0(uint32_t, n);

	if (!*list)
		list = all;
	set_bits(list, words, cpus);
	g_string_append(out, "Cpus_allowed:\t");
	for (unsigned int i = 0; i < n; i++)
		/* The first word has as many digits as there are CPUs for. */
		if (!i && rest)
			g_string_append_printf(out, "%0*x", (int)(rest + 3) / 4, words[n - 1]);
		else
			g_string_append_printf(out, i ? ",%08x" : "%08x", words[n - 1 - i]);
	g_string_append_printf(out, "\nCpus_allowed_list:\t%s\n", list);
}

/* As of a kernel made for 1024 memory nodes, which distributions ship; there is one. */
static void append_nodes(GString *out)
{
	g_string_append(out, "Mems_allowed:\t");
	for (int i = 1; i < 1024 / 32; i++)
		g_string_append(out, "00000000,");
	g_string_append(out, "00000001\nMems_allowed_list:\t0\n");
}

static void append_groups(GString *out, const struct show *s)
{
	g_autoptr(GArray) gids = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	if (world_groups(s->fs->w, s->node.ref, gids))
		g_array_set_size(gids, 0);
	g_string_append(out, "Groups:\t");
	for (guint i = 0; i < gids->len; i++)
		g_string_append_printf(out, i ? " %u" : "%u", g_array_index(gids, uint32_t, i));
	g_string_append(out, " \n");
}

static void append_ids(GString *out, const struct show *s)
{
	const struct world_task *t = s->task;

	g_string_append_printf(out, "State:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\n",
			       state_name(t->state), t->tgid, t->pid, t->ppid);
	g_string_append_printf(out, "TracerPid:\t0\nUid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n",
			       t->uid, t->euid, t->suid, t->fsuid, t->gid, t->egid, t->sgid,
			       t->fsgid);
	g_string_append_printf(out, "FDSize:\t%u\n", show_alive(t) ? t->fd_size : 0);
	append_groups(out, s);
	append_levels(out, "NStgid", t->nstgid, t->nr_levels);
	append_levels(out, "NSpid", t->nspid, t->nr_levels);
	append_levels(out, "NSpgid", t->nspgid, t->nr_levels);
	append_levels(out, "NSsid", t->nssid, t->nr_levels);
	g_string_append_printf(out, "Kthread:\t%d\n", !!(t->flags & PF_KTHREAD));
}

static void append_signals(GString *out, const struct world_task *t, uint64_t limit)
{
	g_string_append_printf(out, "Threads:\t%d\nSigQ:\t0/%" PRIu64 "\n", t->threads, limit);
	g_string_append_printf(out, "SigPnd:\t%016" PRIx64 "\nShdPnd:\t%016" PRIx64 "\n",
			       t->sig_pending, t->sig_shared);
	g_string_append_printf(out,
			       "SigBlk:\t%016" PRIx64 "\nSigIgn:\t%016" PRIx64
			       "\nSigCgt:\t%016" PRIx64 "\n",
			       t->sig_blocked, t->sig_ignored, t->sig_caught);
	g_string_append_printf(out,
			       "CapInh:\t%016" PRIx64 "\nCapPrm:\t%016" PRIx64
			       "\nCapEff:\t%016" PRIx64 "\n",
			       t->cap_inheritable, t->cap_permitted, t->cap_effective);
	g_string_append_printf(out, "CapBnd:\t%016" PRIx64 "\nCapAmb:\t%016" PRIx64 "\n",
			       t->cap_bounding, t->cap_ambient);
	g_string_append_printf(out, "NoNewPrivs:\t%u\nSeccomp:\t%u\nSeccomp_filters:\t%d\n",
			       t->no_new_privs, t->seccomp, t->seccomp == SECCOMP_FILTER);
	g_string_append(out, "Speculation_Store_Bypass:\tnot vulnerable\n"
			     "SpeculationIndirectBranch:\tnot affected\n");
}

int show_status(const struct show *s, GString *out)
{
	const struct world_task *t = s->task;
	struct world_limit limits[WORLD_LIMITS];
	struct world_machine machine;
	struct world_usage u;
	int err = world_usage(s->fs->w, s->node.ref, false, &u);

	if (!err)
		err = world_limits(s->fs->w, s->node.ref, limits);
	if (err)
		return err;
	world_machine(s->fs->w, false, &machine);
	g_string_append(out, "Name:\t");
	append_escaped(out, t->comm);
	g_string_append_c(out, '\n');
	if (show_alive(t))
		g_string_append_printf(out, "Umask:\t%04o\n", t->umask);
	append_ids(out, s);
	if (show_alive(t) && !(t->flags & PF_KTHREAD))
		append_memory(out, &u.memory);
	append_signals(out, t, limits[RLIMIT_SIGPENDING].soft);
	append_cpus(out, machine.cpus, t->cpus);
	append_nodes(out);
	g_string_append_printf(out,
			       "voluntary_ctxt_switches:\t%" PRIu64 "\n"
			       "nonvoluntary_ctxt_switches:\t%" PRIu64 "\n",
			       u.nvcsw, u.nivcsw);
	return 0;
}

int show_comm(const struct show *s, GString *out)
{
	g_string_append_printf(out, "%s\n", s->task->comm);
	return 0;
}

int show_cmdline(const struct show *s, GString *out)
{
	return world_cmdline(s->fs->w, s->node.ref, out);
}

int show_children(const struct show *s, GString *out)
{
	g_autoptr(GArray) nrs = g_array_new(FALSE, FALSE, sizeof(int));
	int err = world_children(s->fs->w, s->node.ref, nrs);

	for (guint i = 0; i < nrs->len; i++)
		g_string_append_printf(out, "%d ", g_array_index(nrs, int, i));
	return err;
}

/* The way from a process's directory to its view's, and to ns/. */
int show_inner(const struct show *s, GString *out)
{
	const struct world_task *t = s->task;

	g_string_append_printf(out, "%s/%u/%d", s->node.below_ns ? "../.." : "../ns",
			       t->active_inum, t->nspid[t->nr_levels - 1]);
	return 0;
}

int show_outer(const struct show *s, GString *out)
{
	g_string_append_printf(out, "%s/%d", s->node.below_ns ? "../../.." : "..", s->task->outer);
	return 0;
}

int show_wait(const struct show *s, GString *out)
{
	g_string_append_printf(out, "../.live/%" PRIu64 ".wait", s->node.ref.ino);
	return 0;
}

int show_text_link(const struct show *s, GString *out)
{
	return world_text(s->fs->w, s->node.ref, (enum world_text)entry_of(&s->node)->arg, out);
}

int show_environ(const struct show *s, GString *out)
{
	int err = world_text(s->fs->w, s->node.ref, WORLD_ENVIRON, out);

	/* It has died since it was opened: its environment is gone. */
	return err == -ENOENT ? 0 : err;
}

int show_cgroup(const struct show *s, GString *out)
{
	return world_text(s->fs->w, s->node.ref, WORLD_CGROUP, out);
}

int show_loginuid(const struct show *s, GString *out)
{
	g_string_append_printf(out, "%u", s->task->loginuid);
	return 0;
}

int show_sessionid(const struct show *s, GString *out)
{
	g_string_append_printf(out, "%u", s->task->sessionid);
	return 0;
}

static void append_limit(GString *out, uint64_t value)
{
	if (value == UINT64_MAX)
		g_string_append_printf(out, "%-20s ", "unlimited");
	else
		g_string_append_printf(out, "%-20" PRIu64 " ", value);
}

int show_limits(const struct show *s, GString *out)
{
	static const struct {
		const char *name, *unit;
	} rows[WORLD_LIMITS] = {
		[RLIMIT_CPU] = { "Max cpu time", "seconds" },
		[RLIMIT_FSIZE] = { "Max file size", "bytes" },
		[RLIMIT_DATA] = { "Max data size", "bytes" },
		[RLIMIT_STACK] = { "Max stack size", "bytes" },
		[RLIMIT_CORE] = { "Max core file size", "bytes" },
		[RLIMIT_RSS] = { "Max resident set", "bytes" },
		[RLIMIT_NPROC] = { "Max processes", "processes" },
		[RLIMIT_NOFILE] = { "Max open files", "files" },
		[RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
		[RLIMIT_AS] = { "Max address space", "bytes" },
		[RLIMIT_LOCKS] = { "Max file locks", "locks" },
		[RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
		[RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
		[RLIMIT_NICE] = { "Max nice priority", NULL },
		[RLIMIT_RTPRIO] = { "Max realtime priority", NULL },
		[RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
	};
	struct world_limit limits[WORLD_LIMITS];
	int err = world_limits(s->fs->w, s->node.ref, limits);

	if (err)
		return err;
	g_string_append_printf(out, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit",
			       "Hard Limit", "Units");
	for (int i = 0; i < WORLD_LIMITS; i++) {
		g_string_append_printf(out, "%-25s ", rows[i].name);
		append_limit(out, limits[i].soft);
		append_limit(out, limits[i].hard);
		if (rows[i].unit)
			g_string_append_printf(out, "%-10s", rows[i].unit);
		g_string_append_c(out, '\n');
	}
	return 0;
}

/* As proc(5): one number of what it says, blanks around it or not. */
int write_oom_score_adj(const struct show *s, const char *buf, size_t len)
{
	const struct world_actor actor = { .ref = s->node.ref, .thread = s->node.thread };
	g_autofree char *text = g_strstrip(g_strndup(buf, len));
	const char *const key = "oom_score_adj", *value = text;
	int err = world_set(s->fs->w, actor, &key, &value, 1);

	if (err) {
		g_autofree char *path = fs_path(s->fs, &s->node);

		errors_add(s->fs->errors, path, key, text, strlen(text), -err, world_reason());
	}
	return err;
}

int write_comm(const struct show *s, const char *buf, size_t len)
{
	struct world_actor actor = { .ref = s->node.ref, .thread = true };

	int err;

	if (len && buf[len - 1] == '\n')
		len--;
	err = world_set_comm(s->fs->w, actor, buf, len);
	if (err) {
		g_autofree char *path = fs_path(s->fs, &s->node);

		errors_add(s->fs->errors, path, "comm", buf, len, -err, world_reason());
	}
	return err;
}
