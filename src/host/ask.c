/* SPDX-License-Identifier: MIT */
/* What can be asked of the host world. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"
#include "host/linux.h"
#include "host/proc.h"

/*
 * hidepid: where /proc is mounted so, the kernel is asked what it shows the caller
 * of each number.
 */
static void look_who_is_seen(const struct host *h, const int *nrs, unsigned int n, char *sees)
{
	if (h->hides)
		keeper_sees(h->keeper, nrs, n, sees);
	else
		memset(sees, KEEPER_SEES_NUMBER | KEEPER_SEES_INSIDE, n);
}

static bool is_hidden(const struct host *h, int nr)
{
	char sees;

	look_who_is_seen(h, &nr, 1, &sees);
	return !(sees & KEEPER_SEES_NUMBER);
}

/* All that we tell of a process comes from the files in its directory. */
int host_check_open(const struct host *h, int nr)
{
	char sees;

	look_who_is_seen(h, &nr, 1, &sees);
	if (!(sees & KEEPER_SEES_NUMBER))
		return host_refuse(-ESRCH, "the process is gone");
	if (!(sees & KEEPER_SEES_INSIDE))
		return host_refuse(-EPERM, "/proc is mounted with hidepid, and not for the reader");
	return 0;
}

static long read_sysctl(const struct host *h, const char *path)
{
	g_autofree char *text = proc_read(h->proc, path, NULL);

	return text ? strtol(text, NULL, 10) : -1;
}

/* Living, as far as anybody in it does just now; NULL. */
static const struct host_ns *living_ns(struct host *h, uint32_t inum)
{
	struct host_ns *ns = host_ns(h, inum);
	const struct host_pid *p;
	int nr = 1;

	if (!ns || !ns->level)
		return ns;
	mirror_ns_ref(ns);
	/* Looked at again they may turn out to be gone; the first one that is not will do. */
	while ((p = idr_get_next(&ns->idr, &nr))) {
		const uint64_t ino = p->ino;
		const struct host_pid *now = mirror_refresh(h->mirror, p->numbers[0].nr);

		if (now && now->ino == ino)
			break;
		nr++;
	}
	mirror_ns_unref(h->mirror, ns);
	return host_ns(h, inum);
}

static int ask_ns(struct world *w, uint32_t inum, struct world_ns_info *info)
{
	struct host *h = to_host(w);
	const struct host_ns *ns;

	host_lock(h);
	ns = living_ns(h, inum);
	if (!ns && inum) {
		host_update(h);
		ns = living_ns(h, inum);
	}
	if (!ns)
		return host_unlock(h, -ENOENT);
	*info = (struct world_ns_info){
		.inum = ns->inum,
		.parent = ns->parent_inum,
		.owner = ns->owner,
		.level = ns->level,
		.child_reaper = idr_find(&ns->idr, 1) ? 1 : 0,
		.pids = ns->pids,
		.pid_max = (int)read_sysctl(h, "sys/kernel/pid_max"),
		/* The kernel tells it to those inside alone. */
		.last_pid = ns->level ? -1 : (int)read_sysctl(h, "sys/kernel/ns_last_pid"),
		.accepting = idr_find(&ns->idr, 1) || !ns->had_init,
	};
	return host_unlock(h, 0);
}

static int ask_ns_next(struct world *w, uint32_t *inum)
{
	struct host *h = to_host(w);
	const struct host_ns *ns;

	host_lock(h);
	if (!*inum)
		host_update(h);
	ns = mirror_ns_after(h->mirror, *inum);
	if (ns)
		*inum = ns->inum;
	return host_unlock(h, ns ? 0 : -ENOENT);
}

static int ask_ns_hold(struct world *w, uint32_t inum)
{
	struct host *h = to_host(w);
	struct host_ns *ns;

	host_lock(h);
	ns = host_ns(h, inum);
	if (ns)
		mirror_ns_ref(ns);
	return host_unlock(h, ns ? 0 : -ENOENT);
}

static void ask_ns_release(struct world *w, uint32_t inum)
{
	struct host *h = to_host(w);

	host_lock(h);
	mirror_ns_release(h->mirror, inum == WORLD_ROOT_INUM ? h->inum : inum);
	host_unlock(h, 0);
}

static void append_count(GString *out, const char *key, uint64_t n)
{
	g_string_append_printf(out, "%s:\t%" G_GUINT64_FORMAT "\n", key, n);
}

