/* SPDX-License-Identifier: MIT */
#include "util/parse.h"

#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

int parse_u64(const char *s, uint64_t *value)
{
	uint64_t v = 0;
	unsigned int base = 10;
	int err = 0;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	}
	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		int digit = g_ascii_xdigit_value(*s);

		if (digit < 0 || (unsigned int)digit >= base)
			return -EINVAL;
		/* Go on: what follows may show that it is no number at all. */
		if (__builtin_mul_overflow(v, base, &v) ||
		    __builtin_add_overflow(v, (unsigned int)digit, &v))
			err = -ERANGE;
	}
	if (!err)
		*value = v;
	return err;
}

static int parse_signed(const char *s, int64_t min, int64_t max, int64_t *value)
{
	gboolean minus = *s == '-';
	uint64_t limit = minus ? 0 - (uint64_t)min : (uint64_t)max;
	uint64_t v;
	int err = parse_u64(s + minus, &v);

	if (err)
		return err;
	if (v > limit)
		return -ERANGE;
	*value = (int64_t)(minus ? 0 - v : v);
	return 0;
}

int parse_int(const char *s, int *value)
{
	int64_t v;
	int err = parse_signed(s, INT_MIN, INT_MAX, &v);

	if (!err)
		*value = (int)v;
	return err;
}

int parse_long(const char *s, long *value)
{
	int64_t v;
	int err = parse_signed(s, LONG_MIN, LONG_MAX, &v);

	if (!err)
		*value = (long)v;
	return err;
}

static const struct {
	const char *name;
	int sig;
} signals[] = {
	{ "HUP", SIGHUP },
	{ "INT", SIGINT },
	{ "QUIT", SIGQUIT },
	{ "ILL", SIGILL },
	{ "TRAP", SIGTRAP },
	{ "ABRT", SIGABRT },
	{ "BUS", SIGBUS },
	{ "FPE", SIGFPE },
	{ "KILL", SIGKILL },
	{ "USR1", SIGUSR1 },
	{ "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 },
	{ "PIPE", SIGPIPE },
	{ "ALRM", SIGALRM },
	{ "TERM", SIGTERM },
#ifdef SIGSTKFLT
	{ "STKFLT", SIGSTKFLT },
#endif
	{ "CHLD", SIGCHLD },
	{ "CONT", SIGCONT },
	{ "STOP", SIGSTOP },
	{ "TSTP", SIGTSTP },
	{ "TTIN", SIGTTIN },
	{ "TTOU", SIGTTOU },
	{ "URG", SIGURG },
	{ "XCPU", SIGXCPU },
	{ "XFSZ", SIGXFSZ },
	{ "VTALRM", SIGVTALRM },
	{ "PROF", SIGPROF },
	{ "WINCH", SIGWINCH },
	{ "IO", SIGIO },
	{ "PWR", SIGPWR },
	{ "SYS", SIGSYS },
	/* Second names: read, never written. */
	{ "IOT", SIGABRT },
	{ "CLD", SIGCHLD },
	{ "POLL", SIGIO },
};

static int parse_realtime(const char *s, int *sig)
{
	gboolean from_max = g_ascii_strncasecmp(s, "RTMAX", 5) == 0;
	int64_t n = 0;

	if (!from_max && g_ascii_strncasecmp(s, "RTMIN", 5) != 0)
		return -EINVAL;
	s += 5;
	if (*s) {
		int err;

		if (*s != (from_max ? '-' : '+') || s[1] == '-')
			return -EINVAL;
		err = parse_signed(s + 1, 0, SIGRTMAX - SIGRTMIN, &n);
		if (err)
			return err;
	}
	*sig = (int)(from_max ? SIGRTMAX - n : SIGRTMIN + n);
	return 0;
}

int parse_signal(const char *s, int *sig)
{
	if (g_ascii_isdigit(*s) || *s == '-')
		return parse_int(s, sig);
	if (g_ascii_strncasecmp(s, "SIG", 3) == 0)
		s += 3;
	for (size_t i = 0; i < G_N_ELEMENTS(signals); i++) {
		if (g_ascii_strcasecmp(s, signals[i].name) == 0) {
			*sig = signals[i].sig;
			return 0;
		}
	}
	return parse_realtime(s, sig);
}

const char *signal_name(int sig, char buf[SIGNAL_NAME_LEN])
{
	const int rtmin = SIGRTMIN, rtmax = SIGRTMAX;

	for (size_t i = 0; i < G_N_ELEMENTS(signals); i++) {
		if (signals[i].sig == sig) {
			g_strlcpy(buf, signals[i].name, SIGNAL_NAME_LEN);
			return buf;
		}
	}
	/* The halves are named from their ends, as bash's kill -l does. */
	if (sig == rtmin || sig == rtmax)
		g_strlcpy(buf, sig == rtmin ? "RTMIN" : "RTMAX", SIGNAL_NAME_LEN);
	else if (sig > rtmin && sig <= (rtmin + rtmax) / 2)
		snprintf(buf, SIGNAL_NAME_LEN, "RTMIN+%d", sig - rtmin);
	else if (sig > rtmin && sig < rtmax)
		snprintf(buf, SIGNAL_NAME_LEN, "RTMAX-%d", rtmax - sig);
	else
		snprintf(buf, SIGNAL_NAME_LEN, "%d", sig);
	return buf;
}
