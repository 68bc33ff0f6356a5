/* SPDX-License-Identifier: MIT */
/*
 * All that can be asked of a world, and all that can be done in it.
 *
 * Values go in and values come out: no caller sees a pointer or a lock of the
 * world behind.  Every function may be called from any thread and none waits;
 * what has to wait registers a struct world_waiter and is called back.
 *
 * Results: 0, a count, or -errno, the errno being the one of the system call
 * that the operation is named after.  Result parameters are written only on
 * success.  -ESRCH always may mean: the actor or target is gone.
 */
#ifndef PIDNSFS_WORLD_WORLD_H
#define PIDNSFS_WORLD_WORLD_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#define WORLD_MAX_LEVEL 32
#define WORLD_COMM_LEN 16
#define WORLD_NSIG 64
#define WORLD_CPUS_LEN 64
#define WORLD_NAME_LEN 65 /* as uname(2) has them */
#define WORLD_LIMITS 16 /* RLIM_NLIMITS */
/* reap's "no pid was named": every child, as waitid(P_ALL) */
#define WORLD_ROOT_INUM 4026531836u

struct world;

/*
 * A process or thread, seen through one view.  ino is its struct pid's inode
 * number, which is never used again; level is that of the view's namespace in
 * the chain of the pid's own ones.
 */
struct world_ref {
	uint64_t ino;
	unsigned int level;
};

/* Who does something: a task, and whether it acts for its group. */
struct world_actor {
	struct world_ref ref;
	bool thread; /* came through task/TID/: this very thread, else the process */
};

enum world_ns_type { /* in the order in which ns/ lists them */
	WORLD_NS_CGROUP,
	WORLD_NS_IPC,
	WORLD_NS_MNT,
	WORLD_NS_NET,
	WORLD_NS_PID,
	WORLD_NS_PID_FOR_CHILDREN,
	WORLD_NS_TIME,
	WORLD_NS_TIME_FOR_CHILDREN,
	WORLD_NS_USER,
	WORLD_NS_UTS,
	WORLD_NS_TYPES
};

struct world_ns_info {
	uint32_t inum, parent; /* parent 0: the root */
	uint32_t owner; /* the inum of the user namespace that owns it */
	unsigned int level;
	int child_reaper; /* its number in this namespace, 0 if it has none */
	unsigned int pids; /* published struct pids */
	int pid_max, last_pid; /* last_pid may be -1 */
	uint64_t changes; /* how often somebody has come or gone */
	uint64_t changed; /* when last, in clock ticks since the world began */
	bool accepting; /* false once its reaper has died */
};

/* One moment of a task, numbers as its view has them (0: not visible). */
struct world_task {
	struct world_ref ref;
	uint32_t inum; /* of the view */
	uint64_t leader_ino;
	unsigned int nr_levels; /* of the arrays: from the view inward */
	int nstgid[WORLD_MAX_LEVEL + 1], nspid[WORLD_MAX_LEVEL + 1];
	int nspgid[WORLD_MAX_LEVEL + 1], nssid[WORLD_MAX_LEVEL + 1];
	int tgid, pid, ppid, pgrp, session, outer; /* outer: pid in the root view */
	uint32_t active_inum; /* its own namespace, where it is nspid[nr_levels - 1] */
	bool leader;
	char state; /* R S D T t Z X I */
	char comm[WORLD_COMM_LEN];
	int exit_code, group_exit_code; /* of the thread; of the process, or why it is stopped */
	int threads, exit_signal, nice, priority, rt_priority, policy;
	int tty_nr, tty_pgrp; /* tty_pgrp: -1: no terminal */
	int oom_score, oom_score_adj;
	unsigned int flags, personality, umask, seccomp, no_new_privs;
	uid_t uid, euid, suid, fsuid;
	gid_t gid, egid, sgid, fsgid;
	uint32_t loginuid, sessionid;
	uint64_t cap_permitted, cap_effective, cap_inheritable, cap_bounding, cap_ambient;
	uint64_t sig_pending, sig_shared, sig_ignored, sig_caught, sig_blocked;
	uint64_t starttime; /* clock ticks */
	uint64_t timerslack; /* ns */
	unsigned int fds, fd_size; /* open descriptors; room for them */
	int processor;
	char cpus[WORLD_CPUS_LEN]; /* that it may run on, as 0-3,7; empty: all */
	char wchan[32]; /* empty: nowhere */
};

