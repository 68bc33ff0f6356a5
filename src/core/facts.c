/* SPDX-License-Identifier: MIT */
#include "core/facts.h"

#include <sched.h>
#include <string.h>

#include "core/task.h"

struct facts *task_facts(struct task_struct *t)
{
	if (!facts_of(t)) {
		task_extra(t)->facts = g_new0(struct facts, 1);
		facts_of(t)->task = t;
		list_add_tail(&facts_of(t)->node, &task_kernel(t)->facts);
	}
	return facts_of(t);
}

struct group_facts *group_facts(struct task_struct *t)
{
	if (!t->signal->facts) {
		t->signal->facts = g_new0(struct group_facts, 1);
		list_add_tail(&t->signal->facts->node, &task_kernel(t)->group_facts);
	}
	return t->signal->facts;
}

void task_usage_add(struct task_usage *to, const struct task_usage *more)
{
	to->utime += more->utime;
	to->stime += more->stime;
	to->minflt += more->minflt;
	to->majflt += more->majflt;
	to->nvcsw += more->nvcsw;
	to->nivcsw += more->nivcsw;
	to->rchar += more->rchar;
	to->wchar += more->wchar;
	to->syscr += more->syscr;
	to->syscw += more->syscw;
	to->read_bytes += more->read_bytes;
	to->write_bytes += more->write_bytes;
	to->cancelled_write_bytes += more->cancelled_write_bytes;
	to->blkio += more->blkio;
}

/* A child begins with nothing used, runs as it will, and is where its parent was. */
static void fork_task(struct task_struct *child, const struct facts *from)
{
	struct list_head node;
	struct facts *f;

	f = task_facts(child);
	node = f->node;
	*f = *from;
	f->node = node;
	f->task = child;
	f->usage = (struct task_usage){ 0 };
	f->run = f->wait = f->slices = 0;
	f->state = 0;
	f->flags = 0;
	f->flags_set = false;
	f->wchan[0] = '\0';
	f->groups = from->groups ? g_bytes_ref(from->groups) : NULL;
	f->cpus = g_strdup(from->cpus);
}

static void fork_group(struct task_struct *child, const struct group_facts *from)
{
	struct list_head node;
	struct group_facts *g;

	g = group_facts(child);
	node = g->node;
	*g = *from;
	g->node = node;
	g->dead = (struct task_usage){ 0 };
	g->cutime = g->cstime = g->cminflt = g->cmajflt = 0;
	g->starttime_set = false;
	g->oom_score_set = false;
	/* The most it ever had begins anew, and locks are not inherited. */
	g->memory[MEMORY_PEAK] = g->memory[MEMORY_HWM] = 0;
	g->memory[MEMORY_LOCKED] = g->memory[MEMORY_PINNED] = 0;
	for (int i = 0; i < FACTS_TEXTS; i++)
		g->text[i] = from->text[i] ? g_bytes_ref(from->text[i]) : NULL;
}

void facts_fork(struct task_struct *child, struct task_struct *parent, uint64_t flags)
{
	if (facts_of(parent))
		fork_task(child, facts_of(parent));
	if (!(flags & CLONE_THREAD) && parent->signal->facts)
		fork_group(child, parent->signal->facts);
}

void facts_set_id(struct task_struct *t, bool group)
{
	if (facts_of(t))
		facts_of(t)->ids &= group ? 07u : 070u;
}

void facts_exit(struct task_struct *t)
{
	if (t->signal->facts)
		t->signal->facts->memory_set = 0;
}

void facts_exec(struct task_struct *t)
{
	struct group_facts *g = t->signal->facts;

	if (facts_of(t)) {
		facts_of(t)->wchan[0] = '\0';
		facts_of(t)->state = 0;
		facts_of(t)->personality = 0;
	}
	if (!g)
		return;
	memset(g->memory, 0, sizeof(g->memory));
	g->memory_set = 0;
	g_clear_pointer(&g->text[FACTS_ENVIRON], g_bytes_unref);
	g_clear_pointer(&g->text[FACTS_EXE], g_bytes_unref);
}

static struct task_usage usage_of_group(const struct task_struct *t)
{
	struct task_usage sum = { 0 };
	const struct task_struct *other;

	if (t->signal->facts)
		sum = t->signal->facts->dead;
	for_each_thread(t->signal, other) if (facts_of(other))
		task_usage_add(&sum, &facts_of(other)->usage);
	return sum;
}

void facts_wait(struct task_struct *parent, struct task_struct *child)
{
	const struct group_facts *its = child->signal->facts;
	struct group_facts *mine;
	struct task_usage sum;

	if (!its && !facts_of(child))
		return;
	sum = usage_of_group(child);
	mine = group_facts(parent);
	mine->cutime += sum.utime + (its ? its->cutime : 0);
	mine->cstime += sum.stime + (its ? its->cstime : 0);
	mine->cminflt += sum.minflt + (its ? its->cminflt : 0);
	mine->cmajflt += sum.majflt + (its ? its->cmajflt : 0);
}

void facts_release(struct task_struct *t)
{
	if (facts_of(t) && !thread_group_leader(t))
		task_usage_add(&group_facts(t)->dead, &facts_of(t)->usage);
}

void free_facts(struct task_struct *t)
{
	struct facts *f = facts_of(t);

	if (!f)
		return;
	list_del_init(&f->node);
	g_clear_pointer(&f->groups, g_bytes_unref);
	g_free(f->cpus);
	g_free(f);
	t->extra->facts = NULL;
}

void free_group_facts(struct group_facts *g)
{
	if (!g)
		return;
	list_del_init(&g->node);
	for (int i = 0; i < FACTS_TEXTS; i++)
		g_clear_pointer(&g->text[i], g_bytes_unref);
	g_free(g);
}
