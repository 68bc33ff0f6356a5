/* SPDX-License-Identifier: MIT */
#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/linux.h"
#include "host/privilege.h"
#include "host/proc.h"
#include "host/world.h"

#define EVENTS_KEPT 65536
/*
 * How often is looked for readers of events: if nobody tells, or not all; and
 * whether what was told was all.
 */
#define LOOK_MS 100
#define AUDIT_MS 1000

struct sleeper {
	const void *key;
	struct world_waiter *waiter; /* its priv leads back, until it is being called */
	bool calling;
};

int host_refuse(int err, const char *why)
{
	world_set_reason(why);
	return err;
}

/* --- the lock, and who waits ---------------------------------------------------- */

void host_lock(struct host *h)
{
	pthread_mutex_lock(&h->lock);
}

/* Those that host_wake() has found are called without the lock. */
int host_unlock(struct host *h, int result)
{
	for (;;) {
		GList *link = h->waking;
		struct sleeper *s;

		while (link && ((struct sleeper *)link->data)->calling)
			link = link->next; /* another thread is at it */
		if (!link)
			break;
		s = link->data;
		/* The waiter may have gone to sleep again before it has returned. */
		s->calling = true;
		s->waiter->priv = NULL;
		pthread_mutex_unlock(&h->lock);
		s->waiter->wake(s->waiter); /* it may be gone afterwards */
		pthread_mutex_lock(&h->lock);
		h->waking = g_list_remove(h->waking, s);
		g_free(s);
		pthread_cond_broadcast(&h->woken);
	}
	pthread_mutex_unlock(&h->lock);
	return result;
}

void host_sleep(struct host *h, const void *key, struct world_waiter *waiter)
{
	struct sleeper *s;

	if (!waiter)
		return;
	s = g_new0(struct sleeper, 1);
	s->key = key;
	s->waiter = waiter;
	waiter->priv = s;
	h->sleepers = g_list_prepend(h->sleepers, s);
}

void host_wake(struct host *h, const void *key)
{
	for (GList *link = h->sleepers, *next; link; link = next) {
		next = link->next;
		if (((struct sleeper *)link->data)->key != key)
			continue;
		h->sleepers = g_list_remove_link(h->sleepers, link);
		h->waking = g_list_concat(h->waking, link);
	}
}

static void host_unwait(struct world *w, struct world_waiter *waiter)
{
	struct host *h = to_host(w);
	bool found;

	host_lock(h);
	if (waiter->priv) {
		struct sleeper *s = waiter->priv;

		/* Whichever list it is in, nobody has begun to call it. */
		h->sleepers = g_list_remove(h->sleepers, s);
		h->waking = g_list_remove(h->waking, s);
		g_free(s);
		waiter->priv = NULL;
	}
	do {
		found = false;
		for (GList *link = h->waking; link; link = link->next)
			found |= ((struct sleeper *)link->data)->waiter == waiter;
		if (found)
			pthread_cond_wait(&h->woken, &h->lock);
	} while (found);
	host_unlock(h, 0);
}

/* --- the loop -------------------------------------------------------------------- */

void host_watch_add(struct host *h, struct host_watch *watch)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = watch };

	epoll_ctl(h->epoll, EPOLL_CTL_ADD, watch->fd, &e);
}

