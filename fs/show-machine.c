/* SPDX-License-Identifier: MIT */
/*
 * Files of the machine that the processes run on: it has the CPUs and the memory
 * of the real one unless a fixture says otherwise, and does what its processes
 * are said to have done.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "fs/fs.h"
#include "fs/show.h"

#define SECTOR_PAGES 1024 /* of the largest free blocks that buddyinfo knows */
#define ORDERS 11

int show_osrelease(const struct show *s, GString *out)
{
	struct world_machine m;

	world_machine(s->fs->w, false, &m);
	g_string_append_printf(out, "%s\n", m.osrelease);
	return 0;
}

int show_uts_version(const struct show *s, GString *out)
{
	struct world_machine m;

	world_machine(s->fs->w, false, &m);
	g_string_append_printf(out, "%s\n", m.version);
	return 0;
}

int show_hostname(const struct show *s, GString *out)
{
	struct world_machine m;

	world_machine(s->fs->w, false, &m);
	g_string_append_printf(out, "%s\n", m.hostname);
	return 0;
}

int show_domainname(const struct show *s, GString *out)
{
	struct world_machine m;

	world_machine(s->fs->w, false, &m);
	g_string_append_printf(out, "%s\n", m.domainname);
	return 0;
}

int show_version(const struct show *s, GString *out)
{
	struct world_machine m;

	world_machine(s->fs->w, false, &m);
	g_string_append_printf(out, "Linux version %s (pidnsfs@%s) (gcc) %s\n", m.osrelease,
			       m.hostname, m.version);
	return 0;
}

/* A UUID of version 4, the same as long as the machine has not booted again. */
int show_boot_id(const struct show *s, GString *out)
{
	const uint64_t seed = (uint64_t)world_btime(s->fs->w) * UINT64_C(0x9e3779b97f4a7c15);

	g_string_append_printf(out, "%08x-%04x-4%03x-8%03x-%012" PRIx64 "\n",
			       (unsigned int)(seed >> 32), (unsigned int)(seed >> 16 & 0xffff),
			       (unsigned int)(seed >> 4 & 0xfff), (unsigned int)(seed & 0xfff),
			       seed >> 16);
	return 0;
}

/* user nice system idle iowait irq softirq steal guest guest_nice */
static void append_cpu(GString *out, const struct world_cpu *c)
{
	g_string_append_printf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64,
			       c->user, c->nice, c->system, c->idle, c->iowait);
	g_string_append_printf(out,
			       " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
			       c->irq, c->softirq, c->steal, c->guest, c->guest_nice);
}

int show_machine_stat(const struct show *s, GString *out)
{
	g_autoptr(GArray) cpus = g_array_new(FALSE, FALSE, sizeof(struct world_cpu));
	struct world_machine m;

	world_machine(s->fs->w, true, &m);
	world_cpus(s->fs->w, cpus);
	g_string_append(out, "cpu ");
	append_cpu(out, &g_array_index(cpus, struct world_cpu, 0));
	for (guint i = 1; i < cpus->len; i++) {
		g_string_append_printf(out, "cpu%u", i - 1);
		append_cpu(out, &g_array_index(cpus, struct world_cpu, i));
	}
	g_string_append_printf(out, "intr %" PRIu64 "\nctxt %" PRIu64 "\nbtime %" PRId64 "\n",
			       m.intr, m.ctxt, m.btime);
	g_string_append_printf(out,
			       "processes %" PRIu64 "\nprocs_running %" PRIu64
			       "\nprocs_blocked %" PRIu64 "\n",
			       m.forks, m.running, m.blocked);
	g_string_append(out, "softirq 0 0 0 0 0 0 0 0 0 0 0\n");
	return 0;
}

static void append_kb(GString *out, const char *name, uint64_t bytes)
{
	g_string_append_printf(out, "%-16s%8" PRIu64 " kB\n", name, bytes / 1024);
}

static void append_nothing(GString *out, const char *const *names)
{
	for (; *names; names++)
		append_kb(out, *names, 0);
}

