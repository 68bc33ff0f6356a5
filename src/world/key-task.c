/* SPDX-License-Identifier: MIT */
/* What can be dictated of a process or thread.  A new key is a row at the end. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>

#include "core/pidfd.h"
#include "core/task.h"
#include "util/parse.h"
#include "world/key.h"

#define FD_MAX 65535 /* what an inode number has room for: see fs/node.h */
#define FD_FLAGS 02 /* O_RDWR */
#define FD_FLAGS_FILE 0100002 /* with O_LARGEFILE, as open(2) of a path has */

/* --- parsers ----------------------------------------------------------------- */

static int parse_state(const struct key *key, const char *text, struct key_value *value)
{
	(void)key;
	if (!*text || text[1] || !strchr("RSDTtI", *text))
		return -EINVAL;
	value->l = *text;
	return 0;
}

/* Hexadecimal with or without 0x, as status has them. */
static int parse_mask(const struct key *key, const char *text, struct key_value *value)
{
	g_autofree char *hex = g_strconcat("0x", text, NULL);

	(void)key;
	return parse_u64(g_str_has_prefix(text, "0x") ? text : hex, &value->u) ? -EINVAL : 0;
}

static int parse_caps(const struct key *key, const char *text, struct key_value *value)
{
	if (strcmp(text, "none") == 0)
		value->u = 0;
	else if (strcmp(text, "all") == 0)
		value->u = CAP_FULL_SET;
	else if (parse_mask(key, text, value))
		return -EINVAL;
	return value->u & ~CAP_FULL_SET ? -EINVAL : 0;
}

static int parse_octal(const struct key *key, const char *text, struct key_value *value)
{
	value->l = 0;
	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '7')
			return -EINVAL;
		value->l = value->l * 8 + (*text - '0');
		if (value->l > key->max)
			return -EINVAL;
	}
	return 0;
}

static int parse_policy(const struct key *key, const char *text, struct key_value *value)
{
	static const char *const names[] = { "other", "fifo", "rr",	  "batch",
					     "",      "idle", "deadline", "ext" };

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (*text && strcmp(text, names[i]) == 0) {
			value->l = (int)i;
			return 0;
		}
	return key_range(key, text, value);
}

/* Words, quoted as in a shell, become strings that each end with NUL. */
static int parse_words(const struct key *key, const char *text, struct key_value *value)
{
	GByteArray *bytes = g_byte_array_new();
	char **words = NULL;

	(void)key;
	if (*text && !g_shell_parse_argv(text, NULL, &words, NULL)) {
		g_byte_array_unref(bytes);
		return -EINVAL;
	}
	for (char **word = words; word && *word; word++)
		g_byte_array_append(bytes, (const guint8 *)*word, (guint)strlen(*word) + 1);
	g_strfreev(words);
	value->bytes = g_byte_array_free_to_bytes(bytes);
	return 0;
}

static int parse_bytes(const struct key *key, const char *text, struct key_value *value)
{
	(void)key;
	value->bytes = g_bytes_new(text, strlen(text));
	return 0;
}

/* Absolute, as a link to a file is. */
static int parse_path(const struct key *key, const char *text, struct key_value *value)
{
	return *text == '/' ? parse_bytes(key, text, value) : -EINVAL;
}

/* Lines of CONTROLLER paths; one alone is cgroup 2's. */
static int parse_cgroup(const struct key *key, const char *text, struct key_value *value)
{
	g_autofree char *line = g_strdup_printf(*text == '/' ? "0::%s\n" : "%s\n", text);
	const char *colon = strchr(line, ':');

	if (!colon || !strchr(colon + 1, ':'))
		return -EINVAL;
	/* Several are written with commas between their lines' beginnings. */
	for (char *c = line; *c; c++)
		if (*c == ';')
			*c = '\n';
	return parse_bytes(key, line, value);
}

static int parse_groups(const struct key *key, const char *text, struct key_value *value)
{
	g_auto(GStrv) words = g_strsplit(text, ",", -1);
	g_autoptr(GArray) gids = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	(void)key;
	for (char **word = words; *word; word++) {
		uint64_t gid;
		uint32_t value32;

		if (parse_u64(*word, &gid) || gid >= UINT32_MAX)
			return -EINVAL;
		value32 = (uint32_t)gid;
		g_array_append_val(gids, value32);
	}
	value->bytes = g_bytes_new(gids->data, gids->len * sizeof(uint32_t));
	return 0;
}