static int ask_ns_facts(struct world *w, uint32_t inum, GString *out)
{
	struct host *h = to_host(w);

	(void)inum;
	host_lock(h);
	host_update(h);
	g_string_append_printf(out, "Source:\t%s", h->source ? source_name(h->source) : "scanning");
	if (h->source_why)
		g_string_append_printf(out, " (%s)", h->source_why);
	append_count(out, "\nLost", h->source ? source_losses(h->source) : 0);
	append_count(out, "Updates", h->updates);
	append_count(out, "Scans", h->scans);
	append_count(out, "Audits", h->audits);
	return host_unlock(h, 0);
}

/*
 * The number that it has in ours: of a thread, or of a process that is not known
 * yet; 0: nobody has it, -1: the kernel does not tell.
 */
static int outer_number(const struct host_ns *ns, int nr)
{
	const struct host_pid *p;

	if (ns->nsfd >= 0)
		return linux_pid_from_ns(ns->nsfd, nr);
	p = ns->level ? idr_find(&ns->idr, (unsigned int)nr) : NULL;
	return !ns->level ? nr : p ? p->numbers[0].nr : 0;
}

static int ask_find(struct world *w, uint32_t inum, int nr, struct world_ref *ref)
{
	struct host *h = to_host(w);
	const struct host_pid *p = NULL;
	struct host_ns *ns;
	int outer;

	host_lock(h);
	ns = host_ns(h, inum);
	outer = ns && nr > 0 ? outer_number(ns, nr) : 0;
	if (outer > 0)
		p = mirror_refresh_thread(h->mirror, outer);
	if (outer < 0) {
		host_update(h);
		p = idr_find(&ns->idr, (unsigned int)nr);
	}
	if (!p || mirror_nr(p, ns) != nr || is_hidden(h, p->numbers[0].nr))
		return host_unlock(h, -ENOENT);
	*ref = (struct world_ref){ .ino = p->ino, .level = ns->level };
	return host_unlock(h, 0);
}

/* Of the next n, those that the caller sees; *nr is where it goes on. */
static int list_seen(struct host *h, struct host_ns *ns, int *nr, int n, int *nrs,
		     struct world_ref *refs)
{
	g_autofree int *outer = g_new(int, (gsize)n);
	g_autofree char *sees = g_new(char, (gsize)n);
	const struct host_pid *p;
	int count = 0, found = 0;

	for (; count < n && (p = idr_get_next(&ns->idr, nr)); ++*nr) {
		nrs[count] = *nr;
		outer[count] = p->numbers[0].nr;
		refs[count++] = (struct world_ref){ .ino = p->ino, .level = ns->level };
	}
	look_who_is_seen(h, outer, (unsigned int)count, sees);
	for (int i = 0; i < count; i++)
		if (sees[i] & KEEPER_SEES_NUMBER) {
			nrs[found] = nrs[i];
			refs[found++] = refs[i];
		}
	return found;
}

static int ask_list(struct world *w, uint32_t inum, int nr, int n, int *nrs, struct world_ref *refs)
{
	struct host *h = to_host(w);
	struct host_ns *ns;
	int found = 0;

	host_lock(h);
	/* If all has to be looked at, then once a listing. */
	if (h->source || nr <= 1)
		host_update(h);
	ns = host_ns(h, inum);
	if (!ns)
		return host_unlock(h, -ENOENT);
	nr = MAX(nr, 1);
	/* Fewer than n mean that there are no more. */
	while (found < n && idr_get_next(&ns->idr, &nr))
		found += list_seen(h, ns, &nr, n - found, nrs + found, refs + found);
	return host_unlock(h, found);
}

/* Its directory in our procfs; -ESRCH: the process is gone, for all that the caller knows. */
static int outer_path(struct host *h, struct world_ref ref, char *path, size_t size)
{
	const struct host_pid *p = host_pid(h, ref);

	if (!p)
		return host_refuse(-ESRCH, "the process is gone");
	snprintf(path, size, "%d", p->numbers[0].nr);
	return host_check_open(h, p->numbers[0].nr);
}

