/* SPDX-License-Identifier: MIT */
#include "pidnsctl/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* As long as nobody in there has the terminal open, it is looked at this often. */
#define LOOK_MS 200
/* What is left at the end is shown, unless nobody takes it for so long. */
#define REST_MS 2000
#define SIZE 4096

struct stream {
	char buf[SIZE];
	size_t at, len; /* of what is still to be written */
};

struct relay {
	int master;
	int screen; /* a description of its own, that does not wait */
	int signals;
	pid_t program;
	struct termios cooked; /* our terminal as it was */
	bool hung; /* nobody in there has it open */
	bool ends; /* our own terminal has gone */
	struct stream in, out;
};

bool terminal_size(struct winsize *size)
{
	return !ioctl(STDIN_FILENO, TIOCGWINSZ, size) && isatty(STDIN_FILENO);
}

static void make_raw(const struct relay *r)
{
	struct termios raw = r->cooked;

	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

static void make_cooked(const struct relay *r)
{
	tcsetattr(STDIN_FILENO, TCSANOW, &r->cooked);
}

static void pass_size(const struct relay *r)
{
	struct winsize size;

	if (terminal_size(&size))
		ioctl(r->master, TIOCSWINSZ, &size);
}

/* The others of our terminal's would have to wait with us, were it their description. */
static int open_screen(void)
{
	int fd = open("/proc/self/fd/1", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	return fd >= 0 ? fd : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
}

/* --- bytes ---------------------------------------------------------------------- */

/* false: nothing more will come. */
static bool fill(int fd, struct stream *s)
{
	ssize_t n = read(fd, s->buf, sizeof(s->buf));

	s->at = 0;
	s->len = n > 0 ? (size_t)n : 0;
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* false: nobody will ever take it. */
static bool drain(int fd, struct stream *s)
{
	ssize_t n = write(fd, s->buf + s->at, s->len - s->at);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return false;
	s->at += n > 0 ? (size_t)n : 0;
	return true;
}

static bool is_empty(const struct stream *s)
{
	return s->at == s->len;
}

/* --- signals -------------------------------------------------------------------- */

static const int caught[] = { SIGHUP,  SIGINT,	SIGQUIT,  SIGTERM, SIGTSTP,
			      SIGCONT, SIGCHLD, SIGWINCH, SIGUSR1, SIGUSR2 };

/* The signal by which we are to end; 0: none. */
static int take_signal(const struct relay *r, int sig)
{
	switch (sig) {
	case SIGCHLD:
		return 0;
	case SIGWINCH:
		pass_size(r);
		return 0;
	case SIGTSTP:
		make_cooked(r);
		raise(SIGSTOP);
		/* fallthrough */
	case SIGCONT:
		make_raw(r);
		pass_size(r);
		return 0;
	default:
		return sig;
	}
}

static int take_signals(const struct relay *r)
{
	struct signalfd_siginfo info;

	while (read(r->signals, &info, sizeof(info)) == sizeof(info)) {
		int sig = take_signal(r, (int)info.ssi_signo);

		if (sig)
			return sig;
	}
	return 0;
}

/* --- the relay ------------------------------------------------------------------- */

enum {
	POLL_SIGNALS,
	POLL_KEYS,
	POLL_MASTER,
	POLL_SCREEN,
	POLLS
};

static void wait_for_something(struct relay *r, struct pollfd p[POLLS])
{
	const bool hears = is_empty(&r->in), shows = is_empty(&r->out);

	p[POLL_SIGNALS] = (struct pollfd){ .fd = r->signals, .events = POLLIN };
	p[POLL_KEYS] = (struct pollfd){ .fd = hears ? STDIN_FILENO : -1, .events = POLLIN };
	p[POLL_MASTER] = (struct pollfd){ .fd = r->hung ? -1 : r->master };
	p[POLL_MASTER].events = (short)((shows ? POLLIN : 0) | (hears ? 0 : POLLOUT));
	if (!p[POLL_MASTER].events)
		p[POLL_MASTER].fd = -1;
	p[POLL_SCREEN] = (struct pollfd){ .fd = shows ? -1 : r->screen, .events = POLLOUT };
	(void)!poll(p, POLLS, r->hung ? LOOK_MS : -1);
	r->hung = false;
}

static void move_bytes(struct relay *r, const struct pollfd p[POLLS])
{
	if (p[POLL_KEYS].revents)
		r->ends |= !fill(STDIN_FILENO, &r->in);
	if (p[POLL_MASTER].revents & POLLOUT)
		r->hung |= !drain(r->master, &r->in);
	if (p[POLL_MASTER].revents & (POLLIN | POLLHUP) && is_empty(&r->out))
		r->hung |= !fill(r->master, &r->out);
	if (p[POLL_SCREEN].revents)
		r->ends |= !drain(r->screen, &r->out);
}

/* What it has written before its end. */
static void show_rest(struct relay *r)
{
	struct pollfd p = { .fd = r->screen, .events = POLLOUT };

	for (;;) {
		if (is_empty(&r->out) && (!fill(r->master, &r->out) || is_empty(&r->out)))
			return;
		if (poll(&p, 1, REST_MS) <= 0 || !drain(r->screen, &r->out))
			return;
	}
}

static int relay(struct relay *r, int *sig)
{
	struct pollfd p[POLLS];
	int status;

	for (;;) {
		if (waitpid(r->program, &status, WNOHANG) == r->program) {
			show_rest(r);
			return status;
		}
		*sig = r->ends ? SIGHUP : take_signals(r);
		if (*sig)
			return -1;
		wait_for_something(r, p);
		move_bytes(r, p);
	}
}

int terminal_relay(int master, pid_t program, int *sig)
{
	struct relay r = { .master = master, .program = program };
	sigset_t set, before;
	int status;

	sigemptyset(&set);
	for (size_t i = 0; i < G_N_ELEMENTS(caught); i++)
		sigaddset(&set, caught[i]);
	sigprocmask(SIG_BLOCK, &set, &before);
	r.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	r.screen = open_screen();
	fcntl(master, F_SETFL, O_NONBLOCK);
	tcgetattr(STDIN_FILENO, &r.cooked);
	make_raw(&r);
	/* It may have changed in between. */
	pass_size(&r);
	status = relay(&r, sig);
	make_cooked(&r);
	/* By this those in there are told that their terminal has gone. */
	close(master);
	close(r.screen);
	close(r.signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}
