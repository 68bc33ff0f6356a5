/* SPDX-License-Identifier: MIT */
/* User namespaces, capabilities (all or none) and execve(2) of the model. */
#include "tests/model/model-private.h"

bool below_userns(const struct model *m, int userns, int above)
{
	while (userns >= 0 && userns != above)
		userns = USERNS(m, userns)->parent;
	return userns == above;
}

bool capable(const struct model *m, int task, int userns)
{
	const struct mtask *t = TASK(m, task);

	if (userns == t->userns)
		return t->caps;
	for (; userns >= 0; userns = USERNS(m, userns)->parent)
		if (USERNS(m, userns)->parent == t->userns && USERNS(m, userns)->owner == t->uid)
			return true;
		else if (USERNS(m, userns)->parent == t->userns)
			return t->caps;
	return false;
}

bool may_look(const struct model *m, int me, int task)
{
	const struct mtask *mine = TASK(m, me), *its = TASK(m, task);

	if (GROUP(m, me) == GROUP(m, task))
		return true;
	if (mine->uid == its->uid && mine->userns == its->userns && (mine->caps || !its->caps))
		return true;
	return capable(m, me, its->userns);
}

int check_new_userns(const struct model *m, int task)
{
	const struct muserns *u = USERNS(m, TASK(m, task)->userns);

	if (u->level >= 32)
		return -ENOSPC;
	return u->mapped ? 0 : -EPERM;
}

int new_userns(struct model *m, int task)
{
	struct muserns u = {
		.parent = TASK(m, task)->userns,
		.level = USERNS(m, TASK(m, task)->userns)->level + 1,
		.owner = TASK(m, task)->uid,
	};

	g_array_append_val(m->userns, u);
	return (int)m->userns->len - 1;
}

void exec_caps(struct model *m, int task)
{
	struct mtask *t = TASK(m, task);

	if (nr_in(m, GROUP(m, task)->tgid, 0) != 1)
		t->caps = USERNS(m, t->userns)->mapped && t->uid == 0;
}

void model_set_uid(struct model *m, int tid, int uid)
{
	struct mtask *t = TASK(m, actor(m, tid));

	if (t->uid == uid)
		return;
	t->uid = uid;
	t->caps = uid == 0;
}

/* A thread becomes the leader: under its number, and in its places. */
static void take_over(struct model *m, int me)
{
	struct mgroup *g = GROUP(m, me);
	int leader = g->leader, pid = TASK(m, me)->pid;
	GArray *siblings = TASK(m, TASK(m, leader)->parent)->children;

	TASK(m, me)->pid = g->tgid;
	TASK(m, leader)->pid = pid;
	for (guint i = 0; i < siblings->len; i++)
		if (at(siblings, i) == leader)
			g_array_index(siblings, int, i) = me;
	take_out(g->threads, me);
	g_array_prepend_val(g->threads, me);
	g->leader = me;
	TASK(m, leader)->exit_signal = -1;
	if (NS(m, active_ns(m, me))->reaper == leader)
		NS(m, active_ns(m, me))->reaper = me;
	release(m, leader);
}

int model_exec(struct model *m, int tid)
{
	int me = actor(m, tid);
	g_autoptr(GArray) threads = g_array_copy(GROUP(m, me)->threads);
	struct mhand hand;

	for (guint i = 0; i < threads->len; i++)
		if (at(threads, i) != me && !TASK(m, at(threads, i))->exiting)
			end_task(m, at(threads, i), 0);
	if (!leads(m, me))
		take_over(m, me);
	TASK(m, me)->exit_signal = SIGCHLD;
	hand = *HAND(m, me);
	hand.caught = 0;
	hand.nocldwait = false;
	TASK(m, me)->hand = add_hand(m, &hand);
	TASK(m, me)->self_exec++;
	TASK(m, me)->execed = true;
	close_pidfds(m, me);
	exec_caps(m, me);
	run(m);
	return nr_in(m, TASK(m, me)->pid, 0);
}
