/* SPDX-License-Identifier: MIT */
/* What is asked of a view, and done in it, on behalf of a command. */
#ifndef PIDNSFS_PIDNSCTL_VIEW_H
#define PIDNSFS_PIDNSCTL_VIEW_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

struct view {
	/*
	 * Its .run: there a number leads to a process of this world or nowhere,
	 * while elsewhere our own number is somebody, too.
	 */
	int dir;
	dev_t dev;
};

/* One moment of a task: some of the fields of stat. */
struct view_task {
	pid_t pid, pgrp, session;
	int nice, rt_priority, policy;
	uid_t uid;
};

/*
 * 0 or -errno; -ENOENT is: the view has no such process, or that has no such
 * file.  Paths are below the view.
 */
int view_read(const struct view *v, const char *path, char **text);
int view_write(const struct view *v, const char *path, const char *line);
/* Into an open file. */
int view_write_fd(int fd, const char *line);
bool view_has(const struct view *v, pid_t nr);
/* Of the thread that has this very number. */
int view_task(const struct view *v, pid_t nr, struct view_task *task);
/* "status", "set" … of the thread with number nr: its path; valid until the next call. */
const char *view_thread_path(pid_t nr, const char *file);
/*
 * Calls each (unless NULL) for every process whose group or user is as given; -1: any.  Stops
 * at a result that is not 0 and returns that.  -ENOENT: there was none.
 */
typedef int (*view_each)(const struct view *v, pid_t nr, void *data);
int view_for_each(const struct view *v, pid_t pgrp, long uid, view_each each, void *data);
/* How many CPUs its processes have. */
unsigned int view_cpus(const struct view *v);
/* The numbers of all its processes, ascending, of pid_t. */
GArray *view_numbers(const struct view *v);

#endif
