/* SPDX-License-Identifier: MIT */
#include "host/container.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define ID_LEN 64
#define SHORT_LEN 12

static bool is_id(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!g_ascii_isxdigit(s[i]))
			return false;
	return len == ID_LEN;
}

/* systemd's \x2d and the like */
static char *unescape(const char *s, size_t len)
{
	GString *out = g_string_new(NULL);

	for (size_t i = 0; i < len; i++)
		if (s[i] == '\\' && i + 3 < len && s[i + 1] == 'x' && g_ascii_isxdigit(s[i + 2]) &&
		    g_ascii_isxdigit(s[i + 3])) {
			g_string_append_c(out, (char)(g_ascii_xdigit_value(s[i + 2]) * 16 +
						      g_ascii_xdigit_value(s[i + 3])));
			i += 3;
		} else {
			g_string_append_c(out, s[i]);
		}
	/* It will be the name of a file. */
	g_strdelimit(out->str, "/\n", '_');
	return g_string_free(out, FALSE);
}

/* What stands between prefix and suffix; NULL: it does not fit. */
static char *between(const char *part, const char *prefix, const char *suffix)
{
	size_t len = strlen(part), head = strlen(prefix), tail = strlen(suffix);

	if (len <= head + tail || !g_str_has_prefix(part, prefix) ||
	    !g_str_has_suffix(part, suffix))
		return NULL;
	return unescape(part + head, len - head - tail);
}

/* docker-ID.scope, SLICE:cri-containerd:ID, ID: by whom a container was made, its id is. */
static char *id_of(const char *part)
{
	const char *id = part, *next;
	size_t len;

	while ((next = strpbrk(id, "-:")))
		id = next + 1;
	len = strcspn(id, ".");
	/* libpod-conmon-ID.scope is the one who watches it from outside. */
	if (!is_id(id, len) || strstr(part, "conmon"))
		return NULL;
	return g_strndup(id, SHORT_LEN);
}

static char *name_of_part(const char *part, const char *before)
{
	static const struct {
		const char *prefix, *suffix;
	} forms[] = {
		{ "lxc.payload.", "" },
		{ "machine-", ".scope" },
		{ "systemd-nspawn@", ".service" },
	};
	char *name = id_of(part);

	for (size_t i = 0; !name && i < G_N_ELEMENTS(forms); i++)
		name = between(part, forms[i].prefix, forms[i].suffix);
	if (!name && before && !strcmp(before, "lxc"))
		name = between(part, "", "");
	return name;
}

/* Units of systemd: the last resort, for what has a namespace but no manager. */
static char *unit_of_part(const char *part)
{
	static const char *const suffixes[] = { ".service", ".scope" };
	char *name = NULL;

	for (size_t i = 0; !name && i < G_N_ELEMENTS(suffixes); i++)
		name = between(part, "", suffixes[i]);
	return name;
}

/* A container that is made in a pod has two ids; the outer one is the pod's. */
static bool is_pod(const char *part, const char *inside)
{
	return inside && is_id(part, strlen(part)) && g_str_has_prefix(inside, "libpod-");
}

static char *usable(char *name)
{
	if (name && (!*name || !strcmp(name, ".") || !strcmp(name, "..")))
		g_clear_pointer(&name, g_free);
	return name;
}

/*
 * The containers on the way, from outside: the nth of them, or the last one that
 * there is.  n: how many there are.
 */
static char *name_on_path(char *const *parts, unsigned int nth, unsigned int *n)
{
	char *name = NULL;

	*n = 0;
	for (unsigned int i = 0; parts[i] && *n <= nth; i++) {
		char *found = is_pod(parts[i], parts[i + 1]) ?
				      NULL :
				      usable(name_of_part(parts[i], i ? parts[i - 1] : NULL));

		if (!found)
			continue;
		g_free(name);
		name = found;
		++*n;
	}
	return name;
}

static char *unit_on_path(char *const *parts)
{
	guint n = g_strv_length((char **)parts);
	char *name = NULL;

	while (n-- && !name)
		name = usable(unit_of_part(parts[n]));
	return name;
}

char *container_name(const char *cgroup, unsigned int nth)
{
	char **lines = g_strsplit(cgroup, "\n", -1);
	char *name = NULL;
	unsigned int n;

	for (int units = 0; units < 2; units++)
		for (char **line = lines; *line && !name; line++) {
			char **part = g_strsplit(*line, ":", 3), **path;

			if (g_strv_length(part) == 3) {
				path = g_strsplit(part[2], "/", -1);
				name = units ? unit_on_path(path) : name_on_path(path, nth, &n);
				g_strfreev(path);
			}
			g_strfreev(part);
		}
	g_strfreev(lines);
	return name;
}

unsigned int container_depth(const char *cgroup)
{
	char **lines = g_strsplit(cgroup, "\n", -1);
	unsigned int n = 0;

	for (char **line = lines; *line && !n; line++) {
		char **part = g_strsplit(*line, ":", 3), **path;

		if (g_strv_length(part) == 3) {
			path = g_strsplit(part[2], "/", -1);
			g_free(name_on_path(path, G_MAXUINT, &n));
			g_strfreev(path);
		}
		g_strfreev(part);
	}
	g_strfreev(lines);
	return n;
}
