/* SPDX-License-Identifier: MIT */
#include "core/pidfd.h"

#include <errno.h>
#include <fcntl.h>

#include "core/signal.h"

static void file_clear(gpointer data)
{
	struct file *f = data;

	put_pid(f->pid);
	g_clear_pointer(&f->target, g_ref_string_release);
}

struct files_struct *copy_files(const struct files_struct *files)
{
	struct files_struct *copy = g_new0(struct files_struct, 1);
	unsigned int i;

	copy->count = 1;
	copy->fd = g_array_new(FALSE, TRUE, sizeof(struct file));
	g_array_set_clear_func(copy->fd, file_clear);
	for (i = 0; i < (files ? files->fd->len : 3); i++) {
		struct file f = { .open = true };

		if (files)
			f = g_array_index(files->fd, struct file, i);
		get_pid(f.pid);
		if (f.target)
			g_ref_string_acquire(f.target);
		g_array_append_val(copy->fd, f);
	}
	return copy;
}

void unshare_files(struct task_struct *t)
{
	struct files_struct *own;

	if (!task_files(t) || task_files(t)->count == 1)
		return;
	own = copy_files(task_files(t));
	put_files(task_files(t));
	t->extra->files = own;
}

void exec_files(struct task_struct *t)
{
	struct files_struct *own;
	unsigned int i;

	unshare_files(t);
	own = task_files(t);
	if (!own)
		return;
	for (i = 0; i < own->fd->len; i++) {
		struct file *f = &g_array_index(own->fd, struct file, i);

		if (f->open && (f->pid || f->flags & O_CLOEXEC)) {
			file_clear(f);
			*f = (struct file){ 0 };
		}
	}
}

void put_files(struct files_struct *files)
{
	if (!files || --files->count)
		return;
	g_array_unref(files->fd);
	g_free(files);
}

unsigned int count_files(const struct task_struct *t)
{
	unsigned int i, n = 0;

	if (!task_files(t))
		return t->exiting ? 0 : 3;
	for (i = 0; i < task_files(t)->fd->len; i++)
		n += g_array_index(task_files(t)->fd, struct file, i).open;
	return n;
}

unsigned int size_of_files(const struct task_struct *t)
{
	unsigned int size = 256;

	if (t->exiting)
		return 0;
	if (!task_files(t) || task_files(t)->fd->len <= 64)
		return 64;
	while (size < task_files(t)->fd->len)
		size *= 2;
	return size;
}

/* The smallest number that is free, for the same as file. */
static int fd_install(struct task_struct *current, const struct file *file)
{
	struct file f = *file;
	unsigned int i;

	f.open = true;
	get_pid(f.pid);
	if (f.target)
		g_ref_string_acquire(f.target);
	if (!task_files(current))
		task_extra(current)->files = copy_files(NULL);
	for (i = 0; i < task_files(current)->fd->len; i++)
		if (!g_array_index(task_files(current)->fd, struct file, i).open) {
			g_array_index(task_files(current)->fd, struct file, i) = f;
			return (int)i;
		}
	g_array_append_val(task_files(current)->fd, f);
	return (int)i;
}

/* NULL: not open.  A table that was never touched has 0, 1 and 2. */
static struct file *fget(struct task_struct *t, int fd)
{
	struct file *f;

	if (!task_files(t))
		task_extra(t)->files = copy_files(NULL);
	if (fd < 0 || (unsigned int)fd >= task_files(t)->fd->len)
		return NULL;
	f = &g_array_index(task_files(t)->fd, struct file, fd);
	return f->open ? f : NULL;
}

int close_fd(struct task_struct *current, int fd)
{
	struct file *f = fget(current, fd);

	if (!f)
		return refuse(task_kernel(current), -EBADF, "that descriptor is not open");
	file_clear(f);
	*f = (struct file){ 0 };
	return 0;
}

void open_fd(struct task_struct *t, int fd, unsigned int flags, const char *target)
{
	struct file *f;

	if (!task_files(t))
		task_extra(t)->files = copy_files(NULL);
	if ((unsigned int)fd >= task_files(t)->fd->len)
		g_array_set_size(task_files(t)->fd, (guint)fd + 1);
	f = &g_array_index(task_files(t)->fd, struct file, fd);
	file_clear(f);
	*f = (struct file){ .flags = flags, .open = true };
	f->target = target ? g_ref_string_new(target) : NULL;
}

