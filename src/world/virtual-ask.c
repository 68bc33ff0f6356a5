/* SPDX-License-Identifier: MIT */
/* What can be asked of the virtual world. */
#include <errno.h>
#include <string.h>

#include "core/exit.h"
#include "core/pid.h"
#include "core/pidfd.h"
#include "world/virtual.h"

#define PF_EXITING 0x4u
#define PF_FORKNOEXEC 0x40u
#define POLICY_FIFO 1
#define POLICY_RR 2
#define POLICY_DEADLINE 6
#define TIMERSLACK 50000 /* ns */
#define OOM_SCORE_ADJ_MIN -1000
/* Above this many threads they are looked up by number rather than sorted. */
#define THREADS_SORTED 1024

static int virtual_ns(struct world *w, uint32_t inum, struct world_ns_info *info)
{
	struct pid_namespace *ns;

	world_begin(w);
	ns = world_live_ns(w, inum);
	if (!ns)
		return world_end(w, -ENOENT);
	*info = (struct world_ns_info){
		.inum = ns->inum,
		.parent = ns->parent ? ns->parent->inum : 0,
		.owner = ns->user_ns->inum,
		.level = ns->level,
		.child_reaper = ns->child_reaper ?
					__task_pid_nr_ns(ns->child_reaper, PIDTYPE_TGID, ns) :
					0,
		.pids = pid_ns_pids(ns),
		.pid_max = pid_ns_pid_max(ns),
		.last_pid = pid_ns_last_pid(ns),
		.changes = ns->changes,
		.changed = ns->changed,
		.accepting = ns->pid_allocated & PIDNS_ADDING,
	};
	return world_end(w, 0);
}

static int virtual_ns_next(struct world *w, uint32_t *inum)
{
	struct kernel *k = world_begin(w);
	GTreeNode *node = g_tree_upper_bound(k->pid_namespaces, GUINT_TO_POINTER(*inum));

	for (; node; node = g_tree_node_next(node)) {
		const struct pid_namespace *ns = g_tree_node_value(node);

		if (!ns->pid_allocated)
			continue;
		*inum = ns->inum;
		return world_end(w, 0);
	}
	return world_end(w, -ENOENT);
}

static int virtual_find(struct world *w, uint32_t inum, int nr, struct world_ref *ref)
{
	struct pid_namespace *ns;
	struct pid *pid;

	world_begin(w);
	ns = world_live_ns(w, inum);
	pid = ns && nr > 0 ? find_pid_ns(nr, ns) : NULL;
	/* A number that is only a group's or a session's is nobody. */
	if (!pid || !pid_has_task(pid, PIDTYPE_PID))
		return world_end(w, -ENOENT);
	*ref = (struct world_ref){ .ino = pid->ino, .level = ns->level };
	return world_end(w, 0);
}

static int virtual_list(struct world *w, uint32_t inum, int nr, int n, int *nrs,
			struct world_ref *refs)
{
	struct pid_namespace *ns;
	struct pid *pid;
	int found = 0;

	world_begin(w);
	ns = world_live_ns(w, inum);
	if (!ns)
		return world_end(w, -ENOENT);
	for (nr = MAX(nr, 1); found < n && (pid = find_ge_pid(nr, ns)); nr++) {
		nr = pid_nr_ns(pid, ns);
		if (!pid_has_task(pid, PIDTYPE_TGID))
			continue;
		nrs[found] = nr;
		refs[found++] = (struct world_ref){ .ino = pid->ino, .level = ns->level };
	}
	return world_end(w, found);
}

struct numbered {
	int nr;
	struct world_ref ref;
};

static int compare_numbered(gconstpointer a, gconstpointer b)
{
	const struct numbered *x = a, *y = b;

	return x->nr < y->nr ? -1 : x->nr > y->nr;
}

/* All of the group's, or up to n if they were found among max numbers; else -1. */
static int threads_by_number(const struct signal_struct *signal, const struct pid_namespace *ns,
			     int nr, int n, int max, GArray *out)
{
	struct pid *pid;

	for (; (int)out->len < n && (pid = find_ge_pid(nr, ns)); nr++) {
		const struct task_struct *t = pid_task(pid, PIDTYPE_PID);
		struct numbered one = { .nr = pid_nr_ns(pid, ns),
					.ref = { .ino = pid->ino, .level = ns->level } };

		if (!max--)
			return -1;
		nr = one.nr;
		if (t && t->signal == signal)
			g_array_append_val(out, one);
	}
	return 0;
}

