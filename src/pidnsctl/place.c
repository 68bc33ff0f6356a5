/* SPDX-License-Identifier: MIT */
#include "pidnsctl/place.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Is it a pidnsfs that has this device number?  Then others: may all users look? */
static bool is_pidnsfs(dev_t dev, bool *others)
{
	g_autofree char *table = NULL;
	g_autofree char *number = g_strdup_printf(" %u:%u ", major(dev), minor(dev));
	g_auto(GStrv) lines = NULL;

	if (!g_file_get_contents("/proc/self/mountinfo", &table, NULL, NULL))
		return false;
	lines = g_strsplit(table, "\n", -1);
	for (char **line = lines; *line; line++)
		if (strstr(*line, number) && strstr(*line, " - fuse.pidnsfs ")) {
			*others = strstr(strstr(*line, " - fuse.pidnsfs "), ",allow_other");
			return true;
		}
	return false;
}

/* The topmost directory of the path that is on the same device, to be freed. */
static char *top_of(const char *path, dev_t dev)
{
	char *top = g_strdup(path);

	while (strcmp(top, "/") != 0) {
		char *up = g_path_get_dirname(top);
		struct stat st;

		if (stat(up, &st) || st.st_dev != dev) {
			g_free(up);
			break;
		}
		g_free(top);
		top = up;
	}
	return top;
}

enum status place_find(struct place *place, const char *path)
{
	struct stat st;

	*place = (struct place){ .path = realpath(path, NULL) };
	if (!place->path || stat(place->path, &st)) {
		fprintf(stderr, "pidnsctl: %s: %s\n", path, g_strerror(errno));
		place_clear(place);
		return errno == ENOTCONN ? STATUS_NO_PIDNSFS : STATUS_NOBODY;
	}
	if (!is_pidnsfs(st.st_dev, &place->others)) {
		fprintf(stderr, "pidnsctl: %s: is not in a mounted pidnsfs\n", path);
		place_clear(place);
		return STATUS_NO_PIDNSFS;
	}
	place->dev = st.st_dev;
	place->mount = top_of(place->path, st.st_dev);
	return STATUS_OK;
}

void place_clear(struct place *place)
{
	int saved = errno;

	free(place->path);
	g_free(place->mount);
	*place = (struct place){ 0 };
	errno = saved;
}