int show_meminfo(const struct show *s, GString *out)
{
	static const char *const before[] = { "Zswap:", "Zswapped:", "Dirty:", "Writeback:", NULL };
	static const char *const kernel[] = { "KReclaimable:", "Slab:",	       "SReclaimable:",
					      "SUnreclaim:",   "KernelStack:", NULL };
	static const char *const odd[] = { "SecPageTables:", "NFS_Unstable:", "Bounce:",
					   "WritebackTmp:", NULL };
	static const char *const huge[] = { "AnonHugePages:", "ShmemHugePages:", "ShmemPmdMapped:",
					    "FileHugePages:", "FilePmdMapped:",	 NULL };
	struct world_machine m;

	world_machine(s->fs->w, true, &m);
	append_kb(out, "MemTotal:", m.mem_total);
	append_kb(out, "MemFree:", m.mem_free);
	append_kb(out, "MemAvailable:", m.mem_free + m.buffers + m.cached - m.shmem);
	append_kb(out, "Buffers:", m.buffers);
	append_kb(out, "Cached:", m.cached);
	append_kb(out, "SwapCached:", 0);
	append_kb(out, "Active:", m.anon + m.cached - m.shmem + m.buffers);
	append_kb(out, "Inactive:", m.shmem);
	append_kb(out, "Active(anon):", m.anon);
	append_kb(out, "Inactive(anon):", m.shmem);
	append_kb(out, "Active(file):", m.cached - m.shmem + m.buffers);
	append_kb(out, "Inactive(file):", 0);
	append_kb(out, "Unevictable:", m.locked);
	append_kb(out, "Mlocked:", m.locked);
	append_kb(out, "SwapTotal:", m.swap_total);
	append_kb(out, "SwapFree:", m.swap_free);
	append_nothing(out, before);
	append_kb(out, "AnonPages:", m.anon);
	append_kb(out, "Mapped:", m.file + m.shmem);
	append_kb(out, "Shmem:", m.shmem);
	append_nothing(out, kernel);
	append_kb(out, "PageTables:", m.pte);
	append_nothing(out, odd);
	append_kb(out, "CommitLimit:", m.mem_total / 2 + m.swap_total);
	append_kb(out, "Committed_AS:", m.anon + m.shmem + m.swap);
	g_string_append(out, "VmallocTotal:   34359738367 kB\n");
	append_kb(out, "VmallocUsed:", 0);
	append_kb(out, "VmallocChunk:", 0);
	append_kb(out, "Percpu:", 0);
	g_string_append(out, "HardwareCorrupted:     0 kB\n");
	append_nothing(out, huge);
	for (const char *const *name =
		     (const char *const[]){ "Total:", "Free:", "Rsvd:", "Surp:", NULL };
	     *name; name++)
		g_string_append_printf(out, "HugePages_%-6s%8d\n", *name, 0);
	append_kb(out, "Hugepagesize:", 2048 * 1024);
	append_kb(out, "Hugetlb:", 0);
	append_kb(out, "DirectMap4k:", 0);
	append_kb(out, "DirectMap2M:", m.mem_total);
	return 0;
}

/* Names of /proc/vmstat in its order; those of which anything is known say it. */
static uint64_t vmstat_value(const struct world_machine *m, const char *name)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const struct {
		const char *name;
		uint64_t bytes;
	} known[] = {
		{ "nr_free_pages", m->mem_free },
		{ "nr_zone_inactive_anon", m->shmem },
		{ "nr_zone_active_anon", m->anon },
		{ "nr_zone_active_file", m->cached - m->shmem + m->buffers },
		{ "nr_zone_unevictable", m->locked },
		{ "nr_mlock", m->locked },
		{ "nr_inactive_anon", m->shmem },
		{ "nr_active_anon", m->anon },
		{ "nr_active_file", m->cached - m->shmem + m->buffers },
		{ "nr_unevictable", m->locked },
		{ "nr_anon_pages", m->anon },
		{ "nr_mapped", m->file + m->shmem },
		{ "nr_file_pages", m->cached + m->buffers },
		{ "nr_shmem", m->shmem },
		{ "nr_page_table_pages", m->pte },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].bytes / page;
	return 0;
}

