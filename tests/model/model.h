/* SPDX-License-Identifier: MIT */
/*
 * A second, naive implementation of the rules that src/core has: arrays and
 * linear searches, written from the description of the behaviour and sharing
 * nothing with the core.  Tasks are named by their numbers in the root namespace,
 * namespaces by the order in which they were made.
 */
#ifndef PIDNSFS_TESTS_MODEL_H
#define PIDNSFS_TESTS_MODEL_H

#include <glib.h>
#include <stdbool.h>

enum { M_NEWPID = 1, M_THREAD = 2, M_PARENT = 4, M_NEWUSER = 8 };
/* of model_wait() */
enum { M_EXITED = 1, M_STOPPED = 2, M_CONTINUED = 4, M_ALL = 8, M_NOWAIT = 16 };
enum { M_IS_STOPPED = 0x10000, M_IS_CONTINUED = 0x20000 };
enum model_action { M_DEFAULT, M_IGNORE, M_CATCH, M_BLOCK, M_UNBLOCK };

struct model;

struct model *model_new(int pid_max, bool per_ns);
void model_free(struct model *m);

/* Each is a system call of the task with root number tid: its result or -errno. */
int model_fork(struct model *m, int tid, int flags, int exit_signal, const int *set_tid, int n);
int model_exit(struct model *m, int tid, int code, bool group);
int model_kill(struct model *m, int tid, int nr, int sig);
/* WNOHANG; nr 0 is any child.  The child's number, or 0; status: code << 8 or signal,
   M_IS_STOPPED and the signal, or M_IS_CONTINUED. */
int model_wait(struct model *m, int tid, int nr, int options, int *status);
int model_exec(struct model *m, int tid); /* its number afterwards */
int model_setsid(struct model *m, int tid);
int model_setpgid(struct model *m, int tid, int nr, int pgid);
int model_unshare(struct model *m, int tid, int flags);
int model_setns(struct model *m, int tid, int ns);
void model_subreaper(struct model *m, int tid, bool on);
int model_sigaction(struct model *m, int tid, int sig, enum model_action action);
void model_set_uid(struct model *m, int tid, int uid);
int model_pidfd_open(struct model *m, int tid, int nr, bool thread);
int model_getfd(struct model *m, int tid, int pidfd, int fd);
int model_pidfd_signal(struct model *m, int tid, int fd, int sig, int flags);
int model_close(struct model *m, int tid, int fd);
int model_last_pid(struct model *m, int ns, int value);

int model_namespaces(const struct model *m);
/* The namespace of the children to be; -1: none. */
int model_ns_of_children(const struct model *m, int tid);
/* The root numbers of the tasks that can act. */
void model_actors(const struct model *m, GArray *tids);
/* All that can be seen, a line each. */
void model_dump(const struct model *m, GString *out);

#endif
