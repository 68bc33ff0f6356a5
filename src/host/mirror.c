/* SPDX-License-Identifier: MIT */
#include "host/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/keeper.h"
#include "host/linux.h"
#include "host/proc.h"
#include "world/world.h"

/* A number may change hands while it is looked at, but hardly this often. */
#define TRIES 8
#define THREADS_KEPT 100000

/* It is another one when any task has come or gone, on the whole machine. */
struct stamp {
	long tasks, forks;
};

struct mirror {
	struct keeper *keeper; /* borrowed as is */
	int proc;
	struct idr_nodes *idr_nodes;
	GHashTable *pids; /* by ino; owned */
	GTree *namespaces; /* by inum; each is alive as long as it has references */
	GHashTable *doubts; /* numbers to be looked at again: enum doubt */
	struct host_ns *root; /* a reference */
	struct mirror_watch watch;
	unsigned int threads; /* looked up since all were looked at */
	struct stamp stamp; /* of the machine, before all were looked at last */
	bool settled; /* it was the same the time before */
	int64_t looked; /* when that was, in us */
};

enum doubt {
	DOUBT_HEARD = 1, /* nobody has looked yet whether it is there */
	DOUBT_DYING /* it will be gone soon, and nobody will tell */
};

static gint compare_inums(gconstpointer a, gconstpointer b)
{
	guint x = GPOINTER_TO_UINT(a), y = GPOINTER_TO_UINT(b);

	return x < y ? -1 : x > y;
}

/* --- namespaces -------------------------------------------------------------- */

static void ns_open(struct host_ns *ns, int nsfd)
{
	int userns = linux_ns_userns(nsfd);

	ns->nsfd = nsfd;
	ns->owner = (uint32_t)linux_ino(userns);
	if (userns >= 0)
		close(userns);
}

/* parent: a reference that is taken over.  nsfd: -1 if it is only heard of. */
static struct host_ns *ns_new(struct mirror *m, uint32_t inum, struct host_ns *parent, int nsfd)
{
	struct host_ns *ns = g_new0(struct host_ns, 1);

	ns->inum = inum;
	ns->parent = parent;
	ns->parent_inum = parent ? parent->inum : 0;
	ns->level = parent ? parent->level + 1 : 0;
	ns->nsfd = -1;
	ns->refs = 1;
	if (nsfd >= 0)
		ns_open(ns, nsfd);
	idr_init(&ns->idr, m->idr_nodes);
	g_tree_insert(m->namespaces, GUINT_TO_POINTER(inum), ns);
	return ns;
}

struct host_ns *mirror_ns_ref(struct host_ns *ns)
{
	ns->refs++;
	return ns;
}

void mirror_ns_unref(struct mirror *m, struct host_ns *ns)
{
	while (ns && !--ns->refs) {
		struct host_ns *parent = ns->parent;

		g_tree_remove(m->namespaces, GUINT_TO_POINTER(ns->inum));
		idr_destroy(&ns->idr);
		if (ns->nsfd >= 0)
			close(ns->nsfd);
		if (ns->has_procfs && ns->level)
			keeper_close(m->keeper, ns->procfs);
		g_free(ns);
		ns = parent;
	}
}

/*
 * The namespace of an nsfs descriptor, which is taken over; a reference.  NULL:
 * it is not below ours.
 */
static struct host_ns *ns_of_fd(struct mirror *m, int nsfd)
{
	uint32_t inum = (uint32_t)linux_ino(nsfd);
	struct host_ns *ns = g_tree_lookup(m->namespaces, GUINT_TO_POINTER(inum));
	struct host_ns *parent;
	int up;

	if (ns && (ns->nsfd >= 0 || !ns->level)) {
		close(nsfd);
		return mirror_ns_ref(ns);
	}
	if (ns) {
		ns_open(ns, nsfd);
		return mirror_ns_ref(ns);
	}
	up = linux_ns_parent(nsfd);
	parent = up < 0 ? NULL : ns_of_fd(m, up);
	if (!parent) {
		close(nsfd);
		return NULL;
	}
	return ns_new(m, inum, parent, nsfd);
}

struct host_ns *mirror_root(const struct mirror *m)
{
	return m->root;
}

