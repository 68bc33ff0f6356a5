/* SPDX-License-Identifier: MIT */
/*
 * Descriptors of processes.  The command is given an open file of the view, the
 * process's wait, which poll(2) finds readable when the process is dead, as a
 * pidfd.  It is known again by its inode number, which is that of one process
 * and never used again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pidnsctl/call.h"

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif
#define SEND_THREAD 1u /* PIDFD_SIGNAL_… */
#define SEND_GROUP 2u
#define SEND_PGRP 4u

/* The pidfds that are remembered: then those of the dead are forgotten. */
#define REMEMBERED 4096

static bool wait_inode(const struct view *v, pid_t nr, uint64_t *ino)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "%d/wait", nr);
	if (fstatat(v->dir, path, &st, 0))
		return false;
	*ino = st.st_ino;
	return true;
}

static gboolean is_stale(gpointer key, gpointer value, gpointer data)
{
	uint64_t ino;

	return !wait_inode(data, GPOINTER_TO_INT(value), &ino) || ino != *(guint64 *)key;
}

static void remember(const struct call_context *x, uint64_t ino, pid_t nr)
{
	guint64 *key = g_new(guint64, 1);

	if (g_hash_table_size(x->pidfds) >= REMEMBERED)
		g_hash_table_foreach_remove(x->pidfds, is_stale, (gpointer)&x->view);
	*key = ino;
	g_hash_table_replace(x->pidfds, key, GINT_TO_POINTER(nr));
}

/* Whether a thread that does not lead its group has this number. */
static bool is_thread(const struct view *v, pid_t nr)
{
	char path[32];
	g_autofree char *status = NULL;
	const char *line;
	int tgid;

	snprintf(path, sizeof(path), "%d/status", nr);
	if (view_read(v, path, &status))
		return false;
	line = strstr(status, "\nTgid:");
	return line && sscanf(line, "\nTgid: %d", &tgid) == 1 && tgid != nr;
}

/* Linux 6.18 calls it by another name. */
static int thread_refused(const struct view *v)
{
	g_autofree char *release = NULL;
	int major = 0, minor = 0;

	if (!view_read(v, "sys/kernel/osrelease", &release))
		sscanf(release, "%d.%d", &major, &minor);
	return major > 6 || (major == 6 && minor >= 18) ? -ENOENT : -EINVAL;
}

long call_pidfd_open(struct call *c)
{
	const struct view *v = &c->context->view;
	pid_t nr = (pid_t)c->args[0];
	unsigned int flags = (unsigned int)c->args[1];
	char path[32];
	struct stat st;
	int fd;

	if (!view_has(v, nr))
		return CALL_CONTINUE;
	if (flags & ~(unsigned int)(O_NONBLOCK | PIDFD_THREAD))
		return -EINVAL;
	if (!(flags & PIDFD_THREAD) && is_thread(v, nr))
		return thread_refused(v);
	snprintf(path, sizeof(path), "%d/wait", nr);
	fd = openat(v->dir, path, O_RDONLY | O_CLOEXEC | (int)(flags & O_NONBLOCK));
	if (fd < 0 || fstat(fd, &st)) {
		if (fd >= 0)
			close(fd);
		return -ESRCH;
	}
	remember(c->context, st.st_ino, flags & PIDFD_THREAD ? -nr : nr);
	c->fd = fd;
	c->fd_flags = O_CLOEXEC;
	return 0;
}

/*
 * What the caller's descriptor is of: 0 and a process of the view, with an
 * inode number by which it is known; or -errno, -ENOENT: none of ours.
 */
struct target {
	pid_t nr;
	const char *file; /* in its directory, of that inode */
	uint64_t ino;
	bool thread;
};

/* In both a process, and what it has, has the same inode number. */
static bool is_ours(const struct call_context *x, const struct stat *st)
{
	return st->st_dev == x->view.dev || st->st_dev == x->dev;
}

