/* SPDX-License-Identifier: MIT */
#include "pidnsctl/run.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pidnsctl/message.h"
#include "pidnsctl/place.h"
#include "pidnsctl/sandbox.h"
#include "pidnsctl/supervisor.h"
#include "pidnsctl/view.h"

/* The kernel's own limit, and where numbers are rarely anybody's. */
#define PID_LIMIT 4194304
#define FIRST_CHOICE 4000000

struct run {
	struct sandbox sandbox;
	pid_t init;
	int end; /* of the messages */
	int view; /* -1: the supervisor has it */
	bool master; /* the world is ours */
	int proc, command; /* what init has sent; -1: nothing yet */
	int listener; /* what the command has sent; -1: nothing (yet) */
	int signals;
	bool apart; /* the command has a session of its own */
	bool left; /* nobody has the filter any more */
	pid_t number; /* of the command, in its own namespace */
	struct supervisor *supervisor;
};

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "pidnsctl: run: %s: %s\n", what, why);
	return STATUS_RUN;
}

/* --- numbers -------------------------------------------------------------------- */

/* Since Linux 6.14 each PID namespace has a limit of its own. */
static pid_t number_limit(void)
{
	g_autofree char *text = NULL;
	int major = 0, minor = 0, limit = 0;
	struct utsname u;

	if (!uname(&u))
		sscanf(u.release, "%d.%d", &major, &minor);
	if (major > 6 || (major == 6 && minor >= 14))
		return PID_LIMIT;
	if (g_file_get_contents("/proc/sys/kernel/pid_max", &text, NULL, NULL))
		limit = atoi(text);
	return limit > 2000 ? limit : PID_LIMIT;
}

/*
 * A stretch of numbers that are nobody's in the view: from 4000000 up, or else
 * the middle of the longest one.
 */
static void choose_numbers(const struct view *v, pid_t *first, pid_t *last)
{
	g_autoptr(GArray) numbers = view_numbers(v);
	pid_t limit = number_limit(), before = 1000, from = 1000, to = 1000;
	pid_t end = limit;

	g_array_append_val(numbers, limit);
	for (guint i = 0; i < numbers->len; i++) {
		pid_t nr = MIN(g_array_index(numbers, pid_t, i), limit);

		if (nr >= FIRST_CHOICE && nr < end)
			end = nr;
		if (nr - before > to - from) {
			from = before;
			to = nr;
		}
		before = MAX(before, nr);
	}
	/* The end may have somebody, as long as there is room before. */
	if (end - FIRST_CHOICE >= 100000) {
		*first = FIRST_CHOICE;
		*last = end;
	} else {
		*first = from + (to - from) / 2;
		*last = to;
	}
}

/* --- signals -------------------------------------------------------------------- */

/* Those that are the command's business, and not ours. */
static const int passed_on[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1,
				 SIGUSR2, SIGALRM, SIGTSTP, SIGCONT, SIGWINCH };

static void block_signals(struct run *r)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < G_N_ELEMENTS(passed_on); i++)
		sigaddset(&set, passed_on[i]);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &r->sandbox.mask);
	r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void pass_on(const struct run *r, int sig)
{
	if (r->command >= 0)
		syscall(SYS_pidfd_send_signal, r->command, sig, NULL, 0);
	else if (sig == SIGINT || sig == SIGTERM || sig == SIGHUP || sig == SIGQUIT)
		kill(r->init, SIGKILL); /* it is not even there yet */
}

static void take_signal(const struct run *r, const struct signalfd_siginfo *info)
{
	/* The terminal tells all of its group, and we are of the command's. */
	bool told = info->ssi_code == SI_KERNEL && !r->apart;

	switch ((int)info->ssi_signo) {
	case SIGCHLD:
		return;
	case SIGTSTP:
		if (!told)
			pass_on(r, SIGTSTP);
		if (!r->apart)
			raise(SIGSTOP);
		return;
	default:
		if (!told)
			pass_on(r, (int)info->ssi_signo);
	}
}

