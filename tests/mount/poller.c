/* SPDX-License-Identifier: MIT */
/*
 * Waits with poll(2) until a file can be read, as no shell can.
 *
 *	poller FILE	says `busy' or `ready', waits, says `ready', and copies
 *			what one read(2) gives
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

static int say(struct pollfd *p)
{
	puts(p->revents & POLLIN ? "ready" : "busy");
	return fflush(stdout);
}

int main(int argc, char **argv)
{
	struct pollfd p = { .events = POLLIN };
	char buf[4096];
	ssize_t n;

	if (argc != 2)
		return 2;
	p.fd = open(argv[1], O_RDONLY);
	if (p.fd < 0 || poll(&p, 1, 0) < 0 || say(&p) || poll(&p, 1, -1) < 0 || say(&p))
		return 1;
	n = read(p.fd, buf, sizeof(buf));
	return n < 0 || write(STDOUT_FILENO, buf, (size_t)n) != n;
}
