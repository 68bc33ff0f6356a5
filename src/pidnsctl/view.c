/* SPDX-License-Identifier: MIT */
#include "pidnsctl/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int view_read(const struct view *v, const char *path, char **text)
{
	int fd = openat(v->dir, path, O_RDONLY | O_CLOEXEC);
	GString *all;
	char buf[8192];
	ssize_t n;

	if (fd < 0)
		return -errno;
	all = g_string_new(NULL);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		g_string_append_len(all, buf, n);
	if (n < 0)
		n = -errno;
	close(fd);
	*text = g_string_free(all, n < 0);
	return (int)n;
}

int view_write_fd(int fd, const char *line)
{
	return write(fd, line, strlen(line)) < 0 ? -errno : 0;
}

int view_write(const struct view *v, const char *path, const char *line)
{
	int fd = openat(v->dir, path, O_WRONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = view_write_fd(fd, line);
	close(fd);
	return err;
}

bool view_has(const struct view *v, pid_t nr)
{
	char name[16];
	struct stat st;

	snprintf(name, sizeof(name), "%d", nr);
	return nr > 0 && !fstatat(v->dir, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode);
}

const char *view_thread_path(pid_t nr, const char *file)
{
	static char path[64];

	snprintf(path, sizeof(path), "%d/task/%d/%s", nr, nr, file);
	return path;
}

int view_task(const struct view *v, pid_t nr, struct view_task *task)
{
	const char *path = view_thread_path(nr, "stat");
	g_autofree char *text = NULL;
	struct stat st;
	const char *rest;
	long nice, rt_priority, policy;
	int err = view_read(v, path, &text);

	if (!err && fstatat(v->dir, path, &st, 0))
		err = -errno;
	if (err)
		return err;
	/* A name may hold anything, parentheses and blanks, too. */
	rest = strrchr(text, ')');
	if (!rest || sscanf(rest,
			    ") %*c %*d %d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %ld "
			    "%*d %*d %*u %*u %*d %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u "
			    "%*u %*d %*d %ld %ld",
			    &task->pgrp, &task->session, &nice, &rt_priority, &policy) != 5)
		return -ESRCH; /* it has gone between opening and reading */
	task->pid = nr;
	task->nice = (int)nice;
	task->rt_priority = (int)rt_priority;
	task->policy = (int)policy;
	task->uid = st.st_uid;
	return 0;
}

int view_for_each(const struct view *v, pid_t pgrp, long uid, view_each each, void *data)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	int err = view_read(v, "table", &text);
	int found = 0;

	if (err)
		return err;
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++) {
		unsigned int its_uid;
		int nr, group;

		/* The first line has names, and so no numbers. */
		if (sscanf(*line, "%d %*d %d %*d %u", &nr, &group, &its_uid) != 3)
			continue;
		if ((pgrp >= 0 && group != pgrp) || (uid >= 0 && its_uid != (unsigned long)uid))
			continue;
		err = each ? each(v, nr, data) : 0;
		if (err)
			return err;
		found++;
	}
	return found ? 0 : -ENOENT;
}

unsigned int view_cpus(const struct view *v)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	unsigned int n = 0;

	if (view_read(v, "stat", &text))
		return 1;
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++)
		n += g_str_has_prefix(*line, "cpu") && g_ascii_isdigit((*line)[3]);
	return MAX(n, 1);
}

static int add_number(const struct view *v, pid_t nr, void *data)
{
	(void)v;
	g_array_append_val((GArray *)data, nr);
	return 0;
}

GArray *view_numbers(const struct view *v)
{
	GArray *numbers = g_array_new(FALSE, FALSE, sizeof(pid_t));

	view_for_each(v, -1, -1, add_number, numbers);
	return numbers;
}
