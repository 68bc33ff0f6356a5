/* SPDX-License-Identifier: MIT */
#include "host/keeper-job.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/linux.h"

/* Below the directory, through no link: whoever asks has resolved those. */
static int open_below(int dir, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	long fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

static int job_stat(struct job *j)
{
	int fd = open_below(j->fd, j->q->text, O_PATH), err;

	if (fd < 0)
		return fd;
	err = fstat(fd, (struct stat *)(void *)j->out) ? -errno : 0;
	close(fd);
	j->len = err ? 0 : sizeof(struct stat);
	return err;
}

static int job_link(struct job *j)
{
	int fd = open_below(j->fd, j->q->text, O_PATH);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = readlinkat(fd, "", j->out, KEEPER_DATA);
	/* With an empty path it says that for what is no link. */
	n = n < 0 ? (errno == ENOENT ? -EINVAL : -errno) : n;
	close(fd);
	j->len = n < 0 ? 0 : (size_t)n;
	return n < 0 ? (int)n : 0;
}

/* Nothing but regular files: a pipe behind fd/3 is not one, and is a link besides. */
static int job_open(struct job *j)
{
	struct stat st;
	int fd = open_below(j->fd, j->q->text, O_PATH);

	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		st.st_mode = 0;
	close(fd);
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	fd = open_below(j->fd, j->q->text, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fd;
	j->opened = fd;
	return 0;
}

static int job_read(struct job *j)
{
	const size_t size = j->q->size < KEEPER_DATA ? j->q->size : KEEPER_DATA;
	ssize_t n = pread(j->fd, j->out, size, j->q->off);

	if (n < 0)
		return -errno;
	j->len = (size_t)n;
	return (int)n;
}

/* Whole entries, as the kernel has them, one batch. */
static int job_list(struct job *j)
{
	int fd = open_below(j->fd, j->q->text, O_RDONLY | O_DIRECTORY), err = 0;
	long n;

	if (fd < 0)
		return fd;
	if (j->q->off && lseek(fd, j->q->off, SEEK_SET) < 0)
		err = -errno;
	if (!err) {
		n = syscall(SYS_getdents64, fd, j->out, KEEPER_DATA / 2);
		err = n < 0 ? -errno : 0;
		j->len = n < 0 ? 0 : (size_t)n;
	}
	close(fd);
	return err;
}

/* hidepid hides numbers, or only what is below them. */
static int job_sees(struct job *j)
{
	struct stat st;
	char path[32];
	int nr;

	for (size_t at = 0; at + sizeof(nr) <= j->q->len; at += sizeof(nr)) {
		char sees = 0;

		memcpy(&nr, j->q->text + at, sizeof(nr));
		snprintf(path, sizeof(path), "%d", nr);
		if (!fstatat(j->fd, path, &st, AT_SYMLINK_NOFOLLOW))
			sees |= KEEPER_SEES_NUMBER;
		snprintf(path, sizeof(path), "%d/stat", nr);
		if (!fstatat(j->fd, path, &st, AT_SYMLINK_NOFOLLOW))
			sees |= KEEPER_SEES_INSIDE;
		j->out[j->len++] = sees;
	}
	return 0;
}

static int job_kill(struct job *j)
{
	return linux_pidfd_send_signal(j->fd, j->q->nr, j->q->flag);
}

static const struct {
	int (*run)(struct job *j);
	bool path;
} table[] = {
	[KEEPER_STAT] = { job_stat, true },  [KEEPER_LINK] = { job_link, true },
	[KEEPER_OPEN] = { job_open, true },  [KEEPER_READ] = { job_read, false },
	[KEEPER_LIST] = { job_list, true },  [KEEPER_SEES] = { job_sees, false },
	[KEEPER_KILL] = { job_kill, false },
};

bool job_check(const struct keeper_request *q, size_t size)
{
	if (size < sizeof(*q) || size - sizeof(*q) != q->len || q->len > KEEPER_TEXT ||
	    q->op > KEEPER_KILL)
		return false;
	return !table[q->op].path ||
	       (q->len && !q->text[q->len - 1] && strlen(q->text) == q->len - 1);
}

int job_do(struct job *j)
{
	j->len = 0;
	j->opened = -1;
	return table[j->q->op].run(j);
}
