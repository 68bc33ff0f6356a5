/* SPDX-License-Identifier: MIT */
#include "fs/uring.h"

#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SWITCH "/sys/module/fuse/parameters/enable_uring"
/* Of each processor's ring, and how large each of its requests may be. */
#define DEPTH 32
#define MAX_WRITE (128 * 1024)
/* How long a signal may go unseen that comes between a look at it and the wait. */
#define LOOK_MS 1000

G_STATIC_ASSERT(URING_WAITS < DEPTH);

#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 18)

bool uring_check(bool view)
{
	g_autofree char *on = NULL;

	/* Answers that come from other threads could be lost before. */
	if (!view && fuse_version() < FUSE_MAKE_VERSION(3, 19)) {
		fprintf(stderr,
			"pidnsfs: io_uring: this libfuse (%s) can do it for a view alone (-o ro); "
			"the mount itself needs 3.19 or newer\n",
			fuse_pkgversion());
		return false;
	}
	if (g_file_get_contents(SWITCH, &on, NULL, NULL) && *on == 'Y')
		return true;
	fputs("pidnsfs: io_uring: this kernel does not, or is told not to: " SWITCH
	      " should say Y\n",
	      stderr);
	return false;
}

bool uring_is(fuse_req_t req)
{
	return fuse_req_is_uring(req);
}

#else

bool uring_check(bool view)
{
	(void)view;
	fprintf(stderr,
		"pidnsfs: io_uring: this libfuse (%d.%d) cannot; build pidnsfs with 3.18 or newer\n",
		FUSE_MAJOR_VERSION, FUSE_MINOR_VERSION);
	return false;
}

bool uring_is(fuse_req_t req)
{
	(void)req;
	return false;
}

#endif

void uring_add_args(struct fuse_args *args)
{
	g_autofree char *depth = g_strdup_printf("-oio_uring,io_uring_q_depth=%d", DEPTH);

	fuse_opt_add_arg(args, depth);
}

void uring_init(struct fuse_conn_info *conn)
{
	/* Each place in a ring has room for it. */
	conn->max_write = MAX_WRITE;
}

static uint64_t mask_of(const char *status, const char *key)
{
	const char *line = strstr(status, key);

	return line ? g_ascii_strtoull(line + strlen(key), NULL, 16) : 0;
}

bool uring_interrupted(pid_t tid)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/status", (int)tid);
	g_autofree char *status = NULL;

	if (tid <= 0 || !g_file_get_contents(path, &status, NULL, NULL))
		return false;
	return (mask_of(status, "\nSigPnd:\t") | mask_of(status, "\nShdPnd:\t")) &
	       ~mask_of(status, "\nSigBlk:\t");
}

static volatile sig_atomic_t ended;

static void on_signal(int sig)
{
	ended = sig;
}

/* libfuse's own handlers would end the rings before what waits there was answered. */
static void set_handlers(void)
{
	const struct sigaction end = { .sa_handler = on_signal };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGHUP, &end, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

int uring_loop(struct fuse_session *se)
{
	struct pollfd pfd = { .fd = fuse_session_fd(se), .events = POLLIN };
	struct fuse_buf buf = { 0 };
	int n = 0;

	set_handlers();
	while (!ended && !fuse_session_exited(se)) {
		n = poll(&pfd, 1, LOOK_MS);
		if (n <= 0)
			continue;
		n = fuse_session_receive_buf(se, &buf);
		if (n == -EINTR || n == -EAGAIN)
			continue;
		if (n <= 0)
			break;
		fuse_session_process_buf(se, &buf);
	}
	free(buf.mem);
	return n < 0 && n != -EINTR && n != -EAGAIN ? n : 0;
}

void uring_stop(struct fuse_session *se)
{
	/* A loop that has ended before it begins stops the rings: nothing else does. */
	fuse_session_exit(se);
	fuse_session_loop(se);
}