static void threads_sorted(const struct signal_struct *signal, const struct pid_namespace *ns,
			   int nr, GArray *out)
{
	struct task_struct *t;

	g_array_set_size(out, 0);
	for_each_thread(signal, t) {
		struct numbered one = { .nr = __task_pid_nr_ns(t, PIDTYPE_PID, ns),
					.ref = { .ino = t->thread_pid->ino, .level = ns->level } };

		if (one.nr >= nr)
			g_array_append_val(out, one);
	}
	g_array_sort(out, compare_numbered);
}

/*
 * The task that has this struct pid, and its view; NULL, and *err is set.
 */
static struct task_struct *task_of(struct world *w, struct world_ref ref,
				   struct pid_namespace **view, int *err)
{
	struct pid *pid = find_pid_ino(to_virtual(w)->k, ref.ino);
	struct task_struct *t = pid_task(pid, PIDTYPE_PID);

	*err = -ESRCH;
	if (!t)
		return NULL;
	*view = world_view(pid, ref.level);
	*err = -ENOENT;
	return *view ? t : NULL;
}

struct task_struct *world_task_of(struct world *w, struct world_ref ref, int *err)
{
	struct pid_namespace *view;

	return task_of(w, ref, &view, err);
}

static int virtual_threads(struct world *w, struct world_ref ref, int nr, int n, int *nrs,
			   struct world_ref *refs)
{
	g_autoptr(GArray) out = g_array_new(FALSE, FALSE, sizeof(struct numbered));
	const struct task_struct *t;
	struct pid_namespace *ns;
	int i, count, err;

	world_begin(w);
	t = task_of(w, ref, &ns, &err);
	if (!t)
		return world_end(w, err);
	nr = MAX(nr, 1);
	if (t->signal->nr_threads <= THREADS_SORTED ||
	    threads_by_number(t->signal, ns, nr, n, t->signal->nr_threads, out))
		threads_sorted(t->signal, ns, nr, out);
	count = MIN(n, (int)out->len);
	for (i = 0; i < count; i++) {
		nrs[i] = g_array_index(out, struct numbered, i).nr;
		refs[i] = g_array_index(out, struct numbered, i).ref;
	}
	return world_end(w, count);
}

static int virtual_thread(struct world *w, struct world_ref ref, int tid, struct world_ref *thread)
{
	const struct task_struct *t;
	struct pid_namespace *ns;
	struct pid *pid;
	int err;

	world_begin(w);
	t = task_of(w, ref, &ns, &err);
	if (!t)
		return world_end(w, err);
	pid = tid > 0 ? find_pid_ns(tid, ns) : NULL;
	if (!pid_task(pid, PIDTYPE_PID) || !same_thread_group(pid_task(pid, PIDTYPE_PID), t))
		return world_end(w, -ENOENT);
	*thread = (struct world_ref){ .ino = pid->ino, .level = ref.level };
	return world_end(w, 0);
}

static char task_state(const struct task_struct *t)
{
	if (t->exit_state == EXIT_ZOMBIE)
		return 'Z';
	if (t->exit_state == EXIT_DEAD)
		return 'X';
	if (facts_of(t) && facts_of(t)->state)
		return facts_of(t)->state;
	if (t->signal->flags & SIGNAL_STOP_STOPPED)
		return 'T';
	return 'S';
}

static void fill_numbers(struct world_task *out, const struct task_struct *t,
			 const struct pid_namespace *view)
{
	const struct pid *pid = task_pid(t);
	unsigned int level;

	for (level = view->level; level <= pid->level; level++) {
		const struct pid_namespace *ns = pid->numbers[level].ns;
		unsigned int i = out->nr_levels++;

		out->nstgid[i] = pid_nr_ns(task_tgid(t), ns);
		out->nspid[i] = pid->numbers[level].nr;
		out->nspgid[i] = pid_nr_ns(task_pgrp(t), ns);
		out->nssid[i] = pid_nr_ns(task_session(t), ns);
	}
	out->tgid = out->nstgid[0];
	out->pid = out->nspid[0];
	out->pgrp = out->nspgid[0];
	out->session = out->nssid[0];
	out->ppid = pid_nr_ns(task_tgid(t->real_parent), view);
	out->outer = pid->numbers[0].nr;
}

/* An id that was said; else it is that of the credentials. */
static uint32_t id_of(const struct facts *f, unsigned int bit, uint32_t said, uint32_t cred)
{
	return f->ids & 1u << bit ? said : cred;
}

/* Of a process that has next to none of the memory, as that of the machine goes. */
static int oom_score(int adj)
{
	return adj == OOM_SCORE_ADJ_MIN ? 0 : (1000 + adj) * 2 / 3;
}