struct host_ns *mirror_ns(const struct mirror *m, uint32_t inum)
{
	struct host_ns *ns = g_tree_lookup(m->namespaces, GUINT_TO_POINTER(inum));

	return ns && ns->pids ? ns : NULL;
}

struct host_ns *mirror_ns_after(const struct mirror *m, uint32_t inum)
{
	GTreeNode *node = g_tree_upper_bound(m->namespaces, GUINT_TO_POINTER(inum));

	for (; node; node = g_tree_node_next(node)) {
		struct host_ns *ns = g_tree_node_value(node);

		if (ns->pids)
			return ns;
	}
	return NULL;
}

void mirror_ns_release(struct mirror *m, uint32_t inum)
{
	mirror_ns_unref(m, g_tree_lookup(m->namespaces, GUINT_TO_POINTER(inum)));
}

/* --- struct pids --------------------------------------------------------------- */

static struct host_pid *pid_new(struct mirror *m, uint64_t ino, struct host_ns *ns, const int *nrs,
				unsigned int n)
{
	struct host_pid *p = g_malloc0(sizeof(*p) + n * sizeof(p->numbers[0]));

	p->ino = ino;
	p->level = n - 1;
	for (unsigned int i = n; i-- > 0; ns = ns->parent)
		p->numbers[i] = (struct host_nr){ nrs[i], mirror_ns_ref(ns) };
	g_hash_table_insert(m->pids, &p->ino, p);
	return p;
}

static void pid_free(struct mirror *m, struct host_pid *p)
{
	for (unsigned int i = p->level + 1; i-- > 0;)
		mirror_ns_unref(m, p->numbers[i].ns);
	g_free(p);
}

static void remove_pid(struct mirror *m, struct host_pid *p)
{
	if (p->leader) {
		for (unsigned int i = 0; i <= p->level; i++) {
			struct host_ns *ns = p->numbers[i].ns;

			if (idr_find(&ns->idr, (unsigned int)p->numbers[i].nr) == p) {
				idr_remove(&ns->idr, (unsigned int)p->numbers[i].nr);
				ns->pids--;
			}
		}
		m->watch.gone(m->watch.data, p);
	}
	g_hash_table_remove(m->pids, &p->ino);
	pid_free(m, p);
}

/* From now on it is found by its numbers; whoever had them is gone. */
static void publish(struct mirror *m, struct host_pid *p)
{
	p->leader = true;
	p->leader_ino = p->ino;
	for (unsigned int i = 0; i <= p->level; i++) {
		struct host_ns *ns = p->numbers[i].ns;
		const unsigned int nr = (unsigned int)p->numbers[i].nr;
		struct host_pid *old = idr_find(&ns->idr, nr);

		if (old)
			remove_pid(m, old);
		idr_alloc(&ns->idr, p, (int)nr, (int)nr + 1);
		ns->pids++;
		if (nr == 1)
			ns->had_init = true;
	}
	m->watch.born(m->watch.data, p);
}

struct search {
	unsigned int level;
	int nr, inner;
	struct host_ns *found;
};

/* Nobody but who has both numbers has this one in a namespace so deep. */
static bool is_found(const struct search *s, const struct host_ns *ns)
{
	return ns->level == s->level && ns->nsfd >= 0 &&
	       linux_pid_from_ns(ns->nsfd, s->inner) == s->nr;
}

static gboolean try_ns(gpointer key, gpointer value, gpointer data)
{
	struct search *s = data;

	(void)key;
	if (!is_found(s, value))
		return FALSE;
	s->found = value;
	return TRUE;
}

/* A reference to the namespace of a pidfd's process; NULL: nobody knows. */
static struct host_ns *active_ns(struct mirror *m, int pidfd, const int *nrs, unsigned int n,
				 int ppid, bool thread)
{
	struct search s = { .level = n - 1, .nr = nrs[0], .inner = nrs[n - 1] };
	const struct host_pid *parent = idr_find(&m->root->idr, (unsigned int)MAX(ppid, 0));
	int fd;

	if (n == 1)
		return mirror_ns_ref(m->root);
	/* Mostly its parent's; that needs nobody to be asked. */
	if (parent && is_found(&s, parent->numbers[parent->level].ns))
		return mirror_ns_ref(parent->numbers[parent->level].ns);
	fd = keeper_pidns(m->keeper, pidfd, nrs[0], thread);
	if (fd >= 0)
		return ns_of_fd(m, fd);
	/* A zombie does not say, but the namespaces that are known may. */
	g_tree_foreach(m->namespaces, try_ns, &s);
	return s.found ? mirror_ns_ref(s.found) : NULL;
}

