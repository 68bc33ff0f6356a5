/* SPDX-License-Identifier: MIT */
#include "oracle/script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct script_verb script_verbs[VERBS] = {
	[V_FORK] = { "fork", 3 },
	[V_EXIT] = { "exit", 1 },
	[V_EXIT_GROUP] = { "exit_group", 1 },
	[V_KILL] = { "kill", 2 },
	[V_TGKILL] = { "tgkill", 3 },
	[V_OUTSIDE] = { "outside", 2 },
	[V_OUTSIDE_THREAD] = { "outside_thread", 2 },
	[V_WAIT] = { "wait", 3 },
	[V_UNSHARE] = { "unshare", 1 },
	[V_SETNS] = { "setns", 2 },
	[V_SETNS_PID] = { "setns_pid", 2 },
	[V_SETSID] = { "setsid", 0 },
	[V_SETPGID] = { "setpgid", 2 },
	[V_SUBREAPER] = { "subreaper", 1 },
	[V_PDEATHSIG] = { "pdeathsig", 1 },
	[V_NAME] = { "name", 1 },
	[V_SIGACTION] = { "sigaction", 2 },
	[V_SIGBLOCK] = { "sigblock", 2 },
	[V_EXEC] = { "exec", 1 },
	[V_PIDFD_OPEN] = { "pidfd_open", 2 },
	[V_PIDFD_GETFD] = { "pidfd_getfd", 3 },
	[V_PIDFD_SEND] = { "pidfd_send", 3 },
	[V_CLOSE] = { "close", 1 },
	[V_LAST_PID] = { "last_pid", 1 },
	[V_PID_MAX] = { "pid_max", 1 },
	[V_READ_LAST] = { "read_last", 0 },
	[V_CHECK] = { "check", 0 },
};

static const struct {
	int err;
	const char *name;
} errnos[] = {
	{ 0, "0" },	      { EPERM, "EPERM" },   { ENOENT, "ENOENT" },
	{ ESRCH, "ESRCH" },   { EINTR, "EINTR" },   { EIO, "EIO" },
	{ E2BIG, "E2BIG" },   { EBADF, "EBADF" },   { ECHILD, "ECHILD" },
	{ EAGAIN, "EAGAIN" }, { ENOMEM, "ENOMEM" }, { EACCES, "EACCES" },
	{ EFAULT, "EFAULT" }, { EBUSY, "EBUSY" },   { EEXIST, "EEXIST" },
	{ EINVAL, "EINVAL" }, { EMFILE, "EMFILE" }, { ENOSPC, "ENOSPC" },
	{ EROFS, "EROFS" },   { ENOSYS, "ENOSYS" }, { ECANCELED, "ECANCELED" },
	{ EUSERS, "EUSERS" },
};