/* Of its program, in bytes; all 0 once it is a zombie. */
struct world_memory {
	uint64_t vsize, peak, rss, hwm, rss_file, rss_shmem, swap;
	uint64_t text, lib, data, stack, locked, pinned, pte;
};

/* What a thread has used, or its process: all its threads, the dead ones, too. */
struct world_usage {
	uint64_t utime, stime, cutime, cstime, blkio; /* clock ticks */
	uint64_t minflt, cminflt, majflt, cmajflt, nvcsw, nivcsw;
	uint64_t rchar, wchar, syscr, syscw, read_bytes, write_bytes, cancelled_write_bytes;
	uint64_t run, wait, slices; /* ns, ns, how often; of the thread in any case */
	struct world_memory memory;
};

struct world_limit {
	uint64_t soft, hard; /* UINT64_MAX: unlimited */
};

/* Texts of a process, as the files and links of these names have them. */
enum world_text { WORLD_ENVIRON, WORLD_CGROUP, WORLD_EXE, WORLD_CWD, WORLD_ROOT };

/* An open descriptor. */
struct world_fd {
	int fd;
	unsigned int flags; /* of open(2) */
	uint64_t ino; /* 0: not known */
	bool pidfd;
	unsigned int nr_levels; /* of a pidfd, as in world_task; pid -1: it is reaped */
	int pid, nspid[WORLD_MAX_LEVEL + 1];
};

/* Ticks since the world began. */
struct world_cpu {
	uint64_t user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice;
};

/* What the processes run on. */
struct world_machine {
	unsigned int cpus;
	int64_t btime; /* when it began: seconds since 1970 */
	uint64_t forks, ctxt, intr; /* since then */
	uint64_t threads, running, blocked; /* now */
	unsigned int load[3]; /* in hundredths */
	/* bytes: of the machine, and what its processes have together */
	uint64_t mem_total, mem_free, buffers, cached, swap_total, swap_free;
	uint64_t anon, file, shmem, swap, pte, locked;
	char hostname[WORLD_NAME_LEN], domainname[WORLD_NAME_LEN];
	char osrelease[WORLD_NAME_LEN], version[WORLD_NAME_LEN];
};

struct world_fork {
	uint64_t flags; /* clone3(2)'s */
	int exit_signal;
	unsigned int set_tid_size;
	int set_tid[WORLD_MAX_LEVEL + 2];
	const char *comm; /* NULL: the parent's */
	int64_t uid; /* -1: the parent's */
	GBytes *cmdline; /* NULL: none; else NUL-terminated strings, as execve(2) */
	char **keys, **values; /* what world_set() would set of the child: n of each */
	unsigned int n;
	bool like_target, host_mounts; /* where programs are really run */
};

/* waitid(2)'s arguments and result. */
enum world_idtype { WORLD_P_ALL, WORLD_P_PID, WORLD_P_PGID, WORLD_P_PIDFD };

struct world_wait {
	enum world_idtype idtype;
	int id;
	int options; /* WEXITED WSTOPPED WCONTINUED WNOHANG WNOWAIT __WALL __WCLONE __WNOTHREAD */
};

struct world_waited {
	int pid; /* 0: WNOHANG and nothing ready */
	int code; /* CLD_EXITED … */
	int status;
};

/*
 * Something that waits.  wake is called at most once a registration, without
 * any lock of the world, from whichever thread made it happen; it may be called
 * while world_unwait() runs but never after that has returned.
 */
struct world_waiter {
	void (*wake)(struct world_waiter *waiter);
	void *priv; /* the world's: NULL before it is first given */
};

/* sigaction's second word; the last two are sigprocmask(2)'s, for one thread */
enum world_sigact {
	WORLD_SIG_DEFAULT,
	WORLD_SIG_IGNORE,
	WORLD_SIG_CATCH,
	WORLD_SIG_NOCLDWAIT,
	WORLD_SIG_BLOCK,
	WORLD_SIG_UNBLOCK,
};

/* When a process is to die under the eyes of a reader, and what is left of it. */
enum world_fault_when {
	WORLD_FAULT_NEVER,
	WORLD_FAULT_LISTED, /* once a listing of a view has named it */
	WORLD_FAULT_OPENED, /* once a file of it was opened, but not yet read */
};