int pidfd_create(struct task_struct *current, struct pid *pid, unsigned int flags)
{
	struct kernel *k = task_kernel(current);
	enum pid_type type = flags & PIDFD_THREAD ? PIDTYPE_PID : PIDTYPE_TGID;

	if (!pid_has_task(pid, type)) {
		if (k->version < 618)
			return refuse(k, -EINVAL, "that number is not a process");
		if (pid_has_task(pid, PIDTYPE_PID))
			return refuse(k, -ENOENT, "a thread's pidfd must be asked for");
		return refuse(k, -ESRCH, "no task has that number");
	}
	return fd_install(current, &(struct file){ .pid = pid, .flags = flags });
}

int pidfd_open(struct task_struct *current, int nr, unsigned int flags)
{
	struct kernel *k = task_kernel(current);
	struct pid *pid;

	if (flags & ~(unsigned int)(O_NONBLOCK | PIDFD_THREAD))
		return refuse(k, -EINVAL, "no such flag of pidfd_open");
	if (nr <= 0)
		return refuse(k, -EINVAL, "a pid is above 0");
	pid = find_vpid(current, nr);
	if (!pid)
		return refuse(k, -ESRCH, "no process has that number in the caller's namespace");
	return pidfd_create(current, pid, flags);
}

int pidfd_get_pid(struct task_struct *current, int fd, struct pid **pid, unsigned int *flags)
{
	struct file *f = fget(current, fd);

	if (!f || !f->pid)
		return refuse(task_kernel(current), -EBADF, "that descriptor is no pidfd");
	*pid = get_pid(f->pid);
	*flags = f->flags;
	return 0;
}

int pidfd_get_task(struct task_struct *current, int fd, struct task_struct **t)
{
	unsigned int flags;
	struct pid *pid;
	int err = pidfd_get_pid(current, fd, &pid, &flags);

	if (err)
		return err;
	*t = get_pid_task(pid, PIDTYPE_TGID);
	put_pid(pid);
	return *t ? 0 : refuse(task_kernel(current), -ESRCH, "that process has been reaped");
}

int pidfd_getfd(struct task_struct *current, int pidfd, int fd, unsigned int flags)
{
	struct kernel *k = task_kernel(current);
	struct task_struct *t;
	struct file *f, copy;
	struct pid *pid;
	unsigned int pidflags;
	int err;

	if (flags)
		return refuse(k, -EINVAL, "pidfd_getfd has no flags");
	err = pidfd_get_pid(current, pidfd, &pid, &pidflags);
	if (err)
		return err;
	t = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	if (!t)
		return refuse(k, -ESRCH, "that process has been reaped");
	if (!ptrace_may_access(current, t))
		return refuse(k, -EPERM, "no right to look into that process");
	if (t->exiting)
		return refuse(k, -ESRCH, "that process is dead, without descriptors");
	f = fget(t, fd);
	if (!f)
		return refuse(k, -EBADF, "that process has no such descriptor");
	copy = *f;
	copy.flags |= O_CLOEXEC;
	return fd_install(current, &copy);
}

int pidfd_send_signal(struct task_struct *current, int pidfd, int sig, unsigned int flags)
{
	struct kernel *k = task_kernel(current);
	struct task_struct *t;
	struct pid *pid;
	unsigned int fdflags;
	int err;

	if (flags & ~7U || flags & (flags - 1))
		return refuse(k, -EINVAL, "at most one of thread, group and pgrp");
	err = pidfd_get_pid(current, pidfd, &pid, &fdflags);
	if (err)
		return err;
	if (!pidns_is_ancestor(ns_of_pid(pid), task_active_pid_ns(current))) {
		put_pid(pid);
		return refuse(k, -EINVAL, "that process is outside the caller's namespace");
	}
	if (!flags)
		flags = fdflags & PIDFD_THREAD ? PIDFD_SIGNAL_THREAD : PIDFD_SIGNAL_THREAD_GROUP;
	if (flags == PIDFD_SIGNAL_PROCESS_GROUP) {
		err = kill_pgrp(current, pid, sig);
	} else {
		t = pid_task(pid, PIDTYPE_PID);
		err = t ? kill_task(current, t, flags == PIDFD_SIGNAL_THREAD, sig) :
			  refuse(k, -ESRCH, "that process has been reaped");
	}
	put_pid(pid);
	return err;
}
