/* SPDX-License-Identifier: MIT */
/* What a fixture dictates: of processes, of the machine, of the time. */
#include <errno.h>

#include "world/key.h"
#include "world/virtual.h"

static struct task_usage usage_of(const struct task_struct *t)
{
	return facts_of(t) ? facts_of(t)->usage : (struct task_usage){ 0 };
}

static uint64_t more(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

/* What a process is said to have used more than before, its CPU has done. */
static void account(struct machine *m, const struct task_struct *t, const struct task_usage *before)
{
	const struct facts *f = facts_of(t);
	uint64_t user;

	if (!f)
		return;
	user = more(f->usage.utime, before->utime);
	machine_used(m, f->processor, f->nice > 0 ? 0 : user, f->nice > 0 ? user : 0,
		     more(f->usage.stime, before->stime));
	m->says.ctxt += more(f->usage.nvcsw, before->nvcsw) + more(f->usage.nivcsw, before->nivcsw);
}

void world_set_keys(struct world *w, struct task_struct *t, char *const *names,
		    const struct key_value *values, unsigned int n)
{
	struct task_usage before = usage_of(t);

	keys_set(&task_keys, t, (const char *const *)names, values, n);
	account(&to_virtual(w)->machine, t, &before);
}

static int virtual_set(struct world *w, struct world_actor a, const char *const *names,
		       const char *const *texts, unsigned int n)
{
	g_autofree struct key_value *values = g_new0(struct key_value, n);
	struct task_struct *current;
	const char *why;
	int err = world_begin_as(w, a, &current);

	if (err)
		return err;
	if (!a.thread)
		current = group_leader(current);
	err = keys_parse(&task_keys, names, texts, n, values, &why);
	if (err)
		refuse(to_virtual(w)->k, err, why);
	else
		world_set_keys(w, current, (char *const *)names, values, n);
	keys_clear(values, n);
	return world_end(w, err);
}

static int virtual_set_machine(struct world *w, const char *const *names, const char *const *texts,
			       unsigned int n)
{
	g_autofree struct key_value *values = g_new0(struct key_value, n);
	struct kernel *k = world_begin(w);
	const char *why;
	int err = keys_parse(&machine_keys, names, texts, n, values, &why);

	if (err)
		refuse(k, err, why);
	else
		keys_set(&machine_keys, &to_virtual(w)->machine, names, values, n);
	/* Every process's status tells of CPUs, and each file when it was made. */
	if (!err)
		kernel_changed(k, CHANGE_ALL, NULL, NULL);
	keys_clear(values, n);
	return world_end(w, err);
}

static int virtual_set_clock(struct world *w, bool relative, uint64_t ticks)
{
	struct kernel *k = world_begin(w);
	uint64_t now = k->clock(k->clock_data);

	if (relative && __builtin_add_overflow(now, ticks, &ticks))
		return world_end(w, refuse(k, -EINVAL, "time does not go that far"));
	if (ticks > WORLD_CLOCK_MAX)
		return world_end(w, refuse(k, -EINVAL, "time does not go that far"));
	if (ticks < now)
		return world_end(w, refuse(k, -EINVAL, "time does not run backwards"));
	machine_idle(&to_virtual(w)->machine, now);
	to_virtual(w)->skipped += ticks - now;
	return world_end(w, 0);
}

void virtual_set_ops(struct world_ops *ops)
{
	ops->set = virtual_set;
	ops->set_machine = virtual_set_machine;
	ops->set_clock = virtual_set_clock;
}
