/* SPDX-License-Identifier: MIT */
#include "host/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_SIZE 4096

char *proc_read(int dir, const char *path, size_t *len)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t size = FIRST_SIZE, used = 0;
	char *text;
	ssize_t n;

	if (fd < 0)
		return NULL;
	text = g_malloc(size);
	while ((n = read(fd, text + used, size - used - 1)) > 0) {
		used += (size_t)n;
		if (used + 1 == size)
			text = g_realloc(text, size *= 2);
	}
	if (n < 0) {
		int err = errno;

		g_free(text);
		close(fd);
		errno = err;
		return NULL;
	}
	close(fd);
	text[used] = '\0';
	if (len)
		*len = used;
	return text;
}

/* What stands behind "key:" at the beginning of a line. */
static const char *behind(const char *status, const char *key)
{
	size_t len = strlen(key);

	while (status) {
		if (!strncmp(status, key, len) && status[len] == ':')
			return status + len + 1;
		status = strchr(status, '\n');
		if (status)
			status++;
	}
	return NULL;
}

unsigned int proc_numbers(const char *status, const char *key, int *v, unsigned int n)
{
	const char *at = behind(status, key);
	unsigned int found = 0;

	while (at && found < n) {
		char *end;

		while (*at == ' ' || *at == '\t')
			at++;
		if (!g_ascii_isdigit(*at))
			break;
		v[found++] = (int)strtol(at, &end, 10);
		at = end;
	}
	return found;
}

long proc_number(const char *status, const char *key)
{
	const char *at = behind(status, key);

	return at ? strtol(at, NULL, 10) : -1;
}

uint64_t proc_mask(const char *status, const char *key)
{
	const char *at = behind(status, key);

	return at ? g_ascii_strtoull(at, NULL, 16) : 0;
}

static void take_status(const char *text, struct world_task *t)
{
	int ids[4] = { 0 };

	t->nr_levels = proc_numbers(text, "NSpid", t->nspid, WORLD_MAX_LEVEL + 1);
	proc_numbers(text, "NStgid", t->nstgid, WORLD_MAX_LEVEL + 1);
	proc_numbers(text, "NSpgid", t->nspgid, WORLD_MAX_LEVEL + 1);
	proc_numbers(text, "NSsid", t->nssid, WORLD_MAX_LEVEL + 1);
	t->tgid = (int)proc_number(text, "Tgid");
	t->pid = (int)proc_number(text, "Pid");
	t->ppid = (int)proc_number(text, "PPid");
	t->leader = t->tgid == t->pid;
	proc_numbers(text, "Uid", ids, 4);
	t->uid = (uid_t)ids[0];
	t->euid = (uid_t)ids[1];
	t->suid = (uid_t)ids[2];
	t->fsuid = (uid_t)ids[3];
	proc_numbers(text, "Gid", ids, 4);
	t->gid = (gid_t)ids[0];
	t->egid = (gid_t)ids[1];
	t->sgid = (gid_t)ids[2];
	t->fsgid = (gid_t)ids[3];
	t->threads = (int)proc_number(text, "Threads");
	t->cap_permitted = proc_mask(text, "CapPrm");
	t->cap_effective = proc_mask(text, "CapEff");
	t->cap_inheritable = proc_mask(text, "CapInh");
	t->cap_bounding = proc_mask(text, "CapBnd");
	t->cap_ambient = proc_mask(text, "CapAmb");
	t->sig_pending = proc_mask(text, "SigPnd");
	t->sig_shared = proc_mask(text, "ShdPnd");
	t->sig_ignored = proc_mask(text, "SigIgn");
	t->sig_caught = proc_mask(text, "SigCgt");
	t->sig_blocked = proc_mask(text, "SigBlk");
}

/* proc_pid_stat(5); comm may hold anything, so its end is looked for from behind. */
static int take_stat(const char *text, struct world_task *t)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	long long v[52] = { 0 };
	int n = 0;
	char *end;

	if (!open || !close || close < open || close[1] != ' ')
		return -ESRCH;
	g_strlcpy(t->comm, open + 1, MIN(sizeof(t->comm), (size_t)(close - open)));
	t->state = close[2];
	for (const char *at = close + 3; n < 49; at = end) {
		v[n] = strtoll(at, &end, 10);
		if (end == at)
			break;
		n++;
	}
	/* v[0] is the fourth field. */
	t->pgrp = (int)v[1];
	t->session = (int)v[2];
	t->tty_nr = (int)v[3];
	t->tty_pgrp = (int)v[4];
	t->flags = (unsigned int)v[5];
	t->priority = (int)v[14];
	t->nice = (int)v[15];
	t->starttime = (uint64_t)v[18];
	t->exit_signal = (int)v[34];
	t->processor = (int)v[35];
	t->exit_code = (int)v[48];
	return 0;
}

int proc_task(int dir, const char *nr, struct world_task *task)
{
	char path[64];
	g_autofree char *stat = NULL, *status = NULL;

	*task = (struct world_task){ 0 };
	snprintf(path, sizeof(path), "%.32s/status", nr);
	status = proc_read(dir, path, NULL);
	snprintf(path, sizeof(path), "%.32s/stat", nr);
	stat = status ? proc_read(dir, path, NULL) : NULL;
	if (!stat)
		return -ESRCH;
	take_status(status, task);
	return take_stat(stat, task);
}

int proc_list(int dir, const char *path, GArray *ints)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *e;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d) {
		int err = -errno;

		if (fd >= 0)
			close(fd);
		return err;
	}
	while ((e = readdir(d))) {
		int nr;

		if (!g_ascii_isdigit(e->d_name[0]))
			continue;
		nr = atoi(e->d_name);
		g_array_append_val(ints, nr);
	}
	closedir(d);
	return 0;
}

char *proc_option(const char *name)
{
	g_autofree char *table = NULL;
	char **lines, *value = NULL;
	g_autofree char *key = g_strdup_printf("%s=", name);

	if (!g_file_get_contents("/proc/self/mountinfo", &table, NULL, NULL))
		return NULL;
	lines = g_strsplit(table, "\n", -1);
	for (char **line = lines; *line; line++) {
		const char *options = strstr(*line, " - proc ");
		char **words;

		/* The last one mounted there is the one that is seen. */
		if (!options || !strstr(*line, " / /proc "))
			continue;
		g_clear_pointer(&value, g_free);
		options = strrchr(options, ' ') + 1;
		words = g_strsplit(options, ",", -1);
		for (char **word = words; *word; word++)
			if (g_str_has_prefix(*word, key))
				value = g_strdup(*word + strlen(key));
		g_strfreev(words);
	}
	g_strfreev(lines);
	return value;
}
