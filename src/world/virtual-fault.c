/* SPDX-License-Identifier: MIT */
/*
 * Deaths under a reader's eyes: a process for which one is arranged ends when
 * its view has been listed, or a file of it opened, and what comes of it is
 * what /proc makes of it.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "core/exit.h"
#include "core/fork.h"
#include "core/signal.h"
#include "world/virtual.h"

/* Keys and values of v->faults: the process's ino. */
struct fault {
	uint64_t ino;
	enum world_fault_when when;
	enum world_fault_how how;
};

GHashTable *world_faults_new(void)
{
	return g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
}

static gboolean is_over(gpointer key, gpointer value, gpointer k)
{
	(void)value;
	return !pid_task(find_pid_ino(k, *(uint64_t *)key), PIDTYPE_TGID);
}

/* Who asks whether there are any has no lock. */
static void count_faults(struct virtual *v)
{
	g_atomic_int_set(&v->nr_faults, (gint)g_hash_table_size(v->faults));
}

static int virtual_fault(struct world *w, struct world_actor a, enum world_fault_when when,
			 enum world_fault_how how)
{
	struct virtual *v = to_virtual(w);
	struct task_struct *current;
	struct fault *fault;
	int err = world_begin_as(w, a, &current);

	if (err)
		return err;
	if (is_global_init(current))
		return world_end(w, refuse(v->k, -EPERM,
					   "without its first init a machine panics: pid 1 of the "
					   "root namespace cannot end"));
	g_hash_table_foreach_remove(v->faults, is_over, v->k);
	if (when == WORLD_FAULT_NEVER) {
		g_hash_table_remove(v->faults, &task_tgid(current)->ino);
	} else {
		fault = g_new0(struct fault, 1);
		*fault = (struct fault){ .ino = task_tgid(current)->ino, .when = when, .how = how };
		g_hash_table_replace(v->faults, &fault->ino, fault);
	}
	count_faults(v);
	return world_end(w, 0);
}

/* Forks, and the child has the numbers that pid had. */
static int take_numbers(struct task_struct *parent, const struct pid *pid)
{
	const struct pid_namespace *ns = task_nsproxy(parent)->pid_ns_for_children;
	struct kernel_clone_args args = { .exit_signal = SIGCHLD };
	int numbers[WORLD_MAX_LEVEL + 1];
	struct task_struct *child;

	if (ns->level > pid->level || pid->numbers[ns->level].ns != ns)
		return -EINVAL;
	for (unsigned int i = 0; i <= ns->level; i++)
		numbers[i] = pid->numbers[ns->level - i].nr;
	args.set_tid = numbers;
	args.set_tid_size = ns->level + 1;
	return kernel_clone(parent, &args, &child);
}

/*
 * By the parent, as long as it has the right to choose a number, or else by the
 * namespace's init.  If neither can, or somebody's group or session has the
 * number, then nobody has it again, as on a machine where nobody forks.
 */
static void reuse(struct task_struct *parent, const struct pid *pid)
{
	const struct pid_namespace *ns = ns_of_pid(pid);

	if (parent && task_nsproxy(parent) && !take_numbers(parent, pid))
		return;
	if (ns->child_reaper && task_nsproxy(ns->child_reaper))
		take_numbers(ns->child_reaper, pid);
}

static void die(struct kernel *k, struct task_struct *t, enum world_fault_how how)
{
	struct pid *pid = get_pid(task_tgid(t));
	struct task_struct *parent;
	struct waitid_result res;

	group_send_sig_kill(t);
	kernel_run(k);
	t = pid_task(pid, PIDTYPE_TGID);
	/* Its parent ignores SIGCHLD and it is gone; or else a parent that waits. */
	parent = t ? find_alive_thread(t->real_parent) : NULL;
	if (how != WORLD_FAULT_ZOMBIE && parent) {
		kernel_waitid(parent, P_IS_PID, pid_vnr(parent, pid), WEXITED | WNOHANG | __WALL,
			      &res);
		if (how == WORLD_FAULT_REUSE && !pid_task(pid, PIDTYPE_PID))
			reuse(parent, pid);
	}
	put_pid(pid);
}

static bool virtual_faults(struct world *w)
{
	return g_atomic_int_get(&to_virtual(w)->nr_faults);
}

static void virtual_trip(struct world *w, struct world_ref ref, enum world_fault_when when)
{
	struct virtual *v = to_virtual(w);
	struct fault *fault;
	enum world_fault_how how;
	struct task_struct *t;
	struct kernel *k;

	if (!virtual_faults(w))
		return;
	k = world_begin(w);
	t = pid_task(find_pid_ino(k, ref.ino), PIDTYPE_PID);
	fault = t ? g_hash_table_lookup(v->faults, &task_tgid(t)->ino) : NULL;
	if (fault && fault->when == when) {
		how = fault->how;
		g_hash_table_remove(v->faults, &task_tgid(t)->ino);
		count_faults(v);
		die(k, group_leader(t), how);
	}
	world_end(w, 0);
}

void virtual_fault_ops(struct world_ops *ops)
{
	ops->fault = virtual_fault;
	ops->faults = virtual_faults;
	ops->trip = virtual_trip;
}
