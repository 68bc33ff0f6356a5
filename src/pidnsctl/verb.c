/* SPDX-License-Identifier: MIT */
#include "pidnsctl/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pidnsctl/line.h"

/*
 * The sentence of the world about the last refusal of this verb, to be freed;
 * NULL: there is none, or it cannot be read.  Others may be refused meanwhile,
 * which is why the line has to be ours.
 */
static char *reason(const struct place *place, const char *verb, int err)
{
	g_autofree char *path = g_strconcat(place->mount, "/errors", NULL);
	g_autofree char *named = g_strdup_printf(" %s: ", verb);
	g_autofree char *said = g_strdup_printf(" (%s): ", g_strerror(err));
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	char *found = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return NULL;
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++)
		if (strstr(*line, named) && strstr(*line, said))
			found = strstr(*line, said) + strlen(said);
	return g_strdup(found);
}

static enum status refused(const struct place *place, const char *verb, const char *path)
{
	int err = errno;
	g_autofree char *why = reason(place, verb, err);

	fprintf(stderr, "pidnsctl: %s %s: %s%s%s\n", verb, path, g_strerror(err), why ? ": " : "",
		why ? why : "");
	return STATUS_REFUSED;
}

/* Copies all there is to read; false with errno. */
static bool print_rest(int fd)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		fwrite(buf, 1, (size_t)n, stdout);
	}
	return true;
}

static enum status act(const struct place *place, int fd, char *const *words, int n)
{
	GString *line;
	ssize_t done;

	line = line_of_words(words + 2, n - 2);
	if (!line) {
		fprintf(stderr, "pidnsctl: a word with a newline does not fit into a line\n");
		return STATUS_USAGE;
	}
	done = write(fd, line->str, line->len);
	g_string_free(line, TRUE);
	if (done < 0 || !print_rest(fd))
		return refused(place, words[0], words[1]);
	return STATUS_OK;
}

/* wait and its like can be read only, and answer without being asked. */
static bool is_control(int dir, const char *verb)
{
	struct stat st;

	return fstatat(dir, verb, &st, 0) || st.st_mode & 0222;
}

static enum status open_and_act(const struct place *place, int dir, char *const *words, int n)
{
	bool control = is_control(dir, words[0]);
	enum status status;
	int fd = openat(dir, words[0], (control ? O_RDWR : O_RDONLY) | O_CLOEXEC);

	if (fd < 0 && (errno == ENOENT || errno == ESRCH || errno == ENOTDIR)) {
		fprintf(stderr, "pidnsctl: %s has no %s\n", words[1], words[0]);
		return STATUS_NOBODY;
	}
	if (fd < 0)
		return refused(place, words[0], words[1]);
	if (control) {
		status = act(place, fd, words, n);
	} else if (n > 2) {
		fprintf(stderr, "pidnsctl: %s takes no arguments\n", words[0]);
		status = STATUS_USAGE;
	} else {
		status = print_rest(fd) ? STATUS_OK : refused(place, words[0], words[1]);
	}
	close(fd);
	return status;
}

enum status verb_main(char *const *words, int n)
{
	struct place place;
	enum status status;
	int dir;

	if (strchr(words[0], '/') || words[0][0] == '.') {
		fprintf(stderr, "pidnsctl: %s: is no verb; --help names them\n", words[0]);
		return STATUS_USAGE;
	}
	status = place_find(&place, words[1]);
	if (status)
		return status;
	dir = open(place.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		fprintf(stderr, "pidnsctl: %s: %s\n", words[1], g_strerror(errno));
		status = STATUS_NOBODY;
	} else {
		status = open_and_act(&place, dir, words, n);
		close(dir);
	}
	place_clear(&place);
	if (fflush(stdout) && !status) {
		fprintf(stderr, "pidnsctl: cannot print: %s\n", g_strerror(errno));
		status = STATUS_RUN;
	}
	return status;
}
