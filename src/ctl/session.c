/* SPDX-License-Identifier: MIT */
#include "ctl/session.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "ctl/grammar.h"
#include "util/trace.h"

/* A write of this many bytes may have been cut inside a line by its writer. */
#define WRITE_MAY_GO_ON 4096
/* What is fetched of a program's output at once. */
#define OUTPUT_AT_ONCE 65536

struct session {
	struct world *w;
	struct errors *errors;
	const struct verb *verb;
	struct world_actor actor;
	char *path;

	pthread_mutex_t lock; /* what follows */
	GString *rest; /* the beginning of a line whose end is not written yet */
	GString *replies;
	size_t read; /* bytes of replies that were read */
	bool written, failed;
	bool pending; /* the last reply waits for a child: */
	struct world_wait wait;
	struct world_output *output; /* or for what a program writes */
	char *wait_line;

	/*
	 * Readers never meet the world: one registration stands for all of them,
	 * so that a write can call the wait off and tell them.
	 */
	struct world_waiter waiter;
	bool used; /* the world was given it */
	GSList *told; /* readers to be woken once lock is released */

	pthread_mutex_t waiters_lock; /* what follows; inside of lock, and nothing inside of it */
	pthread_cond_t woken;
	bool registered;
	GSList *waiters;
	unsigned int waking; /* waiters that were taken from the list to be woken */
};

/* The registration is over. */
static GSList *take_waiters(struct session *s)
{
	GSList *waiters;

	pthread_mutex_lock(&s->waiters_lock);
	s->registered = false;
	waiters = g_steal_pointer(&s->waiters);
	s->waking += g_slist_length(waiters);
	pthread_mutex_unlock(&s->waiters_lock);
	return waiters;
}

static void wake(struct session *s, GSList *waiters)
{
	while (waiters) {
		struct world_waiter *waiter = waiters->data;

		waiters = g_slist_delete_link(waiters, waiters);
		waiter->wake(waiter);
		pthread_mutex_lock(&s->waiters_lock);
		s->waking--;
		pthread_cond_broadcast(&s->woken);
		pthread_mutex_unlock(&s->waiters_lock);
	}
}

static void world_wakes(struct world_waiter *waiter)
{
	struct session *s = (struct session *)((char *)waiter - offsetof(struct session, waiter));

	wake(s, take_waiters(s));
}

struct session *session_new(struct world *w, struct errors *e, const struct verb *verb,
			    struct world_actor actor, const char *path)
{
	struct session *s = g_new0(struct session, 1);

	s->w = w;
	s->errors = e;
	s->verb = verb;
	s->actor = actor;
	s->path = g_strdup(path);
	s->rest = g_string_new(NULL);
	s->replies = g_string_new(world_verb_usage(w, verb->name));
	if (!s->replies->len)
		g_string_assign(s->replies, verb->usage);
	s->waiter.wake = world_wakes;
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->waiters_lock, NULL);
	pthread_cond_init(&s->woken, NULL);
	return s;
}

/* There is nothing to wait for any more. */
static void call_off(struct session *s)
{
	if (s->used)
		world_unwait(s->w, &s->waiter);
	s->used = false;
	s->pending = false;
	world_output_free(s->w, g_steal_pointer(&s->output));
	g_clear_pointer(&s->wait_line, g_free);
	s->told = g_slist_concat(s->told, take_waiters(s));
}

/* Whoever may have called off unlocks by this. */
static void unlock_and_tell(struct session *s)
{
	GSList *told = g_steal_pointer(&s->told);

	pthread_mutex_unlock(&s->lock);
	wake(s, told);
}

void session_free(struct session *s)
{
	if (!s)
		return;
	call_off(s);
	g_slist_free(s->told);
	g_string_free(s->rest, TRUE);
	g_string_free(s->replies, TRUE);
	g_free(s->path);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->waiters_lock);
	pthread_cond_destroy(&s->woken);
	g_free(s);
}

/* --- writing -------------------------------------------------------------- */

static int run_words(struct session *s, struct verb_call *c, const char *line, size_t len)
{
	size_t had = s->replies->len;
	int err;

	call_off(s);
	err = verb_run(s->verb, c);
	if (err == -EINPROGRESS) {
		s->pending = true;
		s->wait = c->wait;
		s->output = c->output;
		s->wait_line = g_strndup(line, len);
		return 0;
	}
	if (err)
		g_string_truncate(s->replies, had);
	else if (c->partial)
		errors_add(s->errors, s->path, s->verb->name, line, len, c->partial, c->why->str);
	return err;
}

/* 1: a command was done; 0: there was none; -errno. */
static int run_line(struct session *s, const char *line, size_t len)
{
	struct verb_call c = { .w = s->w, .actor = s->actor, .reply = s->replies };
	bool asked = false; /* the world was */
	bool command = false;
	int err;

	c.why = g_string_new(NULL);
	if (len > GRAMMAR_LINE_MAX) {
		g_string_printf(c.why, "the line is longer than %d bytes", GRAMMAR_LINE_MAX);
		err = -E2BIG;
	} else {
		err = grammar_split(line, len, &c.words, c.why);
	}
	command = !c.words.comment;
	if (!err && command) {
		asked = true;
		err = run_words(s, &c, line, len);
	}
	if (err)
		errors_add(s->errors, s->path, s->verb->name, line, len, -err,
			   asked && !c.why->len ? world_reason() : c.why->str);
	grammar_words_clear(&c.words);
	g_string_free(c.why, TRUE);
	return err ? err : command;
}

