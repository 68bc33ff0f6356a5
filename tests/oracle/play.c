/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle/run.h"

int play_begin(struct run *r)
{
	struct answer a;
	struct op first = { .verb = V_SETSID, .child = -1 };
	int ns;

	cast_clear(r);
	cast_new(r, 0);
	ns = cast_new_ns(r, -1, 0);
	r->puppet[0].ns = r->puppet[0].kids = ns;
	r->puppet[0].level = 1;
	r->puppet[0].init = true;
	if (mount_begin(r) || kernel_begin(r))
		return -1;
	r->ns[ns].mount_inum = mount_ns_inum(r, 0);
	r->ns[ns].kernel_inum = kernel_ns_inum(r, 0);
	if (mount_open_ns(r, &r->ns[ns]) || kernel_open_ns(r, &r->ns[ns])) {
		say(r, "the first namespace cannot be opened");
		return -1;
	}
	/* Nobody is to be in a group with the master. */
	return play(r, &first, &a) == PLAYED ? 0 : -1;
}

int play_end(struct run *r)
{
	int err;

	free(r->why);
	r->why = NULL;
	err = mount_end(r);
	if (kernel_end(r))
		err = -1;
	return err;
}

/* Are all who have to be there? */
static bool possible(struct run *r, const struct op *op)
{
	unsigned int i;

	if (op->actor != OUTSIDE && (!cast_puppet(r, op->actor) || !cast_can_act(r, op->actor)))
		return false;
	if (op->actor == OUTSIDE && op->verb != V_OUTSIDE && op->verb != V_OUTSIDE_THREAD &&
	    op->verb != V_CHECK)
		return false;
	if (op->verb == V_FORK && (op->child < 0 || cast_puppet(r, op->child)))
		return false;
	for (i = 0; i < op->n; i++)
		if (op->arg[i].kind != ARG_NUMBER && !cast_puppet(r, (int)op->arg[i].value))
			return false;
	if (op->verb == V_OUTSIDE || op->verb == V_OUTSIDE_THREAD)
		return op->arg[1].kind == ARG_PID && r->puppet[op->arg[1].value].life != LIFE_GONE;
	return true;
}

/* May it be that somebody dies, stops, or is freed of a group? */
static bool changes_others(const struct op *op, const struct answer *a)
{
	switch (op->verb) {
	case V_EXIT:
	case V_EXIT_GROUP:
	case V_EXEC:
	case V_KILL:
	case V_TGKILL:
	case V_OUTSIDE:
	case V_OUTSIDE_THREAD:
	case V_PIDFD_SEND:
	case V_SETSID:
	case V_SETPGID:
	case V_SIGBLOCK:
		return !a->err;
	case V_WAIT:
		return !a->err && a->nr[0];
	default:
		return false;
	}
}

static void ask_process(struct run *r, int id, enum asked why)
{
	int ids[256], n, i;

	if (id < 0)
		return;
	n = cast_threads(r, r->puppet[id].leader, ids, 256);
	for (i = 0; i < n; i++)
		r->puppet[ids[i]].asked |= why;
}

static void ask_everybody(struct run *r)
{
	int i;

	for (i = 0; i < r->n_live; i++)
		r->puppet[r->live[i]].asked |= ASKED;
}

static void ask_group(struct run *r, int pgrp, enum asked why)
{
	int i;

	for (i = 0; i < r->n_live; i++)
		if (r->puppet[r->puppet[r->live[i]].leader].pgrp == pgrp)
			r->puppet[r->live[i]].asked |= why;
}

