/* SPDX-License-Identifier: MIT */
#include "fs/file.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "ctl/session.h"
#include "fs/text.h"
#include "util/parse.h"
#include "util/trace.h"

/* What is fetched at once from a source that hands out whole lines. */
#define FETCH_MIN 4096

struct file {
	const struct fs *fs;
	struct node node;
	const struct pid_entry *entry;
	struct session *session; /* of a control file */
	struct world_stream *stream; /* of events */
	bool kept; /* the kernel may keep what it reads */
	bool held; /* a process or namespace is */

	pthread_mutex_t lock; /* what follows */
	GString *text; /* a fact file's; else what was fetched and not yet read */
	struct cache_note note; /* if kept: of when text was shown */
	bool shown; /* a fact file's text is there */
	bool written; /* a control file was */
	bool answered; /* a wait file has told */
	int err; /* met while looking ahead, for the next read */
};

static int open_kind(struct file *f)
{
	const struct fs *fs = f->fs;
	struct world_actor actor = { .ref = f->node.ref, .thread = f->node.thread };
	char *path;

	switch (f->entry->kind) {
	case ENTRY_CONTROL:
		path = fs_path(fs, &f->node);
		f->session = session_new(fs->w, fs->errors, f->entry->verb, actor, path);
		g_free(path);
		return 0;
	case ENTRY_WAIT:
		if (world_hold(fs->w, f->node.ref))
			return -ENOENT;
		f->held = true;
		return 0;
	case ENTRY_EVENTS:
		f->stream = world_stream_new(fs->w, f->node.inum);
		return f->stream ? 0 : -ENOENT;
	default:
		if (!(f->entry->flags & ENTRY_HOLDS_NS))
			return 0;
		if (world_ns_hold(fs->w, f->node.inum))
			return -ENOENT;
		f->held = true;
		return 0;
	}
}

int file_open(const struct fs *fs, const struct node *node, struct file **file)
{
	struct world_task task;
	struct show s;
	struct file *f;
	int err;

	TRACE("open %s", entry_of(node)->name);
	if (fs_show(fs, node, &s, &task))
		return -ENOENT;
	if (s.task && (task.state == 'Z' || task.state == 'X')) {
		if (entry_of(node)->flags & ENTRY_MEMORY)
			return -ESRCH;
		if (entry_of(node)->flags & ENTRY_MOUNTS)
			return -EINVAL;
	}
	f = g_new0(struct file, 1);
	f->fs = fs;
	f->node = *node;
	f->entry = entry_of(node);
	f->text = g_string_new(NULL);
	pthread_mutex_init(&f->lock, NULL);
	err = open_kind(f);
	if (err) {
		file_free(f);
		return err;
	}
	if (f->entry->kind == ENTRY_FACT && !node->is_ns)
		world_trip(fs->w, node->ref, WORLD_FAULT_OPENED);
	*file = f;
	return 0;
}

void file_free(struct file *f)
{
	session_free(f->session);
	world_stream_free(f->fs->w, f->stream);
	if (f->held && f->entry->kind == ENTRY_WAIT)
		world_release(f->fs->w, f->node.ref);
	else if (f->held)
		world_ns_release(f->fs->w, f->node.inum);
	g_string_free(f->text, TRUE);
	pthread_mutex_destroy(&f->lock);
	g_free(f);
}

void file_keep(struct file *f, uint64_t id)
{
	f->kept = true;
	f->note = (struct cache_note){ .node = f->node, .id = id };
}

bool file_blocks(const struct file *f)
{
	return f->entry->kind == ENTRY_CONTROL || f->entry->kind == ENTRY_WAIT ||
	       f->entry->kind == ENTRY_EVENTS;
}

static int show(struct file *f)
{
	int err;

	if (f->kept)
		cache_begin(f->fs->cache, &f->note);
	g_string_truncate(f->text, 0);
	err = text_show(f->fs, &f->node, f->text);
	f->shown = !err;
	return err;
}

