/* SPDX-License-Identifier: MIT */
#include "host/source.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/source-kind.h"

/* What is kept for a mirror that does not come to look: about the last minute. */
#define QUEUE_BYTES (8u << 20)
/* How long facts gather, while nobody listens and while somebody does. */
#define NAP_MS 100
#define BREATH_MS 5

struct source {
	const struct source_kind *kind;
	void *self; /* the kind's own */
	int wakeup; /* an eventfd: listening or stop has changed */
	pthread_t reader;
	bool started;
	void (*heard)(void *data);
	void *data;

	pthread_mutex_t lock; /* what follows */
	GByteArray *queue; /* of facts, each aligned to 8 */
	bool lost, dropped; /* since the last source_take() */
	uint64_t losses;
	bool listening, stop;
};

static guint fact_size(const struct fact *f)
{
	const guint size = (guint)(sizeof(*f) + f->levels * sizeof(f->nr[0]));

	return (size + 7) & ~7u;
}

const struct fact *source_fact(const GByteArray *facts, guint *at)
{
	const struct fact *f = (const struct fact *)(const void *)(facts->data + *at);

	if (*at >= facts->len)
		return NULL;
	*at += fact_size(f);
	return f;
}

void source_lose(struct source *s, uint64_t n)
{
	s->lost = true;
	s->losses += n;
}

/* The older half goes: it was told to nobody. */
static void drop_half(struct source *s)
{
	guint at = 0;

	while (at < s->queue->len / 2)
		source_fact(s->queue, &at);
	g_byte_array_remove_range(s->queue, 0, at);
	s->dropped = true;
}

void source_add(struct source *s, const struct fact *f)
{
	const guint size = fact_size(f), at = s->queue->len;

	if (at + size > QUEUE_BYTES)
		drop_half(s);
	g_byte_array_set_size(s->queue, s->queue->len + size);
	memcpy(s->queue->data + s->queue->len - size, f, sizeof(*f) + f->levels * sizeof(f->nr[0]));
}

/* Waits for facts, or with no listener lets them gather; false: the end. */
static bool rest(struct source *s, bool listening, bool more)
{
	struct pollfd p[] = { { .fd = s->wakeup, .events = POLLIN },
			      { .fd = s->kind->fd(s->self), .events = POLLIN } };
	uint64_t n;
	bool stop;

	if (more)
		poll(p, 1, listening ? BREATH_MS : NAP_MS);
	if (!p[0].revents)
		poll(p, 2, -1);
	if (p[0].revents)
		(void)!read(s->wakeup, &n, sizeof(n));
	pthread_mutex_lock(&s->lock);
	stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return !stop;
}

static void *reader(void *data)
{
	struct source *s = data;
	bool listening = false, more = false;

	while (rest(s, listening, more)) {
		pthread_mutex_lock(&s->lock);
		s->kind->drain(s->self, s);
		more = s->queue->len || s->lost;
		listening = s->listening;
		pthread_mutex_unlock(&s->lock);
		if (listening && more)
			s->heard(s->data);
	}
	return NULL;
}

static void wake(struct source *s)
{
	const uint64_t one = 1;

	if (write(s->wakeup, &one, sizeof(one)) != sizeof(one))
		g_warning("the reader cannot be woken: %s", g_strerror(errno));
}

void source_listen(struct source *s, bool listen)
{
	bool changed;

	pthread_mutex_lock(&s->lock);
	changed = s->listening != listen;
	s->listening = listen;
	pthread_mutex_unlock(&s->lock);
	if (changed)
		wake(s);
}

/* Of those that may be tried the first that works. */
static bool open_kind(struct source *s, const struct world_host_options *o, bool all, char **why)
{
	static const struct source_kind *const kinds[] = { &source_bpf, &source_connector };
	g_autoptr(GString) reasons = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(kinds) && !s->self; i++) {
		g_autofree char *one = NULL;

		if (!all && strcmp(o->source, kinds[i]->option) != 0)
			continue;
		s->kind = kinds[i];
		s->self = s->kind->open(o->buffer, &one);
		if (!s->self)
			g_string_append_printf(reasons, "%s%s: %s", reasons->len ? "; " : "",
					       s->kind->option, one);
	}
	if (!s->self && !reasons->len)
		g_string_append_printf(
			reasons, "source=%s: there are auto, bpf, connector and scan", o->source);
	*why = reasons->len ? g_strdup(reasons->str) : NULL;
	return s->self;
}

struct source *source_new(const struct world_host_options *options, bool *must, char **why)
{
	const bool all = !options->source || strcmp(options->source, "auto") == 0;
	struct source *s;

	*must = false;
	if (!all && strcmp(options->source, "scan") == 0) {
		*why = g_strdup("as asked for");
		return NULL;
	}
	*must = !all;
	s = g_new0(struct source, 1);
	if (!open_kind(s, options, all, why)) {
		g_free(s);
		return NULL;
	}
	s->queue = g_byte_array_new();
	pthread_mutex_init(&s->lock, NULL);
	s->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->wakeup >= 0)
		return s;
	g_free(*why);
	*why = g_strdup_printf("its reader: %s", g_strerror(errno));
	s->kind->close(s->self);
	pthread_mutex_destroy(&s->lock);
	g_byte_array_unref(s->queue);
	g_free(s);
	return NULL;
}

int source_start(struct source *s, void (*heard)(void *data), void *data)
{
	int err;

	s->heard = heard;
	s->data = data;
	err = pthread_create(&s->reader, NULL, reader, s);
	s->started = !err;
	return -err;
}

void source_free(struct source *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_mutex_unlock(&s->lock);
	wake(s);
	if (s->started)
		pthread_join(s->reader, NULL);
	s->kind->close(s->self);
	close(s->wakeup);
	g_byte_array_unref(s->queue);
	pthread_mutex_destroy(&s->lock);
	g_free(s);
}

const char *source_name(const struct source *s)
{
	return s->kind->name;
}

bool source_take(struct source *s, GByteArray *facts)
{
	bool complete;

	pthread_mutex_lock(&s->lock);
	s->kind->drain(s->self, s);
	g_byte_array_append(facts, s->queue->data, s->queue->len);
	g_byte_array_set_size(s->queue, 0);
	complete = !s->lost && !s->dropped;
	s->lost = s->dropped = false;
	pthread_mutex_unlock(&s->lock);
	return complete;
}

uint64_t source_losses(struct source *s)
{
	uint64_t losses;

	pthread_mutex_lock(&s->lock);
	losses = s->losses;
	pthread_mutex_unlock(&s->lock);
	return losses;
}
