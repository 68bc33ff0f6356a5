/* SPDX-License-Identifier: MIT */
#include "fs/park.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

#include "fs/uring.h"

/* How often it is looked whether somebody was interrupted who cannot say so. */
#define LOOK_MS 200

enum job_kind {
	JOB_READ,
	JOB_POLL,
	JOB_RELEASE
};

/*
 * One request that waits.  Only the park's thread touches it, but for queued
 * and interrupted, which are under the park's lock.
 */
struct job {
	struct world_waiter waiter;
	struct park *park;
	enum job_kind kind;
	struct file *file;
	fuse_req_t req; /* of a read or release */
	size_t size;
	pid_t tid; /* of a read that came over a ring: who waits; else 0 */
	struct fuse_pollhandle *ph;
	bool begun; /* it is in park->waiting */
	bool queued, interrupted;
};

struct park {
	const struct fs *fs;
	GThread *thread;
	GHashTable *waiting; /* jobs that were begun: the thread's */
	GHashTable *polls; /* the job by its file: the thread's */
	unsigned int in_rings; /* of those that were begun: the thread's */

	pthread_mutex_t lock; /* what follows; nothing is called while it is held */
	pthread_cond_t work;
	GQueue queue; /* of jobs */
	GHashTable *files;
	bool stop; /* the thread */
	bool stopped; /* nothing waits any more */
};

static void enqueue(struct job *job, bool interrupted)
{
	struct park *park = job->park;

	pthread_mutex_lock(&park->lock);
	job->interrupted |= interrupted;
	if (!job->queued) {
		job->queued = true;
		g_queue_push_tail(&park->queue, job);
		pthread_cond_signal(&park->work);
	}
	pthread_mutex_unlock(&park->lock);
}

static void on_wake(struct world_waiter *waiter)
{
	enqueue((struct job *)((char *)waiter - offsetof(struct job, waiter)), false);
}

static void on_interrupt(fuse_req_t req, void *data)
{
	(void)req;
	enqueue(data, true);
}

static struct job *job_new(struct park *park, enum job_kind kind, struct file *f)
{
	struct job *job = g_new0(struct job, 1);

	job->waiter.wake = on_wake;
	job->park = park;
	job->kind = kind;
	job->file = f;
	return job;
}

/* No wake and no interrupt can come after this; its queue entry goes, too. */
static void end_job(struct job *job)
{
	struct park *park = job->park;

	file_cancel(job->file, &job->waiter);
	if (job->kind == JOB_READ && !job->tid)
		fuse_req_interrupt_func(job->req, NULL, NULL);
	park->in_rings -= job->tid != 0;
	if (job->kind == JOB_POLL)
		g_hash_table_remove(park->polls, job->file);
	g_hash_table_remove(park->waiting, job);
	pthread_mutex_lock(&park->lock);
	if (job->queued)
		g_queue_remove(&park->queue, job);
	pthread_mutex_unlock(&park->lock);
}

static void end_read(struct job *job, ssize_t result, const GString *out)
{
	end_job(job);
	if (result < 0)
		notify_reply_err(job->park->fs->notify, job->req, (int)-result);
	else
		notify_reply_buf(job->park->fs->notify, job->req, out->str, out->len);
	g_free(job);
}

static void run_read(struct job *job, bool interrupted)
{
	GString *out = g_string_new(NULL);
	ssize_t result = -EINTR;

	if (job->park->in_rings > URING_WAITS)
		result = -EAGAIN;
	else if (!interrupted)
		result = file_read(job->file, out, job->size, 0, &job->waiter);
	if (result != -EINPROGRESS)
		end_read(job, result, out);
	g_string_free(out, TRUE);
}

static void end_poll(struct job *job, bool notify)
{
	end_job(job);
	if (notify)
		fuse_lowlevel_notify_poll(job->ph);
	fuse_pollhandle_destroy(job->ph);
	g_free(job);
}

static void run_poll(struct job *job)
{
	if (file_ready(job->file, &job->waiter))
		end_poll(job, true);
}

void park_forget(struct park *park, struct file *f)
{
	pthread_mutex_lock(&park->lock);
	g_hash_table_remove(park->files, f);
	pthread_mutex_unlock(&park->lock);
	file_free(f);
}

static void run_release(struct job *job)
{
	struct park *park = job->park;
	struct job *poll = g_hash_table_lookup(park->polls, job->file);

	if (poll)
		end_poll(poll, false);
	park_forget(park, job->file);
	fuse_reply_err(job->req, 0);
	g_free(job);
}

/* The first time that the thread sees it. */
static void begin(struct job *job)
{
	struct park *park = job->park;
	struct job *poll;

	job->begun = true;
	g_hash_table_add(park->waiting, job);
	park->in_rings += job->tid != 0;
	if (job->kind == JOB_READ && !job->tid)
		/* Calls back at once if it is interrupted already. */
		fuse_req_interrupt_func(job->req, on_interrupt, job);
	if (job->kind == JOB_POLL) {
		/* The kernel has one handle a file: the newest counts. */
		poll = g_hash_table_lookup(park->polls, job->file);
		if (poll)
			end_poll(poll, false);
		g_hash_table_insert(park->polls, job->file, job);
	}
}

static void run(struct job *job, bool interrupted)
{
	if (job->kind == JOB_RELEASE) {
		run_release(job);
		return;
	}
	if (!job->begun)
		begin(job);
	if (job->kind == JOB_READ)
		run_read(job, interrupted);
	else
		run_poll(job);
}

