/* SPDX-License-Identifier: MIT */
/*
 * One open control file: lines go in, commands are run, replies come out.
 *
 * Every function may be called from any thread, but for session_free(), which
 * is the last.  None waits for anything but the others.
 */
#ifndef PIDNSFS_CTL_SESSION_H
#define PIDNSFS_CTL_SESSION_H

#include <glib.h>
#include <stddef.h>
#include <sys/types.h>

#include "ctl/errors.h"
#include "ctl/verb.h"
#include "world/world.h"

struct session;

/* path: of the directory in the mount, for the errors file; it is copied. */
struct session *session_new(struct world *w, struct errors *e, const struct verb *verb,
			    struct world_actor actor, const char *path);
/* Calls off what waits; nobody may be inside.  No waiter is woken. */
void session_free(struct session *s);

/* The bytes of the lines that were done, or -errno if the first was refused. */
ssize_t session_write(struct session *s, const char *buf, size_t len);

/*
 * Appends up to max bytes of what is to be read; returns how many, 0 being the
 * end of file, or -errno if the command failed that was waited for.
 *
 * -EINPROGRESS: the reply waits, and waiter (if any) is registered: its wake is
 * called once, when it is worth to read again.  It may be called from any
 * thread and before this returns; it must not call into the session.  A waiter
 * can be given again when it was woken or cancelled.
 */
ssize_t session_read(struct session *s, GString *out, size_t max, struct world_waiter *waiter);
/*
 * Calls a registration off: afterwards wake is not running and will not be
 * called.  The wait itself goes on and can be read again.
 */
void session_cancel(struct session *s, struct world_waiter *waiter);

#endif
