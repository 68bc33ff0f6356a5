/* SPDX-License-Identifier: MIT */
/* What a fixture dictates: facts that no call of the world would bring about. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "util/parse.h"
#include "world/virtual.h"

/* A value that was checked and is not yet set. */
struct value {
	uint64_t u;
	long l;
	const char *s;
};

struct key {
	const char *name;
	/* 0 or -EINVAL */
	int (*parse)(const struct key *key, const char *text, struct value *value);
	void (*set)(const struct key *key, struct task_struct *t, const struct value *value);
	size_t offset; /* in struct facts */
	long min, max;
	const char *wants;
};

static int parse_count(const struct key *key, const char *text, struct value *value)
{
	(void)key;
	if (parse_u64(text, &value->u) || value->u > INT64_MAX)
		return -EINVAL;
	return 0;
}

static int parse_range(const struct key *key, const char *text, struct value *value)
{
	if (parse_long(text, &value->l) || value->l < key->min || value->l > key->max)
		return -EINVAL;
	return 0;
}

static int parse_state(const struct key *key, const char *text, struct value *value)
{
	(void)key;
	if (!*text || text[1] || !strchr("RSDTtI", *text))
		return -EINVAL;
	value->l = *text;
	return 0;
}

static int parse_text(const struct key *key, const char *text, struct value *value)
{
	if (strlen(text) > (size_t)key->max)
		return -EINVAL;
	value->s = text;
	return 0;
}

static void set_count(const struct key *key, struct task_struct *t, const struct value *value)
{
	*(uint64_t *)((char *)task_facts(t) + key->offset) = value->u;
}

static void set_int(const struct key *key, struct task_struct *t, const struct value *value)
{
	*(int *)((char *)task_facts(t) + key->offset) = (int)value->l;
}

static void set_starttime(const struct key *key, struct task_struct *t, const struct value *value)
{
	set_count(key, t, value);
	t->facts->starttime_set = true;
}

static void set_priority(const struct key *key, struct task_struct *t, const struct value *value)
{
	set_int(key, t, value);
	t->facts->priority_set = true;
}

static void set_state(const struct key *key, struct task_struct *t, const struct value *value)
{
	(void)key;
	task_facts(t)->state = (char)value->l;
}

static void set_core(const struct key *key, struct task_struct *t, const struct value *value)
{
	(void)key;
	task_facts(t)->core = value->l;
}

static void set_wchan(const struct key *key, struct task_struct *t, const struct value *value)
{
	(void)key;
	g_strlcpy(task_facts(t)->wchan, value->s, sizeof(t->facts->wchan));
}

static void set_comm(const struct key *key, struct task_struct *t, const struct value *value)
{
	(void)key;
	set_task_comm(t, value->s);
}

static void set_uid(const struct key *key, struct task_struct *t, const struct value *value)
{
	(void)key;
	set_task_uid(t, (uid_t)value->l);
}

static void set_gid(const struct key *key, struct task_struct *t, const struct value *value)
{
	(void)key;
	set_task_gid(t, (gid_t)value->l);
}

static int parse_caps(const struct key *key, const char *text, struct value *value)
{
	g_autofree char *hex = g_strconcat("0x", text, NULL);

	(void)key;
	if (strcmp(text, "none") == 0)
		value->u = 0;
	else if (strcmp(text, "all") == 0)
		value->u = CAP_FULL_SET;
	else if (parse_u64(g_str_has_prefix(text, "0x") ? text : hex, &value->u) ||
		 value->u & ~CAP_FULL_SET)
		return -EINVAL;
	return 0;
}

static void set_caps(const struct key *key, struct task_struct *t, const struct value *value)
{
	(void)key;
	set_task_caps(t, value->u);
}

static void set_mapped(const struct key *key, struct task_struct *t, const struct value *value)
{
	(void)key;
	t->cred->user_ns->mapped = value->l;
}

static void set_nproc(const struct key *key, struct task_struct *t, const struct value *value)
{
	(void)key;
	t->signal->nproc = value->l;
}

#define COUNT(field, wants) \
	{ #field, parse_count, set_count, offsetof(struct facts, field), 0, 0, wants }
#define TICKS "ticks of 1/100 s"
#define BYTES "bytes"
#define NUMBER "a number"

static const struct key keys[] = {
	COUNT(utime, TICKS),
	COUNT(stime, TICKS),
	COUNT(cutime, TICKS),
	COUNT(cstime, TICKS),
	COUNT(rss, BYTES),
	COUNT(vsize, BYTES),
	COUNT(minflt, NUMBER),
	COUNT(majflt, NUMBER),
	COUNT(cminflt, NUMBER),
	COUNT(cmajflt, NUMBER),
	COUNT(nvcsw, NUMBER),
	COUNT(nivcsw, NUMBER),
	{ "starttime", parse_count, set_starttime, offsetof(struct facts, starttime), 0, 0, TICKS },
	{ "state", parse_state, set_state, 0, 0, 0, "one of R S D T t I" },
	{ "nice", parse_range, set_int, offsetof(struct facts, nice), -20, 19, "-20 to 19" },
	{ "priority", parse_range, set_priority, offsetof(struct facts, priority), -100, 39,
	  "-100 to 39" },
	{ "tty", parse_range, set_int, offsetof(struct facts, tty_nr), 0, INT_MAX,
	  "a device number" },
	{ "processor", parse_range, set_int, offsetof(struct facts, processor), 0, 8191,
	  "a CPU, 0 to 8191" },
	{ "wchan", parse_text, set_wchan, 0, 0, 31, "at most 31 bytes" },
	{ "comm", parse_text, set_comm, 0, 0, INT_MAX, "a name" },
	{ "uid", parse_range, set_uid, 0, 0, UINT32_MAX - 1L, "a user's number" },
	{ "gid", parse_range, set_gid, 0, 0, UINT32_MAX - 1L, "a group's number" },
	{ "caps", parse_caps, set_caps, 0, 0, 0, "a hexadecimal mask of 41 bits, none or all" },
	{ "mapped", parse_range, set_mapped, 0, 0, 1, "0 or 1: is its uid_map written" },
	{ "nproc", parse_range, set_nproc, 0, -1, LONG_MAX, "a limit, or -1 for none" },
	{ "core", parse_range, set_core, 0, 0, 1, "0 or 1: does it dump core" },
};

static const struct key *key_find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static int virtual_set(struct world *w, struct world_actor a, const char *const *names,
		       const char *const *texts, unsigned int n)
{
	g_autofree struct value *values = g_new0(struct value, n);
	/* A reason is a static string; these sentences are as many as the keys. */
	static _Thread_local char why[80];
	struct task_struct *current;
	const struct key *key;
	unsigned int i;
	int err = world_begin_as(w, a, &current);

	if (err)
		return err;
	if (!a.thread)
		current = current->group_leader;
	for (i = 0; i < n; i++) {
		key = key_find(names[i]);
		if (!key)
			g_snprintf(why, sizeof(why), "there is no key %.40s", names[i]);
		else if (key->parse(key, texts[i], &values[i]))
			g_snprintf(why, sizeof(why), "%s wants %s", key->name, key->wants);
		else
			continue;
		return world_end(w, refuse(to_virtual(w)->k, -EINVAL, why));
	}
	for (i = 0; i < n; i++) {
		key = key_find(names[i]);
		key->set(key, current, &values[i]);
	}
	return world_end(w, 0);
}

void virtual_set_ops(struct world_ops *ops)
{
	ops->set = virtual_set;
}
