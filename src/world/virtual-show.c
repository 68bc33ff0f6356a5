/* SPDX-License-Identifier: MIT */
/* What the files of a process and of the machine say. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "core/pidfd.h"
#include "world/virtual.h"

/* The target of 0, 1 and 2 as long as nothing else was said. */
#define PLAIN_TARGET "/dev/null"
#define PLAIN_FLAGS 0100002

static int virtual_usage(struct world *w, struct world_ref ref, bool whole,
			 struct world_usage *usage)
{
	const struct task_struct *t, *other;
	const struct group_facts *g;
	struct task_usage sum = { 0 };
	int err;

	world_begin(w);
	t = world_task_of(w, ref, &err);
	if (!t)
		return world_end(w, err);
	g = t->signal->facts;
	if (!whole && facts_of(t))
		sum = facts_of(t)->usage;
	if (whole && g)
		sum = g->dead;
	if (whole && !list_empty(&to_virtual(w)->k->facts))
		for_each_thread(t->signal, other) if (facts_of(other))
			task_usage_add(&sum, &facts_of(other)->usage);
	*usage = (struct world_usage){
		.utime = sum.utime,
		.stime = sum.stime,
		.blkio = sum.blkio,
		.minflt = sum.minflt,
		.majflt = sum.majflt,
		.nvcsw = sum.nvcsw,
		.nivcsw = sum.nivcsw,
		.rchar = sum.rchar,
		.wchar = sum.wchar,
		.syscr = sum.syscr,
		.syscw = sum.syscw,
		.read_bytes = sum.read_bytes,
		.write_bytes = sum.write_bytes,
		.cancelled_write_bytes = sum.cancelled_write_bytes,
	};
	if (g) {
		usage->cutime = g->cutime;
		usage->cstime = g->cstime;
		usage->cminflt = g->cminflt;
		usage->cmajflt = g->cmajflt;
	}
	if (facts_of(t)) {
		usage->run = facts_of(t)->run;
		usage->wait = facts_of(t)->wait;
		usage->slices = facts_of(t)->slices;
	}
	if (task_mm(t))
		memory_fill(g, &usage->memory);
	return world_end(w, 0);
}

static int virtual_limits(struct world *w, struct world_ref ref,
			  struct world_limit limits[WORLD_LIMITS])
{
	/* What a kernel gives its first process, by number. */
	static const struct world_limit at_boot[WORLD_LIMITS] = {
		[RLIMIT_CPU] = { UINT64_MAX, UINT64_MAX },
		[RLIMIT_FSIZE] = { UINT64_MAX, UINT64_MAX },
		[RLIMIT_DATA] = { UINT64_MAX, UINT64_MAX },
		[RLIMIT_STACK] = { 8388608, UINT64_MAX },
		[RLIMIT_CORE] = { 0, UINT64_MAX },
		[RLIMIT_RSS] = { UINT64_MAX, UINT64_MAX },
		[RLIMIT_NPROC] = { UINT64_MAX, UINT64_MAX },
		[RLIMIT_NOFILE] = { 1024, 4096 },
		[RLIMIT_MEMLOCK] = { 8388608, 8388608 },
		[RLIMIT_AS] = { UINT64_MAX, UINT64_MAX },
		[RLIMIT_LOCKS] = { UINT64_MAX, UINT64_MAX },
		[RLIMIT_SIGPENDING] = { 63432, 63432 },
		[RLIMIT_MSGQUEUE] = { 819200, 819200 },
		[RLIMIT_NICE] = { 0, 0 },
		[RLIMIT_RTPRIO] = { 0, 0 },
		[RLIMIT_RTTIME] = { UINT64_MAX, UINT64_MAX },
	};
	const struct task_struct *t;
	const struct group_facts *g;
	int err;

	world_begin(w);
	t = world_task_of(w, ref, &err);
	if (!t)
		return world_end(w, err);
	g = t->signal->facts;
	memcpy(limits, at_boot, sizeof(at_boot));
	for (int i = 0; g && i < WORLD_LIMITS; i++)
		if (g->limits_set & 1u << i) {
			limits[i].soft = g->limits[i][0];
			limits[i].hard = g->limits[i][1];
		}
	if (t->shared->nproc >= 0) {
		limits[RLIMIT_NPROC].soft = (uint64_t)t->shared->nproc;
		limits[RLIMIT_NPROC].hard =
			MAX(limits[RLIMIT_NPROC].hard, limits[RLIMIT_NPROC].soft);
	}
	return world_end(w, 0);
}

static int virtual_groups(struct world *w, struct world_ref ref, GArray *gids)
{
	const struct task_struct *t;
	int err;

	world_begin(w);
	t = world_task_of(w, ref, &err);
	if (t && facts_of(t) && facts_of(t)->groups) {
		gsize size;
		const void *data = g_bytes_get_data(facts_of(t)->groups, &size);

		g_array_append_vals(gids, data, (guint)(size / sizeof(uint32_t)));
	}
	return world_end(w, t ? 0 : err);
}

