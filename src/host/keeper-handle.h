/* SPDX-License-Identifier: MIT */
/*
 * What the keeper has open for the driver: files and procfs instances, known to it
 * by numbers that are not used again soon.  Any thread may call these.
 */
#ifndef PIDNSFS_HOST_KEEPER_HANDLE_H
#define PIDNSFS_HOST_KEEPER_HANDLE_H

#include <stdint.h>

enum handle_kind {
	HANDLE_PROCFS = 1,
	HANDLE_FILE
};

/* Takes fd over; *handle is it from now on.  -ENFILE: there are too many. */
int handle_new(enum handle_kind kind, int fd, uint32_t *handle);
/* Its descriptor, which stays open until it is put back; -EBADF: there is none such. */
int handle_get(enum handle_kind kind, uint32_t handle);
void handle_put(uint32_t handle);
/* Closed as soon as nobody has it; -EBADF. */
int handle_close(uint32_t handle);

#endif
