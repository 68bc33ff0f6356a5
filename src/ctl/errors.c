/* SPDX-License-Identifier: MIT */
#include "ctl/errors.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#define LINE_SHOWN 80
#define REASON_SHOWN 300

struct errors {
	pthread_mutex_t lock;
	unsigned int next; /* lines ever added: the next goes to next % ERRORS_KEPT */
	char *lines[ERRORS_KEPT];
};

/* What each errno means where no better reason is known. */
static const struct {
	int err;
	const char *name, *sentence;
} meanings[] = {
	{ EPERM, "EPERM", "the process has no right to do that" },
	{ ENOENT, "ENOENT", "nothing has that name or number" },
	{ ESRCH, "ESRCH", "no such process can be seen from its namespace, or it is gone" },
	{ EINTR, "EINTR", "the call was interrupted" },
	{ EIO, "EIO", "the world failed" },
	{ E2BIG, "E2BIG", "the line is longer than 4096 bytes" },
	{ EBADF, "EBADF", "that is no open descriptor or namespace of the right kind" },
	{ ECHILD, "ECHILD", "it has no child that could be waited for" },
	{ EAGAIN, "EAGAIN", "no free number or a limit was reached; later it may work" },
	{ ENOMEM, "ENOMEM", "the namespace takes no new process: its init is dead" },
	{ EACCES, "EACCES", "the process may not do that to the other" },
	{ EBUSY, "EBUSY", "it is in use" },
	{ EEXIST, "EEXIST", "that number is taken" },
	{ EINVAL, "EINVAL", "an argument is out of range or does not go with the others" },
	{ EMFILE, "EMFILE", "the process has no descriptor left" },
	{ ENFILE, "ENFILE", "there is no descriptor left" },
	{ ENOSPC, "ENOSPC", "a limit on namespaces or their depth was reached" },
	{ ERANGE, "ERANGE", "a number is out of range" },
	{ ENOSYS, "ENOSYS", "this world cannot do that" },
	{ EUSERS, "EUSERS", "user namespaces are nested too deeply" },
	{ EOVERFLOW, "EOVERFLOW", "a number does not fit" },
	{ EOPNOTSUPP, "EOPNOTSUPP", "this world cannot do that" },
	{ ECANCELED, "ECANCELED", "an earlier line on the same open file was refused" },
	{ EROFS, "EROFS", "this world can only be read" },
};

struct errors *errors_new(void)
{
	struct errors *e = g_new0(struct errors, 1);

	pthread_mutex_init(&e->lock, NULL);
	return e;
}

void errors_free(struct errors *e)
{
	if (!e)
		return;
	for (unsigned int i = 0; i < ERRORS_KEPT; i++)
		g_free(e->lines[i]);
	pthread_mutex_destroy(&e->lock);
	g_free(e);
}

/* Appends up to max bytes of text, so that they fill part of one line. */
static void escape(GString *out, const char *text, size_t len, size_t max)
{
	const size_t end = out->len + max;

	while (len) {
		gunichar c = g_utf8_get_char_validated(text, (gssize)len);
		size_t size = 1;

		if (out->len >= end) {
			g_string_append(out, "…");
			return;
		}
		if (c != (gunichar)-1 && c != (gunichar)-2 && c && g_unichar_isprint(c)) {
			size = (size_t)(g_utf8_next_char(text) - text);
			g_string_append_len(out, text, (gssize)size);
		} else if (*text == '\n' || *text == '\t') {
			g_string_append(out, *text == '\n' ? "\\n" : "\\t");
		} else {
			g_string_append_printf(out, "\\x%02x", (unsigned char)*text);
		}
		text += size;
		len -= size;
	}
}

void errors_add(struct errors *e, const char *path, const char *verb, const char *line, size_t len,
		int err, const char *reason)
{
	GString *text = g_string_new(path);
	const char *name = NULL, *sentence = "the call was refused";
	char *old;

	for (size_t i = 0; i < G_N_ELEMENTS(meanings) && !name; i++) {
		if (meanings[i].err == err) {
			name = meanings[i].name;
			sentence = meanings[i].sentence;
		}
	}
	if (reason && *reason)
		sentence = reason;
	g_string_append_printf(text, *path ? " %s: " : "%s: ", verb);
	escape(text, line, len, LINE_SHOWN);
	if (name)
		g_string_append_printf(text, ": %s (%s): ", name, g_strerror(err));
	else
		g_string_append_printf(text, ": errno %d (%s): ", err, g_strerror(err));
	escape(text, sentence, strlen(sentence), REASON_SHOWN);
	g_string_append_c(text, '\n');

	pthread_mutex_lock(&e->lock);
	old = e->lines[e->next % ERRORS_KEPT];
	e->lines[e->next++ % ERRORS_KEPT] = g_string_free(text, FALSE);
	pthread_mutex_unlock(&e->lock);
	g_free(old);
}

void errors_text(struct errors *e, GString *out)
{
	pthread_mutex_lock(&e->lock);
	/* ERRORS_KEPT divides the range of unsigned int: next may wrap. */
	for (unsigned int i = 0; i < ERRORS_KEPT; i++) {
		const char *line = e->lines[(e->next + i) % ERRORS_KEPT];

		if (line)
			g_string_append(out, line);
	}
	pthread_mutex_unlock(&e->lock);
}
