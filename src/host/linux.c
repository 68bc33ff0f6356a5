/* SPDX-License-Identifier: MIT */
#include "host/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIDFD_THREAD_FLAG O_EXCL
#define PIDFD_SIGNAL_THREAD_FLAG 1u
#define PIDFD_GET_PID_NAMESPACE_IOCTL _IO(0xFF, 5)
#define NS_GET_USERNS_IOCTL _IO(0xb7, 1)
#define NS_GET_PARENT_IOCTL _IO(0xb7, 2)
#define NS_GET_PID_FROM_PIDNS_IOCTL _IOR(0xb7, 6, int)

#define FSCONFIG_STRING 1
#define FSCONFIG_FD 5
#define FSCONFIG_CREATE 6

#ifndef SYS_fsopen
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#endif

static int result(long r)
{
	return r < 0 ? -errno : (int)r;
}

int linux_pidfd_open(pid_t pid, bool thread)
{
	return result(syscall(SYS_pidfd_open, pid, thread ? PIDFD_THREAD_FLAG : 0));
}

int linux_pidfd_send_signal(int pidfd, int sig, bool thread)
{
	return result(syscall(SYS_pidfd_send_signal, pidfd, sig, NULL,
			      thread ? PIDFD_SIGNAL_THREAD_FLAG : 0));
}

uint64_t linux_ino(int fd)
{
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) ? (uint64_t)st.st_ino : 0;
}

uint64_t linux_pid_ino(pid_t pid, bool thread)
{
	int fd = linux_pidfd_open(pid, thread);
	uint64_t ino = linux_ino(fd);

	if (fd >= 0)
		close(fd);
	return ino;
}

int linux_pidfd_pidns(int pidfd)
{
	return result(ioctl(pidfd, PIDFD_GET_PID_NAMESPACE_IOCTL, 0));
}

int linux_ns_parent(int nsfd)
{
	return result(ioctl(nsfd, NS_GET_PARENT_IOCTL));
}

int linux_ns_userns(int nsfd)
{
	return result(ioctl(nsfd, NS_GET_USERNS_IOCTL));
}

pid_t linux_pid_from_ns(int nsfd, pid_t nr)
{
	long r = ioctl(nsfd, NS_GET_PID_FROM_PIDNS_IOCTL, (unsigned long)nr);

	if (r < 0)
		return errno == ENOTTY ? -1 : 0;
	return (pid_t)r;
}

/* The first version of the kernel's struct: later ones only add to it. */
struct info {
	uint64_t mask, cgroup;
	uint32_t ids[11];
	int32_t exit_code;
};

#define INFO_IOCTL _IOWR(0xFF, 11, struct info)
#define INFO_EXIT (UINT64_C(1) << 3)

int linux_pidfd_status(int pidfd, int *status)
{
	struct info info = { .mask = INFO_EXIT };

	if (ioctl(pidfd, INFO_IOCTL, &info))
		return -ESRCH;
	if (!(info.mask & INFO_EXIT))
		return -ESRCH;
	*status = info.exit_code;
	return 0;
}

bool linux_pidfd_dead(int pidfd, bool *reaped)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	*reaped = false;
	if (poll(&p, 1, 0) <= 0)
		return false;
	*reaped = p.revents & POLLHUP;
	return p.revents & (POLLIN | POLLHUP);
}

static int set_string(int fs, const char *key, const char *value)
{
	return result(syscall(SYS_fsconfig, fs, FSCONFIG_STRING, key, value, 0));
}

/* pidns= is Linux 6.17's; without it the caller's namespace is meant. */
static int make_procfs(int nsfd, const char *hidepid, const char *gid)
{
	int err = 0, mount;
	int fs = result(syscall(SYS_fsopen, "proc", 1 /* FSOPEN_CLOEXEC */));

	if (fs < 0)
		return fs;
	if (nsfd >= 0)
		err = result(syscall(SYS_fsconfig, fs, FSCONFIG_FD, "pidns", NULL, nsfd));
	if (!err && hidepid)
		err = set_string(fs, "hidepid", hidepid);
	if (!err && gid)
		err = set_string(fs, "gid", gid);
	if (!err)
		err = result(syscall(SYS_fsconfig, fs, FSCONFIG_CREATE, NULL, NULL, 0));
	mount = err ? err : result(syscall(SYS_fsmount, fs, 1 /* FSMOUNT_CLOEXEC */, 0xf));
	close(fs);
	return mount;
}

static void send_fd(int socket, int fd)
{
	char space[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fd >= 0) {
		msg.msg_control = space;
		msg.msg_controllen = sizeof(space);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	(void)sendmsg(socket, &msg, MSG_NOSIGNAL);
}

static int receive_fd(int socket)
{
	char space[CMSG_SPACE(sizeof(int))] = { 0 }, byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = space,
			      .msg_controllen = sizeof(space) };
	const struct cmsghdr *c;
	int fd = -EPERM;

	if (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC) <= 0)
		return -EPERM;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* A child of a process that has gone in makes it: only its children are inside. */
static void helper(int socket, int nsfd, const char *hidepid, const char *gid)
{
	pid_t child;

	if (setns(nsfd, CLONE_NEWPID))
		_exit(1);
	child = fork();
	if (child == 0) {
		send_fd(socket, make_procfs(-1, hidepid, gid));
		_exit(0);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
	_exit(0);
}

static int procfs_from_inside(int nsfd, const char *hidepid, const char *gid)
{
	int sockets[2], fd;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets))
		return -errno;
	child = fork();
	if (child == 0)
		helper(sockets[1], nsfd, hidepid, gid);
	close(sockets[1]);
	fd = child > 0 ? receive_fd(sockets[0]) : -errno;
	close(sockets[0]);
	if (child > 0)
		waitpid(child, NULL, 0);
	return fd;
}

int linux_procfs(int nsfd, const char *hidepid, const char *gid)
{
	/* Set by a test that wants older kernels' way. */
	bool old = getenv("PIDNSFS_PROCFS_FROM_INSIDE");
	int fd = nsfd >= 0 && old ? -EINVAL : make_procfs(nsfd, hidepid, gid);

	return fd == -EINVAL && nsfd >= 0 ? procfs_from_inside(nsfd, hidepid, gid) : fd;
}
