/* SPDX-License-Identifier: MIT */
/* Signals. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pidnsctl/call.h"

static int signal_group(const struct call *c, pid_t pgrp, int sig)
{
	char line[64];

	/* Init of the view calls kill(2): who is not its master may not use it. */
	if (call_is_master(c))
		return -EPERM;
	snprintf(line, sizeof(line), "%d -%d\n", sig, pgrp);
	return view_write(&c->context->view, "1/kill", line);
}

int call_signal(const struct call *c, enum call_target target, pid_t nr, int sig)
{
	struct view_task task;
	char line[16], path[32];
	int err;

	if (target == CALL_GROUP)
		return signal_group(c, nr, sig);
	err = view_task(&c->context->view, nr, &task);
	if (!err)
		err = call_may(c, task.uid);
	if (err)
		return err;
	snprintf(line, sizeof(line), "%d\n", sig);
	if (target == CALL_THREAD)
		return view_write(&c->context->view, view_thread_path(nr, "kill"), line);
	snprintf(path, sizeof(path), "%d/kill", nr);
	return view_write(&c->context->view, path, line);
}

/* --- processes of the command's own namespace ---------------------------------- */

/* The number of the caller's process there. */
static pid_t own_number(const struct call *c)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/status", c->pid);
	g_autofree char *status = NULL;
	const char *line, *end;

	if (!g_file_get_contents(path, &status, NULL, NULL))
		return 0;
	line = strstr(status, "\nNStgid:");
	end = line ? strchr(line + 1, '\n') : NULL;
	if (!end)
		return 0;
	while (end[-1] != '\t')
		end--;
	return atoi(end);
}

/* Of the process that the directory of a true /proc is of: 0 if it is elsewhere, -1: gone. */
static int group_of(int dir)
{
	char text[512], *rest;
	int fd = openat(dir, "stat", O_RDONLY | O_CLOEXEC);
	int pgrp = -1;
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[MAX(n, 0)] = '\0';
	rest = strrchr(text, ')');
	if (!rest || sscanf(rest, ") %*c %*d %d", &pgrp) != 1)
		return -1;
	return pgrp;
}

/*
 * What the kernel does for kill(0) and kill(-1), but to nobody outside: the
 * group of the command is ours, and has whoever else is in the same pipeline.
 * Returns how many were sent it.
 */
static int signal_own(const struct call *c, bool group_only, pid_t but, int sig)
{
	DIR *dir = fdopendir(openat(c->context->proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	const struct dirent *d;
	int sent = 0;

	if (!dir)
		return 0;
	while ((d = readdir(dir))) {
		pid_t nr = atoi(d->d_name);
		int process;

		/* 1 is init, to whom no signal gets through. */
		if (nr <= 1 || nr == but)
			continue;
		process = openat(dirfd(dir), d->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (process < 0)
			continue;
		if (!group_only || group_of(process) == 0)
			sent += !syscall(SYS_pidfd_send_signal, process, sig, NULL, 0);
		close(process);
	}
	closedir(dir);
	return sent;
}

/* --- the calls ------------------------------------------------------------------- */

static long kill_all(struct call *c, int sig)
{
	int sent = signal_own(c, false, own_number(c), sig);
	char line[32];
	int err = call_is_master(c);

	snprintf(line, sizeof(line), "%d -1\n", sig);
	if (!err)
		err = view_write(&c->context->view, "1/kill", line);
	if (!err || sent)
		return 0;
	return call_result(err);
}

static long kill_number(struct call *c, pid_t pid, int sig)
{
	if (pid > 0 && !view_has(&c->context->view, pid))
		return CALL_CONTINUE;
	if (pid > 0)
		return call_result(call_signal(c, CALL_PROCESS, pid, sig));
	if (pid == INT_MIN)
		return CALL_CONTINUE;
	if (sig < 0 || sig > 64)
		return -EINVAL;
	if (pid == -1)
		return kill_all(c, sig);
	if (pid == 0) {
		if (call_own_group(c))
			return CALL_CONTINUE;
		return signal_own(c, true, 0, sig) ? 0 : -ESRCH;
	}
	if (view_for_each(&c->context->view, -pid, -1, NULL, NULL))
		return CALL_CONTINUE;
	return call_result(call_signal(c, CALL_GROUP, -pid, sig));
}

long call_kill(struct call *c)
{
	return kill_number(c, (pid_t)c->args[0], (int)c->args[1]);
}

static long kill_thread(const struct call *c, pid_t tgid, pid_t tid, int sig)
{
	char path[64];
	struct stat st;

	if (tgid <= 0 || tid <= 0)
		return CALL_CONTINUE;
	snprintf(path, sizeof(path), "%d/task/%d", tgid, tid);
	if (fstatat(c->context->view.dir, path, &st, 0))
		return view_has(&c->context->view, tgid) ? -ESRCH : CALL_CONTINUE;
	return call_result(call_signal(c, CALL_THREAD, tid, sig));
}

long call_tgkill(struct call *c)
{
	return kill_thread(c, (pid_t)c->args[0], (pid_t)c->args[1], (int)c->args[2]);
}

long call_tkill(struct call *c)
{
	return kill_thread(c, (pid_t)c->args[0], (pid_t)c->args[0], (int)c->args[1]);
}

/* A siginfo for somebody else may not pretend to come from the kernel or kill(2). */
static int check_info(struct call *c, uint64_t address)
{
	struct {
		int signo, error, code;
	} info;
	int err = call_peek(c, address, &info, sizeof(info));

	if (err)
		return err;
	return info.code >= 0 || info.code == SI_TKILL ? -EPERM : 0;
}

long call_sigqueue(struct call *c)
{
	pid_t pid = (pid_t)c->args[0];
	int err;

	if (!view_has(&c->context->view, pid))
		return CALL_CONTINUE;
	err = check_info(c, c->args[2]);
	return err ? err : kill_number(c, pid, (int)c->args[1]);
}

long call_tgsigqueue(struct call *c)
{
	pid_t tgid = (pid_t)c->args[0], tid = (pid_t)c->args[1];
	int err;

	if (tid <= 0 || !view_has(&c->context->view, tgid))
		return CALL_CONTINUE;
	err = check_info(c, c->args[3]);
	return err ? err : kill_thread(c, tgid, tid, (int)c->args[2]);
}