/* As session_write(), of one that may still happen. */
static ssize_t write_lines(struct session *s, const char *buf, size_t len)
{
	bool done_some = false;
	size_t at = 0;

	while (at < len) {
		const char *newline = memchr(buf + at, '\n', len - at);
		size_t size = newline ? (size_t)(newline - (buf + at)) : len - at;
		int done;

		/* What is too long need not be collected to be refused. */
		g_string_append_len(s->rest, buf + at, (gssize)MIN(size, GRAMMAR_LINE_MAX + 1));
		if (!newline && len >= WRITE_MAY_GO_ON && s->rest->len <= GRAMMAR_LINE_MAX)
			return (ssize_t)len;
		done = run_line(s, s->rest->str, s->rest->len);
		g_string_truncate(s->rest, 0);
		if (done < 0) {
			s->failed = true;
			/* With only comments before it this is the first. */
			return done_some ? (ssize_t)at : done;
		}
		done_some |= done > 0;
		at += size + (newline != NULL);
	}
	return (ssize_t)len;
}

ssize_t session_write(struct session *s, const char *buf, size_t len)
{
	ssize_t result = 0;

	TRACE("%s/%s: %zu bytes", s->path, s->verb->name, len);
	pthread_mutex_lock(&s->lock);
	if (s->failed) {
		result = -ECANCELED;
	} else if (len) {
		/* Until now the usage was there to be read. */
		if (!s->written) {
			g_string_truncate(s->replies, 0);
			s->read = 0;
		}
		s->written = true;
		result = write_lines(s, buf, len);
	}
	unlock_and_tell(s);
	return result;
}

/* --- reading -------------------------------------------------------------- */

/* For a program: how many bytes it has written, 0 at its end. */
static int ask(struct session *s, struct world_waited *res, struct world_waiter *waiter)
{
	if (s->output)
		return world_output_read(s->w, s->output, s->replies, OUTPUT_AT_ONCE, waiter);
	return world_waitid(s->w, s->actor, &s->wait, res, waiter);
}

static int wait_again(struct session *s, struct world_waited *res, struct world_waiter *waiter)
{
	bool joined;
	int err;

	if (!waiter)
		return ask(s, res, NULL);

	/* While the registration stands nothing is ready. */
	pthread_mutex_lock(&s->waiters_lock);
	joined = s->registered;
	if (joined)
		s->waiters = g_slist_prepend(s->waiters, waiter);
	pthread_mutex_unlock(&s->waiters_lock);
	if (joined)
		return -EINPROGRESS;

	if (s->used)
		world_unwait(s->w, &s->waiter);
	s->used = true;
	/* Before the world knows: it may wake at once. */
	pthread_mutex_lock(&s->waiters_lock);
	s->registered = true;
	s->waiters = g_slist_prepend(s->waiters, waiter);
	pthread_mutex_unlock(&s->waiters_lock);
	err = ask(s, res, &s->waiter);
	if (err != -EINPROGRESS) {
		pthread_mutex_lock(&s->waiters_lock);
		s->registered = false;
		s->waiters = g_slist_remove(s->waiters, waiter);
		pthread_mutex_unlock(&s->waiters_lock);
		s->used = false;
	}
	return err;
}

static int finish_wait(struct session *s, struct world_waiter *waiter)
{
	struct world_waited res;
	int err = wait_again(s, &res, waiter);

	if (err == -EINPROGRESS)
		return err;
	if (err > 0)
		return 0; /* and more may come */
	if (!err && s->output)
		(void)res; /* it has ended, and its last line was read */
	else if (!err)
		verb_waited_text(&res, s->replies);
	else
		errors_add(s->errors, s->path, s->verb->name, s->wait_line, strlen(s->wait_line),
			   -err, world_reason());
	call_off(s);
	return err;
}

ssize_t session_read(struct session *s, GString *out, size_t max, struct world_waiter *waiter)
{
	ssize_t result = 0;

	pthread_mutex_lock(&s->lock);
	if (s->read == s->replies->len && s->pending && max)
		result = finish_wait(s, waiter);
	if (!result) {
		result = (ssize_t)MIN(max, s->replies->len - s->read);
		g_string_append_len(out, s->replies->str + s->read, result);
		s->read += (size_t)result;
	}
	if (s->read == s->replies->len) {
		g_string_truncate(s->replies, 0);
		s->read = 0;
	}
	unlock_and_tell(s);
	return result;
}

void session_cancel(struct session *s, struct world_waiter *waiter)
{
	pthread_mutex_lock(&s->waiters_lock);
	s->waiters = g_slist_remove(s->waiters, waiter);
	/* If it is not in the list it may be about to be woken. */
	while (s->waking)
		pthread_cond_wait(&s->woken, &s->waiters_lock);
	pthread_mutex_unlock(&s->waiters_lock);
}
