/* SPDX-License-Identifier: MIT */
/* Words become the line that a control file is written. */
#ifndef PIDNSFS_PIDNSCTL_LINE_H
#define PIDNSFS_PIDNSCTL_LINE_H

#include <glib.h>

/*
 * Quotes the words so that the grammar of control files finds the very same
 * ones, and ends the line.  NULL: a word has a newline, which no line can hold.
 * To be freed with g_string_free().
 */
GString *line_of_words(char *const *words, int n);

#endif