static void fill_facts(struct world_task *out, const struct facts *f)
{
	out->euid = id_of(f, 0, f->euid, out->uid);
	out->suid = id_of(f, 1, f->suid, out->uid);
	out->fsuid = id_of(f, 2, f->fsuid, out->euid);
	out->egid = id_of(f, 3, f->egid, out->gid);
	out->sgid = id_of(f, 4, f->sgid, out->gid);
	out->fsgid = id_of(f, 5, f->fsgid, out->egid);
	if (f->flags_set)
		out->flags = f->flags | (out->flags & PF_EXITING);
	out->personality = f->personality;
	out->seccomp = f->seccomp;
	out->no_new_privs = f->no_new_privs;
	out->cap_inheritable = f->cap_inheritable;
	out->cap_ambient = f->cap_ambient;
	if (f->timerslack_set)
		out->timerslack = f->timerslack;
	out->processor = f->processor;
	out->nice = f->nice;
	out->rt_priority = f->rt_priority;
	out->policy = f->policy;
	/* As task_prio(): below 0 for the real-time policies, -101 for deadline. */
	out->priority = 20 + f->nice;
	if (f->policy == POLICY_FIFO || f->policy == POLICY_RR)
		out->priority = -1 - f->rt_priority;
	else if (f->policy == POLICY_DEADLINE)
		out->priority = -101;
	if (f->priority_set)
		out->priority = f->priority;
	if (f->cpus)
		g_strlcpy(out->cpus, f->cpus, sizeof(out->cpus));
	memcpy(out->wchan, f->wchan, sizeof(out->wchan));
}

static void fill_group_facts(struct world_task *out, const struct group_facts *g)
{
	if (g->starttime_set)
		out->starttime = g->starttime;
	out->tty_nr = g->tty_nr;
	if (g->tty_nr)
		out->tty_pgrp = g->tty_pgrp;
	out->oom_score_adj = g->oom_score_adj;
	if (g->oom_score_set)
		out->oom_score = g->oom_score;
	else
		out->oom_score = oom_score(g->oom_score_adj);
	if (g->umask_set)
		out->umask = g->umask;
	if (g->loginuid_set)
		out->loginuid = g->loginuid;
	if (g->sessionid_set)
		out->sessionid = g->sessionid;
}

/* As do_task_stat() for a whole process: of one that is stopped, until a wait has told. */
static int group_exit_code(const struct task_struct *t)
{
	const struct signal_struct *signal = t->signal;

	if (signal->flags & SIGNAL_GROUP_EXIT)
		return signal->group_exit_code;
	if (signal->flags & SIGNAL_STOP_STOPPED)
		return signal->flags & SIGNAL_CLD_STOPPED ? signal->group_stop_sig : 0;
	return t->exit_code;
}

static int virtual_task(struct world *w, struct world_ref ref, struct world_task *task)
{
	const struct task_struct *t;
	struct pid_namespace *ns;
	int err;

	world_begin(w);
	t = task_of(w, ref, &ns, &err);
	if (!t)
		return world_end(w, err);
	*task = (struct world_task){
		.ref = ref,
		.inum = ns->inum,
		.leader_ino = task_tgid(t)->ino,
		.active_inum = task_active_pid_ns(t)->inum,
		.leader = thread_group_leader(t),
		.state = task_state(t),
		.threads = t->signal->nr_threads,
		.exit_signal = t->exit_signal,
		.exit_code = t->exit_code,
		.group_exit_code = group_exit_code(t),
		.priority = 20,
		.tty_pgrp = -1,
		.flags = (t->exiting ? PF_EXITING : 0) | (t->forknoexec ? PF_FORKNOEXEC : 0),
		.uid = task_cred(t)->uid,
		.euid = task_cred(t)->uid,
		.suid = task_cred(t)->uid,
		.fsuid = task_cred(t)->uid,
		.gid = task_cred(t)->gid,
		.egid = task_cred(t)->gid,
		.sgid = task_cred(t)->gid,
		.fsgid = task_cred(t)->gid,
		.umask = 022,
		.oom_score = oom_score(0),
		.loginuid = UINT32_MAX,
		.sessionid = UINT32_MAX,
		.timerslack = TIMERSLACK,
		.cap_permitted = task_cred(t)->cap_permitted,
		.cap_effective = task_cred(t)->cap_effective,
		.cap_bounding = task_cred(t)->cap_bset,
		.sig_pending = task_pending(t),
		.sig_blocked = task_blocked(t),
		.sig_shared = shared_pending(t->signal),
		.sig_ignored = task_sighand(t)->ignored,
		.sig_caught = task_sighand(t)->caught,
		.starttime = t->start_time,
		.fds = count_files(t),
		.fd_size = size_of_files(t),
	};
	memcpy(task->comm, task_comm(t), sizeof(task->comm));
	fill_numbers(task, t, ns);
	if (facts_of(t))
		fill_facts(task, facts_of(t));
	if (t->signal->facts)
		fill_group_facts(task, t->signal->facts);
	return world_end(w, 0);
}

