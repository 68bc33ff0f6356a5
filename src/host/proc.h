/* SPDX-License-Identifier: MIT */
/* Reading procfs: what the files of a process say, as numbers. */
#ifndef PIDNSFS_HOST_PROC_H
#define PIDNSFS_HOST_PROC_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "world/world.h"

/* The bytes of dir/path, NUL-terminated behind them; NULL, and errno. */
char *proc_read(int dir, const char *path, size_t *len);
/* The number behind KEY: in text of status; -1: it is not there. */
long proc_number(const char *status, const char *key);
/* The numbers behind key, up to n of them: how many. */
unsigned int proc_numbers(const char *status, const char *key, int *v, unsigned int n);
/* The same in hexadecimal: a mask. */
uint64_t proc_mask(const char *status, const char *key);
/* From stat and status of nr in dir, with the numbers that dir's namespace has. */
int proc_task(int dir, const char *nr, struct world_task *task);
/* The names in a directory that are numbers, ascending as procfs has them. */
int proc_list(int dir, const char *path, GArray *ints);
/* "hidepid" or "gid" of the procfs that is mounted at /proc: to be freed; NULL: not set. */
char *proc_option(const char *name);

#endif
