/* SPDX-License-Identifier: MIT */
/*
 * Numbers and signals, as people write them.
 *
 * The whole string has to be the number: no blanks, no '+', nothing behind it.
 * Decimal, or hexadecimal after 0x; a leading 0 does not mean octal.
 * Results: 0, -EINVAL for what is no number, -ERANGE for one that the type
 * cannot hold.  The value is written only on success.
 */
#ifndef PIDNSFS_UTIL_PARSE_H
#define PIDNSFS_UTIL_PARSE_H

#include <stdint.h>

int parse_int(const char *s, int *value);
int parse_long(const char *s, long *value);
int parse_u64(const char *s, uint64_t *value);

/*
 * KILL, SIGKILL, sigkill, RTMIN+3, RTMAX-1, or any int: whether there is such a
 * signal is not judged here.
 */
int parse_signal(const char *s, int *sig);

#define SIGNAL_NAME_LEN 24
/* "KILL", "RTMIN+3", or the number; returns buf. */
const char *signal_name(int sig, char buf[SIGNAL_NAME_LEN]);

#endif