/* N, N-M and commas, ascending. */
static int parse_cpus(const struct key *key, const char *text, struct key_value *value)
{
	g_auto(GStrv) words = g_strsplit(text, ",", -1);
	int last = -1;

	if (!*text || strlen(text) > (size_t)key->max)
		return -EINVAL;
	for (char **word = words; *word; word++) {
		char *dash = strchr(*word, '-');
		int from, to;

		if (dash)
			*dash = '\0';
		if (parse_int(*word, &from) || from <= last)
			return -EINVAL;
		to = from;
		if (dash && (parse_int(dash + 1, &to) || to < from))
			return -EINVAL;
		last = to;
	}
	value->s = text;
	return last <= 8191 ? 0 : -EINVAL;
}

/* SOFT or SOFT:HARD, each a number or unlimited. */
static int parse_limit(const struct key *key, const char *text, struct key_value *value)
{
	g_auto(GStrv) words = g_strsplit(text, ":", -1);
	guint n = g_strv_length(words);

	(void)key;
	if (n < 1 || n > 2)
		return -EINVAL;
	for (guint i = 0; i < n; i++) {
		if (strcmp(words[i], "unlimited") == 0 || strcmp(words[i], "-1") == 0)
			value->pair[i] = UINT64_MAX;
		else if (parse_u64(words[i], &value->pair[i]))
			return -EINVAL;
	}
	if (n == 1)
		value->pair[1] = value->pair[0];
	return value->pair[0] <= value->pair[1] ? 0 : -EINVAL;
}

/* N:TARGET opens, N alone closes. */
static int parse_fd(const struct key *key, const char *text, struct key_value *value)
{
	const char *colon = strchr(text, ':');
	g_autofree char *number = colon ? g_strndup(text, (gsize)(colon - text)) : g_strdup(text);

	if (key_range(key, number, value))
		return -EINVAL;
	value->s = colon ? colon + 1 : NULL;
	return value->s && !*value->s ? -EINVAL : 0;
}

/* --- setters: into struct facts ------------------------------------------------ */

static void set_u64(const struct key *key, void *target, const struct key_value *value)
{
	*(uint64_t *)((char *)task_facts(target) + key->offset) = value->u;
}

static void set_int(const struct key *key, void *target, const struct key_value *value)
{
	*(int *)((char *)task_facts(target) + key->offset) = (int)value->l;
}

static void set_int_mask(const struct key *key, void *target, const struct key_value *value)
{
	*(unsigned int *)((char *)task_facts(target) + key->offset) = (unsigned int)value->u;
}

static void set_priority(const struct key *key, void *target, const struct key_value *value)
{
	set_int(key, target, value);
	task_facts(target)->priority_set = true;
}

static void set_processor(const struct key *key, void *target, const struct key_value *value)
{
	set_int(key, target, value);
	task_facts(target)->processor_set = true;
}

static void set_state(const struct key *key, void *target, const struct key_value *value)
{
	(void)key;
	task_facts(target)->state = (char)value->l;
}

static void set_flags(const struct key *key, void *target, const struct key_value *value)
{
	(void)key;
	task_facts(target)->flags = (unsigned int)value->u;
	task_facts(target)->flags_set = true;
}

static void set_timerslack(const struct key *key, void *target, const struct key_value *value)
{
	set_u64(key, target, value);
	task_facts(target)->timerslack_set = true;
}

static void set_wchan(const struct key *key, void *target, const struct key_value *value)
{
	struct facts *f = task_facts(target);

	(void)key;
	g_strlcpy(f->wchan, value->s, sizeof(f->wchan));
}

static void set_cpus(const struct key *key, void *target, const struct key_value *value)
{
	struct facts *f = task_facts(target);

	(void)key;
	g_free(f->cpus);
	f->cpus = g_strdup(value->s);
}

static void set_groups(const struct key *key, void *target, const struct key_value *value)
{
	struct facts *f = task_facts(target);

	(void)key;
	g_clear_pointer(&f->groups, g_bytes_unref);
	f->groups = g_bytes_ref(value->bytes);
}

/* One of the six ids: min is its place. */
static void set_id(const struct key *key, void *target, const struct key_value *value)
{
	struct facts *f = task_facts(target);

	*(uint32_t *)((char *)f + key->offset) = (uint32_t)value->u;
	f->ids |= 1u << key->min;
}

static int parse_id(const struct key *key, const char *text, struct key_value *value)
{
	(void)key;
	return parse_u64(text, &value->u) || value->u >= UINT32_MAX ? -EINVAL : 0;
}

