/* SPDX-License-Identifier: MIT */
/*
 * What -d shows: the way of a request, a line for each file of ours that it
 * passes through, as README tells it.
 */
#ifndef PIDNSFS_UTIL_TRACE_H
#define PIDNSFS_UTIL_TRACE_H

#include <stdbool.h>

extern bool trace_on; /* set before there is a second thread */

/* One line on standard error: the source file (no path but its layer's), the text. */
void trace_line(const char *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Costs nothing but a look at trace_on as long as it is off. */
#define TRACE(...)                                         \
	do {                                               \
		if (__builtin_expect(trace_on, 0))         \
			trace_line(__FILE__, __VA_ARGS__); \
	} while (0)

#endif