int show_vmstat(const struct show *s, GString *out)
{
	static const char names[] =
		"nr_free_pages nr_zone_inactive_anon nr_zone_active_anon nr_zone_inactive_file "
		"nr_zone_active_file nr_zone_unevictable nr_zone_write_pending nr_mlock nr_zspages "
		"nr_free_cma numa_hit numa_miss numa_foreign numa_interleave numa_local numa_other "
		"nr_inactive_anon nr_active_anon nr_inactive_file nr_active_file nr_unevictable "
		"nr_slab_reclaimable nr_slab_unreclaimable nr_isolated_anon nr_isolated_file "
		"workingset_nodes workingset_refault_anon workingset_refault_file "
		"workingset_activate_anon workingset_activate_file workingset_restore_anon "
		"workingset_restore_file workingset_nodereclaim nr_anon_pages nr_mapped "
		"nr_file_pages nr_dirty nr_writeback nr_shmem nr_shmem_hugepages "
		"nr_shmem_pmdmapped nr_file_hugepages nr_file_pmdmapped "
		"nr_anon_transparent_hugepages nr_vmscan_write nr_vmscan_immediate_reclaim "
		"nr_dirtied nr_written nr_throttled_written nr_kernel_misc_reclaimable "
		"nr_foll_pin_acquired nr_foll_pin_released nr_kernel_stack nr_page_table_pages "
		"nr_sec_page_table_pages nr_swapcached nr_dirty_threshold "
		"nr_dirty_background_threshold pgpgin pgpgout pswpin pswpout pgalloc_dma "
		"pgalloc_dma32 pgalloc_normal pgalloc_movable allocstall_dma allocstall_dma32 "
		"allocstall_normal allocstall_movable pgskip_dma pgskip_dma32 pgskip_normal "
		"pgskip_movable pgfree pgactivate pgdeactivate pglazyfree pgfault pgmajfault "
		"pglazyfreed pgrefill pgreuse pgsteal_kswapd pgsteal_direct pgsteal_khugepaged "
		"pgscan_kswapd pgscan_direct pgscan_khugepaged pgscan_direct_throttle pgscan_anon "
		"pgscan_file pgsteal_anon pgsteal_file pginodesteal slabs_scanned "
		"kswapd_inodesteal kswapd_low_wmark_hit_quickly kswapd_high_wmark_hit_quickly "
		"pageoutrun pgrotated drop_pagecache drop_slab oom_kill pgmigrate_success "
		"pgmigrate_fail compact_migrate_scanned compact_free_scanned compact_isolated "
		"compact_stall compact_fail compact_success compact_daemon_wake "
		"unevictable_pgs_culled unevictable_pgs_scanned unevictable_pgs_rescued "
		"unevictable_pgs_mlocked unevictable_pgs_munlocked unevictable_pgs_cleared "
		"unevictable_pgs_stranded thp_fault_alloc thp_fault_fallback thp_collapse_alloc "
		"thp_collapse_alloc_failed thp_split_page thp_zero_page_alloc thp_swpout "
		"swap_ra swap_ra_hit nr_unstable";
	g_auto(GStrv) words = g_strsplit(names, " ", -1);
	struct world_machine m;

	world_machine(s->fs->w, true, &m);
	for (char **word = words; *word; word++)
		g_string_append_printf(out, "%s %" PRIu64 "\n", *word, vmstat_value(&m, *word));
	return 0;
}

/* All that is free, in the largest blocks that there are, and the rest of it. */
int show_buddyinfo(const struct show *s, GString *out)
{
	struct world_machine m;
	uint64_t pages;

	world_machine(s->fs->w, true, &m);
	pages = m.mem_free / (uint64_t)sysconf(_SC_PAGESIZE);
	g_string_append(out, "Node 0, zone   Normal ");
	for (int order = 0; order < ORDERS; order++) {
		uint64_t n = order < ORDERS - 1 ? pages >> order & 1 : pages / SECTOR_PAGES;

		g_string_append_printf(out, "%6" PRIu64 " ", n);
	}
	g_string_append_c(out, '\n');
	return 0;
}

