/* SPDX-License-Identifier: MIT */
/* Giving up what the driver does not need. */
#ifndef PIDNSFS_HOST_PRIVILEGE_H
#define PIDNSFS_HOST_PRIVILEGE_H

/*
 * Nobody's ids, if they can be had, no groups, no capabilities, and no way back to
 * any of it; nobody else may look into this process.  Before there are threads.
 * -errno: not all of that is so.
 */
int privilege_drop(void);

#endif
