/* SPDX-License-Identifier: MIT */
/*
 * The last refused commands of a mount, each with its reason in words.
 *
 * A ring of one-line sentences, safe to use from every thread:
 *
 *	5 setns: 4026531840: EINVAL (Invalid argument): no ancestor of …
 */
#ifndef PIDNSFS_CTL_ERRORS_H
#define PIDNSFS_CTL_ERRORS_H

#include <glib.h>
#include <stddef.h>

#define ERRORS_KEPT 64

struct errors;

struct errors *errors_new(void);
void errors_free(struct errors *e);
/*
 * err is positive.  line need not be text nor end in NUL; it is escaped and cut.
 * With no reason, or an empty one, a general sentence for err takes its place.
 */
void errors_add(struct errors *e, const char *path, const char *verb, const char *line, size_t len,
		int err, const char *reason);
/* Appends every line kept, the newest last. */
void errors_text(struct errors *e, GString *out);

#endif
