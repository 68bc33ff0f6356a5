/* SPDX-License-Identifier: MIT */
/*
 * bomb SECONDS MAX: as the init of a PID namespace, in which everybody forks as
 * fast as they can, up to MAX at a time, and half of them die young.  Prints how many
 * there have been.  When it ends the kernel ends them all.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define SPARKS 32

struct shared {
	atomic_int living;
	atomic_long forks;
};

static struct shared *shared;
static time_t end;
static int max;

static int is_over(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec >= end;
}

static void leave(void)
{
	shared->living--;
	_exit(0);
}

/* Some that are gone at once: they cost far less than those with a memory of their own. */
static void spark(void)
{
	for (int i = 0; i < SPARKS; i++) {
		pid_t pid = vfork();

		if (!pid)
			_exit(0);
		if (pid > 0)
			shared->forks++;
	}
}

/* Nobody returns from here but init. */
static void explode(void)
{
	unsigned int luck = (unsigned int)getpid();

	while (!is_over()) {
		pid_t pid;

		luck = luck * 1103515245 + 12345;
		if (getpid() != 1 && luck >> 16 & 1)
			leave();
		spark();
		if (++shared->living > max) {
			shared->living--;
			usleep(100);
			continue;
		}
		pid = fork();
		if (pid > 0)
			shared->forks++;
		if (pid < 0)
			shared->living--;
		if (!pid)
			luck = (unsigned int)getpid() * 2654435761u;
	}
	if (getpid() != 1)
		leave();
}

int main(int argc, char **argv)
{
	struct timespec now;

	if (argc != 3 || getpid() != 1) {
		fputs("usage: bomb SECONDS MAX, in a PID namespace of its own\n", stderr);
		return 2;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return 1;
	/* Nobody waits: orphans go at once, others are zombies until their parents go. */
	signal(SIGCHLD, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec + atoi(argv[1]);
	max = atoi(argv[2]);
	explode();
	printf("%ld\n", shared->forks);
	return 0;
}
