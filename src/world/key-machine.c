/* SPDX-License-Identifier: MIT */
/* What can be dictated of the machine.  A new key is a row at the end. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "world/key.h"
#include "world/machine.h"

#define CPUS_MAX 8192 /* NR_CPUS of the largest kernels */

static void *says(void *target, const struct key *key)
{
	return (char *)&((struct machine *)target)->says + key->offset;
}

static void set_u64(const struct key *key, void *target, const struct key_value *value)
{
	*(uint64_t *)says(target, key) = value->u;
}

static void set_mem_free(const struct key *key, void *target, const struct key_value *value)
{
	set_u64(key, target, value);
	((struct machine *)target)->mem_free_set = true;
}

static void set_btime(const struct key *key, void *target, const struct key_value *value)
{
	*(int64_t *)says(target, key) = (int64_t)value->u;
}

static void set_name(const struct key *key, void *target, const struct key_value *value)
{
	g_strlcpy(says(target, key), value->s, WORLD_NAME_LEN);
}

static void set_cpus(const struct key *key, void *target, const struct key_value *value)
{
	(void)key;
	machine_set_cpus(target, (unsigned int)value->l);
}

/* offset: in struct world_cpu; what the first CPU did beside the processes */
static void add_ticks(const struct key *key, void *target, const struct key_value *value)
{
	struct machine *m = target;
	char *cpu = (char *)&g_array_index(m->cpus, struct world_cpu, 0);

	*(uint64_t *)(cpu + key->offset) += value->u;
}

/* A name is not empty, and a line shall stay a line. */
static int parse_name(const struct key *key, const char *text, struct key_value *value)
{
	for (const char *c = text; *c; c++)
		if (g_ascii_iscntrl(*c))
			return -EINVAL;
	return *text ? key_text(key, text, value) : -EINVAL;
}

/* Three numbers with two decimals, as loadavg has them. */
static int parse_load(const struct key *key, const char *text, struct key_value *value)
{
	g_auto(GStrv) words = g_strsplit(text, ",", -1);

	(void)key;
	if (g_strv_length(words) != 3)
		return -EINVAL;
	for (int i = 0; i < 3; i++) {
		unsigned int whole, part;
		int used = 0;

		if (strspn(words[i], "0123456789.") != strlen(words[i]) ||
		    sscanf(words[i], "%5u.%2u%n", &whole, &part, &used) != 2 || words[i][used] ||
		    words[i][used - 3] != '.')
			return -EINVAL;
		value->load[i] = whole * 100 + part;
	}
	return 0;
}

static void set_load(const struct key *key, void *target, const struct key_value *value)
{
	(void)key;
	memcpy(((struct machine *)target)->says.load, value->load, sizeof(value->load));
}

#define SAYS(field) offsetof(struct world_machine, field)
#define BYTES(field)                                                   \
	{                                                              \
#field, key_count, set_u64, SAYS(field), 0, 0, "bytes" \
	}
#define NAME(field)                                                                               \
	{                                                                                         \
#field, parse_name, set_name, SAYS(field), 0, WORLD_NAME_LEN - 1, "1 to 64 bytes" \
	}
#define TICKS(field)                                                                   \
	{                                                                              \
#field, key_count, add_ticks, offsetof(struct world_cpu, field), 0, 0, \
			"ticks of 1/100 s to add"                                      \
	}

static const struct key keys[] = {
	{ "cpus", key_range, set_cpus, 0, 1, CPUS_MAX, "1 to 8192" },
	{ "btime", key_count, set_btime, SAYS(btime), 0, 0, "seconds since 1970" },
	BYTES(mem_total),
	{ "mem_free", key_count, set_mem_free, SAYS(mem_free), 0, 0, "bytes" },
	BYTES(buffers),
	BYTES(cached),
	BYTES(swap_total),
	NAME(hostname),
	NAME(domainname),
	NAME(osrelease),
	NAME(version),
	{ "loadavg", parse_load, set_load, 0, 0, 0, "three numbers as 0.25,0.10,0.05" },
	{ "ctxt", key_count, set_u64, SAYS(ctxt), 0, 0, "a number" },
	{ "intr", key_count, set_u64, SAYS(intr), 0, 0, "a number" },
	TICKS(user),
	TICKS(nice),
	TICKS(system),
	TICKS(iowait),
	TICKS(irq),
	TICKS(softirq),
	TICKS(steal),
	TICKS(guest),
	TICKS(guest_nice),
};

const struct key_table machine_keys = { keys, G_N_ELEMENTS(keys) };