/* What pidfd's process is; NULL: it is gone, or its number has changed hands. */
static struct host_pid *inspect(struct mirror *m, int nr, int pidfd, uint64_t ino, bool thread)
{
	int nrs[WORLD_MAX_LEVEL + 1];
	g_autofree char *status = NULL;
	struct host_pid *p;
	struct host_ns *ns;
	char path[64];
	unsigned int n;
	int tgid;

	snprintf(path, sizeof(path), "%d/status", nr);
	status = proc_read(m->proc, path, NULL);
	n = status ? proc_numbers(status, "NSpid", nrs, WORLD_MAX_LEVEL + 1) : 0;
	/* Only if it still has the number was that its own status. */
	if (!n || nrs[0] != nr || linux_pid_ino(nr, thread) != ino)
		return NULL;
	tgid = (int)proc_number(status, "Tgid");
	if (!thread && tgid != nr)
		return NULL;
	ns = active_ns(m, pidfd, nrs, n, (int)proc_number(status, "PPid"), thread);
	if (ns && ns->level + 1 != n) {
		mirror_ns_unref(m, ns);
		ns = NULL;
	}
	if (ns) {
		p = pid_new(m, ino, ns, nrs, n);
		mirror_ns_unref(m, ns);
	} else {
		p = pid_new(m, ino, m->root, nrs, 1);
		p->partly = true;
	}
	if (thread)
		p->leader_ino = linux_pid_ino(tgid, false);
	else
		publish(m, p);
	if (strstr(status, "\nState:\tZ"))
		mirror_dying(m, nr);
	return p;
}

static struct host_pid *refresh(struct mirror *m, int nr, bool thread)
{
	struct host_pid *old = idr_find(&m->root->idr, (unsigned int)nr), *p = NULL;

	for (int i = 0; i < TRIES; i++) {
		int fd = linux_pidfd_open(nr, thread);
		uint64_t ino = linux_ino(fd);

		if (fd < 0)
			break;
		p = g_hash_table_lookup(m->pids, &ino);
		if (p && !thread && !p->leader) {
			/* It was a thread, and has become its group's leader by an exec. */
			remove_pid(m, p);
			p = NULL;
		}
		if (p && p->partly && !p->leader) {
			remove_pid(m, p);
			p = NULL;
		}
		if (!p)
			p = inspect(m, nr, fd, ino, thread);
		close(fd);
		if (p)
			break;
	}
	if (old && old != p && !thread && idr_find(&m->root->idr, (unsigned int)nr) == old)
		remove_pid(m, old);
	return p;
}

struct host_pid *mirror_refresh(struct mirror *m, int nr)
{
	return refresh(m, nr, false);
}

struct host_pid *mirror_refresh_thread(struct mirror *m, int tid)
{
	struct host_pid *p = refresh(m, tid, false);

	if (p)
		return p;
	/* Nobody tells of their ends. */
	if (++m->threads > THREADS_KEPT)
		mirror_scan(m);
	return refresh(m, tid, true);
}

static void doubt(struct mirror *m, int nr, enum doubt why)
{
	if (g_hash_table_lookup(m->doubts, GINT_TO_POINTER(nr)) != GINT_TO_POINTER(DOUBT_DYING))
		g_hash_table_insert(m->doubts, GINT_TO_POINTER(nr), GINT_TO_POINTER(why));
}

void mirror_dying(struct mirror *m, int nr)
{
	doubt(m, nr, DOUBT_DYING);
}

bool mirror_has_doubts(const struct mirror *m)
{
	return g_hash_table_size(m->doubts) > 0;
}

/* Of a namespace that was only heard of: now that a process of it is there. */
static void open_ns_of(struct mirror *m, const struct host_pid *p)
{
	int fd;

	if (!p->level || p->numbers[p->level].ns->nsfd >= 0)
		return;
	fd = linux_pidfd_open(p->numbers[0].nr, false);
	if (fd >= 0 && linux_ino(fd) == p->ino) {
		int nsfd = keeper_pidns(m->keeper, fd, p->numbers[0].nr, false);
		struct host_ns *ns = nsfd < 0 ? NULL : ns_of_fd(m, nsfd);

		if (ns)
			mirror_ns_unref(m, ns);
	}
	if (fd >= 0)
		close(fd);
}