/* Of those of whom libfuse says nothing. */
static void look_for_interrupted(struct park *park)
{
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, park->waiting);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		struct job *job = key;

		if (job->tid && uring_interrupted(job->tid))
			enqueue(job, true);
	}
}

/* Until there is work; false: there is none, and will be none. */
static bool await_work(struct park *park)
{
	struct timespec until;

	if (!g_queue_is_empty(&park->queue) || park->stop)
		return !g_queue_is_empty(&park->queue);
	if (!park->in_rings) {
		pthread_cond_wait(&park->work, &park->lock);
		return true;
	}
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += LOOK_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	if (pthread_cond_timedwait(&park->work, &park->lock, &until) == ETIMEDOUT) {
		pthread_mutex_unlock(&park->lock);
		look_for_interrupted(park);
		pthread_mutex_lock(&park->lock);
	}
	return true;
}

static gpointer park_main(gpointer data)
{
	struct park *park = data;

	pthread_mutex_lock(&park->lock);
	while (await_work(park)) {
		struct job *job = g_queue_pop_head(&park->queue);
		bool interrupted;

		if (!job)
			continue;
		job->queued = false;
		interrupted = job->interrupted;
		pthread_mutex_unlock(&park->lock);
		run(job, interrupted);
		pthread_mutex_lock(&park->lock);
	}
	pthread_mutex_unlock(&park->lock);
	return NULL;
}

struct park *park_new(const struct fs *fs)
{
	struct park *park = g_new0(struct park, 1);
	sigset_t all, before;

	park->fs = fs;
	pthread_mutex_init(&park->lock, NULL);
	pthread_cond_init(&park->work, NULL);
	g_queue_init(&park->queue);
	park->waiting = g_hash_table_new(NULL, NULL);
	park->polls = g_hash_table_new(NULL, NULL);
	park->files = g_hash_table_new(NULL, NULL);
	/* Signals are for the main thread, which waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	park->thread = g_thread_new("park", park_main, park);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return park;
}

static gpointer any_key(GHashTable *table)
{
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, table);
	return g_hash_table_iter_next(&iter, &key, NULL) ? key : NULL;
}

static void end_all(struct park *park)
{
	struct job *job;

	while ((job = any_key(park->waiting))) {
		if (job->kind == JOB_READ)
			end_read(job, -EINTR, NULL);
		else
			end_poll(job, true);
	}
}

void park_stop(struct park *park)
{
	struct job *job;

	pthread_mutex_lock(&park->lock);
	park->stop = true;
	pthread_cond_signal(&park->work);
	pthread_mutex_unlock(&park->lock);
	g_thread_join(park->thread);
	/* What has come since, and a wake that comes while the others are ended. */
	pthread_mutex_lock(&park->lock);
	while ((job = g_queue_pop_head(&park->queue))) {
		job->queued = false;
		pthread_mutex_unlock(&park->lock);
		run(job, true);
		pthread_mutex_lock(&park->lock);
	}
	park->stopped = true;
	pthread_mutex_unlock(&park->lock);
	end_all(park);
}

void park_free(struct park *park)
{
	struct file *file;

	if (!park)
		return;
	if (!park->stopped)
		park_stop(park);
	while ((file = any_key(park->files))) {
		g_hash_table_remove(park->files, file);
		file_free(file);
	}
	g_hash_table_unref(park->waiting);
	g_hash_table_unref(park->polls);
	g_hash_table_unref(park->files);
	pthread_mutex_destroy(&park->lock);
	pthread_cond_destroy(&park->work);
	g_free(park);
}

void park_opened(struct park *park, struct file *f)
{
	pthread_mutex_lock(&park->lock);
	g_hash_table_add(park->files, f);
	pthread_mutex_unlock(&park->lock);
}

/* Nobody is left who could do it. */
static void dismiss(struct job *job)
{
	if (job->kind == JOB_READ)
		notify_reply_err(job->park->fs->notify, job->req, EINTR);
	else if (job->kind == JOB_POLL)
		fuse_pollhandle_destroy(job->ph);
	else
		fuse_reply_err(job->req, 0); /* park_free() has the file */
	g_free(job);
}

static void add(struct job *job)
{
	struct park *park = job->park;
	bool stopped;

	pthread_mutex_lock(&park->lock);
	stopped = park->stopped;
	if (!stopped) {
		job->queued = true;
		g_queue_push_tail(&park->queue, job);
		pthread_cond_signal(&park->work);
	}
	pthread_mutex_unlock(&park->lock);
	if (stopped)
		dismiss(job);
}

void park_read(struct park *park, fuse_req_t req, struct file *f, size_t size)
{
	struct job *job = job_new(park, JOB_READ, f);

	job->req = req;
	job->size = size;
	/* Who waits in another PID namespace has no number here. */
	if (uring_is(req))
		job->tid = fuse_req_ctx(req)->pid ? fuse_req_ctx(req)->pid : -1;
	add(job);
}

void park_poll(struct park *park, struct file *f, struct fuse_pollhandle *ph)
{
	struct job *job = job_new(park, JOB_POLL, f);

	job->ph = ph;
	add(job);
}

void park_release(struct park *park, fuse_req_t req, struct file *f)
{
	struct job *job = job_new(park, JOB_RELEASE, f);

	job->req = req;
	add(job);
}
