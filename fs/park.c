/* SPDX-License-Identifier: MIT */
#include "fs/park.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

enum job_kind { JOB_READ, JOB_POLL, JOB_RELEASE };

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
	struct fuse_pollhandle *ph;
	bool begun; /* it is in park->waiting */
	bool queued, interrupted;
};

struct park {
	const struct fs *fs;
	GThread *thread;
	GHashTable *waiting; /* jobs that were begun: the thread's */
	GHashTable *polls; /* the job by its file: the thread's */

	pthread_mutex_t lock; /* what follows; nothing is called while it is held */
	pthread_cond_t work;
	GQueue queue; /* of jobs */
	GHashTable *files;
	bool stop;
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
	if (job->kind == JOB_READ)
		fuse_req_interrupt_func(job->req, NULL, NULL);
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

	if (!interrupted)
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
	if (job->kind == JOB_READ)
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

static gpointer park_main(gpointer data)
{
	struct park *park = data;

	pthread_mutex_lock(&park->lock);
	for (;;) {
		struct job *job = g_queue_pop_head(&park->queue);
		bool interrupted;

		if (!job) {
			if (park->stop)
				break;
			pthread_cond_wait(&park->work, &park->lock);
			continue;
		}
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

void park_free(struct park *park)
{
	struct file *file;
	struct job *job;

	if (!park)
		return;
	pthread_mutex_lock(&park->lock);
	park->stop = true;
	pthread_cond_signal(&park->work);
	pthread_mutex_unlock(&park->lock);
	g_thread_join(park->thread);
	while ((job = any_key(park->waiting))) {
		if (job->kind == JOB_READ)
			end_read(job, -EINTR, NULL);
		else
			end_poll(job, true);
	}
	/* A wake may have come while the others were ended: of no job any more. */
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

void park_read(struct park *park, fuse_req_t req, struct file *f, size_t size)
{
	struct job *job = job_new(park, JOB_READ, f);

	job->req = req;
	job->size = size;
	enqueue(job, false);
}

void park_poll(struct park *park, struct file *f, struct fuse_pollhandle *ph)
{
	struct job *job = job_new(park, JOB_POLL, f);

	job->ph = ph;
	enqueue(job, false);
}

void park_release(struct park *park, fuse_req_t req, struct file *f)
{
	struct job *job = job_new(park, JOB_RELEASE, f);

	job->req = req;
	enqueue(job, false);
}
