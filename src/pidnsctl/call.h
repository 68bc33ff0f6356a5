/* SPDX-License-Identifier: MIT */
/*
 * System calls of a command that name a process, answered for those of a view.
 *
 * What is said of a number that the view has happens there.  All other numbers
 * are left to the kernel, which knows the command's own namespace.  Arguments
 * are taken by value; what stands in the caller's memory is read once, and acted
 * upon by us, so that nobody can change it between.
 */
#ifndef PIDNSFS_PIDNSCTL_CALL_H
#define PIDNSFS_PIDNSCTL_CALL_H

#include <glib.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pidnsctl/filter.h"
#include "pidnsctl/view.h"

/* What does not change from call to call. */
struct call_context {
	struct view view;
	dev_t dev; /* of the command's /proc: the view's, or a mount of its own */
	uid_t uid; /* whoever has it is the master of the world; -1: nobody here is */
	int proc; /* a true /proc of the command's PID namespace */
	int listener; /* from filter_install() */
	GHashTable *pidfds; /* inode number of a wait file -> whose: pidfds that were given */
};

struct call {
	const struct call_context *context;
	uint64_t id; /* the notification's */
	pid_t pid; /* the thread that calls, in our namespace */
	uint64_t args[6];
	int memory; /* of the caller; -1: not opened yet */
	/* -1, or what the caller is given as a new descriptor, with O_… of it: the result */
	int fd;
	unsigned int fd_flags;
};

#define CALL_CONTINUE LONG_MIN /* the kernel shall do it */

struct call_handler {
	struct filter_rule rule;
	/* The result, -errno or CALL_CONTINUE. */
	long (*answer)(struct call *c);
};

/* All that can be answered; n is set to how many these are. */
const struct call_handler *call_handlers(unsigned int *n);

/* --- for the handlers --------------------------------------------------------- */

/* 0, -EFAULT, or -EPERM where the memory cannot be had. */
int call_peek(struct call *c, uint64_t address, void *buf, size_t len);
int call_poke(struct call *c, uint64_t address, const void *buf, size_t len);
/* Is the caller still there, waiting for this very answer? */
int call_valid(const struct call *c);
/* May the caller act on somebody with this uid?  0 or -EPERM. */
int call_may(const struct call *c, uid_t uid);
/* The same, and may it do what only the master of the world may?  0 or -EACCES. */
int call_is_master(const struct call *c);
/* What the answer of a view that has the process is as the answer of a call. */
long call_result(int err);
/* The group of the caller in its own namespace: 0 if that is elsewhere; -errno. */
int call_own_group(const struct call *c);

long call_kill(struct call *c);
long call_tkill(struct call *c);
long call_tgkill(struct call *c);
long call_sigqueue(struct call *c);
long call_tgsigqueue(struct call *c);
/* To the process, thread or group with this number in the view. */
enum call_target {
	CALL_PROCESS,
	CALL_THREAD,
	CALL_GROUP
};
int call_signal(const struct call *c, enum call_target target, pid_t nr, int sig);

long call_pidfd_open(struct call *c);
long call_pidfd_send_signal(struct call *c);
long call_waitid(struct call *c);

long call_setpriority(struct call *c);
long call_getpriority(struct call *c);
long call_setscheduler(struct call *c);
long call_getscheduler(struct call *c);
long call_setparam(struct call *c);
long call_getparam(struct call *c);
long call_setattr(struct call *c);
long call_getattr(struct call *c);
long call_rr_interval(struct call *c);
long call_setaffinity(struct call *c);
long call_getaffinity(struct call *c);
long call_prlimit(struct call *c);
long call_getpgid(struct call *c);
long call_getsid(struct call *c);

#endif
