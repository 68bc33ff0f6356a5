/* SPDX-License-Identifier: MIT */
/*
 * A kind of world: the table of what can be asked of it and done in it.
 *
 * Each row does what the function of that name in world/world.h says, and only
 * world/world.c calls it: the guard, which has looked at the arguments before,
 * looks at the result afterwards, and traces both.  A row that is NULL is
 * refused there.  A new operation is a line there, one here, a thin call in the
 * guard, and a function in each kind of world that can do it.
 */
#ifndef PIDNSFS_WORLD_OPS_H
#define PIDNSFS_WORLD_OPS_H

#include "world/world.h"

struct world_ops {
	const char *name;
	void (*free)(struct world *w);

	int (*ns)(struct world *w, uint32_t inum, struct world_ns_info *info);
	int (*ns_next)(struct world *w, uint32_t *inum);
	int (*ns_hold)(struct world *w, uint32_t inum);
	void (*ns_release)(struct world *w, uint32_t inum);
	int (*find)(struct world *w, uint32_t inum, int nr, struct world_ref *ref);
	int (*list)(struct world *w, uint32_t inum, int nr, int n, int *nrs,
		    struct world_ref *refs);
	int (*threads)(struct world *w, struct world_ref ref, int nr, int n, int *nrs,
		       struct world_ref *refs);
	int (*thread)(struct world *w, struct world_ref ref, int tid, struct world_ref *thread);
	int (*task)(struct world *w, struct world_ref ref, struct world_task *task);
	int (*children)(struct world *w, struct world_ref ref, GArray *ints);
	int (*cmdline)(struct world *w, struct world_ref ref, GString *out);
	int (*ns_link)(struct world *w, struct world_ref ref, enum world_ns_type type,
		       uint32_t *inum);
	int (*hold)(struct world *w, struct world_ref ref);
	void (*release)(struct world *w, struct world_ref ref);
	int (*death)(struct world *w, struct world_ref ref, struct world_waited *how,
		     struct world_waiter *waiter);
	uint64_t (*uptime)(struct world *w);
	int64_t (*btime)(struct world *w);
	int (*usage)(struct world *w, struct world_ref ref, bool whole, struct world_usage *usage);
	int (*limits)(struct world *w, struct world_ref ref,
		      struct world_limit limits[WORLD_LIMITS]);
	int (*groups)(struct world *w, struct world_ref ref, GArray *gids);
	int (*text)(struct world *w, struct world_ref ref, enum world_text text, GString *out);
	int (*fd)(struct world *w, struct world_ref ref, int nr, struct world_fd *fd,
		  GString *target);
	void (*machine)(struct world *w, bool sums, struct world_machine *machine);
	void (*cpus)(struct world *w, GArray *cpus);
	char *(*verify)(struct world *w);

	int (*fork)(struct world *w, struct world_actor a, const struct world_fork *args,
		    GArray *pids);
	int (*fork_many)(struct world *w, struct world_actor a, const struct world_fork *args,
			 unsigned int n, GString *out, int *err);
	int (*exec)(struct world *w, struct world_actor a, const char *comm, GBytes *cmdline);
	int (*exit)(struct world *w, struct world_actor a, int code);
	int (*kill)(struct world *w, struct world_actor a, int pid, int sig);
	int (*tgkill)(struct world *w, struct world_actor a, int tgid, int tid, int sig);
	int (*signal)(struct world *w, struct world_actor target, int sig);
	int (*setns)(struct world *w, struct world_actor a, uint32_t inum, uint64_t type);
	int (*setns_pid)(struct world *w, struct world_actor a, int pid, uint64_t type);
	int (*unshare)(struct world *w, struct world_actor a, uint64_t flags);
	int (*setsid)(struct world *w, struct world_actor a);
	int (*setpgid)(struct world *w, struct world_actor a, int pid, int pgid);
	int (*waitid)(struct world *w, struct world_actor a, const struct world_wait *args,
		      struct world_waited *res, struct world_waiter *waiter);
	int (*sigaction)(struct world *w, struct world_actor a, int sig, enum world_sigact act);
	int (*prctl)(struct world *w, struct world_actor a, int option, unsigned long arg);
	int (*pidfd_open)(struct world *w, struct world_actor a, int pid, unsigned int flags);
	int (*pidfd_getfd)(struct world *w, struct world_actor a, int pidfd, int fd,
			   unsigned int flags);
	int (*pidfd_send_signal)(struct world *w, struct world_actor a, int pidfd, int sig,
				 unsigned int flags);
	int (*close)(struct world *w, struct world_actor a, int fd);
	int (*set)(struct world *w, struct world_actor a, const char *const *keys,
		   const char *const *values, unsigned int n);
	int (*set_machine)(struct world *w, const char *const *keys, const char *const *values,
			   unsigned int n);
	int (*set_clock)(struct world *w, bool relative, uint64_t ticks);
	int (*fault)(struct world *w, struct world_actor a, enum world_fault_when when,
		     enum world_fault_how how);
	bool (*faults)(struct world *w);
	void (*trip)(struct world *w, struct world_ref ref, enum world_fault_when when);
	int (*set_comm)(struct world *w, struct world_actor a, const char *comm, size_t len);
	int (*set_pid_max)(struct world *w, uint32_t inum, long value);
	int (*set_last_pid)(struct world *w, uint32_t inum, long value);

	int (*watch)(struct world *w,
		     void (*changed)(void *data, const struct world_change *change), void *data);
	int (*file_stat)(struct world *w, const struct world_place *p, struct stat *st);
	int (*file_link)(struct world *w, const struct world_place *p, GString *target);
	int (*file_open)(struct world *w, const struct world_place *p, struct world_file **f);
	int (*file_read)(struct world *w, struct world_file *f, char *buf, size_t size, off_t off);
	void (*file_close)(struct world *w, struct world_file *f);
	int (*file_list)(struct world *w, const struct world_place *p, off_t off, world_name name,
			 void *data);
	int (*ns_facts)(struct world *w, uint32_t inum, GString *out);
	const char *(*verb_usage)(const struct world *w, const char *verb);
	bool (*verb_acts)(const struct world *w, const char *verb); /* NULL: by all of them */
	int (*ns_names)(struct world *w, GArray *names);
	int (*recent)(struct world *w, uint32_t inum, GString *out); /* NULL: nothing is kept */
	int (*fork_run)(struct world *w, struct world_actor a, const struct world_fork *args,
			GString *out, struct world_output **output);
	int (*output_read)(struct world *w, struct world_output *o, GString *out, size_t max,
			   struct world_waiter *waiter);
	void (*output_free)(struct world *w, struct world_output *o);

	void (*unwait)(struct world *w, struct world_waiter *waiter);
	struct world_stream *(*stream_new)(struct world *w, uint32_t inum);
	void (*stream_free)(struct world *w, struct world_stream *s);
	int (*stream_read)(struct world *w, struct world_stream *s, GString *out, size_t max,
			   struct world_waiter *waiter);
};

/* What every kind of world begins with. */
struct world {
	const struct world_ops *ops;
};

/* What world_reason() will say to this thread: a static string, or thread-local. */
void world_set_reason(const char *why);

#endif
