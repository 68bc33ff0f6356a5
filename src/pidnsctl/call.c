/* SPDX-License-Identifier: MIT */
#include "pidnsctl/call.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Argument 0 is a pid, and 0 means the caller itself: no need to ask anybody. */
#define NOT_SELF 0, UINT32_MAX
#define ALWAYS 0, 0
/* waitid's idtype: P_PGID or P_PIDFD. */
#define NOT_PID 0, 2

static const struct call_handler handlers[] = {
	{ { __NR_kill, ALWAYS }, call_kill },
	{ { __NR_tkill, ALWAYS }, call_tkill },
	{ { __NR_tgkill, ALWAYS }, call_tgkill },
	{ { __NR_rt_sigqueueinfo, ALWAYS }, call_sigqueue },
	{ { __NR_rt_tgsigqueueinfo, ALWAYS }, call_tgsigqueue },
	{ { __NR_pidfd_open, NOT_SELF }, call_pidfd_open },
	{ { __NR_pidfd_send_signal, ALWAYS }, call_pidfd_send_signal },
	{ { __NR_waitid, NOT_PID }, call_waitid },
	{ { __NR_setpriority, ALWAYS }, call_setpriority },
	{ { __NR_getpriority, ALWAYS }, call_getpriority },
	{ { __NR_sched_setscheduler, NOT_SELF }, call_setscheduler },
	{ { __NR_sched_getscheduler, NOT_SELF }, call_getscheduler },
	{ { __NR_sched_setparam, NOT_SELF }, call_setparam },
	{ { __NR_sched_getparam, NOT_SELF }, call_getparam },
	{ { __NR_sched_setattr, NOT_SELF }, call_setattr },
	{ { __NR_sched_getattr, NOT_SELF }, call_getattr },
	{ { __NR_sched_rr_get_interval, NOT_SELF }, call_rr_interval },
	{ { __NR_sched_setaffinity, NOT_SELF }, call_setaffinity },
	{ { __NR_sched_getaffinity, NOT_SELF }, call_getaffinity },
	{ { __NR_prlimit64, NOT_SELF }, call_prlimit },
	{ { __NR_getpgid, NOT_SELF }, call_getpgid },
	{ { __NR_getsid, NOT_SELF }, call_getsid },
};

const struct call_handler *call_handlers(unsigned int *n)
{
	*n = G_N_ELEMENTS(handlers);
	return handlers;
}

int call_valid(const struct call *c)
{
	uint64_t id = c->id;

	return !ioctl(c->context->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id);
}

/* The number of a caller that was killed may be another's: look twice. */
static int open_memory(struct call *c)
{
	char path[32];

	if (c->memory >= 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/mem", c->pid);
	c->memory = open(path, O_RDWR | O_CLOEXEC);
	if (c->memory < 0)
		return -EPERM;
	return call_valid(c) ? 0 : -ESRCH;
}

int call_peek(struct call *c, uint64_t address, void *buf, size_t len)
{
	int err = open_memory(c);

	if (err)
		return err;
	return pread(c->memory, buf, len, (off_t)address) == (ssize_t)len ? 0 : -EFAULT;
}

int call_poke(struct call *c, uint64_t address, const void *buf, size_t len)
{
	int err = open_memory(c);

	if (err)
		return err;
	return pwrite(c->memory, buf, len, (off_t)address) == (ssize_t)len ? 0 : -EFAULT;
}

/* Real and effective uid of the caller. */
static bool caller_ids(const struct call *c, uid_t *uid, uid_t *euid)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/status", c->pid);
	g_autofree char *status = NULL;
	const char *line;

	if (!g_file_get_contents(path, &status, NULL, NULL) || !call_valid(c))
		return false;
	line = strstr(status, "\nUid:");
	return line && sscanf(line, "\nUid: %u %u", uid, euid) == 2;
}

int call_may(const struct call *c, uid_t target)
{
	uid_t uid, euid;

	if (!caller_ids(c, &uid, &euid))
		return -EPERM;
	return euid == c->context->uid || euid == target || uid == target ? 0 : -EPERM;
}

int call_is_master(const struct call *c)
{
	uid_t uid, euid;

	return caller_ids(c, &uid, &euid) && euid == c->context->uid ? 0 : -EACCES;
}

long call_result(int err)
{
	switch (err) {
	case -ENOENT: /* it has gone, or never had such a file */
		return -ESRCH;
	case -EACCES: /* the file's: the world is somebody else's, or can only be read */
	case -EROFS:
		return -EPERM;
	default:
		return err;
	}
}

int call_own_group(const struct call *c)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/status", c->pid);
	g_autofree char *status = NULL;
	const char *line, *end;

	if (!g_file_get_contents(path, &status, NULL, NULL) || !call_valid(c))
		return -ESRCH;
	line = strstr(status, "\nNSpgid:");
	end = line ? strchr(line + 1, '\n') : NULL;
	if (!end)
		return -ESRCH;
	/* The last is that in the innermost namespace: its own. */
	while (end[-1] != '\t')
		end--;
	return atoi(end);
}
