/* SPDX-License-Identifier: MIT */
/* Forks COUNT processes as fast as it can, but for no more than 3 s; none is left. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 0, n;
	struct timespec began, now;

	clock_gettime(CLOCK_MONOTONIC, &began);
	for (n = 0; n < count; n++) {
		pid_t pid = fork();

		if (!pid)
			_exit((int)(n & 0x7f));
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			break;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec - began.tv_sec >= 3)
			break;
	}
	printf("%ld\n", n);
	return 0;
}
