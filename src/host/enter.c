/* SPDX-License-Identifier: MIT */
/*
 * Everything from enter_run() on is behind a fork of a process with threads:
 * system calls, and of the library only what is safe in a signal handler, or what
 * works on memory that is its own.
 */
#include "host/enter.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "host/filters.h"
#include "host/linux.h"
#include "host/proc.h"

#define STATUS_SIZE 8192
#define GROUPS_MAX 256

/* --- before -------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int flag;
} spaces[] = {
	{ "user", CLONE_NEWUSER },     { "mnt", CLONE_NEWNS },	{ "pid", CLONE_NEWPID },
	{ "net", CLONE_NEWNET },       { "uts", CLONE_NEWUTS }, { "ipc", CLONE_NEWIPC },
	{ "cgroup", CLONE_NEWCGROUP }, { "time", 0x80 },
};

/* The namespaces that are not ours: to join one's own user namespace is refused. */
static int other_spaces(int proc, int nr)
{
	struct stat own, its;
	char path[64];
	int flags = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(spaces); i++) {
		snprintf(path, sizeof(path), "self/ns/%s", spaces[i].name);
		if (fstatat(proc, path, &own, 0))
			continue;
		snprintf(path, sizeof(path), "%d/ns/%s", nr, spaces[i].name);
		if (!fstatat(proc, path, &its, 0) && its.st_ino != own.st_ino)
			flags |= spaces[i].flag;
	}
	return flags;
}

static int open_cgroup(const char *hierarchy, const char *path)
{
	g_autofree char *file =
		g_strdup_printf("/sys/fs/cgroup/%s%s/cgroup.procs", hierarchy, path);

	return open(file, O_WRONLY | O_CLOEXEC);
}

/* "4:memory:/x" or "0::/x": where it is in each hierarchy, as far as we see them. */
static void open_cgroups(struct enter *e)
{
	g_autofree char *text = NULL;
	char path[64], **lines;

	snprintf(path, sizeof(path), "%d/cgroup", e->nr);
	text = proc_read(e->proc, path, NULL);
	lines = g_strsplit(text ? text : "", "\n", -1);
	for (char **line = lines; *line && e->n_cgroups < ENTER_HIERARCHIES; line++) {
		char **part = g_strsplit(*line, ":", 3);

		if (g_strv_length(part) == 3) {
			const char *name = part[1];
			int fd;

			if (g_str_has_prefix(name, "name="))
				name += strlen("name=");
			fd = open_cgroup(name, part[2]);
			/* cgroup2 beside hierarchies of the first kind */
			if (fd < 0 && !*name)
				fd = open_cgroup("unified", part[2]);
			if (fd >= 0)
				e->cgroups[e->n_cgroups++] = fd;
		}
		g_strfreev(part);
	}
	g_strfreev(lines);
}

static void split_argv(struct enter *e)
{
	g_autoptr(GPtrArray) v = g_ptr_array_new();
	gsize size;
	const char *text = g_bytes_get_data(e->args->cmdline, &size), *at = text;

	for (; at < text + size; at += strlen(at) + 1)
		g_ptr_array_add(v, (gpointer)at);
	g_ptr_array_add(v, NULL);
	e->argv = (char **)g_ptr_array_steal(v, NULL);
}

int enter_open(struct enter *e, int proc, int nr, uint64_t ino)
{
	char path[64];
	int err;

	e->proc = proc;
	e->nr = nr;
	e->pidfd = linux_pidfd_open(nr, false);
	snprintf(path, sizeof(path), "%d/root", nr);
	e->root = openat(proc, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	err = e->root < 0 && errno == EACCES ? -EPERM : -ESRCH;
	snprintf(path, sizeof(path), "%d/cwd", nr);
	e->cwd = openat(proc, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	e->spaces = other_spaces(proc, nr);
	if (e->args->like_target) {
		for (int i = 0; i < RLIM_NLIMITS; i++)
			if (prlimit(nr, (__rlimit_resource_t)i, NULL, &e->limits[i]))
				e->limits[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
		open_cgroups(e);
	}
	split_argv(e);
	/* What was opened by the number was this process's only if it has it still. */
	if (e->pidfd >= 0 && linux_ino(e->pidfd) == ino && linux_pid_ino(nr, false) == ino &&
	    e->root >= 0)
		return 0;
	enter_close(e);
	return err;
}

void enter_close(struct enter *e)
{
	const int fds[] = { e->pidfd, e->root, e->cwd };

	for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	for (unsigned int i = 0; i < e->n_cgroups; i++)
		close(e->cgroups[i]);
	e->n_cgroups = 0;
	g_clear_pointer(&e->argv, g_free);
}

/* --- behind the fork ------------------------------------------------------------------- */

static void __attribute__((noreturn)) end(int report, int kind, const char *what)
{
	struct enter_report r = { .kind = kind, .err = errno ? errno : EIO };

	strncpy(r.what, what, sizeof(r.what) - 1);
	(void)!write(report, &r, sizeof(r));
	_exit(127);
}

static void __attribute__((noreturn)) fail(int report, const char *what)
{
	end(report, ENTER_FAILS, what);
}

static void tell(int report, int kind)
{
	struct enter_report r = { .kind = kind };

	(void)!write(report, &r, sizeof(r));
}

static int set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32),
		  (uint32_t)(inheritable >> 32) },
	};

	return (int)syscall(SYS_capset, &head, data);
}