void host_watch_remove(struct host *h, struct host_watch *watch)
{
	epoll_ctl(h->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
}

void host_wake_loop(void *data)
{
	const struct host *h = data;
	const uint64_t one = 1;

	if (write(h->wakeup, &one, sizeof(one)) != sizeof(one))
		g_warning("the loop is not woken: %s", g_strerror(errno));
}

/* Without the keeper nothing works: then the mount shall go. */
static void end_orphaned(struct host *h, struct host_watch *watch)
{
	host_watch_remove(h, watch);
	kill(getpid(), SIGTERM);
}

/*
 * One descriptor at a time: what is done for it may be the end of others, whose
 * watches are freed under the lock that is taken here.
 */
static void *loop(void *data)
{
	struct host *h = data;
	struct epoll_event e;
	int timeout = -1;
	uint64_t n;

	for (;;) {
		(void)!epoll_wait(h->epoll, &e, 1, timeout);
		host_lock(h);
		if (h->stop) {
			host_unlock(h, 0);
			return NULL;
		}
		/* Asked again under the lock: it may have gone in between. */
		if (epoll_wait(h->epoll, &e, 1, 0) > 0 && e.data.ptr) {
			struct host_watch *watch = e.data.ptr;

			watch->ready(h, watch);
		} else {
			(void)!read(h->wakeup, &n, sizeof(n));
			/* With nobody who reads nothing is done. */
			if (h->listeners)
				host_update(h);
		}
		timeout = !h->listeners				     ? -1 :
			  !h->source || mirror_has_doubts(h->mirror) ? LOOK_MS :
								       AUDIT_MS;
		host_unlock(h, 0);
	}
}

/* --- who is there ------------------------------------------------------------------ */

struct host_pid *host_pid(struct host *h, struct world_ref ref)
{
	struct host_pid *p = mirror_pid(h->mirror, ref.ino);
	int nr = p ? p->numbers[0].nr : 0;

	if (!p || ref.level > p->level)
		return NULL;
	if (linux_pid_ino(nr, !p->leader) == ref.ino)
		return p;
	/* It is gone, or a thread that has become its group's leader. */
	mirror_refresh_thread(h->mirror, nr);
	p = mirror_pid(h->mirror, ref.ino);
	return p && linux_pid_ino(p->numbers[0].nr, !p->leader) == ref.ino ? p : NULL;
}

/* Whoever knows the root by its usual number means ours, wherever we are. */
struct host_ns *host_ns(struct host *h, uint32_t inum)
{
	return inum == WORLD_ROOT_INUM ? mirror_root(h->mirror) : mirror_ns(h->mirror, inum);
}

int host_procfs(struct host *h, struct host_ns *ns, uint32_t *handle)
{
	if (!ns->has_procfs && !ns->procfs_err) {
		int err = -ESRCH; /* it has nobody who could be asked */

		if (ns->nsfd >= 0)
			err = keeper_procfs(h->keeper, ns->nsfd, &ns->procfs);
		if (err == -ESRCH)
			return err;
		ns->procfs_err = err;
		ns->has_procfs = !err;
	}
	*handle = ns->procfs;
	return ns->procfs_err;
}

/* --- beginning and end ------------------------------------------------------------ */

static void host_free(struct world *w)
{
	struct host *h = to_host(w);

	if (h->looping) {
		host_lock(h);
		h->stop = true;
		host_unlock(h, 0);
		host_wake_loop(h);
		pthread_join(h->loop, NULL);
	}
	source_free(h->source);
	host_run_free(h);
	g_hash_table_unref(h->held);
	mirror_free(h->mirror);
	event_ring_free(h->events);
	close(h->epoll);
	close(h->wakeup);
	close(h->proc);
	g_free(h->source_why);
	pthread_mutex_destroy(&h->lock);
	pthread_cond_destroy(&h->woken);
	g_free(h);
}

static struct world_ops table = {
	.name = "host",
	.free = host_free,
	.unwait = host_unwait,
	.verb_usage = host_usage,
	.verb_acts = host_acts,
};

static void fill_table(void)
{
	host_ask_ops(&table);
	host_file_ops(&table);
	host_act_ops(&table);
	host_run_ops(&table);
	host_watch_ops(&table);
	host_name_ops(&table);
}

/*
 * Our own procfs, or the one that is mounted if we may make none.  Ours hides
 * nothing: the mirror has everybody, and callers are shown what /proc would.
 */
static int open_proc(struct host *h, char **why)
{
	g_autofree char *hidepid = proc_option("hidepid");

	h->hides = hidepid && strcmp(hidepid, "0") != 0 && strcmp(hidepid, "off") != 0;
	h->proc = linux_procfs(-1, NULL, NULL);
	if (h->proc < 0)
		h->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (h->proc < 0)
		*why = g_strdup_printf("/proc: %s", g_strerror(errno));
	else if (!linux_pid_ino(getpid(), false))
		*why = g_strdup("this kernel has no pidfds: it takes Linux 6.9 or newer");
	return *why ? -1 : 0;
}

/* Each namespace is a descriptor, each waiting reader, each program that runs. */
static void allow_many_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static bool open_loop(struct host *h)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = NULL };

	h->epoll = epoll_create1(EPOLL_CLOEXEC);
	h->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return h->epoll >= 0 && h->wakeup >= 0 &&
	       !epoll_ctl(h->epoll, EPOLL_CTL_ADD, h->wakeup, &e);
}

/* Everything that takes privileges, and then there are none any more. */
static bool open_all(struct host *h, const struct world_host_options *options, char **why)
{
	bool must;
	int err;

	h->source = source_new(options, &must, &h->source_why);
	if (!h->source && must) {
		*why = g_steal_pointer(&h->source_why);
		return false;
	}
	allow_many_files();
	err = privilege_drop();
	if (err)
		*why = g_strdup_printf("privileges are not given up: %s", g_strerror(-err));
	return !err;
}

/* First it listens, then it looks: nothing falls in between. */
static bool begin(struct host *h, char **why)
{
	int err = h->source ? source_start(h->source, host_wake_loop, h) : 0;

	if (!err) {
		host_lock(h);
		h->beginning = true;
		mirror_scan(h->mirror);
		h->beginning = false;
		host_unlock(h, 0);
		host_watch_add(h, &h->orphaned);
		err = -pthread_create(&h->loop, NULL, loop, h);
		h->looping = !err;
	}
	if (err)
		*why = g_strdup_printf("a thread: %s", g_strerror(-err));
	return !err;
}

struct world *world_host_new(const struct world_host_options *options, struct keeper *k, char **why)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct host *h = g_new0(struct host, 1);
	struct mirror_watch watch = { host_born, host_gone, h };
	g_autofree char *link = NULL;

	*why = NULL;
	pthread_once(&once, fill_table);
	h->world.ops = &table;
	if (open_proc(h, why)) {
		g_free(h);
		return NULL;
	}
	h->keeper = k;
	h->orphaned = (struct host_watch){ end_orphaned, keeper_fd(k) };
	link = g_file_read_link("/proc/self/ns/pid", NULL);
	h->inum = link ? (uint32_t)g_ascii_strtoull(link + strlen("pid:["), NULL, 10) :
			 WORLD_ROOT_INUM;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->woken, NULL);
	h->events = event_ring_new(EVENTS_KEPT);
	event_ring_ref_reader(h->events);
	h->held = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, NULL);
	h->mirror = mirror_new(k, h->proc, h->inum, &watch);
	if (!open_loop(h)) {
		*why = g_strdup_printf("the loop: %s", g_strerror(errno));
		host_free(&h->world);
		return NULL;
	}
	if (open_all(h, options, why) && begin(h, why))
		return &h->world;
	host_free(&h->world);
	return NULL;
}
