/* SPDX-License-Identifier: MIT */
/* Files of processes, byte for byte as proc(5) has them. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "fs/fs.h"
#include "fs/show.h"

static uint64_t page_size(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool has_memory(const struct world_task *t)
{
	return t->state != 'Z' && t->state != 'X';
}

/* A thread's own directory shows the thread; elsewhere it is the process. */
static bool whole(const struct show *s)
{
	return !s->node.thread;
}

int show_stat(const struct show *s, GString *out)
{
	const struct world_task *t = s->task;
	const bool mm = has_memory(t);
	const bool sleeps = t->state != 'R' && (!whole(s) || t->threads < 2);

	g_string_append_printf(out, "%d (%s) %c %d %d %d %d %d %u", t->pid, t->comm, t->state,
			       t->ppid, t->pgrp, t->session, t->tty_nr, t->tty_pgrp, t->flags);
	g_string_append_printf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, t->minflt,
			       t->cminflt, t->majflt, t->cmajflt);
	g_string_append_printf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, t->utime,
			       t->stime, t->cutime, t->cstime);
	g_string_append_printf(out, " %d %d %d 0 %" PRIu64, t->priority, t->nice, t->threads,
			       t->starttime);
	g_string_append_printf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64, mm ? t->vsize : 0,
			       mm ? t->rss / page_size() : 0, UINT64_MAX);
	/* Addresses, which no invented process has; signals are in status. */
	g_string_append_printf(out, " 0 0 0 0 0 %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64,
			       t->sig_pending & INT32_MAX, t->sig_blocked & INT32_MAX,
			       t->sig_ignored & INT32_MAX, t->sig_caught & INT32_MAX);
	g_string_append_printf(out, " %d 0 0 %d %d 0 0 0 0 0 0 0 0 0 0 0 0 %d\n", sleeps,
			       t->exit_signal, t->processor, t->exit_code);
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

static void append_memory(GString *out, const struct world_task *t)
{
	append_kb(out, "VmPeak", t->vsize);
	append_kb(out, "VmSize", t->vsize);
	append_kb(out, "VmLck", 0);
	append_kb(out, "VmPin", 0);
	append_kb(out, "VmHWM", t->rss);
	append_kb(out, "VmRSS", t->rss);
	append_kb(out, "RssAnon", t->rss);
	append_kb(out, "RssFile", 0);
	append_kb(out, "RssShmem", 0);
	append_kb(out, "VmData", 0);
	append_kb(out, "VmStk", 0);
	append_kb(out, "VmExe", 0);
	append_kb(out, "VmLib", 0);
	append_kb(out, "VmPTE", 0);
	append_kb(out, "VmSwap", 0);
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

static void append_cpus(GString *out, unsigned int cpus)
{
	unsigned int words = (cpus + 31) / 32, rest = cpus % 32;

	g_string_append(out, "Cpus_allowed:\t");
	for (unsigned int i = 0; i < words; i++)
		/* The first word is cut to the CPUs there are, and so are its digits. */
		if (!i && rest)
			g_string_append_printf(out, "%0*x", (int)(rest + 3) / 4,
					       (1U << rest) - 1);
		else
			g_string_append_printf(out, i ? ",%08x" : "%08x", UINT32_MAX);
	g_string_append(out, "\nCpus_allowed_list:\t0");
	if (cpus > 1)
		g_string_append_printf(out, "-%u", cpus - 1);
	g_string_append_c(out, '\n');
}

/* As of a kernel made for 1024 memory nodes, which distributions ship; there is one. */
static void append_nodes(GString *out)
{
	g_string_append(out, "Mems_allowed:\t");
	for (int i = 1; i < 1024 / 32; i++)
		g_string_append(out, "00000000,");
	g_string_append(out, "00000001\nMems_allowed_list:\t0\n");
}

int show_status(const struct show *s, GString *out)
{
	const struct world_task *t = s->task;

	g_string_append(out, "Name:\t");
	append_escaped(out, t->comm);
	g_string_append_c(out, '\n');
	if (has_memory(t))
		g_string_append(out, "Umask:\t0022\n");
	g_string_append_printf(out, "State:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\n",
			       state_name(t->state), t->tgid, t->pid, t->ppid);
	g_string_append_printf(out, "TracerPid:\t0\nUid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n",
			       t->uid, t->uid, t->uid, t->uid, t->gid, t->gid, t->gid, t->gid);
	g_string_append_printf(out, "FDSize:\t%u\nGroups:\t \n",
			       has_memory(t) ? MAX(64, (t->fds + 63) / 64 * 64) : 0);
	append_levels(out, "NStgid", t->nstgid, t->nr_levels);
	append_levels(out, "NSpid", t->nspid, t->nr_levels);
	append_levels(out, "NSpgid", t->nspgid, t->nr_levels);
	append_levels(out, "NSsid", t->nssid, t->nr_levels);
	g_string_append(out, "Kthread:\t0\n");
	if (has_memory(t))
		append_memory(out, t);
	g_string_append_printf(out, "Threads:\t%d\nSigQ:\t0/0\n", t->threads);
	g_string_append_printf(out, "SigPnd:\t%016" PRIx64 "\nShdPnd:\t%016" PRIx64 "\n",
			       t->sig_pending, t->sig_shared);
	g_string_append_printf(
		out, "SigBlk:\t%016" PRIx64 "\nSigIgn:\t%016" PRIx64 "\nSigCgt:\t%016" PRIx64 "\n",
		t->sig_blocked, t->sig_ignored, t->sig_caught);
	g_string_append_printf(
		out, "CapInh:\t%016" PRIx64 "\nCapPrm:\t%016" PRIx64 "\nCapEff:\t%016" PRIx64 "\n",
		t->cap_inheritable, t->cap_permitted, t->cap_effective);
	g_string_append_printf(out, "CapBnd:\t%016" PRIx64 "\nCapAmb:\t%016" PRIx64 "\n",
			       t->cap_bounding, t->cap_ambient);
	g_string_append(out, "NoNewPrivs:\t0\nSeccomp:\t0\nSeccomp_filters:\t0\n"
			     "Speculation_Store_Bypass:\tnot vulnerable\n"
			     "SpeculationIndirectBranch:\tnot affected\n");
	append_cpus(out, s->fs->cpus);
	append_nodes(out);
	g_string_append_printf(out,
			       "voluntary_ctxt_switches:\t%" PRIu64 "\n"
			       "nonvoluntary_ctxt_switches:\t%" PRIu64 "\n",
			       t->nvcsw, t->nivcsw);
	return 0;
}

int show_statm(const struct show *s, GString *out)
{
	const struct world_task *t = s->task;
	const bool mm = has_memory(t);

	g_string_append_printf(out, "%" PRIu64 " %" PRIu64 " 0 0 0 0 0\n",
			       mm ? t->vsize / page_size() : 0, mm ? t->rss / page_size() : 0);
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