/* Read here, the ids are numbers of the user namespace that we are in now. */
static bool read_status(const struct enter *e, char *text)
{
	char path[32];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%d/status", e->nr);
	fd = openat(e->proc, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, STATUS_SIZE - 1);
		close(fd);
	}
	text[MAX(n, 0)] = '\0';
	return n > 0;
}

/*
 * Before anything else is joined: only here the process has the number that we know,
 * and we the capabilities that it takes.
 */
static void copy_filters(const struct enter *e, int report, struct filters *f)
{
	char status[STATUS_SIZE];
	const char *why;
	int err;

	f->n = 0;
	if (!read_status(e, status)) {
		errno = ESRCH;
		fail(report, "its status cannot be read");
	}
	switch (proc_number(status, "Seccomp")) {
	case -1: /* this kernel has none */
	case SECCOMP_MODE_DISABLED:
		return;
	case SECCOMP_MODE_STRICT:
		errno = EPERM;
		fail(report, "it is in seccomp's strict mode, where no program can be begun");
	default:
		break;
	}
	err = filters_copy(f, e->nr, e->pidfd, proc_number(status, "Seccomp_filters"), &why);
	if (err) {
		errno = -err;
		fail(report, why);
	}
}

/* Who has another user's terminal cannot open it once more. */
static void own_terminal(const struct enter *e, int uid)
{
	if (e->standard == ENTER_TERMINAL_OF_ITS_OWN)
		(void)!fchown(STDIN_FILENO, (uid_t)uid, (gid_t)-1);
}

static void become_like(const struct enter *e, int report, const char *status,
			const struct filters *f)
{
	const uint64_t admin = f->n ? UINT64_C(1) << CAP_SYS_ADMIN : 0;
	int uids[4], gids[4], groups[GROUPS_MAX];
	unsigned int n = proc_numbers(status, "Groups", groups, GROUPS_MAX);
	const uint64_t bounding = proc_mask(status, "CapBnd"),
		       ambient = proc_mask(status, "CapAmb");

	if (proc_numbers(status, "Uid", uids, 4) != 4 || proc_numbers(status, "Gid", gids, 4) != 4)
		fail(report, "its ids cannot be read");
	for (int cap = 0; cap < 64; cap++)
		if (!(bounding >> cap & 1))
			prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	/* A user namespace may forbid setgroups; then there are none to be set. */
	if (syscall(SYS_setgroups, n, groups) && errno != EPERM)
		fail(report, "its groups cannot be had");
	own_terminal(e, uids[1]);
	prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
	if (syscall(SYS_setresgid, gids[0], gids[1], gids[2]) ||
	    syscall(SYS_setresuid, uids[0], uids[1], uids[2]))
		fail(report, "its ids cannot be had");
	/*
	 * Filters without no_new_privs take CAP_SYS_ADMIN, and may forbid to give it up
	 * after that.  It goes with execve(2), which has its own idea of capabilities.
	 */
	if (set_capabilities(proc_mask(status, "CapEff") | admin,
			     proc_mask(status, "CapPrm") | admin, proc_mask(status, "CapInh")))
		fail(report, "its capabilities cannot be had");
	for (int cap = 0; cap < 64; cap++)
		if (ambient >> cap & 1)
			prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
	if (proc_number(status, "NoNewPrivs") == 1)
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void become_user(const struct enter *e, int report, uid_t uid)
{
	own_terminal(e, (int)uid);
	if ((syscall(SYS_setgroups, 0, NULL) && errno != EPERM) ||
	    syscall(SYS_setresgid, uid, uid, uid) || syscall(SYS_setresuid, uid, uid, uid))
		fail(report, "that user is not in the process's user namespace");
}

static void take_place(const struct enter *e, int report)
{
	if (e->args->host_mounts) {
		if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
			fail(report, "a mount namespace of its own cannot be had");
		/* So that ps and its like show the namespace; without it they show ours. */
		(void)mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
		if (chdir("/"))
			fail(report, "/");
		return;
	}
	if (fchdir(e->root) || chroot("."))
		fail(report, "its root directory cannot be entered");
	if (e->cwd < 0 || fchdir(e->cwd))
		(void)!chdir("/");
}

/* Nobody but the kernel says what is a devpts, whatever the process has on that path. */
static int open_own_ptmx(void)
{
	int fd = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct statfs fs;
	struct stat st;

	if (fd < 0)
		return -1;
	if (!fstat(fd, &st) && S_ISCHR(st.st_mode) && st.st_rdev == makedev(5, 2) &&
	    !fstatfs(fd, &fs) && fs.f_type == DEVPTS_SUPER_MAGIC)
		return fd;
	close(fd);
	return -1;
}

static void tell_terminal(int report, int master)
{
	struct enter_report r = { .kind = ENTER_TERMINAL };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = &r, .iov_len = sizeof(r) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &master, sizeof(master));
	if (sendmsg(report, &msg, MSG_NOSIGNAL) < 0)
		fail(report, "its terminal cannot be handed over");
}

