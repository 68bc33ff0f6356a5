/* SPDX-License-Identifier: MIT */
/* What a task uses and how it is scheduled. */
#include <inttypes.h>

#include "fs/fs.h"
#include "fs/show.h"

#define NS_PER_TICK UINT64_C(10000000)
#define DASHES "-------------------------------------------------------------------\n"

int show_io(const struct show *s, GString *out)
{
	struct world_usage u;
	int err = world_usage(s->fs->w, s->node.ref, show_whole(s), &u);

	if (!err)
		g_string_append_printf(out,
				       "rchar: %" PRIu64 "\nwchar: %" PRIu64 "\nsyscr: %" PRIu64
				       "\nsyscw: %" PRIu64 "\nread_bytes: %" PRIu64
				       "\nwrite_bytes: %" PRIu64 "\ncancelled_write_bytes: %" PRIu64
				       "\n",
				       u.rchar, u.wchar, u.syscr, u.syscw, u.read_bytes,
				       u.write_bytes, u.cancelled_write_bytes);
	return err;
}

/* Nanoseconds on a CPU: what was said, or else as many as the times in ticks are. */
static uint64_t run_of(const struct world_usage *u)
{
	return u->run ? u->run : (u->utime + u->stime) * NS_PER_TICK;
}

/* Each time slice ends with a switch. */
static uint64_t slices_of(const struct world_usage *u)
{
	return u->slices ? u->slices : u->nvcsw + u->nivcsw;
}

int show_schedstat(const struct show *s, GString *out)
{
	struct world_usage u;
	int err = world_usage(s->fs->w, s->node.ref, false, &u);

	if (!err)
		g_string_append_printf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", run_of(&u),
				       u.wait, slices_of(&u));
	return err;
}

static void append_ms(GString *out, const char *name, uint64_t ns)
{
	g_string_append_printf(out, "%-45s:%14" PRIu64 ".%06u\n", name, ns / 1000000,
			       (unsigned int)(ns % 1000000));
}

static void append_count(GString *out, const char *name, int64_t n)
{
	g_string_append_printf(out, "%-45s:%21" PRId64 "\n", name, n);
}

/* sched_prio_to_weight[] of a nice value is 1024 * 1.25^-nice, with 10 more bits. */
static int64_t weight_of(int nice)
{
	double weight = 1024;

	for (; nice > 0; nice--)
		weight /= 1.25;
	for (; nice < 0; nice++)
		weight *= 1.25;
	return (int64_t)(weight + 0.5) << 10;
}

int show_sched(const struct show *s, GString *out)
{
	const struct world_task *t = s->task;
	struct world_usage u;
	int err = world_usage(s->fs->w, s->node.ref, false, &u);

	if (err)
		return err;
	g_string_append_printf(out, "%s (%d, #threads: %d)\n" DASHES, t->comm, t->pid, t->threads);
	append_ms(out, "se.exec_start", t->starttime * NS_PER_TICK + run_of(&u));
	append_ms(out, "se.vruntime", run_of(&u));
	append_ms(out, "se.sum_exec_runtime", run_of(&u));
	append_count(out, "se.nr_migrations", 0);
	append_count(out, "nr_switches", (int64_t)(u.nvcsw + u.nivcsw));
	append_count(out, "nr_voluntary_switches", (int64_t)u.nvcsw);
	append_count(out, "nr_involuntary_switches", (int64_t)u.nivcsw);
	append_count(out, "se.load.weight", weight_of(t->nice));
	append_count(out, "policy", t->policy);
	/* task->prio, which is 100 above what stat says of it. */
	append_count(out, "prio", t->priority + 100);
	append_count(out, "clock-delta", 0);
	return 0;
}

int show_wchan(const struct show *s, GString *out)
{
	const struct world_task *t = s->task;

	g_string_append(out, *t->wchan && t->state != 'R' && show_alive(t) ? t->wchan : "0");
	return 0;
}

/* proc(5): blocked, but in no system call; an invented process has no registers. */
int show_syscall(const struct show *s, GString *out)
{
	g_string_append(out, s->task->state == 'R' ? "running\n" : "-1 0x0 0x0\n");
	return 0;
}

int show_personality(const struct show *s, GString *out)
{
	g_string_append_printf(out, "%08x\n", s->task->personality);
	return 0;
}

int show_timerslack(const struct show *s, GString *out)
{
	g_string_append_printf(out, "%" PRIu64 "\n", s->task->timerslack);
	return 0;
}