static int virtual_children(struct world *w, struct world_ref ref, GArray *ints)
{
	const struct task_struct *t, *child;
	struct pid_namespace *ns;
	int err;

	world_begin(w);
	t = task_of(w, ref, &ns, &err);
	if (!t)
		return world_end(w, err);
	chain_for_each_entry(child, &t->children, sibling) {
		int nr = pid_nr_ns(task_pid(child), ns);

		if (nr)
			g_array_append_val(ints, nr);
	}
	return world_end(w, 0);
}

static int virtual_cmdline(struct world *w, struct world_ref ref, GString *out)
{
	const struct task_struct *t;
	struct pid_namespace *ns;
	int err;

	world_begin(w);
	t = task_of(w, ref, &ns, &err);
	if (!t)
		return world_end(w, err);
	if (task_mm(t) && task_mm(t)->cmdline) {
		gsize size;
		const char *text = g_bytes_get_data(task_mm(t)->cmdline, &size);

		g_string_append_len(out, text, (gssize)size);
	}
	return world_end(w, 0);
}

static uint32_t proxy_inum(const struct nsproxy *p, enum world_ns_type type)
{
	static const enum ns_kind kinds[WORLD_NS_TYPES] = {
		[WORLD_NS_CGROUP] = NS_CGROUP,
		[WORLD_NS_IPC] = NS_IPC,
		[WORLD_NS_MNT] = NS_MNT,
		[WORLD_NS_NET] = NS_NET,
		[WORLD_NS_TIME] = NS_TIME,
		[WORLD_NS_TIME_FOR_CHILDREN] = NS_TIME_FOR_CHILDREN,
		[WORLD_NS_UTS] = NS_UTS,
	};

	return p->inum[kinds[type]];
}

static int virtual_ns_link(struct world *w, struct world_ref ref, enum world_ns_type type,
			   uint32_t *inum)
{
	const struct task_struct *t;
	const struct nsproxy *p;
	struct pid_namespace *ns;
	int err;

	world_begin(w);
	t = task_of(w, ref, &ns, &err);
	if (!t)
		return world_end(w, err);
	p = task_nsproxy(t);
	switch (type) {
	case WORLD_NS_PID:
		*inum = task_active_pid_ns(t)->inum;
		break;
	case WORLD_NS_USER:
		*inum = task_cred(t)->user_ns->inum;
		break;
	case WORLD_NS_PID_FOR_CHILDREN:
		/* None before the first process has come, nor a zombie's; a dead one's is. */
		if (!p || (!p->pid_ns_for_children->child_reaper &&
			   !p->pid_ns_for_children->reaper_died))
			return world_end(w, -ENOENT);
		*inum = p->pid_ns_for_children->inum;
		break;
	default:
		if (!p)
			return world_end(w, -ENOENT);
		*inum = proxy_inum(p, type);
	}
	return world_end(w, 0);
}

static int virtual_death(struct world *w, struct world_ref ref, struct world_waited *how,
			 struct world_waiter *waiter)
{
	struct waitid_result res = { 0 };
	const struct task_struct *t;
	struct pid *pid;

	world_begin(w);
	pid = world_pid(w, ref.ino);
	if (!pid || ref.level > pid->level)
		return world_end(w, -ESRCH);
	t = pid_task(pid, PIDTYPE_PID);
	if (t && (t->exit_state == EXIT_LIVE || delay_group_leader(t))) {
		world_sleep(w, &pid->wait_pidfd, waiter);
		return world_end(w, -EINPROGRESS);
	}
	if (t)
		exit_status(t, &res);
	else
		decode_status(pid->exit_code, &res);
	*how = (struct world_waited){ .pid = pid->numbers[ref.level].nr,
				      .code = res.code,
				      .status = res.status };
	return world_end(w, 0);
}

void virtual_ask_ops(struct world_ops *ops)
{
	ops->ns = virtual_ns;
	ops->ns_next = virtual_ns_next;
	ops->find = virtual_find;
	ops->list = virtual_list;
	ops->threads = virtual_threads;
	ops->thread = virtual_thread;
	ops->task = virtual_task;
	ops->children = virtual_children;
	ops->cmdline = virtual_cmdline;
	ops->ns_link = virtual_ns_link;
	ops->death = virtual_death;
}
