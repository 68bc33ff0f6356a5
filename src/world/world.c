/* SPDX-License-Identifier: MIT */
/*
 * The guard: whatever is asked of a world or done in it comes through here, so
 * that every kind of world may trust its arguments and is traced alike.
 */
#include "world/world.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "util/trace.h"
#include "world/ops.h"

static _Thread_local const char *reason = "";

const char *world_reason(void)
{
	return reason;
}

void world_set_reason(const char *why)
{
	reason = why;
}

/* Numbers may come from names that people type; levels come from the world itself. */
static void check_ref(struct world_ref ref)
{
	g_assert(ref.level <= WORLD_MAX_LEVEL);
}

/* What a world that has no such operation says. */
static int lacks(void)
{
	world_set_reason("that cannot be done in this world: the file's usage says what can");
	return -EOPNOTSUPP;
}

/* A result is 0, a count or an errno; more than counts would fit is none. */
static int told(const struct world *w, const char *op, int result)
{
	g_assert(result > -4096);
	if (result < 0)
		TRACE("%s %s: %s%s%s", w->ops->name, op, g_strerror(-result), *reason ? ": " : "",
		      reason);
	else
		TRACE("%s %s: %d", w->ops->name, op, result);
	return result;
}

static void begin(const struct world *w, const char *op)
{
	reason = "";
	TRACE("%s %s", w->ops->name, op);
}

#define CALL(op, ...) (begin(w, #op), told(w, #op, w->ops->op ? w->ops->op(__VA_ARGS__) : lacks()))

void world_free(struct world *w)
{
	if (w)
		w->ops->free(w);
}

/* --- asking --------------------------------------------------------------- */

int world_ns(struct world *w, uint32_t inum, struct world_ns_info *info)
{
	return CALL(ns, w, inum, info);
}

int world_ns_next(struct world *w, uint32_t *inum)
{
	return CALL(ns_next, w, inum);
}

int world_ns_hold(struct world *w, uint32_t inum)
{
	return CALL(ns_hold, w, inum);
}

void world_ns_release(struct world *w, uint32_t inum)
{
	w->ops->ns_release(w, inum);
}

int world_find(struct world *w, uint32_t inum, int nr, struct world_ref *ref)
{
	return CALL(find, w, inum, nr, ref);
}

int world_list(struct world *w, uint32_t inum, int nr, int n, int *nrs, struct world_ref *refs)
{
	g_assert(n >= 0);
	return CALL(list, w, inum, nr, n, nrs, refs);
}

int world_threads(struct world *w, struct world_ref ref, int nr, int n, int *nrs,
		  struct world_ref *refs)
{
	check_ref(ref);
	g_assert(n >= 0);
	return CALL(threads, w, ref, nr, n, nrs, refs);
}

int world_thread(struct world *w, struct world_ref ref, int tid, struct world_ref *thread)
{
	check_ref(ref);
	return CALL(thread, w, ref, tid, thread);
}

int world_task(struct world *w, struct world_ref ref, struct world_task *task)
{
	check_ref(ref);
	return CALL(task, w, ref, task);
}

int world_children(struct world *w, struct world_ref ref, GArray *ints)
{
	check_ref(ref);
	return CALL(children, w, ref, ints);
}

int world_cmdline(struct world *w, struct world_ref ref, GString *out)
{
	check_ref(ref);
	return CALL(cmdline, w, ref, out);
}

int world_ns_link(struct world *w, struct world_ref ref, enum world_ns_type type, uint32_t *inum)
{
	check_ref(ref);
	g_assert(type < WORLD_NS_TYPES);
	return CALL(ns_link, w, ref, type, inum);
}

int world_hold(struct world *w, struct world_ref ref)
{
	check_ref(ref);
	return CALL(hold, w, ref);
}

void world_release(struct world *w, struct world_ref ref)
{
	check_ref(ref);
	w->ops->release(w, ref);
}

int world_death(struct world *w, struct world_ref ref, struct world_waited *how,
		struct world_waiter *waiter)
{
	check_ref(ref);
	return CALL(death, w, ref, how, waiter);
}

uint64_t world_uptime(struct world *w)
{
	return w->ops->uptime(w);
}

int64_t world_btime(struct world *w)
{
	return w->ops->btime(w);
}

int world_usage(struct world *w, struct world_ref ref, bool whole, struct world_usage *usage)
{
	check_ref(ref);
	return CALL(usage, w, ref, whole, usage);
}

int world_limits(struct world *w, struct world_ref ref, struct world_limit limits[WORLD_LIMITS])
{
	check_ref(ref);
	return CALL(limits, w, ref, limits);
}