/* Who may get a signal by the operation, and is to be asked whether it lives. */
static void choose_asked(struct run *r, const struct op *op, const long *v)
{
	const struct puppet *actor = op->actor == OUTSIDE ? NULL : &r->puppet[op->actor];
	int i;

	for (i = 0; i < r->n_live; i++)
		r->puppet[r->live[i]].asked = 0;
	for (i = 0; i < r->n_live; i++) {
		const struct puppet *p = &r->puppet[r->live[i]], *leader = &r->puppet[p->leader];

		if (p->stopped)
			ask_group(r, leader->pgrp, ASKED_IF_DEATHS);
		if (p->pdeath)
			ask_process(r, r->live[i], ASKED_IF_DEATHS);
		if (p->fatal_exit_signal && leader->ppid)
			ask_process(r, r->by_nr[leader->ppid] - 1, ASKED_IF_DEATHS);
	}
	switch (op->verb) {
	case V_KILL:
		if (v[1] > 0)
			ask_process(r, cast_by_number(r, actor->ns, v[1]), ASKED);
		else if (!v[1])
			ask_group(r, r->puppet[actor->leader].pgrp, ASKED);
		else
			ask_everybody(r);
		break;
	case V_TGKILL:
		ask_process(r, cast_by_number(r, actor->ns, v[2]), ASKED);
		break;
	case V_OUTSIDE:
	case V_OUTSIDE_THREAD:
		ask_process(r, (int)op->arg[1].value, ASKED);
		break;
	case V_SIGBLOCK:
		ask_process(r, op->actor, ASKED);
		break;
	case V_PIDFD_SEND:
		ask_everybody(r);
		break;
	default:
		break;
	}
}

/*
 * May an init have come to its end?  Nothing but KILL kills one, sent from outside; such
 * may be the signal that it wants at its parent's death, too.
 */
static bool ends_inits(const struct run *r, const struct op *op, const long *v)
{
	int i;

	for (i = 0; r->pdeaths && i < r->n_live; i++) {
		const struct puppet *p = &r->puppet[r->live[i]];

		if (p->pdeath && r->puppet[p->leader].init)
			return true;
	}
	switch (op->verb) {
	case V_EXIT:
	case V_EXIT_GROUP:
		return r->puppet[r->puppet[op->actor].leader].init;
	case V_KILL:
	case V_TGKILL:
	case V_OUTSIDE:
	case V_OUTSIDE_THREAD:
		return v[0] == SIGKILL;
	case V_PIDFD_SEND:
		return v[1] == SIGKILL;
	default:
		return false;
	}
}

static void swap_ints(int *a, int *b)
{
	int t = *a;

	*a = *b;
	*b = t;
}

/* The rest of its group dies, and the actor is the leader from now on. */
static void take_over(struct run *r, int id)
{
	struct puppet *p = &r->puppet[id], *old = &r->puppet[p->leader];
	int i, old_leader = p->leader;

	p->sighand = r->sighands++;
	if (p != old) {
		for (i = 0; i < LEVELS; i++)
			swap_ints(&p->nr[i], &old->nr[i]);
		swap_ints(&p->host, &old->host);
		r->by_nr[p->nr[0]] = id + 1;
		r->by_nr[old->nr[0]] = old_leader + 1;
		p->init = old->init;
		p->ppid = old->ppid;
		p->pgrp = old->pgrp;
		p->session = old->session;
		if (old->init)
			r->ns[p->ns].init = id;
	}
	for (i = 0; i < r->n_live; i++) {
		struct puppet *t = &r->puppet[r->live[i]];

		if (t->leader != old_leader || t->life == LIFE_GONE)
			continue;
		t->leader = id;
		if (t == p)
			continue;
		t->life = LIFE_GONE;
		t->changed = true;
		t->stopped = false;
	}
	cast_close(p);
}

