/* SPDX-License-Identifier: MIT */
/* Descriptors that hold a struct pid, and the tables they stand in. */
#ifndef PIDNSFS_CORE_PIDFD_H
#define PIDNSFS_CORE_PIDFD_H

#include "core/task.h"

#define PIDFD_THREAD 0x80 /* O_EXCL */
#define PIDFD_SIGNAL_THREAD 1
#define PIDFD_SIGNAL_THREAD_GROUP 2
#define PIDFD_SIGNAL_PROCESS_GROUP 4

struct files_struct *copy_files(const struct files_struct *files); /* NULL is the plain one */
/* unshare(CLONE_FILES): an own table, with the same in it. */
void unshare_files(struct task_struct *t);
/* At execve(2): an own table, without what is close-on-exec, as every pidfd is. */
void exec_files(struct task_struct *t);
void put_files(struct files_struct *files); /* NULL is fine */
unsigned int count_files(const struct task_struct *t);
/* Room for so many: 64 at first, then powers of 2 from 256. */
unsigned int size_of_files(const struct task_struct *t);

/*
 * The new descriptor.  -EINVAL: flags, pid <= 0, and on 6.12 also a number that
 * is no process.  -ESRCH: unknown.  -ENOENT: a thread's, without PIDFD_THREAD.
 */
int pidfd_open(struct task_struct *current, int pid, unsigned int flags);
int pidfd_create(struct task_struct *current, struct pid *pid, unsigned int flags);
/* A reference; -EBADF: fd is not open, or no pidfd. */
int pidfd_get_pid(struct task_struct *current, int fd, struct pid **pid, unsigned int *flags);
/* The process; also -ESRCH: reaped. */
int pidfd_get_task(struct task_struct *current, int fd, struct task_struct **t);
/*
 * A copy of the target's descriptor.  -EINVAL: flags; -EBADF; -ESRCH: a zombie
 * or reaped; -EPERM: may not be looked into.
 */
int pidfd_getfd(struct task_struct *current, int pidfd, int fd, unsigned int flags);
int pidfd_send_signal(struct task_struct *current, int pidfd, int sig, unsigned int flags);
int close_fd(struct task_struct *current, int fd); /* -EBADF */
/* In place of what may be open there; target NULL: what 0, 1 and 2 are. */
void open_fd(struct task_struct *t, int fd, unsigned int flags, const char *target);

#endif
