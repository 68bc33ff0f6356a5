/* SPDX-License-Identifier: MIT */
#include "pidnsctl/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pidnsctl/message.h"
#include "pidnsctl/place.h"
#include "pidnsctl/supervisor.h"

#define LAST_PID "/proc/.host/sys/kernel/ns_last_pid"

/* --- in pidnsctl ------------------------------------------------------------- */

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return done;
}

/* Everybody stays who he is; of the others there is nobody. */
static bool map_ids(uid_t uid, gid_t gid)
{
	g_autofree char *users = g_strdup_printf("%u %u 1\n", uid, uid);
	g_autofree char *groups = g_strdup_printf("%u %u 1\n", gid, gid);

	write_file("/proc/self/setgroups", "deny");
	return write_file("/proc/self/uid_map", users) && write_file("/proc/self/gid_map", groups);
}

bool sandbox_unshare(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (!unshare(CLONE_NEWPID))
		return true;
	if (errno == EPERM && !unshare(CLONE_NEWUSER | CLONE_NEWPID)) {
		if (map_ids(uid, gid))
			return true;
		fprintf(stderr, "pidnsctl: run: cannot map users into a namespace: %s\n",
			g_strerror(errno));
		return false;
	}
	fprintf(stderr,
		"pidnsctl: run: no new namespaces for this user: %s (root may, or look at the "
		"sysctls user.max_user_namespaces and kernel.*userns*)\n",
		g_strerror(errno));
	return false;
}

/* --- init ---------------------------------------------------------------------- */

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "pidnsctl: run: %s: %s\n", what, g_strerror(errno));
	_exit(STATUS_RUN);
}

/*
 * The view on /proc, and a true /proc on its .host.  What mount_view() has returned, or -1
 * if it is part of the world's mount.
 */
static int mount_all(const struct sandbox *s)
{
	const char *view = s->view;
	g_autofree char *host = g_strconcat(view, "/.host", NULL);
	int served = -1;

	if (unshare(CLONE_NEWNS))
		give_up("a mount namespace");
	/* What is unmounted outside shall go here, too; nothing of ours goes there. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		give_up("mounts of its own");
	if (s->source.door[0])
		served = mount_view(&s->source, view);
	if (served < 0 && mount(view, view, NULL, MS_BIND, NULL))
		give_up(view);
	if (mount("proc", host, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL)) {
		/* In a container parts of /proc are hidden, and must stay so. */
		fprintf(stderr,
			"pidnsctl: run: no /proc of its own (%s), so that of outside is at "
			"/proc/.host\n",
			g_strerror(errno));
		if (mount("/proc", host, NULL, MS_BIND | MS_REC, NULL))
			give_up(host);
	}
	if (mount(view, "/proc", NULL, MS_MOVE, NULL))
		give_up("/proc");
	return served;
}

/* Nobody serves the view any more: what the kernel has kept of it must not be seen. */
static void hide_view(void)
{
	mount("none", "/proc", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
	      "size=4k,mode=555");
}

/* The next child gets the first number, if it can be helped. */
static bool number_next(pid_t first)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", first - 1);
	return write_file(LAST_PID, text);
}

static pid_t last_number(void)
{
	char text[16] = "";
	int fd = open(LAST_PID, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	if (fd >= 0)
		close(fd);
	return atoi(text);
}

static _Noreturn void be_command(const struct sandbox *s)
{
	struct message m = { .kind = MESSAGE_FILTER };
	int listener = -EPERM;

	if (s->answered)
		listener = supervisor_filter();
	if (listener >= 0) {
		m.nfds = 1;
		m.fds[0] = listener;
	} else {
		m.value = -listener;
		/*
		 * Signals to a group of processes, which is that of pidnsctl and of
		 * others outside, shall stay here.
		 */
		setsid();
	}
	if (message_send(s->end, &m))
		_exit(STATUS_RUN);
	sigprocmask(SIG_SETMASK, &s->mask, NULL);
	execvp(s->argv[0], s->argv);
	fprintf(stderr, "pidnsctl: run: %s: %s\n", s->argv[0], g_strerror(errno));
	_exit(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_EXEC);
}

static void tell(const struct sandbox *s, struct message m)
{
	if (message_send(s->end, &m))
		_exit(STATUS_RUN);
}

static void tell_ready(const struct sandbox *s, pid_t command)
{
	struct message m = { .kind = MESSAGE_READY, .value = command, .nfds = 2 };

	m.fds[0] = open("/proc/.host", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	m.fds[1] = (int)syscall(SYS_pidfd_open, command, 0);
	if (m.fds[0] < 0 || m.fds[1] < 0)
		give_up("/proc/.host or a pidfd");
	tell(s, m);
	close(m.fds[0]);
	close(m.fds[1]);
}

/* Takes all that have ended; does not return if the command is one of them. */
static void reap(const struct sandbox *s, pid_t command)
{
	siginfo_t info = { 0 };

	while (!waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG) && info.si_pid) {
		if (info.si_pid == command && info.si_code == CLD_EXITED)
			_exit(info.si_status);
		if (info.si_pid == command &&
		    (info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED))
			_exit(128 + info.si_status);
		if (info.si_pid == command && info.si_code == CLD_STOPPED)
			tell(s, (struct message){ .kind = MESSAGE_STOPPED });
		info.si_pid = 0;
	}
}

/*
 * As forks go on, numbers come to the end of those that are nobody's: then they
 * begin again.  Looked at each second, which is often enough for the margin.
 */
#define MARGIN 50000

_Noreturn void sandbox_init(const struct sandbox *s)
{
	struct message m;
	bool numbered;
	sigset_t chld;
	pid_t command;
	int fd, served;

	/* After that it is certain: if pidnsctl is still there, its end will be ours. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	tell(s, (struct message){ .kind = MESSAGE_BORN });
	if (message_receive(s->end, &m))
		_exit(STATUS_RUN);
	prctl(PR_SET_NAME, "pidnsctl-init", 0, 0, 0);
	served = mount_all(s);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	fd = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);

	numbered = number_next(s->first);
	if (!numbered)
		fprintf(stderr,
			"pidnsctl: run: cannot choose numbers (%s): the command's may be somebody's "
			"in the view\n",
			g_strerror(errno));
	command = fork();
	if (command == 0)
		be_command(s);
	if (fd < 0 || command < 0)
		give_up("fork");
	tell_ready(s, command);
	for (;;) {
		struct pollfd p[] = { { .fd = fd, .events = POLLIN }, { .fd = served } };
		struct signalfd_siginfo info;

		if (poll(p, 2, numbered ? 1000 : -1) > 0)
			while (read(fd, &info, sizeof(info)) > 0)
				;
		if (p[1].revents) {
			hide_view();
			served = -1;
		}
		reap(s, command);
		if (numbered && last_number() > s->last - MARGIN)
			number_next(s->first);
	}
}