int show_slabinfo(const struct show *s, GString *out)
{
	static const int sizes[] = { 8192, 4096, 2048, 1024, 512, 256, 128, 64, 32, 16, 8 };

	(void)s;
	g_string_append(out, "slabinfo - version: 2.1\n"
			     "# name            <active_objs> <num_objs> <objsize> <objperslab> "
			     "<pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : "
			     "slabdata <active_slabs> <num_slabs> <sharedavail>\n");
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autofree char *name = sizes[i] >= 1024 ?
						g_strdup_printf("kmalloc-%dk", sizes[i] / 1024) :
						g_strdup_printf("kmalloc-%d", sizes[i]);

		g_string_append_printf(out,
				       "%-17s %6d %6d %6d %4d %4d : tunables %4d %4d %4d : "
				       "slabdata %6d %6d %6d\n",
				       name, 0, 0, sizes[i], MAX(4096 / sizes[i], 1),
				       sizes[i] > 4096 ? 2 : 1, 0, 0, 0, 0, 0, 0);
	}
	return 0;
}

int show_swaps(const struct show *s, GString *out)
{
	struct world_machine m;

	world_machine(s->fs->w, true, &m);
	g_string_append(out, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	if (m.swap_total)
		g_string_append_printf(out, "%-40s%s\t%" PRIu64 "\t\t%" PRIu64 "\t\t%d\n",
				       "/swapfile", "file\t", m.swap_total / 1024,
				       (m.swap_total - m.swap_free) / 1024, -2);
	return 0;
}

static void append_cpu_names(GString *out, const char *margin, unsigned int cpus)
{
	g_string_append(out, margin);
	for (unsigned int i = 0; i < cpus; i++)
		g_string_append_printf(out, "CPU%-8u", i);
	g_string_append_c(out, '\n');
}

/* All that happened are said to be the first CPU's timer. */
int show_interrupts(const struct show *s, GString *out)
{
	static const struct {
		const char *name, *text;
	} rows[] = {
		{ "NMI", "Non-maskable interrupts" }, { "LOC", "Local timer interrupts" },
		{ "RES", "Rescheduling interrupts" }, { "CAL", "Function call interrupts" },
		{ "TLB", "TLB shootdowns" },
	};
	struct world_machine m;

	world_machine(s->fs->w, false, &m);
	append_cpu_names(out, "           ", m.cpus);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_string_append_printf(out, "%s:", rows[i].name);
		for (unsigned int cpu = 0; cpu < m.cpus; cpu++)
			g_string_append_printf(out, " %10" PRIu64,
					       !cpu && !strcmp(rows[i].name, "LOC") ? m.intr : 0);
		g_string_append_printf(out, "   %s\n", rows[i].text);
	}
	g_string_append(out, "ERR:          0\nMIS:          0\n");
	return 0;
}

int show_softirqs(const struct show *s, GString *out)
{
	static const char *const names[] = { "HI",	 "TIMER",   "NET_TX", "NET_RX",	 "BLOCK",
					     "IRQ_POLL", "TASKLET", "SCHED",  "HRTIMER", "RCU" };
	struct world_machine m;

	world_machine(s->fs->w, false, &m);
	append_cpu_names(out, "                    ", m.cpus);
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_string_append_printf(out, "%12s:", names[i]);
		for (unsigned int cpu = 0; cpu < m.cpus; cpu++)
			g_string_append_printf(out, " %10u", 0);
		g_string_append_c(out, '\n');
	}
	return 0;
}

/* Descriptors are not counted over all processes: what is open is a guess of theirs. */
int show_file_nr(const struct show *s, GString *out)
{
	struct world_machine m;

	world_machine(s->fs->w, true, &m);
	g_string_append_printf(out, "%" PRIu64 "\t0\t1048576\n", m.threads * 3);
	return 0;
}

/* Readers want an empty line behind each CPU, the last one, too. */
int show_cpuinfo(const struct show *s, GString *out)
{
	struct world_machine m;

	world_machine(s->fs->w, false, &m);
	for (unsigned int i = 0; i < m.cpus; i++)
		g_string_append_printf(out,
				       "processor\t: %u\nvendor_id\t: pidnsfs\n"
				       "cpu family\t: 6\nmodel\t\t: 1\n"
				       "model name\t: virtual\nstepping\t: 0\n"
				       "cpu MHz\t\t: 1000.000\ncache size\t: 1024 KB\n"
				       "physical id\t: 0\nsiblings\t: %u\ncore id\t\t: %u\n"
				       "cpu cores\t: %u\n\n",
				       i, m.cpus, i, m.cpus);
	return 0;
}
