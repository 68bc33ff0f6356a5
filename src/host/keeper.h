/* SPDX-License-Identifier: MIT */
/*
 * What the driver, which has no privileges, lets the keeper do, which has them.
 *
 * What is done as the caller is done as world_caller().  handle is a procfs or an
 * open file; path is below it and not empty.  Everything: -errno, and -EIO if there
 * is no keeper any more, since then the driver is about to end, too.
 */
#ifndef PIDNSFS_HOST_KEEPER_H
#define PIDNSFS_HOST_KEEPER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "host/keeper-wire.h"
#include "world/world.h"

struct keeper;

/* Readable once the keeper is gone. */
int keeper_fd(const struct keeper *k);

int keeper_stat(struct keeper *k, uint32_t handle, const char *path, struct stat *st);
/*
 * key: tells a file of a process from others; 0: it is of none.  A process can keep whoever
 * looks at its memory waiting: -ETIMEDOUT after 10 s, and at once if it does so to two.
 */
int keeper_link(struct keeper *k, uint32_t handle, const char *path, uint64_t key, GString *target);
int keeper_open(struct keeper *k, uint32_t handle, const char *path, uint64_t key, uint32_t *file);
int keeper_read(struct keeper *k, uint32_t file, uint64_t key, char *buf, size_t size, off_t off);
/* getdents64(2)'s entries; out is empty at the end. */
int keeper_list(struct keeper *k, uint32_t handle, const char *path, uint64_t key, off_t off,
		GString *out);
/* For each of n numbers of our namespace: KEEPER_SEES_…; none where it fails. */
void keeper_sees(struct keeper *k, const int *nrs, unsigned int n, char *sees);
int keeper_kill(struct keeper *k, int pidfd, int sig, bool thread);

void keeper_close(struct keeper *k, uint32_t handle);
/* Of a pid namespace, as /proc is mounted. */
int keeper_procfs(struct keeper *k, int nsfd, uint32_t *handle);
/* A descriptor of the pid namespace that nr, whose pidfd it is, is in. */
int keeper_pidns(struct keeper *k, int pidfd, int nr, bool thread);
/* Of a zombie, as wait(2). */
int keeper_status(struct keeper *k, int nr, uint64_t ino, int *status);
/*
 * Runs a program in the place of nr: its pid, and in fds its pidfd and what it
 * writes.  A refusal has its sentence.  -EPERM: the caller lacks rights that the
 * keeper has.
 */
int keeper_run(struct keeper *k, int nr, uint64_t ino, const struct world_fork *args, int fds[2]);
/* -EAGAIN: it has not ended. */
int keeper_reap(struct keeper *k, int pidfd, int *status);

#endif