const char *errno_name(int err)
{
	static char text[24];
	size_t i;

	for (i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (errnos[i].err == err)
			return errnos[i].name;
	snprintf(text, sizeof(text), "errno %d", err);
	return text;
}

struct op *script_add(struct script *s)
{
	struct op *op;

	if (s->n == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->op = realloc(s->op, s->room * sizeof(*s->op));
		if (!s->op)
			abort();
	}
	op = &s->op[s->n++];
	memset(op, 0, sizeof(*op));
	op->child = -1;
	return op;
}

void script_clear(struct script *s)
{
	size_t i;
	int j;

	for (i = 0; i < s->n; i++)
		for (j = 0; j < OP_RULES; j++)
			free(s->op[i].rules[j]);
	free(s->op);
	memset(s, 0, sizeof(*s));
}

static void arg_text(const struct op *op, unsigned int i, char *text, size_t size)
{
	const struct arg *a = &op->arg[i];

	switch (a->kind) {
	case ARG_PID:
		snprintf(text, size, "@p%ld", a->value);
		break;
	case ARG_NEGATIVE:
		snprintf(text, size, "-@p%ld", a->value);
		break;
	case ARG_NS:
		snprintf(text, size, "%%p%ld", a->value);
		break;
	default:
		if ((op->verb == V_FORK || op->verb == V_UNSHARE) && i == 0)
			snprintf(text, size, "0x%lx", (unsigned long)a->value);
		else
			snprintf(text, size, "%ld", a->value);
	}
}

void op_text(const struct op *op, char *text, size_t size)
{
	size_t at;
	unsigned int i;

	if (op->actor == OUTSIDE)
		at = (size_t)snprintf(text, size, "- %s", script_verbs[op->verb].name);
	else
		at = (size_t)snprintf(text, size, "p%d %s", op->actor, script_verbs[op->verb].name);
	if (op->child >= 0)
		at += (size_t)snprintf(text + at, size - at, " p%d", op->child);
	for (i = 0; i < op->n && at + 32 < size; i++) {
		text[at++] = ' ';
		arg_text(op, i, text + at, size - at);
		at += strlen(text + at);
	}
}

void script_print(const struct script *s, FILE *out)
{
	char text[1024];
	size_t i;

	for (i = 0; i < s->n; i++) {
		op_text(&s->op[i], text, sizeof(text));
		fprintf(out, "%s\n", text);
	}
}

/* --- reading --------------------------------------------------------------- */

static bool read_puppet(const char *word, long *puppet)
{
	char *end;

	if (word[0] != 'p')
		return false;
	*puppet = strtol(word + 1, &end, 10);
	return end != word + 1 && !*end;
}

static bool read_arg(const char *word, struct arg *a)
{
	char *end;

	a->kind = ARG_NUMBER;
	if (*word == '@')
		a->kind = ARG_PID;
	else if (*word == '%')
		a->kind = ARG_NS;
	else if (word[0] == '-' && word[1] == '@')
		a->kind = ARG_NEGATIVE;
	if (a->kind != ARG_NUMBER)
		return read_puppet(word + (a->kind == ARG_NEGATIVE ? 2 : 1), &a->value);
	a->value = (long)strtoull(word, &end, 0);
	if (*word == '-')
		a->value = strtol(word, &end, 0);
	return end != word && !*end;
}

/* What stands behind "=". */
static bool read_outcome(const char *word, struct op *op)
{
	char *end;
	size_t i;

	op->told = true;
	for (i = 1; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (strcmp(word, errnos[i].name) == 0) {
			op->err = errnos[i].err;
			return true;
		}
	if (strcmp(word, "ok") == 0)
		return true;
	op->value = strtol(word, &end, 0);
	op->value_told = true;
	return end != word && !*end;
}

static bool read_op(char *line, struct script *s, unsigned int number)
{
	char *save = NULL, *rules = strchr(line, '#'), *outcome, *word;
	struct op *op;
	unsigned int i = 0;
	long puppet;

	if (strcmp(line, "! pid_max\n") == 0) {
		s->needs_pid_max = true;
		return true;
	}
	if (rules)
		*rules++ = '\0';
	outcome = strchr(line, '=');
	if (outcome)
		*outcome++ = '\0';
	word = strtok_r(line, " \t\n", &save);
	if (!word)
		return true;
	op = script_add(s);
	op->line = number;
	op->actor = OUTSIDE;
	if (strcmp(word, "-") != 0) {
		if (!read_puppet(word, &puppet))
			return false;
		op->actor = (int)puppet;
	}
	word = strtok_r(NULL, " \t\n", &save);
	while (word && op->verb < VERBS && strcmp(word, script_verbs[op->verb].name) != 0)
		op->verb++;
	if (!word || op->verb == VERBS)
		return false;
	while ((word = strtok_r(NULL, " \t\n", &save))) {
		if (op->verb == V_FORK && op->child < 0) {
			if (!read_puppet(word, &puppet))
				return false;
			op->child = (int)puppet;
		} else if (op->n == OP_ARGS || !read_arg(word, &op->arg[op->n++])) {
			return false;
		}
	}
	if (outcome) {
		word = strtok_r(outcome, " \t\n", &save);
		if (!word || !read_outcome(word, op))
			return false;
	}
	for (word = rules ? strtok_r(rules, " \t\n", &save) : NULL; word && i < OP_RULES;
	     word = strtok_r(NULL, " \t\n", &save))
		if (strchr(word, '.'))
			op->rules[i++] = strdup(word);
	return op->n >= script_verbs[op->verb].args;
}

int script_read(struct script *s, const char *path)
{
	FILE *in = fopen(path, "re");
	unsigned int number = 0;
	char *line = NULL, *copy;
	size_t room = 0;
	int err = 0;

	if (!in) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	while (!err && getline(&line, &room, in) >= 0) {
		copy = strdup(line);
		number++;
		if (!copy || !read_op(copy, s, number)) {
			fprintf(stderr, "%s:%u: %s", path, number, line);
			err = -1;
		}
		free(copy);
	}
	free(line);
	fclose(in);
	return err;
}
