/* SPDX-License-Identifier: MIT */
/*
 * Running a program where a process is: the keeper begins it, here it is read and
 * its end told.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/host.h"
#include "util/parse.h"

/* What a program may have written that nobody has read yet; then it has to wait. */
#define OUTPUT_MAX (1u << 20)

struct world_output {
	struct host_watch pipe, child; /* child: its pidfd */
	bool piped, living; /* their watches are set */
	bool left; /* nobody reads any more */
	bool told; /* how it ended was read */
	bool midline; /* what was read does not end a line */
	int status;
	GString *text;
};

static void output_end(struct host *h, struct world_output *o)
{
	h->outputs = g_list_remove(h->outputs, o);
	close(o->pipe.fd);
	close(o->child.fd);
	g_string_free(o->text, TRUE);
	g_free(o);
}

static void set_piped(struct host *h, struct world_output *o, bool piped)
{
	if (o->piped == piped)
		return;
	if (piped)
		host_watch_add(h, &o->pipe);
	else
		host_watch_remove(h, &o->pipe);
	o->piped = piped;
}

/* false: there is nothing more at the moment, or ever. */
static bool take_some(struct world_output *o, bool *end)
{
	char buf[8192];
	ssize_t n = read(o->pipe.fd, buf, sizeof(buf));

	*end = !n;
	if (n > 0 && !o->left)
		g_string_append_len(o->text, buf, n);
	return n > 0;
}

static void pipe_ready(struct host *h, struct host_watch *watch)
{
	struct world_output *o =
		(struct world_output *)((char *)watch - offsetof(struct world_output, pipe));
	bool end;

	take_some(o, &end);
	if (end || o->text->len > OUTPUT_MAX)
		set_piped(h, o, false);
	host_wake(h, o);
}

static void child_ready(struct host *h, struct host_watch *watch)
{
	struct world_output *o =
		(struct world_output *)((char *)watch - offsetof(struct world_output, child));
	bool end;

	/* It is the keeper's child. */
	if (keeper_reap(h->keeper, watch->fd, &o->status))
		return;
	host_watch_remove(h, watch);
	o->living = false;
	/* Children of its own may keep the pipe open; what is in it now is its. */
	while (o->text->len < 2 * OUTPUT_MAX && take_some(o, &end))
		;
	set_piped(h, o, false);
	if (o->left)
		output_end(h, o);
	else
		host_wake(h, o);
}

static void tell_end(struct world_output *o, GString *out)
{
	char name[SIGNAL_NAME_LEN];

	/* How it ended has a line of its own. */
	if (o->midline)
		g_string_append_c(out, '\n');
	if (WIFEXITED(o->status))
		g_string_append_printf(out, "exited %d\n", WEXITSTATUS(o->status));
	else
		g_string_append_printf(out, "killed %s\n", signal_name(WTERMSIG(o->status), name));
	o->told = true;
}

static int run_output_read(struct world *w, struct world_output *o, GString *out, size_t max,
			   struct world_waiter *waiter)
{
	struct host *h = to_host(w);
	size_t n;

	host_lock(h);
	n = MIN(o->text->len, max);
	if (n) {
		g_string_append_len(out, o->text->str, (gssize)n);
		o->midline = out->str[out->len - 1] != '\n';
		g_string_erase(o->text, 0, (gssize)n);
		if (o->living && o->text->len <= OUTPUT_MAX)
			set_piped(h, o, true);
		return host_unlock(h, (int)n);
	}
	if (o->told)
		return host_unlock(h, 0);
	if (!o->living) {
		tell_end(o, out);
		return host_unlock(h, 1);
	}
	host_sleep(h, o, waiter);
	return host_unlock(h, -EINPROGRESS);
}

static void run_output_free(struct world *w, struct world_output *o)
{
	struct host *h = to_host(w);

	host_lock(h);
	if (o->living) {
		o->left = true;
		set_piped(h, o, true);
	} else {
		output_end(h, o);
	}
	host_unlock(h, 0);
}

void host_run_free(struct host *h)
{
	/* Those that still run go on without us. */
	while (h->outputs)
		output_end(h, h->outputs->data);
}

/* --- beginning one ------------------------------------------------------------------ */

/* Its numbers in the view and inward, as a line. */
static void append_numbers(struct host *h, int pid, unsigned int level, GString *out)
{
	const struct host_pid *p;

	host_update(h);
	p = mirror_refresh(h->mirror, pid);
	if (!p || p->level < level) {
		g_string_append_printf(out, "%d\n", level ? 0 : pid);
		return;
	}
	for (unsigned int i = level; i <= p->level; i++)
		g_string_append_printf(out, i == level ? "%d" : " %d", p->numbers[i].nr);
	g_string_append_c(out, '\n');
}

static struct world_output *output_new(struct host *h, int pidfd, int pipe)
{
	struct world_output *o = g_new0(struct world_output, 1);

	o->text = g_string_new(NULL);
	o->pipe = (struct host_watch){ pipe_ready, pipe };
	o->child = (struct host_watch){ child_ready, pidfd };
	o->living = true;
	h->outputs = g_list_prepend(h->outputs, o);
	set_piped(h, o, true);
	host_watch_add(h, &o->child);
	return o;
}

/* 0, or why the arguments make no sense here. */
static int check_args(const struct world_fork *args)
{
	const uint64_t news = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC |
			      CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWUSER;

	if (!args->cmdline)
		return host_refuse(-EINVAL,
				   "a process of the machine is a program: fork -- COMMAND");
	if (args->flags & ~news || args->set_tid_size)
		return host_refuse(-EINVAL,
				   "here fork takes new…, like=target, mounts=host, uid=N");
	if (args->like_target && args->uid >= 0)
		return host_refuse(-EINVAL,
				   "like=target has the process's own ids: no uid=N with it");
	if (world_caller()->pid <= 0)
		return host_refuse(-EPERM,
				   "whoever writes must be visible in the mounter's pid namespace");
	return 0;
}

static int run_fork(struct world *w, struct world_actor a, const struct world_fork *args,
		    GString *out, struct world_output **output)
{
	struct host *h = to_host(w);
	const struct host_pid *p;
	int fds[2], nr, err = check_args(args);

	if (err)
		return err;
	host_lock(h);
	p = host_pid(h, a.ref);
	nr = p ? p->numbers[0].nr : 0;
	host_unlock(h, 0);
	if (!nr)
		return host_refuse(-ESRCH, "the process is gone");
	err = keeper_run(h->keeper, nr, a.ref.ino, args, fds);
	if (err < 0)
		return err;
	host_lock(h);
	append_numbers(h, err, a.ref.level, out);
	*output = output_new(h, fds[0], fds[1]);
	return host_unlock(h, 0);
}

void host_run_ops(struct world_ops *ops)
{
	ops->fork_run = run_fork;
	ops->output_read = run_output_read;
	ops->output_free = run_output_free;
}
