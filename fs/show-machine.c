/* SPDX-License-Identifier: MIT */
/*
 * Files of the machine that the processes run on.  There is none: it has the
 * CPUs and the memory of the real one and never has anything to do, and what
 * is here are the facts without which readers of /proc do not start.
 */
#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "fs/fs.h"
#include "fs/show.h"

static const char *release(const struct fs *fs)
{
	return fs->kernel == 618 ? "6.18.0" : "6.12.0";
}

int show_osrelease(const struct show *s, GString *out)
{
	g_string_append_printf(out, "%s\n", release(s->fs));
	return 0;
}

int show_ostype(const struct show *s, GString *out)
{
	(void)s;
	g_string_append(out, "Linux\n");
	return 0;
}

int show_version(const struct show *s, GString *out)
{
	g_string_append_printf(out, "Linux version %s (pidnsfs@virtual) (gcc) #1 SMP\n",
			       release(s->fs));
	return 0;
}

/* user nice system idle iowait irq softirq steal guest guest_nice */
static void append_cpu(GString *out, uint64_t idle)
{
	g_string_append_printf(out, " 0 0 0 %" PRIu64 " 0 0 0 0 0 0\n", idle);
}

int show_machine_stat(const struct show *s, GString *out)
{
	const uint64_t up = world_uptime(s->fs->w);
	struct world_ns_info root;
	int err = world_ns(s->fs->w, WORLD_ROOT_INUM, &root);

	if (err)
		return err;
	g_string_append(out, "cpu ");
	append_cpu(out, up * s->fs->cpus);
	for (unsigned int i = 0; i < s->fs->cpus; i++) {
		g_string_append_printf(out, "cpu%u", i);
		append_cpu(out, up);
	}
	g_string_append_printf(out, "intr 0\nctxt 0\nbtime %" PRId64 "\n",
			       (int64_t)s->fs->began.tv_sec);
	/* Forks are not counted; what numbers say of them is close, and never 0. */
	g_string_append_printf(out, "processes %d\nprocs_running 1\nprocs_blocked 0\n",
			       MAX(root.last_pid, 1));
	g_string_append(out, "softirq 0 0 0 0 0 0 0 0 0 0 0\n");
	return 0;
}

int show_meminfo(const struct show *s, GString *out)
{
	static const char *const nothing[] = {
		"Buffers:",	  "Cached:",	     "SwapCached:",	"Active:",
		"Inactive:",	  "Active(anon):",   "Inactive(anon):", "Active(file):",
		"Inactive(file):", "Unevictable:",   "Mlocked:",	"SwapTotal:",
		"SwapFree:",	  "Dirty:",	     "Writeback:",	"AnonPages:",
		"Mapped:",	  "Shmem:",	     "KReclaimable:",	"Slab:",
		"SReclaimable:",  "SUnreclaim:",     "KernelStack:",	"PageTables:",
		"SecPageTables:", "NFS_Unstable:",   "Bounce:",		"WritebackTmp:",
	};
	const uint64_t kb = (uint64_t)sysconf(_SC_PHYS_PAGES) *
			    ((uint64_t)sysconf(_SC_PAGESIZE) / 1024);

	(void)s;
	g_string_append_printf(out, "%-16s%8" PRIu64 " kB\n", "MemTotal:", kb);
	g_string_append_printf(out, "%-16s%8" PRIu64 " kB\n", "MemFree:", kb);
	g_string_append_printf(out, "%-16s%8" PRIu64 " kB\n", "MemAvailable:", kb);
	for (size_t i = 0; i < G_N_ELEMENTS(nothing); i++)
		g_string_append_printf(out, "%-16s%8d kB\n", nothing[i], 0);
	g_string_append_printf(out, "%-16s%8" PRIu64 " kB\n", "CommitLimit:", kb);
	g_string_append_printf(out, "%-16s%8d kB\n", "Committed_AS:", 0);
	return 0;
}

/* Readers want an empty line behind each CPU, the last one, too. */
int show_cpuinfo(const struct show *s, GString *out)
{
	for (unsigned int i = 0; i < s->fs->cpus; i++)
		g_string_append_printf(out,
				       "processor\t: %u\nvendor_id\t: pidnsfs\n"
				       "model name\t: virtual\ncpu MHz\t\t: 1000.000\n"
				       "physical id\t: 0\nsiblings\t: %u\ncore id\t\t: %u\n"
				       "cpu cores\t: %u\n\n",
				       i, s->fs->cpus, i, s->fs->cpus);
	return 0;
}