/* As a seq_file: a read from the beginning shows the present. */
static ssize_t read_fact(struct file *f, GString *out, size_t size, off_t off)
{
	size_t at = (size_t)off;
	int err = 0;

	if (!f->entry->show)
		return -EINVAL; /* as nsfs: there is nothing to be read */
	if (!off || !f->shown)
		err = show(f);
	if (err)
		return err;
	if (off < 0 || at >= f->text->len)
		return 0;
	size = MIN(size, f->text->len - at);
	g_string_append_len(out, f->text->str + at, (gssize)size);
	/* Outdated meanwhile: for this reader it is still of one moment. */
	if (f->kept && !cache_commit(f->fs->cache, &f->note))
		cache_take_back(f->fs->cache, &f->note);
	return (ssize_t)size;
}

static ssize_t fetch_death(struct file *f, struct world_waiter *waiter)
{
	struct world_waited how;
	char name[SIGNAL_NAME_LEN];
	int err;

	if (f->answered)
		return 0;
	err = world_death(f->fs->w, f->node.ref, &how, waiter);
	if (err)
		return err;
	f->answered = true;
	if (how.code == CLD_EXITED)
		g_string_append_printf(f->text, "exited %d\n", how.status);
	else
		g_string_append_printf(f->text, "%s %s\n",
				       how.code == CLD_DUMPED ? "dumped" : "killed",
				       signal_name(how.status, name));
	return (ssize_t)f->text->len;
}

/* Into f->text, which is empty. */
static ssize_t fetch(struct file *f, size_t size,
			     struct world_waiter *waiter)
{
	switch (f->entry->kind) {
	case ENTRY_CONTROL:
		return session_read(f->session, f->text, size, waiter);
	case ENTRY_WAIT:
		return fetch_death(f, waiter);
	default:
		return world_stream_read(f->fs->w, f->stream, f->text, MAX(size, FETCH_MIN),
					 waiter);
	}
}

static ssize_t read_blocking(struct file *f, GString *out, size_t size, struct world_waiter *waiter)
{
	ssize_t result = -f->err;

	f->err = 0;
	if (!result && !f->text->len)
		result = fetch(f, size, waiter);
	if (result < 0)
		return result;
	size = MIN(size, f->text->len);
	g_string_append_len(out, f->text->str, (gssize)size);
	g_string_erase(f->text, 0, (gssize)size);
	return (ssize_t)size;
}

ssize_t file_read(struct file *f, GString *out, size_t size, off_t off,
		  struct world_waiter *waiter)
{
	ssize_t result;

	pthread_mutex_lock(&f->lock);
	if (file_blocks(f))
		result = read_blocking(f, out, size, waiter);
	else
		result = read_fact(f, out, size, off);
	pthread_mutex_unlock(&f->lock);
	return result;
}

bool file_ready(struct file *f, struct world_waiter *waiter)
{
	ssize_t result = 0;

	if (!file_blocks(f))
		return true;
	pthread_mutex_lock(&f->lock);
	if (!f->err && !f->text->len)
		result = fetch(f, FETCH_MIN, waiter);
	if (result < 0 && result != -EINPROGRESS)
		f->err = (int)-result;
	pthread_mutex_unlock(&f->lock);
	return result != -EINPROGRESS;
}

void file_cancel(struct file *f, struct world_waiter *waiter)
{
	if (f->session)
		session_cancel(f->session, waiter);
	else
		world_unwait(f->fs->w, waiter);
}

static ssize_t write_fact(struct file *f, const char *buf, size_t size)
{
	struct world_task task;
	struct show s;
	int err = fs_show(f->fs, &f->node, &s, &task);

	if (!err)
		err = f->entry->write(&s, buf, size);
	return err ? err : (ssize_t)size;
}

ssize_t file_write(struct file *f, const char *buf, size_t size)
{
	TRACE("write %s: %zu bytes", f->entry->name, size);
	if (f->session) {
		/* A poll may have looked ahead at the usage, which the first write ends. */
		pthread_mutex_lock(&f->lock);
		if (!f->written)
			g_string_truncate(f->text, 0);
		f->written = true;
		pthread_mutex_unlock(&f->lock);
		return session_write(f->session, buf, size);
	}
	return f->entry->write ? write_fact(f, buf, size) : -EINVAL;
}