void mirror_settle(struct mirror *m)
{
	g_autoptr(GArray) nrs = g_array_new(FALSE, FALSE, sizeof(int));
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, m->doubts);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		int nr = GPOINTER_TO_INT(key);

		g_array_append_val(nrs, nr);
	}
	for (guint i = 0; i < nrs->len; i++) {
		int nr = g_array_index(nrs, int, i);
		const struct host_pid *p = mirror_refresh(m, nr);

		key = GINT_TO_POINTER(nr);
		if (p)
			open_ns_of(m, p);
		if (!p || g_hash_table_lookup(m->doubts, key) == GINT_TO_POINTER(DOUBT_HEARD))
			g_hash_table_remove(m->doubts, key);
	}
}

/* --- what is heard ------------------------------------------------------------- */

/* A reference to the namespace of this level of f; NULL: that cannot be. */
static struct host_ns *ns_of_fact(struct mirror *m, const struct fact *f, unsigned int level)
{
	const uint32_t inum = f->nr[level].inum;
	struct host_ns *ns = g_tree_lookup(m->namespaces, GUINT_TO_POINTER(inum));
	struct host_ns *parent;

	if (!level)
		return ns == m->root ? mirror_ns_ref(ns) : NULL;
	if (ns)
		return ns->level == level && ns->parent_inum == f->nr[level - 1].inum ?
			       mirror_ns_ref(ns) :
			       NULL;
	parent = ns_of_fact(m, f, level - 1);
	return parent ? ns_new(m, inum, parent, -1) : NULL;
}

struct host_pid *mirror_hear(struct mirror *m, const struct fact *f)
{
	struct host_pid *p = f->ino ? g_hash_table_lookup(m->pids, &f->ino) : NULL;
	int nrs[FACT_LEVELS];
	struct host_ns *ns;

	if (p)
		return p;
	ns = f->ino && f->levels ? ns_of_fact(m, f, f->levels - 1) : NULL;
	if (!ns)
		return NULL;
	for (unsigned int i = 0; i < f->levels; i++)
		nrs[i] = f->nr[i].nr;
	p = pid_new(m, f->ino, ns, nrs, f->levels);
	mirror_ns_unref(m, ns);
	publish(m, p);
	doubt(m, p->numbers[0].nr, DOUBT_HEARD);
	return p;
}

/* --- all of it ------------------------------------------------------------------ */

static bool take_stamp(const struct mirror *m, struct stamp *stamp)
{
	g_autofree char *load = proc_read(m->proc, "loadavg", NULL);
	g_autofree char *stat = proc_read(m->proc, "stat", NULL);
	const char *tasks = load ? strchr(load, '/') : NULL;
	const char *forks = stat ? strstr(stat, "\nprocesses ") : NULL;

	if (!tasks || !forks)
		return false;
	stamp->tasks = strtol(tasks + 1, NULL, 10);
	stamp->forks = strtol(forks + strlen("\nprocesses "), NULL, 10);
	return true;
}

bool mirror_is_current(const struct mirror *m)
{
	struct stamp now;

	return m->settled && take_stamp(m, &now) && now.tasks == m->stamp.tasks &&
	       now.forks == m->stamp.forks;
}

int64_t mirror_looked(const struct mirror *m)
{
	return m->looked;
}

/* Who was not in the listing has gone, or come too late for it. */
static void refresh_unseen(struct mirror *m)
{
	g_autoptr(GArray) left = g_array_new(FALSE, FALSE, sizeof(int));
	g_autoptr(GPtrArray) threads = g_ptr_array_new();
	struct host_pid *p;
	GHashTableIter iter;

	g_hash_table_iter_init(&iter, m->pids);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&p)) {
		if (p->leader && !p->seen)
			g_array_append_val(left, p->numbers[0].nr);
		else if (!p->leader && linux_pid_ino(p->numbers[0].nr, true) != p->ino)
			g_ptr_array_add(threads, p);
	}
	for (guint i = 0; i < left->len; i++)
		mirror_refresh(m, g_array_index(left, int, i));
	for (guint i = 0; i < threads->len; i++)
		remove_pid(m, threads->pdata[i]);
	m->threads = 0;
}

