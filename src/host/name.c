/* SPDX-License-Identifier: MIT */
/* Names of namespaces: those of the containers that they are. */
#include <stdio.h>
#include <string.h>

#include "host/container.h"
#include "host/host.h"
#include "host/proc.h"

/* Whoever has the lowest number in it: its init, as long as that lives. */
static char *name_of(struct host *h, const struct host_ns *ns)
{
	g_autofree char *text = NULL;
	const struct host_pid *p;
	char path[32];
	int nr = 1;

	p = idr_get_next(&ns->idr, &nr);
	if (!p)
		return NULL;
	snprintf(path, sizeof(path), "%d/cgroup", p->numbers[0].nr);
	text = proc_read(h->proc, path, NULL);
	return text ? container_name(text) : NULL;
}

static int name_all(struct world *w, GArray *names)
{
	g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct host *h = to_host(w);
	const struct host_ns *ns;
	uint32_t inum = 0;
	unsigned int level, deepest = 0;

	host_lock(h);
	host_update(h);
	/* The outermost one has the name; what it has made inside has the number, too. */
	for (level = 1; level <= MAX(deepest, 1); level++)
		for (inum = 0; (ns = mirror_ns_after(h->mirror, inum)); inum = ns->inum) {
			struct world_named named = { .inum = ns->inum };

			deepest = MAX(deepest, ns->level);
			if (ns->level != level)
				continue;
			named.name = name_of(h, ns);
			if (!named.name)
				continue;
			if (g_hash_table_contains(taken, named.name)) {
				char *longer = g_strdup_printf("%s+%u", named.name, ns->inum);

				g_free(named.name);
				named.name = longer;
			}
			g_hash_table_add(taken, g_strdup(named.name));
			g_array_append_val(names, named);
		}
	return host_unlock(h, 0);
}

void host_name_ops(struct world_ops *ops)
{
	ops->ns_names = name_all;
}