static int identify(const struct call *c, int fd, struct target *target)
{
	const struct call_context *x = c->context;
	char path[48];
	struct stat st;
	gpointer nr;
	int dir, stat_file, n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", c->pid, fd);
	dir = open(path, O_PATH | O_CLOEXEC);
	if (dir < 0)
		return -ENOENT;
	if (fstat(dir, &st) || !is_ours(x, &st) || !call_valid(c)) {
		close(dir);
		return -ENOENT;
	}
	target->ino = st.st_ino;
	if (!S_ISDIR(st.st_mode)) {
		close(dir);
		if (!g_hash_table_lookup_extended(x->pidfds, &target->ino, NULL, &nr))
			return -ENOENT;
		target->nr = ABS(GPOINTER_TO_INT(nr));
		target->thread = GPOINTER_TO_INT(nr) < 0;
		target->file = "wait";
		return 0;
	}
	/* As with a true /proc, the directory of a process is as good as a pidfd. */
	stat_file = openat(dir, "stat", O_RDONLY | O_CLOEXEC);
	n = stat_file < 0 ? -1 : (int)read(stat_file, path, sizeof(path) - 1);
	if (stat_file >= 0)
		close(stat_file);
	close(dir);
	path[MAX(n, 0)] = '\0';
	if (sscanf(path, "%d (", &target->nr) != 1)
		return n < 0 && errno == ESRCH ? -ESRCH : -ENOENT;
	target->thread = false;
	target->file = ".";
	return 0;
}

/* The control file is opened first: if it is another's, so is the inode by then. */
static int signal_target(const struct call *c, const struct target *t, const char *control, int sig)
{
	const struct view *v = &c->context->view;
	char path[48], line[16];
	struct view_task task;
	struct stat st;
	int fd, err;

	fd = openat(v->dir, control, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	snprintf(path, sizeof(path), "%d/%s", t->nr, t->file);
	if (fstatat(v->dir, path, &st, 0) || st.st_ino != t->ino)
		err = -ESRCH;
	else
		err = view_task(v, t->nr, &task);
	if (!err)
		err = call_may(c, task.uid);
	if (!err) {
		snprintf(line, sizeof(line), "%d\n", sig);
		err = view_write_fd(fd, line);
	}
	close(fd);
	return err == -ENOENT ? -ESRCH : err;
}

/* A siginfo that comes along has to be of the same signal, and honest. */
static int check_info(struct call *c, int sig)
{
	struct {
		int signo, error, code;
	} info;
	int err;

	if (!c->args[2])
		return 0;
	err = call_peek(c, c->args[2], &info, sizeof(info));
	if (err)
		return err;
	if (info.signo != sig)
		return -EINVAL;
	return info.code >= 0 || info.code == -6 /* SI_TKILL */ ? -EPERM : 0;
}

long call_pidfd_send_signal(struct call *c)
{
	unsigned int flags = (unsigned int)c->args[3];
	int sig = (int)c->args[1];
	struct target t;
	char path[32];
	int err = identify(c, (int)c->args[0], &t);

	if (err)
		return err == -ENOENT ? CALL_CONTINUE : err;
	if (flags & ~(SEND_THREAD | SEND_GROUP | SEND_PGRP) || flags & (flags - 1))
		return -EINVAL;
	err = check_info(c, sig);
	if (err)
		return err;
	if (flags == SEND_PGRP)
		return call_result(call_signal(c, CALL_GROUP, t.nr, sig));
	if (flags == SEND_THREAD || (t.thread && !flags))
		return call_result(signal_target(c, &t, view_thread_path(t.nr, "kill"), sig));
	snprintf(path, sizeof(path), "%d/kill", t.nr);
	return call_result(signal_target(c, &t, path, sig));
}

/* Nobody of the view is a child of the command. */
long call_waitid(struct call *c)
{
	struct target t;

	if (c->args[0] != 3 /* P_PIDFD */)
		return CALL_CONTINUE;
	return identify(c, (int)c->args[1], &t) == -ENOENT ? CALL_CONTINUE : -ECHILD;
}