int world_groups(struct world *w, struct world_ref ref, GArray *gids)
{
	check_ref(ref);
	return CALL(groups, w, ref, gids);
}

int world_text(struct world *w, struct world_ref ref, enum world_text text, GString *out)
{
	check_ref(ref);
	return CALL(text, w, ref, text, out);
}

int world_fd(struct world *w, struct world_ref ref, int nr, struct world_fd *fd, GString *target)
{
	check_ref(ref);
	return CALL(fd, w, ref, nr, fd, target);
}

void world_machine(struct world *w, bool sums, struct world_machine *machine)
{
	w->ops->machine(w, sums, machine);
}

void world_cpus(struct world *w, GArray *cpus)
{
	w->ops->cpus(w, cpus);
}

char *world_verify(struct world *w)
{
	return w->ops->verify(w);
}

/* --- doing ---------------------------------------------------------------- */

int world_fork(struct world *w, struct world_actor a, const struct world_fork *args, GArray *pids)
{
	check_ref(a.ref);
	return CALL(fork, w, a, args, pids);
}

int world_fork_many(struct world *w, struct world_actor a, const struct world_fork *args,
		    unsigned int n, GString *out, int *err)
{
	check_ref(a.ref);
	return CALL(fork_many, w, a, args, n, out, err);
}

int world_exec(struct world *w, struct world_actor a, const char *comm, GBytes *cmdline)
{
	check_ref(a.ref);
	return CALL(exec, w, a, comm, cmdline);
}

int world_exit(struct world *w, struct world_actor a, int code)
{
	check_ref(a.ref);
	return CALL(exit, w, a, code);
}

int world_kill(struct world *w, struct world_actor a, int pid, int sig)
{
	check_ref(a.ref);
	return CALL(kill, w, a, pid, sig);
}

int world_tgkill(struct world *w, struct world_actor a, int tgid, int tid, int sig)
{
	check_ref(a.ref);
	return CALL(tgkill, w, a, tgid, tid, sig);
}

int world_signal(struct world *w, struct world_actor target, int sig)
{
	check_ref(target.ref);
	return CALL(signal, w, target, sig);
}

int world_setns(struct world *w, struct world_actor a, uint32_t inum, uint64_t type)
{
	check_ref(a.ref);
	return CALL(setns, w, a, inum, type);
}

int world_setns_pid(struct world *w, struct world_actor a, int pid, uint64_t type)
{
	check_ref(a.ref);
	return CALL(setns_pid, w, a, pid, type);
}

int world_unshare(struct world *w, struct world_actor a, uint64_t flags)
{
	check_ref(a.ref);
	return CALL(unshare, w, a, flags);
}

int world_setsid(struct world *w, struct world_actor a)
{
	check_ref(a.ref);
	return CALL(setsid, w, a);
}

int world_setpgid(struct world *w, struct world_actor a, int pid, int pgid)
{
	check_ref(a.ref);
	return CALL(setpgid, w, a, pid, pgid);
}

int world_waitid(struct world *w, struct world_actor a, const struct world_wait *args,
		 struct world_waited *res, struct world_waiter *waiter)
{
	check_ref(a.ref);
	return CALL(waitid, w, a, args, res, waiter);
}

int world_sigaction(struct world *w, struct world_actor a, int sig, enum world_sigact act)
{
	check_ref(a.ref);
	return CALL(sigaction, w, a, sig, act);
}

int world_prctl(struct world *w, struct world_actor a, int option, unsigned long arg)
{
	check_ref(a.ref);
	return CALL(prctl, w, a, option, arg);
}

int world_pidfd_open(struct world *w, struct world_actor a, int pid, unsigned int flags)
{
	check_ref(a.ref);
	return CALL(pidfd_open, w, a, pid, flags);
}

int world_pidfd_getfd(struct world *w, struct world_actor a, int pidfd, int fd, unsigned int flags)
{
	check_ref(a.ref);
	return CALL(pidfd_getfd, w, a, pidfd, fd, flags);
}

int world_pidfd_send_signal(struct world *w, struct world_actor a, int pidfd, int sig,
			    unsigned int flags)
{
	check_ref(a.ref);
	return CALL(pidfd_send_signal, w, a, pidfd, sig, flags);
}

int world_close(struct world *w, struct world_actor a, int fd)
{
	check_ref(a.ref);
	return CALL(close, w, a, fd);
}

int world_set(struct world *w, struct world_actor a, const char *const *keys,
	      const char *const *values, unsigned int n)
{
	check_ref(a.ref);
	return CALL(set, w, a, keys, values, n);
}

int world_set_machine(struct world *w, const char *const *keys, const char *const *values,
		      unsigned int n)
{
	return CALL(set_machine, w, keys, values, n);
}

