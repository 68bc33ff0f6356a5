/* SPDX-License-Identifier: MIT */
#include "fs/mounts.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool mounts_has(const char *path, unsigned int *minor)
{
	g_autofree char *table = NULL;
	g_auto(GStrv) lines = NULL;
	bool found = false;

	if (!g_file_get_contents("/proc/self/mountinfo", &table, NULL, NULL))
		return false;
	lines = g_strsplit(table, "\n", -1);
	for (char **line = lines; *line; line++) {
		g_auto(GStrv) words = g_strsplit(*line, " ", -1);
		g_autofree char *point = NULL;

		/* proc(5): the fifth word is the mount point, with octal escapes. */
		if (g_strv_length(words) <= 5)
			continue;
		point = g_strcompress(words[4]);
		/* The last one lies on top. */
		if (strcmp(point, path) == 0)
			found = strstr(*line, " - fuse.pidnsfs ") &&
				sscanf(words[2], "%*u:%u", minor) == 1;
	}
	return found;
}

bool mounts_has_device(int fd, unsigned int minor)
{
	g_autofree char *device = g_strdup_printf(" 0:%u ", minor);
	g_autoptr(GString) table = g_string_new(NULL);
	char buf[4096];
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET))
		return false;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		g_string_append_len(table, buf, n);
	return strstr(table->str, device) != NULL;
}
