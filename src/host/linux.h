/* SPDX-License-Identifier: MIT */
/*
 * What the kernel can be asked about processes and C libraries of today do not
 * know yet.  Numbers are those of the kernel's interface.
 */
#ifndef PIDNSFS_HOST_LINUX_H
#define PIDNSFS_HOST_LINUX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A pidfd of a process, or with thread of any thread: -errno. */
int linux_pidfd_open(pid_t pid, bool thread);
int linux_pidfd_send_signal(int pidfd, int sig, bool thread);
/* What tells two struct pids apart for ever; 0: it cannot be had. */
uint64_t linux_ino(int fd);
/* The struct pid that has this number now, in our namespace; 0: none. */
uint64_t linux_pid_ino(pid_t pid, bool thread);
/* nsfs descriptors: -errno.  The active namespace of a pidfd's process: */
int linux_pidfd_pidns(int pidfd);
int linux_ns_parent(int nsfd);
int linux_ns_userns(int nsfd);
/* The number in our namespace of who has this one there; 0: nobody; -1: before 6.11. */
pid_t linux_pid_from_ns(int nsfd, pid_t nr);
/* The wait status of one that was reaped; -ESRCH: not yet, or it is not known. */
int linux_pidfd_status(int pidfd, int *status);
/* Has it died?  *reaped: and nobody has it as a child any more. */
bool linux_pidfd_dead(int pidfd, bool *reaped);
/*
 * A procfs of its own for the namespace (nsfd -1: ours), mounted nowhere: a
 * directory, or -errno.
 */
int linux_procfs(int nsfd, const char *hidepid, const char *gid);

#endif
