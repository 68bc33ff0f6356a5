/* SPDX-License-Identifier: MIT */
#include "host/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/proc.h"

/* The system calls act on one thread, glibc's functions on all of them. */

#define GROUPS_MAX 1024

static struct {
	int proc;
	uid_t uid;
	gid_t gid;
	int groups[GROUPS_MAX];
	unsigned int n_groups;
	uint64_t effective, permitted;
	struct stat userns;
} own;

/* What is known of the one who asks. */
struct rights {
	uid_t uid;
	gid_t gid;
	int groups[GROUPS_MAX];
	unsigned int n_groups;
	uint64_t effective; /* capabilities, of its user namespace */
	bool far; /* which is not ours */
};

static int set_capabilities(uint64_t effective, uint64_t permitted)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = (uint32_t)effective, .permitted = (uint32_t)permitted },
		{ .effective = (uint32_t)(effective >> 32),
		  .permitted = (uint32_t)(permitted >> 32) },
	};

	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

void caller_init(int proc)
{
	g_autofree char *status = proc_read(proc, "self/status", NULL);

	own.proc = proc;
	own.uid = geteuid();
	own.gid = getegid();
	if (status) {
		own.n_groups = proc_numbers(status, "Groups", own.groups, GROUPS_MAX);
		own.effective = proc_mask(status, "CapEff");
		own.permitted = proc_mask(status, "CapPrm");
	}
	if (fstatat(proc, "self/ns/user", &own.userns, 0))
		own.userns.st_ino = 0;
}

static bool same_userns(const char *pid)
{
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "%.16s/ns/user", pid);
	return !fstatat(own.proc, path, &st, 0) && st.st_ino == own.userns.st_ino &&
	       st.st_dev == own.userns.st_dev;
}

/*
 * The ids came with the request.  What the process has besides counts only if it
 * is that user's: its number may have gone to somebody else since.
 */
static void look_up(struct rights *r)
{
	const struct world_caller *c = world_caller();
	g_autofree char *status = NULL;
	int uids[4] = { -1, -1, -1, -1 };
	char path[64];

	*r = (struct rights){ .uid = c->uid, .gid = c->gid };
	if (c->pid <= 0)
		return;
	snprintf(path, sizeof(path), "%d/status", c->pid);
	status = proc_read(own.proc, path, NULL);
	if (!status || proc_numbers(status, "Uid", uids, 4) != 4 || (uid_t)uids[3] != c->uid)
		return;
	r->n_groups = proc_numbers(status, "Groups", r->groups, GROUPS_MAX);
	snprintf(path, sizeof(path), "%d", c->pid);
	r->far = !same_userns(path);
	r->effective = proc_mask(status, "CapEff");
	if (!r->far)
		r->effective &= own.permitted;
}

static bool is_like_us(const struct rights *r)
{
	return !r->far && r->uid == own.uid && r->gid == own.gid && r->effective == own.effective &&
	       r->n_groups == own.n_groups &&
	       !memcmp(r->groups, own.groups, r->n_groups * sizeof(r->groups[0]));
}

static _Thread_local bool switched;

/* Ours again, from any state in between: the saved ids are the way back. */
static void become_ourselves(void)
{
	syscall(SYS_setresuid, -1, own.uid, -1);
	set_capabilities(own.permitted, own.permitted);
	if (syscall(SYS_setresuid, own.uid, own.uid, own.uid) ||
	    syscall(SYS_setresgid, own.gid, own.gid, own.gid) ||
	    syscall(SYS_setgroups, own.n_groups, own.groups) ||
	    set_capabilities(own.effective, own.permitted))
		g_error("the daemon cannot become itself again");
	switched = false;
}

/*
 * All ids, not those of file systems alone: who owns a user namespace is asked by
 * the effective one, and kill(2) by the real one, too.
 */
static int enter(const struct rights *r)
{
	switched = false;
	if (is_like_us(r))
		return 0;
	if (syscall(SYS_setgroups, r->n_groups, r->groups))
		/* We are an ordinary user: then we act for that one alone. */
		return r->uid == own.uid && !r->far ? 0 : -EACCES;
	switched = true;
	if (!syscall(SYS_setresgid, r->gid, r->gid, own.gid) &&
	    !syscall(SYS_setresuid, r->uid, r->uid, own.uid) &&
	    !set_capabilities(r->effective, own.permitted))
		return 0;
	become_ourselves();
	return -EACCES;
}

/*
 * In a child, in the caller's user namespace: the ids are the kernel's own before it
 * is joined, and stay the same whatever they are called there.
 */
static int enter_far(const struct rights *r, int userns)
{
	if (syscall(SYS_setgroups, r->n_groups, r->groups) ||
	    syscall(SYS_setresgid, r->gid, r->gid, r->gid) ||
	    syscall(SYS_setresuid, r->uid, r->uid, own.uid) ||
	    set_capabilities(own.permitted, own.permitted) || setns(userns, CLONE_NEWUSER))
		return -EACCES;
	/* All capabilities there come with joining it, and the saved id goes last. */
	if (syscall(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0) ||
	    syscall(SYS_setresuid, -1, -1, geteuid()) ||
	    set_capabilities(r->effective, r->effective))
		return -EACCES;
	return 0;
}

static void __attribute__((noreturn))
child_does(const struct rights *r, int userns, caller_op op, void *data, int pipe)
{
	GString *out = g_string_new(NULL);
	int err = enter_far(r, userns);
	size_t at = 0;

	if (!err)
		err = op(data, out);
	while (!err && at < out->len) {
		ssize_t n = write(pipe, out->str + at, out->len - at);

		if (n <= 0)
			break;
		at += (size_t)n;
	}
	_exit(-err);
}

static int do_far(const struct rights *r, caller_op op, void *data, GString *out)
{
	char path[64], buf[8192];
	int fds[2], userns, status;
	pid_t child;
	ssize_t n;

	snprintf(path, sizeof(path), "%d/ns/user", world_caller()->pid);
	userns = openat(own.proc, path, O_RDONLY | O_CLOEXEC);
	if (userns < 0)
		return -EACCES;
	if (pipe2(fds, O_CLOEXEC)) {
		close(userns);
		return -EMFILE;
	}
	child = fork();
	if (!child)
		child_does(r, userns, op, data, fds[1]);
	close(userns);
	close(fds[1]);
	while (child > 0 && (n = read(fds[0], buf, sizeof(buf))) > 0)
		g_string_append_len(out, buf, n);
	close(fds[0]);
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -EAGAIN;
	return -WEXITSTATUS(status);
}

int caller_do(caller_op op, void *data, GString *out)
{
	struct rights r;
	int err;

	look_up(&r);
	if (r.far)
		return do_far(&r, op, data, out);
	err = enter(&r);
	if (!err)
		err = op(data, out);
	if (switched)
		become_ourselves();
	return err;
}

bool caller_is_far(void)
{
	struct rights r;

	look_up(&r);
	return r.far;
}

bool caller_is_privileged(void)
{
	struct rights r;

	look_up(&r);
	return !r.far && r.uid == own.uid && !(own.effective & ~r.effective);
}
