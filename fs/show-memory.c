/* SPDX-License-Identifier: MIT */
/*
 * The memory of a process.  Only sizes of it are known, so the mappings in which
 * readers find them again are laid out here: a program, its heap, shared memory,
 * a library and a stack, each as large as was said.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "fs/fs.h"
#include "fs/show.h"

#define TEXT_BASE UINT64_C(0x400000)
#define LIB_BASE UINT64_C(0x7f0000000000)
#define STACK_TOP UINT64_C(0x7ffffffff000)
/* As the root file system's, see show-machine.c. */
#define DEV_MAJOR 8
#define DEV_MINOR 1
#define NAME_COLUMN 73

enum part {
	PART_TEXT,
	PART_DATA,
	PART_SHARED,
	PART_LIB,
	PART_STACK,
	PARTS
};

/* All in pages. */
struct mapping {
	uint64_t start, size;
	uint64_t anon, file, shmem, swap;
	const char *perms, *flags;
	const char *path; /* NULL: anonymous */
	bool of_file;
};

static uint64_t page_size(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t room(const struct mapping *m)
{
	return m->size - m->anon - m->file - m->shmem - m->swap;
}

/* Puts pages into the parts in that order; what finds no room goes into the first. */
static void spread(struct mapping *maps, const enum part *order, size_t field, uint64_t pages)
{
	for (int i = 0; i < PARTS && pages; i++) {
		struct mapping *m = &maps[order[i]];
		uint64_t n = MIN(pages, room(m));

		*(uint64_t *)((char *)m + field) += n;
		pages -= n;
	}
}

/* Everything that the sizes say, in mappings without overlap; empty ones stay empty. */
static void lay_out(const struct world_memory *mem, const char *exe, struct mapping maps[PARTS])
{
	static const enum part file_first[] = { PART_TEXT, PART_LIB, PART_SHARED, PART_DATA,
						PART_STACK };
	static const enum part shared_first[] = { PART_SHARED, PART_DATA, PART_STACK, PART_LIB,
						  PART_TEXT };
	static const enum part anon_first[] = { PART_DATA, PART_STACK, PART_SHARED, PART_LIB,
						PART_TEXT };
	const uint64_t page = page_size(), total = mem->vsize / page;
	uint64_t text = mem->text / page, lib = mem->lib / page, stack = mem->stack / page;
	uint64_t data = MIN(mem->data / page, total - text - lib - stack);
	uint64_t shared = total - text - lib - stack - data;

	/* Sizes that are no whole pages leave parts of some: those are data. */
	if (mem->data + mem->text + mem->lib + mem->stack == mem->vsize) {
		data += shared;
		shared = 0;
	}
	memset(maps, 0, sizeof(maps[0]) * PARTS);
	maps[PART_TEXT] = (struct mapping){ .start = TEXT_BASE / page,
					    .size = text,
					    .perms = "r-xp",
					    .flags = "rd ex mr mw me",
					    .path = exe,
					    .of_file = exe != NULL };
	maps[PART_DATA] = (struct mapping){ .start = maps[PART_TEXT].start + text,
					    .size = data,
					    .perms = "rw-p",
					    .flags = "rd wr mr mw me ac",
					    .path = "[heap]" };
	maps[PART_SHARED] = (struct mapping){ .start = LIB_BASE / page - shared,
					      .size = shared,
					      .perms = "rw-s",
					      .flags = "rd wr sh mr mw me ms",
					      .path = "/dev/zero (deleted)",
					      .of_file = true };
	maps[PART_LIB] = (struct mapping){ .start = LIB_BASE / page,
					   .size = lib,
					   .perms = "r-xp",
					   .flags = "rd ex mr mw me",
					   .path = "/usr/lib/libc.so.6",
					   .of_file = true };
	maps[PART_STACK] = (struct mapping){ .start = STACK_TOP / page - stack,
					     .size = stack,
					     .perms = "rw-p",
					     .flags = "rd wr mr mw me gd ac",
					     .path = "[stack]" };
	spread(maps, file_first, offsetof(struct mapping, file), mem->rss_file / page);
	spread(maps, shared_first, offsetof(struct mapping, shmem), mem->rss_shmem / page);
	spread(maps, anon_first, offsetof(struct mapping, anon),
	       mem->rss / page - mem->rss_file / page - mem->rss_shmem / page);
	spread(maps, anon_first, offsetof(struct mapping, swap), mem->swap / page);
}

/* The mappings of who is shown; 0 or -errno.  exe is freed by the caller. */
static int mappings_of(const struct show *s, struct mapping maps[PARTS],
		       struct world_memory *memory, GString *exe)
{
	struct world_usage usage;
	int err = world_usage(s->fs->w, s->node.ref, true, &usage);

	if (err)
		return err;
	if (world_text(s->fs->w, s->node.ref, WORLD_EXE, exe))
		g_string_truncate(exe, 0);
	*memory = usage.memory;
	lay_out(&usage.memory, exe->len ? exe->str : NULL, maps);
	return 0;
}

static void append_header(GString *out, const struct mapping *m)
{
	const uint64_t page = page_size();
	const gsize from = out->len;

	g_string_append_printf(out, "%08" PRIx64 "-%08" PRIx64 " %s 00000000 ", m->start * page,
			       (m->start + m->size) * page, m->perms);
	if (m->of_file)
		g_string_append_printf(out, "%02x:%02x %u ", DEV_MAJOR, DEV_MINOR,
				       g_str_hash(m->path) & 0xfffff);
	else
		g_string_append(out, "00:00 0 ");
	if (m->path) {
		while (out->len - from < NAME_COLUMN)
			g_string_append_c(out, ' ');
		/* As in mangle_path(): a line stays a line. */
		for (const char *c = m->path; *c; c++)
			if (*c == '\n')
				g_string_append(out, "\\012");
			else
				g_string_append_c(out, *c);
	}
	g_string_append_c(out, '\n');
}

int show_maps(const struct show *s, GString *out)
{
	g_autoptr(GString) exe = g_string_new(NULL);
	struct mapping maps[PARTS];
	struct world_memory memory;
	int err = mappings_of(s, maps, &memory, exe);

	for (int i = 0; i < PARTS && !err; i++)
		if (maps[i].size)
			append_header(out, &maps[i]);
	return err;
}

static void append_kb(GString *out, const char *name, uint64_t pages)
{
	g_string_append_printf(out, "%-16s%8" PRIu64 " kB\n", name, pages * page_size() / 1024);
}

/* The counts that smaps and smaps_rollup share: nobody else maps any of it. */
static void append_counts(GString *out, const struct mapping *m, bool rollup, uint64_t locked)
{
	const uint64_t rss = m->anon + m->file + m->shmem;

	append_kb(out, "Rss:", rss);
	append_kb(out, "Pss:", rss);
	append_kb(out, "Pss_Dirty:", m->anon + m->shmem);
	if (rollup) {
		append_kb(out, "Pss_Anon:", m->anon);
		append_kb(out, "Pss_File:", m->file);
		append_kb(out, "Pss_Shmem:", m->shmem);
	}
	append_kb(out, "Shared_Clean:", 0);
	append_kb(out, "Shared_Dirty:", 0);
	append_kb(out, "Private_Clean:", m->file);
	append_kb(out, "Private_Dirty:", m->anon + m->shmem);
	append_kb(out, "Referenced:", rss);
	append_kb(out, "Anonymous:", m->anon);
	append_kb(out, "KSM:", 0);
	append_kb(out, "LazyFree:", 0);
	append_kb(out, "AnonHugePages:", 0);
	append_kb(out, "ShmemPmdMapped:", 0);
	append_kb(out, "FilePmdMapped:", 0);
	append_kb(out, "Shared_Hugetlb:", 0);
	append_kb(out, "Private_Hugetlb:", 0);
	append_kb(out, "Swap:", m->swap);
	append_kb(out, "SwapPss:", m->swap);
	append_kb(out, "Locked:", locked);
}

int show_smaps(const struct show *s, GString *out)
{
	g_autoptr(GString) exe = g_string_new(NULL);
	struct mapping maps[PARTS];
	struct world_memory memory;
	int err = mappings_of(s, maps, &memory, exe);
	uint64_t locked = err ? 0 : memory.locked / page_size();

	for (int i = 0; i < PARTS && !err; i++) {
		const struct mapping *m = &maps[i];
		uint64_t here = MIN(locked, m->anon + m->file + m->shmem);

		if (!m->size)
			continue;
		append_header(out, m);
		append_kb(out, "Size:", m->size);
		append_kb(out, "KernelPageSize:", 1);
		append_kb(out, "MMUPageSize:", 1);
		append_counts(out, m, false, here);
		locked -= here;
		g_string_append_printf(out, "THPeligible:    %8d\nVmFlags: %s \n", 0, m->flags);
	}
	return err;
}

int show_smaps_rollup(const struct show *s, GString *out)
{
	g_autoptr(GString) exe = g_string_new(NULL);
	struct mapping maps[PARTS], sum = { .perms = "---p", .path = "[rollup]" };
	struct world_memory memory;
	int err = mappings_of(s, maps, &memory, exe);

	if (err)
		return err;
	for (int i = 0; i < PARTS; i++) {
		const struct mapping *m = &maps[i];

		if (!m->size)
			continue;
		if (!sum.size)
			sum.start = m->start;
		sum.size = m->start + m->size - sum.start;
		sum.anon += m->anon;
		sum.file += m->file;
		sum.shmem += m->shmem;
		sum.swap += m->swap;
	}
	append_header(out, &sum);
	append_counts(out, &sum, true,
		      MIN(memory.locked / page_size(), sum.anon + sum.file + sum.shmem));
	return 0;
}

int show_statm(const struct show *s, GString *out)
{
	const uint64_t page = page_size();
	struct world_usage u;
	int err = world_usage(s->fs->w, s->node.ref, true, &u);
	const struct world_memory *m = &u.memory;

	if (!err)
		g_string_append_printf(
			out, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " 0 %" PRIu64 " 0\n",
			m->vsize / page, m->rss / page, (m->rss_file + m->rss_shmem) / page,
			m->text / page, (m->data + m->stack) / page);
	return err;
}

void show_addresses(const struct world_memory *memory, struct show_address *a)
{
	const uint64_t page = page_size();
	struct mapping maps[PARTS];

	*a = (struct show_address){ 0 };
	if (!memory->vsize)
		return;
	lay_out(memory, NULL, maps);
	a->start_code = maps[PART_TEXT].start * page;
	a->end_code = a->start_code + maps[PART_TEXT].size * page;
	a->start_data = a->start_brk = a->end_code;
	a->end_data = a->start_data;
	a->start_stack = STACK_TOP - page * (maps[PART_STACK].size ? 1 : 0);
}

int show_coredump_filter(const struct show *s, GString *out)
{
	if (show_alive(s->task))
		g_string_append(out, "00000033\n");
	return 0;
}

int show_oom_score(const struct show *s, GString *out)
{
	g_string_append_printf(out, "%d\n", s->task->oom_score);
	return 0;
}

int show_oom_score_adj(const struct show *s, GString *out)
{
	g_string_append_printf(out, "%d\n", s->task->oom_score_adj);
	return 0;
}

/* The same on the scale of old: -17 to 15. */
int show_oom_adj(const struct show *s, GString *out)
{
	const int adj = s->task->oom_score_adj;

	g_string_append_printf(out, "%d\n", adj == 1000 ? 15 : adj * 17 / 1000);
	return 0;
}