int world_set_clock(struct world *w, bool relative, uint64_t ticks)
{
	return CALL(set_clock, w, relative, ticks);
}

int world_fault(struct world *w, struct world_actor a, enum world_fault_when when,
		enum world_fault_how how)
{
	check_ref(a.ref);
	return CALL(fault, w, a, when, how);
}

bool world_faults(struct world *w)
{
	return w->ops->faults && w->ops->faults(w);
}

void world_trip(struct world *w, struct world_ref ref, enum world_fault_when when)
{
	check_ref(ref);
	if (w->ops->trip)
		w->ops->trip(w, ref, when);
}

int world_set_comm(struct world *w, struct world_actor a, const char *comm, size_t len)
{
	check_ref(a.ref);
	return CALL(set_comm, w, a, comm, len);
}

int world_set_pid_max(struct world *w, uint32_t inum, long value)
{
	return CALL(set_pid_max, w, inum, value);
}

int world_set_last_pid(struct world *w, uint32_t inum, long value)
{
	return CALL(set_last_pid, w, inum, value);
}

/* --- the files of a real machine ------------------------------------------- */

static _Thread_local struct world_caller caller;

void world_call_for(const struct world_caller *c)
{
	caller = *c;
}

const struct world_caller *world_caller(void)
{
	return &caller;
}

bool world_has_files(const struct world *w)
{
	return w->ops->file_open;
}

static void check_place(const struct world_place *p)
{
	g_assert(p->path && *p->path != '/' && !strstr(p->path, ".."));
	g_assert(p->is_ns || p->ref.level <= WORLD_MAX_LEVEL);
}

int world_file_stat(struct world *w, const struct world_place *p, struct stat *st)
{
	check_place(p);
	return CALL(file_stat, w, p, st);
}

int world_file_link(struct world *w, const struct world_place *p, GString *target)
{
	check_place(p);
	return CALL(file_link, w, p, target);
}

int world_file_open(struct world *w, const struct world_place *p, struct world_file **f)
{
	check_place(p);
	return CALL(file_open, w, p, f);
}

int world_file_read(struct world *w, struct world_file *f, char *buf, size_t size, off_t off)
{
	return CALL(file_read, w, f, buf, size, off);
}

void world_file_close(struct world *w, struct world_file *f)
{
	if (f)
		w->ops->file_close(w, f);
}

int world_file_list(struct world *w, const struct world_place *p, off_t off, world_name name,
		    void *data)
{
	check_place(p);
	return CALL(file_list, w, p, off, name, data);
}

int world_ns_facts(struct world *w, uint32_t inum, GString *out)
{
	return w->ops->ns_facts ? CALL(ns_facts, w, inum, out) : 0;
}

const char *world_verb_usage(const struct world *w, const char *verb)
{
	return w->ops->verb_usage ? w->ops->verb_usage(w, verb) : NULL;
}

bool world_verb_acts(const struct world *w, const char *verb)
{
	return !w->ops->verb_acts || w->ops->verb_acts(w, verb);
}

int world_recent(struct world *w, uint32_t inum, GString *out)
{
	return w->ops->recent ? CALL(recent, w, inum, out) : 0;
}

int world_ns_names(struct world *w, GArray *names)
{
	return w->ops->ns_names ? CALL(ns_names, w, names) : 0;
}

int world_fork_run(struct world *w, struct world_actor a, const struct world_fork *args,
		   GString *out, struct world_output **output)
{
	check_ref(a.ref);
	return CALL(fork_run, w, a, args, out, output);
}

int world_output_read(struct world *w, struct world_output *o, GString *out, size_t max,
		      struct world_waiter *waiter)
{
	return CALL(output_read, w, o, out, max, waiter);
}

void world_output_free(struct world *w, struct world_output *o)
{
	if (o)
		w->ops->output_free(w, o);
}

/* --- waiting and watching ------------------------------------------------- */

int world_watch(struct world *w, void (*changed)(void *data, const struct world_change *change),
		void *data)
{
	return CALL(watch, w, changed, data);
}

void world_unwait(struct world *w, struct world_waiter *waiter)
{
	w->ops->unwait(w, waiter);
}

struct world_stream *world_stream_new(struct world *w, uint32_t inum)
{
	return w->ops->stream_new(w, inum);
}

void world_stream_free(struct world *w, struct world_stream *s)
{
	if (s)
		w->ops->stream_free(w, s);
}

int world_stream_read(struct world *w, struct world_stream *s, GString *out, size_t max,
		      struct world_waiter *waiter)
{
	return CALL(stream_read, w, s, out, max, waiter);
}