/* --- setters: into struct group_facts -------------------------------------------- */

static void set_group_u64(const struct key *key, void *target, const struct key_value *value)
{
	*(uint64_t *)((char *)group_facts(target) + key->offset) = value->u;
}

static void set_group_int(const struct key *key, void *target, const struct key_value *value)
{
	*(int *)((char *)group_facts(target) + key->offset) = (int)value->l;
}

static void set_starttime(const struct key *key, void *target, const struct key_value *value)
{
	set_group_u64(key, target, value);
	group_facts(target)->starttime_set = true;
}

static void set_oom_score(const struct key *key, void *target, const struct key_value *value)
{
	set_group_int(key, target, value);
	group_facts(target)->oom_score_set = true;
}

static void set_core(const struct key *key, void *target, const struct key_value *value)
{
	(void)key;
	group_facts(target)->core = value->l;
}

static void set_umask(const struct key *key, void *target, const struct key_value *value)
{
	(void)key;
	group_facts(target)->umask = (unsigned int)value->l;
	group_facts(target)->umask_set = true;
}

static void set_loginuid(const struct key *key, void *target, const struct key_value *value)
{
	(void)key;
	group_facts(target)->loginuid = (uint32_t)value->l;
	group_facts(target)->loginuid_set = true;
}

static void set_sessionid(const struct key *key, void *target, const struct key_value *value)
{
	(void)key;
	group_facts(target)->sessionid = (uint32_t)value->l;
	group_facts(target)->sessionid_set = true;
}

/* offset: which of enum facts_memory */
static void set_memory(const struct key *key, void *target, const struct key_value *value)
{
	struct group_facts *g = group_facts(target);

	g->memory[key->offset] = value->u;
	g->memory_set |= 1u << key->offset;
}

/* offset: which of enum facts_text */
static void set_text(const struct key *key, void *target, const struct key_value *value)
{
	struct group_facts *g = group_facts(target);

	g_clear_pointer(&g->text[key->offset], g_bytes_unref);
	g->text[key->offset] = g_bytes_ref(value->bytes);
}

/* offset: RLIMIT_… */
static void set_limit(const struct key *key, void *target, const struct key_value *value)
{
	struct group_facts *g = group_facts(target);
	struct task_struct *t = target;

	g->limits[key->offset][0] = value->pair[0];
	g->limits[key->offset][1] = value->pair[1];
	g->limits_set |= 1u << key->offset;
	/* The one that fork(2) minds. */
	if (key->offset == RLIMIT_NPROC)
		set_task_nproc(t, value->pair[0] > LONG_MAX ? -1 : (long)value->pair[0]);
}

/* --- setters: into what the core knows --------------------------------------------- */

static void set_comm(const struct key *key, void *target, const struct key_value *value)
{
	(void)key;
	set_task_comm(target, value->s);
}

static void set_cmdline(const struct key *key, void *target, const struct key_value *value)
{
	struct task_struct *t = target;
	struct mm_struct *mm;

	(void)key;
	if (!task_mm(t))
		return; /* a zombie has none */
	mm = own_mm(t); /* not its parent's, of which this may still be the copy */
	g_clear_pointer(&mm->cmdline, g_bytes_unref);
	mm->cmdline = g_bytes_ref(value->bytes);
}

static void set_uid(const struct key *key, void *target, const struct key_value *value)
{
	(void)key;
	set_task_uid(target, (uid_t)value->l);
}

static void set_gid(const struct key *key, void *target, const struct key_value *value)
{
	(void)key;
	set_task_gid(target, (gid_t)value->l);
}

static void set_caps(const struct key *key, void *target, const struct key_value *value)
{
	(void)key;
	set_task_caps(target, value->u);
}

static void set_mapped(const struct key *key, void *target, const struct key_value *value)
{
	struct task_struct *t = target;

	(void)key;
	task_cred(t)->user_ns->mapped = value->l;
}

static void set_nproc(const struct key *key, void *target, const struct key_value *value)
{
	struct task_struct *t = target;

	(void)key;
	set_task_nproc(t, (long)value->l);
}

static void set_fd(const struct key *key, void *target, const struct key_value *value)
{
	(void)key;
	if (value->s)
		open_fd(target, (int)value->l, *value->s == '/' ? FD_FLAGS_FILE : FD_FLAGS,
			value->s);
	else
		close_fd(target, (int)value->l); /* of a closed one: it is so already */
}

