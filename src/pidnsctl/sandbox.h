/* SPDX-License-Identifier: MIT */
/* The inside: namespaces, the view on /proc, init and the command. */
#ifndef PIDNSFS_PIDNSCTL_SANDBOX_H
#define PIDNSFS_PIDNSCTL_SANDBOX_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "pidnsctl/mount.h"

struct sandbox {
	const char *view; /* the absolute path of a view's .run */
	struct mount_source source; /* or what to mount instead of that, if it can be had */
	char **argv;
	int end; /* of a message_pair(), to pidnsctl */
	pid_t first, last; /* the numbers that are to be the command's and its children's */
	bool answered; /* its system calls shall be */
	sigset_t mask; /* of signals: the command's */
};

/*
 * In pidnsctl: its next child will be init of a new PID namespace, in a new user
 * namespace if need be.  Complains; false: it cannot be.
 */
bool sandbox_unshare(void);
/*
 * In that child: does not return.  Ends with the command's status, 128 and the
 * number of the signal that has killed it, or what env(1) has if there is none.
 */
_Noreturn void sandbox_init(const struct sandbox *s);

#endif