static void forked(struct run *r, const struct op *op, const long *v)
{
	struct puppet *p = &r->puppet[op->actor], *c = &r->puppet[op->child];

	if (v[0] & CLONE_NEWPID)
		c->ns = cast_new_ns(r, p->ns, op->child);
	else if (p->kids == UNBORN)
		p->kids = c->ns = cast_new_ns(r, p->ns, op->child);
	else
		c->ns = p->kids;
	c->kids = c->ns;
	c->level = r->ns[c->ns].level;
	c->leader = v[0] & CLONE_THREAD ? p->leader : op->child;
	c->init = !(v[0] & CLONE_THREAD) && r->ns[c->ns].init == op->child;
	c->ppid = v[0] & CLONE_PARENT ? r->puppet[p->leader].ppid : r->puppet[p->leader].nr[0];
	if (v[0] & CLONE_SIGHAND)
		c->sighand = p->sighand;
	c->pgrp = r->puppet[p->leader].pgrp;
	c->session = r->puppet[p->leader].session;
	c->fatal_exit_signal = timing_is_fatal(v[1]);
	if (v[0] & CLONE_PARENT)
		c->fatal_exit_signal |= r->puppet[p->leader].fatal_exit_signal;
}

/* A namespace that has come to be: do both have a new one? */
static int learn_ns(struct run *r, int id)
{
	struct nspace *ns = &r->ns[r->puppet[id].ns];
	int i;

	if (ns->init != id)
		return 0;
	ns->mount_inum = mount_ns_inum(r, id);
	ns->kernel_inum = kernel_ns_inum(r, id);
	for (i = 0; i < r->n_ns; i++)
		if (&r->ns[i] != ns && r->ns[i].mount_inum == ns->mount_inum) {
			say(r, "the mount has no new namespace");
			return -1;
		}
	if (mount_open_ns(r, ns) || kernel_open_ns(r, ns)) {
		say(r, "a new namespace cannot be opened");
		return -1;
	}
	return 0;
}

static void bookkeep(struct run *r, const struct op *op, const long *v)
{
	struct puppet *p = op->actor == OUTSIDE ? NULL : &r->puppet[op->actor];
	int target;

	switch (op->verb) {
	case V_UNSHARE:
		if (v[0] & CLONE_NEWPID)
			p->kids = UNBORN;
		break;
	case V_SETNS:
		p->kids = (int)v[0];
		break;
	case V_SETNS_PID:
		target = cast_by_number(r, p->ns, v[0]);
		if (target >= 0 && v[1] & CLONE_NEWPID)
			p->kids = r->puppet[target].ns;
		break;
	case V_PDEATHSIG:
		p->pdeath = timing_is_fatal(v[0]);
		r->pdeaths |= p->pdeath;
		break;
	case V_EXEC:
		p->pdeath = p->fatal_exit_signal = false;
		break;
	default:
		break;
	}
}

static void answer_text(const struct op *op, const struct answer *a, char *text, size_t size)
{
	size_t at;
	unsigned int i;

	if (a->none) {
		snprintf(text, size, "no answer");
		return;
	}
	if (a->err) {
		snprintf(text, size, "%s", errno_name(a->err));
		return;
	}
	at = (size_t)snprintf(text, size, "%ld", a->value);
	if (a->n)
		at += (size_t)snprintf(text + at, size - at, "%s",
				       op->verb == V_WAIT ? ", pid code status:" : ", numbers:");
	for (i = 0; i < a->n && at + 16 < size; i++)
		at += (size_t)snprintf(text + at, size - at, " %d", a->nr[i]);
}

static void tell(const struct op *op, const struct answer *m, const struct answer *k)
{
	char text[1024], mount[512], kernel[512];

	op_text(op, text, sizeof(text));
	answer_text(op, m, mount, sizeof(mount));
	answer_text(op, k, kernel, sizeof(kernel));
	printf("%s\n\tthe kernel: %s\n\tthe mount:  %s\n", text, kernel, mount);
}

static bool same_answer(const struct answer *a, const struct answer *b)
{
	if (a->err || b->err)
		return a->err == b->err;
	return a->value == b->value && a->n == b->n && !memcmp(a->nr, b->nr, a->n * sizeof(int));
}

