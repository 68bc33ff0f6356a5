/* SPDX-License-Identifier: MIT */
#include "host/privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's name for who has no name: see /proc/sys/kernel/overflowuid. */
#define NOBODY 65534

static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

int privilege_drop(void)
{
	int err = 0;

	/* An ordinary user has no right to do this, and nothing to gain from that. */
	for (int cap = 0; cap < 64; cap++)
		prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	/* In a user namespace there may be no nobody; then ids without capabilities stay. */
	if (!setgroups(0, NULL) && !setresgid(NOBODY, NOBODY, NOBODY))
		err = setresuid(NOBODY, NOBODY, NOBODY) && errno != EINVAL ? -errno : 0;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		err = -errno;
	return drop_capabilities() ? -EPERM : err;
}