enum world_fault_how {
	WORLD_FAULT_GONE, /* killed and reaped */
	WORLD_FAULT_ZOMBIE, /* killed */
	WORLD_FAULT_REUSE, /* and reaped, and another has its number, if anybody may fork it */
};

struct world_options {
	int kernel; /* 612 or 618 */
	unsigned int cpus; /* 0: as many as this machine has */
	uid_t uid; /* of pid 1 */
	gid_t gid;
	bool frozen; /* the clock stands until it is moved */
};

struct world *world_virtual_new(const struct world_options *options);
/* Nobody may be inside or registered any more. */
void world_free(struct world *w);

/* --- asking ------------------------------------------------------------- */

/* -ENOENT: no live namespace has this inum. */
int world_ns(struct world *w, uint32_t inum, struct world_ns_info *info);
/* The live pid namespace with the smallest inum > *inum; -ENOENT: none. */
int world_ns_next(struct world *w, uint32_t *inum);
/* An open pidns file holds its namespace, dead or not: counted. */
int world_ns_hold(struct world *w, uint32_t inum);
void world_ns_release(struct world *w, uint32_t inum);
/* The task with number nr in namespace inum; -ENOENT: none has it. */
int world_find(struct world *w, uint32_t inum, int nr, struct world_ref *ref);
/*
 * find_ge_pid() over thread-group leaders: up to n of them with numbers from
 * nr up, ascending; returns how many.
 */
int world_list(struct world *w, uint32_t inum, int nr, int n, int *nrs, struct world_ref *refs);
/* The threads of ref's group with numbers >= nr, ascending; returns how many. */
int world_threads(struct world *w, struct world_ref ref, int nr, int n, int *nrs,
		  struct world_ref *refs);
/* The thread with number tid of ref's group; -ENOENT. */
int world_thread(struct world *w, struct world_ref ref, int tid, struct world_ref *thread);
int world_task(struct world *w, struct world_ref ref, struct world_task *task);
/* Numbers of the children of this very thread, in the order of the list. */
int world_children(struct world *w, struct world_ref ref, GArray *ints);
/* Arguments, each with its NUL; empty for kernel threads and zombies. */
int world_cmdline(struct world *w, struct world_ref ref, GString *out);
/* -ENOENT: as for pid_for_children before the namespace has its init. */
int world_ns_link(struct world *w, struct world_ref ref, enum world_ns_type type, uint32_t *inum);
/*
 * How it ended (pid is its number in the view).  -EINPROGRESS: it lives, and
 * waiter, which may be NULL, is registered.  Who wants to know it even after it
 * was reaped holds ref: counted, and as long as it is held it is known here.
 * -ESRCH: it is gone, and nobody held it.
 */
int world_hold(struct world *w, struct world_ref ref);
void world_release(struct world *w, struct world_ref ref);
int world_death(struct world *w, struct world_ref ref, struct world_waited *how,
		struct world_waiter *waiter);
uint64_t world_uptime(struct world *w); /* clock ticks since the world began */
int64_t world_btime(struct world *w); /* when that was: seconds since 1970 */
/* whole: of all the threads of its process. */
int world_usage(struct world *w, struct world_ref ref, bool whole, struct world_usage *usage);
int world_limits(struct world *w, struct world_ref ref, struct world_limit limits[WORLD_LIMITS]);
/* Supplementary groups, uint32_t each. */
int world_groups(struct world *w, struct world_ref ref, GArray *gids);
/* -ENOENT: a zombie has none, and who has no program no exe. */
int world_text(struct world *w, struct world_ref ref, enum world_text text, GString *out);
/* The open descriptor with the smallest number >= nr, and its target; -ENOENT: none. */
int world_fd(struct world *w, struct world_ref ref, int nr, struct world_fd *fd, GString *target);
/* sums: what the processes have together, too, which is a walk over them. */
void world_machine(struct world *w, bool sums, struct world_machine *machine);
/* All together, then each; idle grows with the time that no process has used. */
void world_cpus(struct world *w, GArray *cpus);
/* Checks every invariant; NULL or a sentence, to be freed with g_free. */
char *world_verify(struct world *w);

