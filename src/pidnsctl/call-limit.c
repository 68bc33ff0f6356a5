/* SPDX-License-Identifier: MIT */
/* Limits, groups and sessions. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pidnsctl/call.h"

/* By their numbers: the rows of the file limits, and the keys of set. */
static const char *const names[] = { "cpu",	 "fsize", "data",   "stack",
				     "core",	 "rss",	  "nproc",  "nofile",
				     "memlock",	 "as",	  "locks",  "sigpending",
				     "msgqueue", "nice",  "rtprio", "rttime" };

/* prlimit(2)'s argument. */
struct limit {
	uint64_t soft, hard;
};

static uint64_t number_of(const char *word)
{
	return strcmp(word, "unlimited") == 0 ? UINT64_MAX : strtoull(word, NULL, 10);
}

static int read_limit(const struct view *v, pid_t nr, unsigned int which, struct limit *limit)
{
	g_autofree char *path = g_strdup_printf("%d/limits", nr);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	char soft[24], hard[24];
	int err = view_read(v, path, &text);

	if (err)
		return err;
	lines = g_strsplit(text, "\n", -1);
	/* A line of headings, then name, soft and hard in columns of 25, 20 and 20. */
	if (g_strv_length(lines) < which + 2 || strlen(lines[which + 1]) < 26 ||
	    sscanf(lines[which + 1] + 26, "%23s %23s", soft, hard) != 2)
		return -ESRCH;
	limit->soft = number_of(soft);
	limit->hard = number_of(hard);
	return 0;
}

static char *word_of(uint64_t number)
{
	return number == UINT64_MAX ? g_strdup("unlimited") : g_strdup_printf("%" PRIu64, number);
}

static int write_limit(const struct view *v, pid_t nr, unsigned int which,
		       const struct limit *limit)
{
	g_autofree char *path = g_strdup_printf("%d/set", nr);
	g_autofree char *soft = word_of(limit->soft);
	g_autofree char *hard = word_of(limit->hard);
	g_autofree char *line = g_strdup_printf("limit_%s=%s:%s\n", names[which], soft, hard);

	return view_write(v, path, line);
}

long call_prlimit(struct call *c)
{
	const struct view *v = &c->context->view;
	pid_t nr = (pid_t)c->args[0];
	unsigned int which = (unsigned int)c->args[1];
	struct limit new, old;
	struct view_task task;
	int err;

	if (!view_has(v, nr))
		return CALL_CONTINUE;
	if (c->args[2] && call_peek(c, c->args[2], &new, sizeof(new)))
		return -EFAULT;
	err = view_task(v, nr, &task);
	if (!err)
		err = call_may(c, task.uid);
	if (err)
		return call_result(err);
	if (which >= G_N_ELEMENTS(names) || (c->args[2] && new.soft > new.hard))
		return -EINVAL;
	err = read_limit(v, nr, which, &old);
	if (!err && c->args[2]) {
		if (new.hard > old.hard && call_is_master(c))
			return -EPERM;
		err = write_limit(v, nr, which, &new);
	}
	if (err)
		return call_result(err);
	return c->args[3] ? call_poke(c, c->args[3], &old, sizeof(old)) : 0;
}

long call_getpgid(struct call *c)
{
	struct view_task task;
	int err;

	if (!view_has(&c->context->view, (pid_t)c->args[0]))
		return CALL_CONTINUE;
	err = view_task(&c->context->view, (pid_t)c->args[0], &task);
	return err ? call_result(err) : task.pgrp;
}

long call_getsid(struct call *c)
{
	struct view_task task;
	int err;

	if (!view_has(&c->context->view, (pid_t)c->args[0]))
		return CALL_CONTINUE;
	err = view_task(&c->context->view, (pid_t)c->args[0], &task);
	return err ? call_result(err) : task.session;
}