static enum outcome mismatch(struct run *r, const struct op *op, const struct answer *m,
			     const struct answer *k)
{
	char text[1024], mount[512], kernel[512];
	char *before = r->why;

	r->why = NULL;
	op_text(op, text, sizeof(text));
	answer_text(op, m, mount, sizeof(mount));
	answer_text(op, k, kernel, sizeof(kernel));
	say(r, "%s\n\tthe kernel: %s\n\tthe mount:  %s%s%s", text, kernel, mount,
	    before ? "\n\t" : "", before ? before : "");
	free(before);
	return MISMATCH;
}

static void remember(struct run *r, const struct op *op)
{
	struct op *copy = script_add(&r->played);

	*copy = *op;
	memset(copy->rules, 0, sizeof(copy->rules));
}

static bool as_told(struct run *r, const struct op *op, const struct answer *a)
{
	if (!op->told || a->none)
		return true;
	if (op->err == a->err &&
	    (a->err || !op->value_told || op->value == (op->verb == V_WAIT ? a->nr[0] : a->value)))
		return true;
	say(r, "line %u: both agree, but the script says %s %ld", op->line, errno_name(op->err),
	    op->value);
	return false;
}

enum outcome play(struct run *r, const struct op *op, struct answer *answer)
{
	struct answer m, k;
	long v[OP_ARGS] = { 0 };
	const char *forbidden;
	bool ends;
	int i;

	if (!possible(r, op))
		return SKIPPED;
	if (op->verb == V_CHECK) {
		remember(r, op);
		r->checks++;
		return dump_compare(r, op->n && op->arg[0].value) ? MISMATCH : PLAYED;
	}
	resolve(r, op, v);
	forbidden = timing_forbids(r, op, v);
	if (forbidden) {
		r->refused++;
		if (op->told) {
			say(r, "line %u is not played: %s", op->line, forbidden);
			return MISMATCH;
		}
		return SKIPPED;
	}
	free(r->why);
	r->why = NULL;
	remember(r, op);
	r->ops++;

	choose_asked(r, op, v);
	r->deaths = false;
	mount_do(r, op, v, &m);
	if (op->verb == V_EXEC && !m.err)
		take_over(r, op->actor);
	if (changes_others(op, &m) && mount_observe(r, ends_inits(r, op, v)))
		return MISMATCH;
	ends = op->actor != OUTSIDE && !cast_can_act(r, op->actor);
	kernel_do(r, op, v, ends, &k);
	if (op->verb == V_FORK && !m.err)
		forked(r, op, v);
	if (r->verbose)
		tell(op, &m, &k);
	if (r->why || (k.none && !ends) || (!k.none && !same_answer(&m, &k)))
		return mismatch(r, op, &m, &k);
	if (!m.err)
		bookkeep(r, op, v);
	if (op->verb == V_FORK && !m.err && learn_ns(r, op->child))
		return mismatch(r, op, &m, &k);
	if (changes_others(op, &m) && kernel_settle(r))
		return mismatch(r, op, &m, &k);
	if (!as_told(r, op, &m))
		return mismatch(r, op, &m, &k);
	outcome_count(op->verb, m.err);
	for (i = 0; i < OP_RULES && op->rules[i]; i++)
		if (!rules_hit(op->rules[i])) {
			say(r, "line %u: there is no rule %s", op->line, op->rules[i]);
			return MISMATCH;
		}
	if (answer)
		*answer = m;
	return PLAYED;
}

enum outcome play_script(struct run *r, const struct script *s, size_t *at)
{
	enum outcome outcome;

	if (play_begin(r)) {
		*at = 0;
		return MISMATCH;
	}
	for (*at = 0; *at < s->n; ++*at) {
		outcome = play(r, &s->op[*at], NULL);
		if (outcome == MISMATCH)
			return MISMATCH;
		if (outcome == SKIPPED && s->op[*at].told) {
			say(r, "line %u cannot be played", s->op[*at].line);
			return MISMATCH;
		}
	}
	return PLAYED;
}