/* --- the table ------------------------------------------------------------------------ */

#define TICKS "ticks of 1/100 s"
#define BYTES "bytes"
#define NUMBER "a number"
#define USAGE(field, wants)                                                                  \
	{                                                                                    \
#field, key_count, set_u64, offsetof(struct facts, usage.field), 0, 0, wants \
	}
#define FACT(field, wants)                                                             \
	{                                                                              \
#field, key_count, set_u64, offsetof(struct facts, field), 0, 0, wants \
	}
#define FACT_INT(field, min, max, wants)                                                   \
	{                                                                                  \
#field, key_range, set_int, offsetof(struct facts, field), min, max, wants \
	}
#define GROUP(field, wants)                                                                        \
	{                                                                                          \
#field, key_count, set_group_u64, offsetof(struct group_facts, field), 0, 0, wants \
	}
#define MEMORY(name, which)                                     \
	{                                                       \
		name, key_count, set_memory, which, 0, 0, BYTES \
	}
#define ID(field, bit)                                                                   \
	{                                                                                \
#field, parse_id, set_id, offsetof(struct facts, field), bit, 0, "an id" \
	}
#define LIMIT(name, which)                                                                   \
	{                                                                                    \
		"limit_" name, parse_limit, set_limit, which, 0, 0,                          \
			"SOFT or SOFT:HARD, each a number or unlimited, SOFT not above HARD" \
	}

