/* SPDX-License-Identifier: MIT */
#include "fs/beside.h"

#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static struct {
	char *begin;
	size_t len;
} arguments;

void beside_init(int argc, char **argv)
{
	arguments.begin = argv[0];
	arguments.len = (size_t)(argv[argc - 1] - argv[0]) + strlen(argv[argc - 1]) + 1;
}

/* What it has inherited may be what somebody waits for the end of. */
static void close_others(const int *kept, int n)
{
	for (int fd = STDERR_FILENO + 1, end = (int)sysconf(_SC_OPEN_MAX); fd < end && fd < 4096;
	     fd++) {
		bool keep = false;

		for (int i = 0; i < n; i++)
			keep |= fd == kept[i];
		if (!keep)
			close(fd);
	}
}

void beside_become(const char *name, const int *kept, int n)
{
	int null = open("/dev/null", O_RDWR);

	setsid();
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0 || chdir("/"))
		_exit(1);
	close_others(kept, n);
	prctl(PR_SET_NAME, name, 0, 0, 0);
	memset(arguments.begin, 0, arguments.len);
	g_strlcpy(arguments.begin, name, arguments.len);
}