static gint compare_ints(gconstpointer a, gconstpointer b)
{
	const int *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The numbers in our namespace of the threads of ref's process. */
static int thread_numbers(struct host *h, struct world_ref ref, GArray *tids)
{
	char path[32], task[48];
	int err = outer_path(h, ref, path, sizeof(path));

	if (err)
		return err;
	snprintf(task, sizeof(task), "%.16s/task", path);
	return proc_list(h->proc, task, tids) ? -ESRCH : 0;
}

struct numbered {
	int nr;
	uint64_t ino;
};

static int ask_threads(struct world *w, struct world_ref ref, int nr, int n, int *nrs,
		       struct world_ref *refs)
{
	g_autoptr(GArray) tids = g_array_new(FALSE, FALSE, sizeof(int));
	g_autoptr(GArray) out = g_array_new(FALSE, FALSE, sizeof(struct numbered));
	struct host *h = to_host(w);
	const struct host_pid *leader;
	int count, err;

	host_lock(h);
	err = thread_numbers(h, ref, tids);
	leader = err ? NULL : mirror_pid(h->mirror, ref.ino);
	if (!leader)
		return host_unlock(h, err ? err : -ESRCH);
	for (guint i = 0; i < tids->len; i++) {
		const struct host_pid *p =
			mirror_refresh_thread(h->mirror, g_array_index(tids, int, i));
		struct numbered one;

		if (!p || ref.level > p->level)
			continue;
		one = (struct numbered){ p->numbers[ref.level].nr, p->ino };
		if (one.nr >= nr)
			g_array_append_val(out, one);
	}
	g_array_sort(out, compare_ints); /* by nr, which comes first */
	count = MIN(n, (int)out->len);
	for (int i = 0; i < count; i++) {
		nrs[i] = g_array_index(out, struct numbered, i).nr;
		refs[i] = (struct world_ref){ .ino = g_array_index(out, struct numbered, i).ino,
					      .level = ref.level };
	}
	return host_unlock(h, count);
}

static int ask_thread(struct world *w, struct world_ref ref, int tid, struct world_ref *thread)
{
	struct host *h = to_host(w);
	const struct host_pid *leader, *p = NULL;
	int outer, err;

	host_lock(h);
	leader = host_pid(h, ref);
	err = leader ? host_check_open(h, leader->numbers[0].nr) : -ESRCH;
	if (err)
		return host_unlock(h, err);
	outer = outer_number(leader->numbers[ref.level].ns, tid);
	if (outer > 0)
		p = mirror_refresh_thread(h->mirror, outer);
	/* leader may have been replaced meanwhile; its ino tells. */
	if (!p || p->leader_ino != ref.ino || ref.level > p->level)
		return host_unlock(h, -ENOENT);
	*thread = (struct world_ref){ .ino = p->ino, .level = ref.level };
	return host_unlock(h, 0);
}

/* The number that one of our numbers is in a namespace; 0: it is not there. */
static int inner_number(struct host *h, const struct host_ns *ns, int nr)
{
	if (nr <= 0 || !ns->level)
		return MAX(nr, 0);
	return mirror_nr(idr_find(&mirror_root(h->mirror)->idr, (unsigned int)nr), ns);
}

/* From our numbers to the view's: lists begin at its level. */
static void see_from(struct host *h, const struct host_pid *p, unsigned int level,
		     struct world_task *t)
{
	const struct host_ns *ns = p->numbers[level].ns;
	int *const lists[] = { t->nspid, t->nstgid, t->nspgid, t->nssid };

	t->outer = p->numbers[0].nr;
	/* A zombie's inner numbers are of no namespace that is known. */
	t->nr_levels = MIN(t->nr_levels, p->level + 1);
	for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
		memmove(lists[i], lists[i] + level, (t->nr_levels - level) * sizeof(int));
	t->nr_levels -= level;
	t->pid = t->nspid[0];
	t->tgid = t->nstgid[0];
	t->pgrp = t->nspgid[0];
	t->session = t->nssid[0];
	t->ppid = inner_number(h, ns, t->ppid);
	t->inum = level ? ns->inum : WORLD_ROOT_INUM;
	t->active_inum = p->level ? p->numbers[p->level].ns->inum : WORLD_ROOT_INUM;
}

static int ask_task(struct world *w, struct world_ref ref, struct world_task *task)
{
	struct host *h = to_host(w);
	const struct host_pid *p;
	char path[32];
	int err;

	host_lock(h);
	err = outer_path(h, ref, path, sizeof(path));
	if (!err)
		err = proc_task(h->proc, path, task);
	/* Only if it still is there was that its own. */
	p = err ? NULL : host_pid(h, ref);
	if (err == -EPERM)
		return host_unlock(h, err);
	if (!p)
		return host_unlock(h, host_refuse(-ESRCH, "the process is gone"));
	if (task->nr_levels <= p->level)
		return host_unlock(h, -ESRCH);
	see_from(h, p, ref.level, task);
	task->ref = ref;
	task->leader = p->leader;
	task->leader_ino = p->leader_ino;
	return host_unlock(h, 0);
}

static int ask_children(struct world *w, struct world_ref ref, GArray *ints)
{
	struct host *h = to_host(w);
	const struct host_pid *p;
	char path[64], nr[32];
	g_autofree char *text = NULL;
	int err;

	host_lock(h);
	err = outer_path(h, ref, nr, sizeof(nr));
	p = err ? NULL : host_pid(h, ref);
	if (!p)
		return host_unlock(h, err ? err : -ESRCH);
	snprintf(path, sizeof(path), "%.16s/task/%.16s/children", nr, nr);
	text = proc_read(h->proc, path, NULL);
	for (char *at = text, *end; at && *at; at = end) {
		int child = inner_number(h, p->numbers[ref.level].ns, (int)strtol(at, &end, 10));

		if (end == at)
			break;
		if (child)
			g_array_append_val(ints, child);
		while (*end == ' ')
			end++;
	}
	return host_unlock(h, 0);
}

static int ask_cmdline(struct world *w, struct world_ref ref, GString *out)
{
	struct host *h = to_host(w);
	char path[64], nr[32];
	g_autofree char *text = NULL;
	size_t len = 0;
	int err;

	host_lock(h);
	err = host_unlock(h, outer_path(h, ref, nr, sizeof(nr)));
	if (err)
		return err;
	/* That of a process which is being changed may take its time: without the lock. */
	snprintf(path, sizeof(path), "%.16s/cmdline", nr);
	text = proc_read(h->proc, path, &len);
	g_string_append_len(out, text ? text : "", (gssize)len);
	return 0;
}

static int ask_ns_link(struct world *w, struct world_ref ref, enum world_ns_type type,
		       uint32_t *inum)
{
	static const char *const names[WORLD_NS_TYPES] = {
		[WORLD_NS_CGROUP] = "cgroup", [WORLD_NS_IPC] = "ipc",
		[WORLD_NS_MNT] = "mnt",	      [WORLD_NS_NET] = "net",
		[WORLD_NS_PID] = "pid",	      [WORLD_NS_PID_FOR_CHILDREN] = "pid_for_children",
		[WORLD_NS_TIME] = "time",     [WORLD_NS_TIME_FOR_CHILDREN] = "time_for_children",
		[WORLD_NS_USER] = "user",     [WORLD_NS_UTS] = "uts",
	};
	struct host *h = to_host(w);
	g_autoptr(GString) text = g_string_new(NULL);
	char path[64], nr[32], target[64] = "";
	const char *number;
	int err;

	host_lock(h);
	err = host_unlock(h, outer_path(h, ref, nr, sizeof(nr)));
	if (err)
		return err;
	snprintf(path, sizeof(path), "%.16s/ns/%s", nr, names[type]);
	/* Whoever may not look at it gets the errno that /proc would give. */
	err = keeper_link(h->keeper, KEEPER_PROC, path, 0, text);
	g_strlcpy(target, text->str, sizeof(target));
	number = strchr(target, '[');
	if (!err && !number)
		err = -ENOENT;
	if (!err)
		*inum = (uint32_t)strtoul(number + 1, NULL, 10);
	return err;
}

static uint64_t ask_uptime(struct world *w)
{
	(void)w;
	return host_ticks();
}

static int64_t ask_btime(struct world *w)
{
	struct host *h = to_host(w);
	g_autofree char *stat = proc_read(h->proc, "stat", NULL);
	const char *line = stat ? strstr(stat, "\nbtime ") : NULL;

	return line ? g_ascii_strtoll(line + strlen("\nbtime "), NULL, 10) : 0;
}

static char *ask_verify(struct world *w)
{
	struct host *h = to_host(w);
	char *wrong;

	host_lock(h);
	host_update(h);
	wrong = mirror_verify(h->mirror);
	host_unlock(h, 0);
	return wrong;
}

void host_ask_ops(struct world_ops *ops)
{
	ops->ns = ask_ns;
	ops->ns_next = ask_ns_next;
	ops->ns_hold = ask_ns_hold;
	ops->ns_release = ask_ns_release;
	ops->ns_facts = ask_ns_facts;
	ops->find = ask_find;
	ops->list = ask_list;
	ops->threads = ask_threads;
	ops->thread = ask_thread;
	ops->task = ask_task;
	ops->children = ask_children;
	ops->cmdline = ask_cmdline;
	ops->ns_link = ask_ns_link;
	ops->uptime = ask_uptime;
	ops->btime = ask_btime;
	ops->verify = ask_verify;
}