/* --- doing: the actor is current ---------------------------------------- */

/* pids: the child's number in view, then inward (a line's worth of ints). */
int world_fork(struct world *w, struct world_actor a, const struct world_fork *args, GArray *pids);
/*
 * n times the same fork; each child's numbers are appended to out, a line each.
 * Returns how many were made; -errno only if none was, else *err has it (or 0).
 */
int world_fork_many(struct world *w, struct world_actor a, const struct world_fork *args,
		    unsigned int n, GString *out, int *err);
int world_exec(struct world *w, struct world_actor a, const char *comm, GBytes *cmdline);
/* exit(2) of a thread, or exit_group(2); -EPERM: the world's first init. */
int world_exit(struct world *w, struct world_actor a, int code);
/* kill(2) by the actor. */
int world_kill(struct world *w, struct world_actor a, int pid, int sig);
int world_tgkill(struct world *w, struct world_actor a, int tgid, int tid, int sig);
/* To target itself, by somebody in the namespace of the view of its ref. */
int world_signal(struct world *w, struct world_actor target, int sig);
int world_setns(struct world *w, struct world_actor a, uint32_t inum, uint64_t type);
int world_setns_pid(struct world *w, struct world_actor a, int pid, uint64_t type);
int world_unshare(struct world *w, struct world_actor a, uint64_t flags);
int world_setsid(struct world *w, struct world_actor a); /* the session */
int world_setpgid(struct world *w, struct world_actor a, int pid, int pgid);
/* -EINPROGRESS: nothing ready, registered with waiter. */
int world_waitid(struct world *w, struct world_actor a, const struct world_wait *args,
		 struct world_waited *res, struct world_waiter *waiter);
int world_sigaction(struct world *w, struct world_actor a, int sig, enum world_sigact act);
int world_prctl(struct world *w, struct world_actor a, int option, unsigned long arg);
int world_pidfd_open(struct world *w, struct world_actor a, int pid, unsigned int flags);
int world_pidfd_getfd(struct world *w, struct world_actor a, int pidfd, int fd, unsigned int flags);
int world_pidfd_send_signal(struct world *w, struct world_actor a, int pidfd, int sig,
			    unsigned int flags);
int world_close(struct world *w, struct world_actor a, int fd);
/* One KEY=VALUE; all of a line are checked before the first is set (n pairs). */
int world_set(struct world *w, struct world_actor a, const char *const *keys,
	      const char *const *values, unsigned int n);
/* The same for the machine. */
int world_set_machine(struct world *w, const char *const *keys, const char *const *values,
		      unsigned int n);
/* The world's time in ticks, or relative to what it is; -EINVAL: never backwards. */
int world_set_clock(struct world *w, bool relative, uint64_t ticks);
/* Arranges the death of the actor's process.  -EPERM: the world's first init. */
int world_fault(struct world *w, struct world_actor a, enum world_fault_when when,
		enum world_fault_how how);
/* Is any arranged?  Then what readers ask for must come here, to be seen. */
bool world_faults(struct world *w);
/* That is what happens to it just now: it dies if that was arranged. */
void world_trip(struct world *w, struct world_ref ref, enum world_fault_when when);
int world_set_comm(struct world *w, struct world_actor a, const char *comm, size_t len);
int world_set_pid_max(struct world *w, uint32_t inum, long value);
int world_set_last_pid(struct world *w, uint32_t inum, long value);

/* --- the files of a real machine ---------------------------------------- */

/*
 * A world of real processes has files that no table of ours knows: those that
 * procfs has.  They are named by a path below the directory of a view or of a
 * process; "" is that directory itself.  The caller's rights decide, see
 * world_call_for(); none of their results may be kept for another caller.
 */
struct world_place {
	bool is_ns, thread; /* thread: the one of task/TID/ */
	uint32_t inum; /* is_ns */
	struct world_ref ref; /* else */
	const char *path;
};

/* Who asks: what the calling thread does from now on is done for it. */
struct world_caller {
	uid_t uid;
	gid_t gid;
	pid_t pid; /* 0: it is outside of our pid namespace */
};
void world_call_for(const struct world_caller *caller);
const struct world_caller *world_caller(void);

struct world_file;
typedef bool (*world_name)(void *data, const char *name, unsigned char type, off_t next);