/* The command stopped itself: so do we, or our shell would not know. */
static void stop_too(const struct run *r)
{
	char path[48], text[256] = "", *rest;
	int fd;

	if (r->apart || r->proc < 0)
		return;
	/* It may go on by now. */
	snprintf(path, sizeof(path), "%d/stat", r->number);
	fd = openat(r->proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	rest = strrchr(text, ')');
	if (rest && g_str_has_prefix(rest, ") T"))
		raise(SIGSTOP);
}

/* --- messages ------------------------------------------------------------------- */

static void begin_answering(struct run *r)
{
	if (r->supervisor || r->proc < 0 || r->listener < 0)
		return;
	r->supervisor = supervisor_new(r->view, dup(r->proc), r->listener, r->master);
	r->view = -1;
}

static void say_not_answered(const struct run *r, int err)
{
	const char *why = g_strerror(err);

	if (!r->sandbox.answered)
		return;
	if (err == EBUSY)
		why = "an outer pidnsctl does so, for its own view";
	fprintf(stderr,
		"pidnsctl: run: cannot answer its system calls (%s): it may look, but not act\n",
		why);
}

static void take_message(struct run *r, const struct message *m)
{
	struct message go = { .kind = MESSAGE_GO };

	switch (m->kind) {
	case MESSAGE_BORN:
		message_send(r->end, &go);
		break;
	case MESSAGE_READY:
		if (m->nfds == 2) {
			r->proc = m->fds[0];
			r->command = m->fds[1];
			r->number = m->value;
		}
		break;
	case MESSAGE_FILTER:
		if (m->nfds == 1) {
			r->listener = m->fds[0];
		} else {
			r->apart = true;
			say_not_answered(r, m->value);
		}
		break;
	case MESSAGE_STOPPED:
		stop_too(r);
		break;
	default:
		break;
	}
	begin_answering(r);
}

/* --- the parent ------------------------------------------------------------------ */

/* Has init ended?  Then status is what it said of the command. */
static bool has_ended(const struct run *r, int *status)
{
	int how;
	pid_t pid = waitpid(r->init, &how, WNOHANG);

	if (pid != r->init)
		return false;
	*status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
	return true;
}

enum {
	POLL_SIGNALS,
	POLL_MESSAGES,
	POLL_CALLS,
	POLLS
};

static int attend(struct run *r)
{
	struct pollfd p[POLLS] = {
		[POLL_SIGNALS] = { .fd = r->signals, .events = POLLIN },
		[POLL_MESSAGES] = { .fd = r->end, .events = POLLIN },
		[POLL_CALLS] = { .fd = -1, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	struct message m;
	int status;

	while (!has_ended(r, &status)) {
		if (r->supervisor && !r->left)
			p[POLL_CALLS].fd = r->listener;
		if (poll(p, POLLS, -1) < 0)
			continue;
		if (p[POLL_CALLS].revents & POLLIN)
			supervisor_serve(r->supervisor);
		else if (p[POLL_CALLS].revents & (POLLHUP | POLLERR))
			r->left = true, p[POLL_CALLS].fd = -1;
		while (read(r->signals, &info, sizeof(info)) > 0)
			take_signal(r, &info);
		if (p[POLL_MESSAGES].revents & POLLIN && !message_receive(r->end, &m))
			take_message(r, &m);
		else if (p[POLL_MESSAGES].revents & POLLHUP)
			p[POLL_MESSAGES].fd = -1;
	}
	return status;
}

static int start(struct run *r)
{
	int ends[2];

	if (!sandbox_unshare())
		return STATUS_RUN;
	if (message_pair(ends))
		return complain("socketpair", g_strerror(errno));
	block_signals(r);
	fflush(NULL);
	r->init = fork();
	if (r->init < 0)
		return complain("fork", g_strerror(errno));
	if (r->init == 0) {
		close(ends[0]);
		r->sandbox.end = ends[1];
		sandbox_init(&r->sandbox);
	}
	close(ends[1]);
	r->end = ends[0];
	return 0;
}

/* The view's .run, of which the path is to be freed; -1, and says why. */
static int open_view(const struct place *place, const char *given, char **path)
{
	g_autofree char *run = g_strconcat(place->path, "/.run", NULL);
	int fd = open(run, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		fprintf(stderr,
			"pidnsctl: run: %s: is no view of invented processes: that is MNT or "
			"MNT/ns/INUM; among real ones: pidnsctl exec\n",
			given);
	else
		*path = g_steal_pointer(&run);
	return fd;
}

static int run_in(const char *given, bool writable, struct run *r)
{
	g_autofree char *path = NULL;
	struct place place;
	struct view v = { 0 };
	struct stat st;
	int status = (int)place_find(&place, given);

	if (status)
		return STATUS_RUN;
	r->view = v.dir = open_view(&place, given, &path);
	/* In a user namespace there are no others. */
	if (!writable && mount_find(&r->sandbox.source, place.path))
		r->sandbox.source.others = place.others && geteuid() == 0;
	place_clear(&place);
	if (r->view < 0)
		return STATUS_RUN;
	/* In a user namespace it could not be told any more. */
	r->master = !fstat(r->view, &st) && (geteuid() == 0 || geteuid() == st.st_uid);
	r->sandbox.view = path;
	choose_numbers(&v, &r->sandbox.first, &r->sandbox.last);
	status = start(r);
	if (status)
		return status;
	status = attend(r);
	supervisor_free(r->supervisor);
	/* Our children would be born where nobody can be any more: no handlers at exit. */
	_exit(status);
}

#define USAGE "pidnsctl run [-i] [-w] VIEW [--] COMMAND\n"

static bool is_option(const char *word, const char *brief, const char *full)
{
	return strcmp(word, brief) == 0 || strcmp(word, full) == 0;
}

int run_main(char **words, int n)
{
	struct run r = { .sandbox.answered = true,
			 .end = -1,
			 .view = -1,
			 .proc = -1,
			 .command = -1,
			 .listener = -1 };
	bool writable = false;
	int i = 0;
	int view;

	for (; i < n; i++)
		if (is_option(words[i], "-i", "--isolate"))
			r.sandbox.answered = false;
		else if (is_option(words[i], "-w", "--writable"))
			writable = true;
		else
			break;
	if (i >= n || words[i][0] == '-') {
		fprintf(stderr, "pidnsctl: run: no view: " USAGE);
		return STATUS_RUN;
	}
	view = i++;
	if (i < n && strcmp(words[i], "--") == 0)
		i++;
	if (i >= n) {
		fprintf(stderr, "pidnsctl: run: no command: " USAGE);
		return STATUS_RUN;
	}
	r.sandbox.argv = words + i;
	return run_in(words[view], writable, &r);
}
