/* SPDX-License-Identifier: MIT */
/*
 * Does several things with one open file, each with exactly one system call, and
 * names the errors, as no shell can.
 *
 *	talk [-rnat] FILE ACTION...
 *
 *	-r  open it to read alone; -n with O_NONBLOCK; -a with O_APPEND; -t with O_TRUNC
 *
 *	ask LINE   write the line and a newline; if that works, read all that comes back
 *	line LINE  write the line and a newline
 *	write TEXT write this, where \n, \0 and \\ mean what they do in C
 *	fill N TEXT  write a line of N bytes which begins with TEXT, blanks behind it,
 *	             without a newline
 *	read       one read
 *	poll       is there anything to be read?
 *	seek N, pread N, truncate N
 *	run CMD    a command of the shell
 *	try FILE   opens another file to read, and holds it until the end
 *	open FILE  goes on with another one
 *	each LINE  opens the file anew and writes the line
 *
 * Each prints a line: what came back (its lines joined by ;), `ok', the number of
 * bytes where it is not all of them, or the name of the error.  What still waits
 * after a minute is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUF_SIZE 65536

static const struct {
	int err;
	const char *name;
} names[] = {
#define E(name)             \
	{                   \
		name, #name \
	}
	E(EPERM),  E(ENOENT), E(ESRCH),	 E(EINTR),	E(EIO),	     E(E2BIG),	E(EBADF),
	E(ECHILD), E(EAGAIN), E(ENOMEM), E(EACCES),	E(EFAULT),   E(EBUSY),	E(EEXIST),
	E(EXDEV),  E(ENODEV), E(EISDIR), E(EINVAL),	E(ENOTTY),   E(ENOSPC), E(ESPIPE),
	E(EROFS),  E(ERANGE), E(ENOSYS), E(ECANCELED),	E(EUSERS),   E(EMFILE), E(EOVERFLOW),
	E(ELOOP),  E(ENXIO),  E(EPIPE),	 E(EOPNOTSUPP), E(ENOTCONN),
#undef E
};

static char buf[BUF_SIZE];
static int flags = O_RDWR; /* with which the file is opened */
static const char *name; /* of the file */
static int fd = -1;

static void say_errno(void)
{
	int err = errno;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].err == err) {
			puts(names[i].name);
			return;
		}
	}
	printf("errno %d\n", err);
}

static void say_result(ssize_t n, size_t wanted)
{
	if (n < 0)
		say_errno();
	else if ((size_t)n == wanted)
		puts("ok");
	else
		printf("%zd\n", n);
}

static void say_text(size_t n)
{
	if (n && buf[n - 1] == '\n')
		n--;
	for (size_t i = 0; i < n; i++)
		putchar(buf[i] == '\n' ? ';' : buf[i]);
	putchar('\n');
}

static size_t unescape(const char *s, char *to)
{
	size_t n = 0;

	for (; *s && n < BUF_SIZE; s++) {
		if (*s == '\\' && s[1]) {
			s++;
			to[n++] = *s == 'n' ? '\n' : *s == '0' ? '\0' : *s;
		} else {
			to[n++] = *s;
		}
	}
	return n;
}

static bool write_line(const char *line)
{
	size_t n = (size_t)snprintf(buf, sizeof(buf), "%s\n", line);
	ssize_t done = write(fd, buf, n);

	if (done == (ssize_t)n)
		return true;
	say_result(done, n);
	return false;
}

static void read_all(void)
{
	size_t had = 0;
	ssize_t n;

	while (had < sizeof(buf) && (n = read(fd, buf + had, sizeof(buf) - had)) != 0) {
		if (n < 0) {
			say_errno();
			return;
		}
		had += (size_t)n;
	}
	say_text(had);
}

static bool reopen(const char *file)
{
	if (fd >= 0)
		close(fd);
	name = file;
	fd = open(file, flags | O_CLOEXEC);
	if (fd >= 0)
		return true;
	say_errno();
	return false;
}

/* Returns how many arguments were used, 0 if there is no such action. */
static int act(char **v, const char *arg)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (strcmp(v[0], "read") == 0) {
		n = read(fd, buf, sizeof(buf));
		n < 0 ? say_errno() : say_text((size_t)n);
		return 1;
	}
	if (strcmp(v[0], "poll") == 0) {
		n = poll(&p, 1, 0);
		puts(n > 0 && (p.revents & POLLIN) ? "ready" : "busy");
		return 1;
	}
	if (!arg)
		return 0;
	if (strcmp(v[0], "ask") == 0) {
		if (write_line(arg))
			read_all();
	} else if (strcmp(v[0], "line") == 0) {
		if (write_line(arg))
			puts("ok");
	} else if (strcmp(v[0], "each") == 0) {
		if (reopen(name) && write_line(arg))
			puts("ok");
	} else if (strcmp(v[0], "open") == 0) {
		return reopen(arg) ? 2 : -1;
	} else if (strcmp(v[0], "write") == 0) {
		size_t len = unescape(arg, buf);

		say_result(write(fd, buf, len), len);
	} else if (strcmp(v[0], "fill") == 0 && v[2]) {
		size_t len = strtoul(arg, NULL, 0), had = strlen(v[2]);

		if (len > sizeof(buf) || had > len)
			return 0;
		memset(buf, ' ', len);
		memcpy(buf, v[2], had);
		say_result(write(fd, buf, len), len);
		return 3;
	} else if (strcmp(v[0], "seek") == 0) {
		say_result(lseek(fd, atol(arg), SEEK_SET), (size_t)atol(arg));
	} else if (strcmp(v[0], "pread") == 0) {
		n = pread(fd, buf, sizeof(buf), atol(arg));
		n < 0 ? say_errno() : say_text((size_t)n);
	} else if (strcmp(v[0], "truncate") == 0) {
		say_result(ftruncate(fd, atol(arg)), 0);
	} else if (strcmp(v[0], "run") == 0) {
		fflush(stdout);
		if (system(arg)) /* a shell's status is its own affair */
			clearerr(stdout);
	} else if (strcmp(v[0], "try") == 0) {
		n = open(arg, O_RDONLY | O_CLOEXEC);
		n < 0 ? say_errno() : (void)puts("ok");
	} else {
		return 0;
	}
	return 2;
}

int main(int argc, char **argv)
{
	int opt, used;

	while ((opt = getopt(argc, argv, "+rnat")) != -1) {
		switch (opt) {
		case 'r':
			flags = (flags & ~O_ACCMODE) | O_RDONLY;
			break;
		case 'n':
			flags |= O_NONBLOCK;
			break;
		case 'a':
			flags |= O_APPEND;
			break;
		case 't':
			flags |= O_TRUNC;
			break;
		default:
			return 2;
		}
	}
	alarm(60);
	if (optind == argc)
		return 2;
	if (!reopen(argv[optind]))
		return 1;
	for (int i = optind + 1; i < argc; i += used) {
		used = act(argv + i, i + 1 < argc ? argv[i + 1] : NULL);
		if (used < 0)
			return 1;
		if (!used) {
			fprintf(stderr, "talk: what is %s?\n", argv[i]);
			return 2;
		}
		fflush(stdout);
	}
	return 0;
}
