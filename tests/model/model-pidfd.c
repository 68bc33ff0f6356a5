/* SPDX-License-Identifier: MIT */
/* Descriptors of the model: a table for each task. */
#include "tests/model/model-private.h"

/* from -1: the first table of all. */
void copy_fds(struct model *m, int from, int to)
{
	GArray *fds = TASK(m, to)->fds;
	const int plain = FD_PLAIN;

	if (from >= 0)
		g_array_append_vals(fds, TASK(m, from)->fds->data, TASK(m, from)->fds->len);
	else
		for (int i = 0; i < 3; i++)
			g_array_append_val(fds, plain);
}

void close_pidfds(struct model *m, int task)
{
	GArray *fds = TASK(m, task)->fds;

	for (guint i = 0; i < fds->len; i++)
		if (at(fds, i) >= 0)
			g_array_index(fds, int, i) = FD_CLOSED;
}

static int install(struct model *m, int task, int what)
{
	GArray *fds = TASK(m, task)->fds;

	for (guint i = 0; i < fds->len; i++)
		if (at(fds, i) == FD_CLOSED) {
			g_array_index(fds, int, i) = what;
			return (int)i;
		}
	g_array_append_val(fds, what);
	return (int)fds->len - 1;
}

static int get(const struct model *m, int task, int fd)
{
	const GArray *fds = TASK(m, task)->fds;

	return fd >= 0 && fd < (int)fds->len ? at(fds, (guint)fd) : FD_CLOSED;
}

int model_pidfd_open(struct model *m, int tid, int nr, bool thread)
{
	int me = actor(m, tid), pid, task;

	if (nr <= 0)
		return -EINVAL;
	pid = find_pid(m, active_ns(m, me), nr);
	if (pid < 0)
		return -ESRCH;
	task = find_task(m, active_ns(m, me), nr);
	if (task < 0)
		return m->per_ns ? -ESRCH : -EINVAL;
	if (!thread && !leads(m, task))
		return m->per_ns ? -ENOENT : -EINVAL;
	return install(m, me, thread ? pid | FD_THREAD : pid);
}

int model_close(struct model *m, int tid, int fd)
{
	int me = actor(m, tid);

	if (get(m, me, fd) == FD_CLOSED)
		return -EBADF;
	g_array_index(TASK(m, me)->fds, int, fd) = FD_CLOSED;
	return 0;
}

int model_getfd(struct model *m, int tid, int pidfd, int fd)
{
	int me = actor(m, tid), pid = get(m, me, pidfd), task = -1, what;

	if (pid < 0)
		return -EBADF;
	for (guint i = 1; i < m->tasks->len; i++)
		if (!TASK(m, (int)i)->gone && TASK(m, (int)i)->pid == (pid & ~FD_THREAD))
			task = (int)i;
	if (task < 0)
		return -ESRCH;
	if (!may_look(m, me, task))
		return -EPERM;
	if (TASK(m, task)->exiting)
		return -ESRCH;
	what = get(m, task, fd);
	return what == FD_CLOSED ? -EBADF : install(m, me, what);
}
