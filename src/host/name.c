/* SPDX-License-Identifier: MIT */
/* Names of namespaces: those of the containers that they are. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host/container.h"
#include "host/host.h"
#include "host/proc.h"

/* The containers that we are in ourselves are nobody's name. */
static unsigned int own_depth(const struct host *h)
{
	g_autofree char *text = proc_read(h->proc, "self/cgroup", NULL);

	return text ? container_depth(text) : 0;
}

/* Whoever has the lowest number in it: its init, as long as that lives. */
static char *name_of(struct host *h, const struct host_ns *ns, unsigned int depth)
{
	g_autofree char *text = NULL;
	const struct host_pid *p;
	char path[32];
	int nr = 1;

	p = idr_get_next(&ns->idr, &nr);
	if (!p || host_check_open(h, p->numbers[0].nr))
		return NULL;
	snprintf(path, sizeof(path), "%d/cgroup", p->numbers[0].nr);
	text = proc_read(h->proc, path, NULL);
	return text ? container_name(text, depth + ns->level - 1) : NULL;
}

struct naming {
	struct host *h;
	GArray *names;
	GHashTable *taken;
	unsigned int depth;
};

static void name_one(const struct naming *n, const struct host_ns *ns)
{
	struct world_named named = { .inum = ns->inum };

	named.name = name_of(n->h, ns, n->depth);
	if (!named.name)
		return;
	if (g_hash_table_contains(n->taken, named.name)) {
		char *longer = g_strdup_printf("%s+%u", named.name, ns->inum);

		g_free(named.name);
		named.name = longer;
	}
	g_hash_table_add(n->taken, g_strdup(named.name));
	g_array_append_val(n->names, named);
}

/*
 * Whose name it is: the outermost has it, and among those next to each other who was
 * made by our own user namespace, because anybody may make a cgroup of any name where
 * he is the master.  The others have the number, too.
 */
static int name_all(struct world *w, GArray *names)
{
	g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct host *h = to_host(w);
	struct naming naming = { h, names, taken, 0 };
	const struct host_ns *ns;
	unsigned int deepest = 1;
	struct stat userns = { 0 };

	host_lock(h);
	host_update(h);
	naming.depth = own_depth(h);
	fstatat(h->proc, "self/ns/user", &userns, 0);
	for (unsigned int level = 1; level <= deepest; level++)
		for (int others = 0; others < 2; others++)
			for (uint32_t inum = 0; (ns = mirror_ns_after(h->mirror, inum));
			     inum = ns->inum) {
				bool ours = ns->owner == (uint32_t)userns.st_ino;

				deepest = MAX(deepest, ns->level);
				if (ns->level == level && ours == !others)
					name_one(&naming, ns);
			}
	return host_unlock(h, 0);
}

void host_name_ops(struct world_ops *ops)
{
	ops->ns_names = name_all;
}