static const struct key keys[] = {
	USAGE(utime, TICKS),
	USAGE(stime, TICKS),
	USAGE(minflt, NUMBER),
	USAGE(majflt, NUMBER),
	USAGE(nvcsw, NUMBER),
	USAGE(nivcsw, NUMBER),
	USAGE(rchar, BYTES),
	USAGE(wchar, BYTES),
	USAGE(syscr, NUMBER),
	USAGE(syscw, NUMBER),
	USAGE(read_bytes, BYTES),
	USAGE(write_bytes, BYTES),
	USAGE(cancelled_write_bytes, BYTES),
	USAGE(blkio, TICKS),
	FACT(run, "nanoseconds"),
	FACT(wait, "nanoseconds"),
	FACT(slices, NUMBER),
	FACT_INT(nice, -20, 19, "-20 to 19"),
	FACT_INT(rt_priority, 0, 99, "0 to 99"),
	FACT_INT(seccomp, 0, 2, "0, 1 or 2"),
	FACT_INT(no_new_privs, 0, 1, "0 or 1"),
	{ "priority", key_range, set_priority, offsetof(struct facts, priority), -100, 39,
	  "-100 to 39" },
	{ "policy", parse_policy, set_int, offsetof(struct facts, policy), 0, 7,
	  "other, fifo, rr, batch, idle, deadline, ext or its number" },
	{ "processor", key_range, set_processor, offsetof(struct facts, processor), 0, 8191,
	  "a CPU, 0 to 8191" },
	{ "cpus", parse_cpus, set_cpus, 0, 0, 63, "a list of CPUs as 0-3,7, in 63 bytes" },
	{ "state", parse_state, set_state, 0, 0, 0, "one of R S D T t I" },
	{ "wchan", key_text, set_wchan, 0, 0, FACTS_WCHAN_LEN - 1, "at most 31 bytes" },
	{ "flags", parse_mask, set_flags, 0, 0, 0, "a hexadecimal mask" },
	{ "personality", parse_mask, set_int_mask, offsetof(struct facts, personality), 0, 0,
	  "a hexadecimal mask" },
	{ "timerslack", key_count, set_timerslack, offsetof(struct facts, timerslack), 0, 0,
	  "nanoseconds" },
	{ "cap_inh", parse_caps, set_u64, offsetof(struct facts, cap_inheritable), 0, 0,
	  "a hexadecimal mask of 41 bits, none or all" },
	{ "cap_amb", parse_caps, set_u64, offsetof(struct facts, cap_ambient), 0, 0,
	  "a hexadecimal mask of 41 bits, none or all" },
	ID(euid, 0),
	ID(suid, 1),
	ID(fsuid, 2),
	ID(egid, 3),
	ID(sgid, 4),
	ID(fsgid, 5),
	{ "groups", parse_groups, set_groups, 0, 0, 0, "numbers with commas between" },

	GROUP(cutime, TICKS),
	GROUP(cstime, TICKS),
	GROUP(cminflt, NUMBER),
	GROUP(cmajflt, NUMBER),
	{ "starttime", key_count, set_starttime, offsetof(struct group_facts, starttime), 0, 0,
	  TICKS },
	{ "tty", key_range, set_group_int, offsetof(struct group_facts, tty_nr), 0, INT_MAX,
	  "a device number" },
	{ "tpgid", key_range, set_group_int, offsetof(struct group_facts, tty_pgrp), 0, INT_MAX,
	  "a process group" },
	{ "oom_score", key_range, set_oom_score, offsetof(struct group_facts, oom_score), 0, 2000,
	  "0 to 2000" },
	{ "oom_score_adj", key_range, set_group_int, offsetof(struct group_facts, oom_score_adj),
	  -1000, 1000, "-1000 to 1000" },
	{ "umask", parse_octal, set_umask, 0, 0, 0777, "an octal number up to 777" },
	{ "loginuid", key_range, set_loginuid, 0, 0, UINT32_MAX, "a user's number" },
	{ "sessionid", key_range, set_sessionid, 0, 0, UINT32_MAX, "a session's number" },
	{ "core", key_range, set_core, 0, 0, 1, "0 or 1: does it dump core" },
	MEMORY("vsize", MEMORY_VSIZE),
	MEMORY("peak", MEMORY_PEAK),
	MEMORY("rss", MEMORY_RSS),
	MEMORY("hwm", MEMORY_HWM),
	MEMORY("shared", MEMORY_SHARED),
	MEMORY("shmem", MEMORY_SHMEM),
	MEMORY("swap", MEMORY_SWAP),
	MEMORY("data", MEMORY_DATA),
	MEMORY("stack", MEMORY_STACK),
	MEMORY("text", MEMORY_TEXT),
	MEMORY("lib", MEMORY_LIB),
	MEMORY("locked", MEMORY_LOCKED),
	MEMORY("pinned", MEMORY_PINNED),
	MEMORY("pte", MEMORY_PTE),
	{ "environ", parse_words, set_text, FACTS_ENVIRON, 0, 0,
	  "NAME=VALUE words, quoted as in a shell" },
	{ "cgroup", parse_cgroup, set_text, FACTS_CGROUP, 0, 0,
	  "/PATH, or ID:CONTROLLERS:PATH with ; between" },
	{ "exe", parse_path, set_text, FACTS_EXE, 0, 0, "a path from /" },
	{ "cwd", parse_path, set_text, FACTS_CWD, 0, 0, "a path from /" },
	{ "root", parse_path, set_text, FACTS_ROOT, 0, 0, "a path from /" },
	LIMIT("cpu", RLIMIT_CPU),
	LIMIT("fsize", RLIMIT_FSIZE),
	LIMIT("data", RLIMIT_DATA),
	LIMIT("stack", RLIMIT_STACK),
	LIMIT("core", RLIMIT_CORE),
	LIMIT("rss", RLIMIT_RSS),
	LIMIT("nproc", RLIMIT_NPROC),
	LIMIT("nofile", RLIMIT_NOFILE),
	LIMIT("memlock", RLIMIT_MEMLOCK),
	LIMIT("as", RLIMIT_AS),
	LIMIT("locks", RLIMIT_LOCKS),
	LIMIT("sigpending", RLIMIT_SIGPENDING),
	LIMIT("msgqueue", RLIMIT_MSGQUEUE),
	LIMIT("nice", RLIMIT_NICE),
	LIMIT("rtprio", RLIMIT_RTPRIO),
	LIMIT("rttime", RLIMIT_RTTIME),

	{ "comm", key_text, set_comm, 0, 0, INT_MAX, "a name" },
	{ "cmdline", parse_words, set_cmdline, 0, 0, 0, "words, quoted as in a shell" },
	{ "uid", key_range, set_uid, 0, 0, UINT32_MAX - 1L, "a user's number" },
	{ "gid", key_range, set_gid, 0, 0, UINT32_MAX - 1L, "a group's number" },
	{ "caps", parse_caps, set_caps, 0, 0, 0, "a hexadecimal mask of 41 bits, none or all" },
	{ "mapped", key_range, set_mapped, 0, 0, 1, "0 or 1: is its uid_map written" },
	{ "nproc", key_range, set_nproc, 0, -1, LONG_MAX, "a limit, or -1 for none" },
	{ "fd", parse_fd, set_fd, 0, 0, FD_MAX, "N:TARGET, or N to close it, N up to 65535" },
};

const struct key_table task_keys = { keys, G_N_ELEMENTS(keys) };
