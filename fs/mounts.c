/* SPDX-License-Identifier: MIT */
#include "fs/mounts.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

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