static void take_terminal(const struct enter *e, int report)
{
	int master = open_own_ptmx(), slave = -1;

	/* By no path: what there is on one may be anything. */
	if (master >= 0 && !ioctl(master, TIOCSPTLCK, &(int){ 0 }))
		slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	if (slave >= 0) {
		tell_terminal(report, master);
	} else if (e->ptmx >= 0 && !ioctl(e->ptmx, TIOCSPTLCK, &(int){ 0 })) {
		slave = ioctl(e->ptmx, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	}
	if (slave < 0)
		fail(report, "it can have no terminal");
	ioctl(slave, TIOCSWINSZ, &e->size);
	if (ioctl(slave, TIOCSCTTY, 0) || dup2(slave, STDIN_FILENO) < 0 ||
	    dup2(slave, STDOUT_FILENO) < 0 || dup2(slave, STDERR_FILENO) < 0)
		fail(report, "its terminal cannot be set up");
}

static void take_output(int report, int output)
{
	int null = open("/dev/null", O_RDONLY);

	if (null < 0 && (null = memfd_create("empty", 0)) < 0)
		fail(report, "an input cannot be had");
	if (dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0)
		fail(report, "its output cannot be set up");
}

static void reset_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void __attribute__((noreturn))
become_program(const struct enter *e, const struct filters *filters, int report, int output)
{
	char term[64] = "TERM=dumb";
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	static char home[] = "HOME=/";
	char *env[] = { path, home, term, NULL };
	char status[STATUS_SIZE];
	bool known = read_status(e, status);

	tell(report, ENTER_BEGINS);
	setsid();
	reset_signals();
	take_place(e, report);
	if (e->standard == ENTER_TERMINAL_OF_ITS_OWN)
		take_terminal(e, report);
	else if (e->standard == ENTER_OUTPUT)
		take_output(report, output);
	syscall(SYS_close_range, 3, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
	if (e->args->like_target) {
		for (int i = 0; i < RLIM_NLIMITS; i++)
			setrlimit((__rlimit_resource_t)i, &e->limits[i]);
		if (!known)
			fail(report, "its status cannot be read");
		become_like(e, report, status, filters);
	} else if (e->args->uid >= 0) {
		become_user(e, report, (uid_t)e->args->uid);
	} else if (e->spaces & CLONE_NEWUSER) {
		become_user(e, report, 0);
	}
	if (e->term && strlen(e->term) < sizeof(term) - strlen("TERM="))
		strcpy(term + strlen("TERM="), e->term);
	environ = env;
	/* Nothing but execve(2) may follow: the filters may forbid it. */
	if (filters_install(filters))
		fail(report, "its seccomp filter cannot be installed");
	execvp(e->argv[0], e->argv);
	end(report, ENTER_CANNOT_EXECUTE, "the program cannot be executed");
}

/* A child of our parent's, as fork(2): 0 in it. */
static pid_t make_sibling(uint64_t flags, int report)
{
	pid_t pid =
		(pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD | flags, NULL, NULL, NULL, NULL);

	if (pid < 0)
		fail(report, "no process can be made there");
	return pid;
}

void enter_run(const struct enter *e, int report, int output)
{
	struct filters filters = { .n = 0 };
	int join = e->spaces;
	pid_t child;

	if (e->args->host_mounts)
		join &= ~CLONE_NEWNS;
	if (e->args->like_target)
		copy_filters(e, report, &filters);
	for (unsigned int i = 0; i < e->n_cgroups; i++)
		if (write(e->cgroups[i], "0", 1) != 1)
			fail(report, "its cgroup cannot be entered");
	errno = 0;
	if (join && setns(e->pidfd, join))
		fail(report, "its namespaces cannot be entered");
	child = make_sibling(e->args->flags & ~(uint64_t)CLONE_NEWPID, report);
	if (child)
		_exit(0);
	if (e->args->flags & CLONE_NEWPID) {
		/* Only who is in a namespace can make one below it. */
		tell(report, ENTER_PASSES);
		child = make_sibling(CLONE_NEWPID, report);
		if (child)
			_exit(0);
	}
	become_program(e, &filters, report, output);
}
