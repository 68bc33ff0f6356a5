/* SPDX-License-Identifier: MIT */
/* Numbers and signals, as people write them. */
#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <signal.h>

#include "util/parse.h"

static void test_numbers(void)
{
	int i = 7;
	long l = 7;
	uint64_t u = 7;

	g_assert_cmpint(parse_int("2147483647", &i), ==, 0);
	g_assert_cmpint(i, ==, INT_MAX);
	g_assert_cmpint(parse_int("-2147483648", &i), ==, 0);
	g_assert_cmpint(i, ==, INT_MIN);
	g_assert_cmpint(parse_int("-0x10", &i), ==, 0);
	g_assert_cmpint(i, ==, -16);
	g_assert_cmpint(parse_int("010", &i), ==, 0);
	g_assert_cmpint(i, ==, 10);
	g_assert_cmpint(parse_int("2147483648", &i), ==, -ERANGE);
	g_assert_cmpint(parse_int("-2147483649", &i), ==, -ERANGE);
	g_assert_cmpint(parse_int("99999999999999999999999", &i), ==, -ERANGE);
	g_assert_cmpint(i, ==, 10);
	g_assert_cmpint(parse_long("-9223372036854775808", &l), ==, 0);
	g_assert_cmpint(l, ==, LONG_MIN);
	g_assert_cmpint(parse_long("9223372036854775808", &l), ==, -ERANGE);
	g_assert_cmpint(parse_u64("18446744073709551615", &u), ==, 0);
	g_assert_true(u == UINT64_MAX);
	g_assert_cmpint(parse_u64("0xFFFFffffFFFFffff", &u), ==, 0);
	g_assert_true(u == UINT64_MAX);
	g_assert_cmpint(parse_u64("18446744073709551616", &u), ==, -ERANGE);
	g_assert_cmpint(parse_u64("0x10000000000000000", &u), ==, -ERANGE);

	static const char *const none[] = { "",	   "-",	  "+1",	 " 1",
					    "1 ",  "0x",  "0xg", "1a",
					    "--1", "-+1", "ff",	 "99999999999999999999x",
					    "1.0", "-0x", "0x-1" };
	for (size_t n = 0; n < G_N_ELEMENTS(none); n++) {
		g_assert_cmpint(parse_int(none[n], &i), ==, -EINVAL);
		g_assert_cmpint(parse_long(none[n], &l), ==, -EINVAL);
		g_assert_cmpint(parse_u64(none[n], &u), ==, -EINVAL);
	}
	g_assert_cmpint(parse_u64("-1", &u), ==, -EINVAL);
}

static void test_signals(void)
{
	/* Not static: the C library decides where real-time signals begin. */
	const struct {
		const char *text;
		int sig;
	} good[] = {
		{ "KILL", SIGKILL },
		{ "SIGKILL", SIGKILL },
		{ "sigterm", SIGTERM },
		{ "9", 9 },
		{ "0", 0 },
		{ "66", 66 },
		{ "-1", -1 },
		{ "0x9", 9 },
		{ "CLD", SIGCHLD },
		{ "RTMIN", SIGRTMIN },
		{ "RTMIN+3", SIGRTMIN + 3 },
		{ "SIGRTMAX-1", SIGRTMAX - 1 },
	};
	static const char *const bad[] = { "",	       "SIG",	  "SIGSIGKILL", "KILLX",
					   "9x",       "RTMIN-1", "RTMAX+1",	"RTMIN+",
					   "RTMIN+-1", "RTMIN+99" };
	char buf[SIGNAL_NAME_LEN];
	int sig = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
		g_assert_cmpint(parse_signal(good[i].text, &sig), ==, 0);
		g_assert_cmpint(sig, ==, good[i].sig);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_cmpint(parse_signal(bad[i], &sig), <, 0);
	g_assert_cmpstr(signal_name(SIGCHLD, buf), ==, "CHLD");
	g_assert_cmpstr(signal_name(SIGABRT, buf), ==, "ABRT");
	g_assert_cmpstr(signal_name(0, buf), ==, "0");
	g_assert_cmpstr(signal_name(32, buf), ==, "32");
	g_assert_cmpstr(signal_name(SIGRTMIN + 3, buf), ==, "RTMIN+3");
	g_assert_cmpstr(signal_name(INT_MIN, buf), ==, "-2147483648");
	/* What is written can be read. */
	for (int i = -3; i < 70; i++) {
		g_assert_cmpint(parse_signal(signal_name(i, buf), &sig), ==, 0);
		g_assert_cmpint(sig, ==, i);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/parse/numbers", test_numbers);
	g_test_add_func("/parse/signals", test_signals);
	return g_test_run();
}