void mirror_scan(struct mirror *m)
{
	g_autoptr(GArray) nrs = g_array_new(FALSE, FALSE, sizeof(int));
	struct stamp stamp = { 0 };
	struct host_pid *p;
	GHashTableIter iter;

	/*
	 * A task is uncounted a moment before it cannot be found any more, so one
	 * look at a machine that stands still is not enough.
	 */
	m->settled = take_stamp(m, &stamp) && stamp.tasks == m->stamp.tasks &&
		     stamp.forks == m->stamp.forks;
	m->stamp = stamp;
	g_hash_table_iter_init(&iter, m->pids);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&p))
		p->seen = false;
	if (proc_list(m->proc, ".", nrs))
		return;
	for (guint i = 0; i < nrs->len; i++) {
		p = mirror_refresh(m, g_array_index(nrs, int, i));
		if (p)
			p->seen = true;
	}
	refresh_unseen(m);
	m->looked = g_get_monotonic_time();
}

struct host_pid *mirror_pid(const struct mirror *m, uint64_t ino)
{
	return g_hash_table_lookup(m->pids, &ino);
}

int mirror_nr(const struct host_pid *pid, const struct host_ns *ns)
{
	if (pid && ns->level <= pid->level && pid->numbers[ns->level].ns == ns)
		return pid->numbers[ns->level].nr;
	return 0;
}

unsigned int mirror_count(const struct mirror *m)
{
	return g_hash_table_size(m->pids);
}

struct mirror *mirror_new(struct keeper *k, int proc, uint32_t root_inum,
			  const struct mirror_watch *watch)
{
	struct mirror *m = g_new0(struct mirror, 1);

	m->keeper = k;
	m->proc = proc;
	m->watch = *watch;
	m->pids = g_hash_table_new(g_int64_hash, g_int64_equal);
	m->idr_nodes = idr_nodes_new();
	m->namespaces = g_tree_new(compare_inums);
	m->doubts = g_hash_table_new(NULL, NULL);
	m->root = ns_new(m, root_inum, NULL, -1);
	m->root->has_procfs = true;
	m->root->procfs = KEEPER_PROC;
	return m;
}

static void tell_nobody(void *data, const struct host_pid *pid)
{
	(void)data, (void)pid;
}

void mirror_free(struct mirror *m)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new();
	GHashTableIter iter;
	gpointer p;

	m->watch.gone = tell_nobody;
	g_hash_table_iter_init(&iter, m->pids);
	while (g_hash_table_iter_next(&iter, NULL, &p))
		g_ptr_array_add(all, p);
	for (guint i = 0; i < all->len; i++)
		remove_pid(m, all->pdata[i]);
	mirror_ns_unref(m, m->root);
	g_hash_table_unref(m->pids);
	g_hash_table_unref(m->doubts);
	g_tree_unref(m->namespaces);
	idr_nodes_free(m->idr_nodes);
	g_free(m);
}

char *mirror_verify(const struct mirror *m)
{
	GHashTableIter iter;
	const struct host_pid *p;

	g_hash_table_iter_init(&iter, m->pids);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&p)) {
		for (unsigned int i = 0; i <= p->level; i++) {
			const struct host_ns *ns = p->numbers[i].ns;

			if (ns->level != i)
				return g_strdup_printf("pid %d has level %u's namespace at %u",
						       p->numbers[0].nr, ns->level, i);
			if (p->leader && idr_find(&ns->idr, (unsigned int)p->numbers[i].nr) != p)
				return g_strdup_printf("pid %d is not found by its number %d",
						       p->numbers[0].nr, p->numbers[i].nr);
		}
	}
	for (GTreeNode *node = g_tree_node_first(m->namespaces); node;
	     node = g_tree_node_next(node)) {
		const struct host_ns *ns = g_tree_node_value(node);
		const char *wrong = idr_verify(&ns->idr);

		if (wrong)
			return g_strdup_printf("the IDR of %u: %s", ns->inum, wrong);
		if (ns->idr.idr_count != ns->pids)
			return g_strdup_printf("%u counts %u pids and has %u", ns->inum, ns->pids,
					       ns->idr.idr_count);
	}
	return NULL;
}