static int virtual_text(struct world *w, struct world_ref ref, enum world_text text, GString *out)
{
	static const struct {
		enum facts_text in;
		const char *plain; /* when nothing was said; NULL: ENOENT */
		bool of_zombie;
	} texts[] = {
		[WORLD_ENVIRON] = { FACTS_ENVIRON, "", false },
		[WORLD_CGROUP] = { FACTS_CGROUP, "0::/\n", true },
		[WORLD_EXE] = { FACTS_EXE, NULL, false },
		[WORLD_CWD] = { FACTS_CWD, "/", false },
		[WORLD_ROOT] = { FACTS_ROOT, "/", false },
	};
	const struct task_struct *t;
	const struct group_facts *g;
	GBytes *bytes;
	int err;

	world_begin(w);
	t = world_task_of(w, ref, &err);
	if (!t)
		return world_end(w, err);
	if (!task_mm(t) && !texts[text].of_zombie)
		return world_end(w, -ENOENT);
	g = t->signal->facts;
	bytes = g ? g->text[texts[text].in] : NULL;
	if (!bytes && text == WORLD_EXE && task_mm(t)->cmdline) {
		/* What it has executed, if that was told by a path. */
		const char *path = g_bytes_get_data(task_mm(t)->cmdline, NULL);

		if (path && *path == '/') {
			g_string_append(out, path);
			return world_end(w, 0);
		}
	}
	if (bytes) {
		gsize size;
		const char *data = g_bytes_get_data(bytes, &size);

		g_string_append_len(out, data, (gssize)size);
	} else if (texts[text].plain) {
		g_string_append(out, texts[text].plain);
	} else {
		return world_end(w, -ENOENT);
	}
	return world_end(w, 0);
}

/* What a pidfd says of its process to a reader in the view. */
static void fill_pidfd(const struct pid *pid, const struct pid_namespace *view, struct world_fd *fd)
{
	fd->pidfd = true;
	fd->ino = pid->ino;
	fd->pid = pid_nr_ns(pid, view);
	if (!pid_has_task(pid, PIDTYPE_PID))
		fd->pid = -1;
	for (unsigned int level = view->level; fd->pid > 0 && level <= pid->level; level++)
		fd->nspid[fd->nr_levels++] = pid->numbers[level].nr;
}

/* TYPE:[INO] */
static uint64_t target_ino(const char *target)
{
	const char *bracket = strstr(target, ":[");

	return bracket ? g_ascii_strtoull(bracket + 2, NULL, 10) : 0;
}

static int virtual_fd(struct world *w, struct world_ref ref, int nr, struct world_fd *fd,
		      GString *target)
{
	const struct task_struct *t;
	int err;

	world_begin(w);
	t = world_task_of(w, ref, &err);
	if (!t)
		return world_end(w, err);
	if (!task_files(t)) {
		/* A table that was never touched. */
		if (t->exiting || nr > 2)
			return world_end(w, -ENOENT);
		*fd = (struct world_fd){ .fd = MAX(nr, 0), .flags = PLAIN_FLAGS };
		g_string_append(target, PLAIN_TARGET);
		return world_end(w, 0);
	}
	for (guint i = (guint)MAX(nr, 0); i < task_files(t)->fd->len; i++) {
		const struct file *f = &g_array_index(task_files(t)->fd, struct file, i);

		if (!f->open)
			continue;
		*fd = (struct world_fd){ .fd = (int)i, .flags = f->flags };
		if (f->pid) {
			fill_pidfd(f->pid, world_view(task_pid(t), ref.level), fd);
			fd->flags = 02000002 /* O_CLOEXEC */ |
				    (f->flags & (04000 /* O_NONBLOCK */ | PIDFD_THREAD));
			g_string_append(target, "anon_inode:[pidfd]");
		} else if (f->target) {
			fd->ino = target_ino(f->target);
			g_string_append(target, f->target);
		} else {
			fd->flags = PLAIN_FLAGS | (f->flags & 02000000); /* O_CLOEXEC */
			g_string_append(target, PLAIN_TARGET);
		}
		return world_end(w, 0);
	}
	return world_end(w, -ENOENT);
}

static void virtual_machine(struct world *w, bool sums, struct world_machine *machine)
{
	world_begin(w);
	if (sums)
		machine_fill(&to_virtual(w)->machine, to_virtual(w)->k, machine);
	else
		*machine = to_virtual(w)->machine.says;
	world_end(w, 0);
}

static void add_cpu(struct world_cpu *to, const struct world_cpu *c)
{
	to->user += c->user;
	to->nice += c->nice;
	to->system += c->system;
	to->idle += c->idle;
	to->iowait += c->iowait;
	to->irq += c->irq;
	to->softirq += c->softirq;
	to->steal += c->steal;
	to->guest += c->guest;
	to->guest_nice += c->guest_nice;
}

static void virtual_cpus(struct world *w, GArray *cpus)
{
	struct kernel *k = world_begin(w);
	struct machine *m = &to_virtual(w)->machine;
	struct world_cpu sum = { 0 };

	machine_idle(m, k->clock(k->clock_data));
	for (guint i = 0; i < m->cpus->len; i++)
		add_cpu(&sum, &g_array_index(m->cpus, struct world_cpu, i));
	g_array_append_val(cpus, sum);
	g_array_append_vals(cpus, m->cpus->data, m->says.cpus);
	world_end(w, 0);
}

void virtual_show_ops(struct world_ops *ops)
{
	ops->usage = virtual_usage;
	ops->limits = virtual_limits;
	ops->groups = virtual_groups;
	ops->text = virtual_text;
	ops->fd = virtual_fd;
	ops->machine = virtual_machine;
	ops->cpus = virtual_cpus;
}