bool world_has_files(const struct world *w);
/* As lstat(2), readlink(2), open(2) for reading, pread(2), close(2). */
int world_file_stat(struct world *w, const struct world_place *p, struct stat *st);
int world_file_link(struct world *w, const struct world_place *p, GString *target);
int world_file_open(struct world *w, const struct world_place *p, struct world_file **f);
int world_file_read(struct world *w, struct world_file *f, char *buf, size_t size, off_t off);
void world_file_close(struct world *w, struct world_file *f);
/* As getdents(2) from off on, DT_ types, until name says false or the end. */
int world_file_list(struct world *w, const struct world_place *p, off_t off, world_name name,
		    void *data);
/* More lines of a namespace's facts; usage of a verb, where it is another one (or NULL). */
int world_ns_facts(struct world *w, uint32_t inum, GString *out);
const char *world_verb_usage(const struct world *w, const char *verb);
/* Is there anything that this world does by it? */
bool world_verb_acts(const struct world *w, const char *verb);
/* Names of namespaces: an array of struct world_named, to be freed with it. */
struct world_named {
	uint32_t inum;
	char *name;
};
int world_ns_names(struct world *w, GArray *names);
/*
 * What happened in the last minute, as lines of a stream: as much of it as is kept.
 * -ENOENT: there is no such namespace; -EACCES: somebody is hidden from the caller.
 */
int world_recent(struct world *w, uint32_t inum, GString *out);

/* What a program that was forked writes, and how it ends. */
struct world_output;
/*
 * As world_fork_many() for one; *output is to be freed.  -EOPNOTSUPP: programs
 * are not run in this world.
 */
int world_fork_run(struct world *w, struct world_actor a, const struct world_fork *args,
		   GString *out, struct world_output **output);
/* How many bytes, 0 at the end, or -EINPROGRESS: registered. */
int world_output_read(struct world *w, struct world_output *o, GString *out, size_t max,
		      struct world_waiter *waiter);
/* The program goes on; what it writes is dropped. */
void world_output_free(struct world *w, struct world_output *o);

/* --- waiting and watching ------------------------------------------------ */

/* Calls off a registration; after it the waiter is the caller's again. */
void world_unwait(struct world *w, struct world_waiter *waiter);
/* A reader of events of namespace inum; NULL when there is none such. */
struct world_stream;
struct world_stream *world_stream_new(struct world *w, uint32_t inum);
void world_stream_free(struct world *w, struct world_stream *s);
/*
 * Appends up to max bytes of whole lines; returns how many bytes were appended;
 * -EINPROGRESS: none yet, registered; 0: the namespace is dead and read out.
 */
int world_stream_read(struct world *w, struct world_stream *s, GString *out, size_t max,
		      struct world_waiter *waiter);

/*
 * What a watcher is told: what has changed, so that nobody goes on believing
 * what he was told before.  More may be named than has changed, never less.
 */
enum world_change_kind {
	WORLD_BORN, /* a process or thread: it can be found under nrs */
	WORLD_CHANGED, /* something that it shows, other than files that move with time */
	WORLD_GONE, /* it cannot be found any more */
	WORLD_NS_CHANGED, /* something that a namespace shows, or one is new */
	WORLD_NS_GONE, /* it cannot be found any more */
	WORLD_ALL_CHANGED, /* more than can be named */
};

struct world_change {
	enum world_change_kind kind;
	uint64_t ino; /* of a process or thread */
	uint32_t inum; /* of a namespace */
	unsigned int levels; /* BORN and GONE: its numbers, the root view's first */
	uint32_t inums[WORLD_MAX_LEVEL + 1];
	int nrs[WORLD_MAX_LEVEL + 1];
};

/*
 * changed is called under the world's lock, in the order of history, and asks
 * nothing; what it is told of can be seen by who asks after it has returned.  One
 * watcher a world; NULL: nobody any more.  -EOPNOTSUPP: this world does not know
 * when it changes.
 */
int world_watch(struct world *w, void (*changed)(void *data, const struct world_change *change),
		void *data);

/*
 * Why the last refusal of the calling thread happened, in words and without a
 * newline; empty when the errno says it all.  Valid until its next call.
 */
const char *world_reason(void);

#endif
