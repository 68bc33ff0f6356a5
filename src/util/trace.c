/* SPDX-License-Identifier: MIT */
#include "util/trace.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool trace_on;

void trace_line(const char *file, const char *format, ...)
{
	int saved = errno;
	char text[512];
	va_list args;

	/* The build may be anywhere: ../../src/core/fork.c */
	while (strncmp(file, "../", 3) == 0)
		file += 3;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* One call: lines of threads do not mix. */
	fprintf(stderr, "pidnsfs: %s: %s\n", file, text);
	errno = saved;
}
