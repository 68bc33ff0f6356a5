/* SPDX-License-Identifier: MIT */
#include "host/caller.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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
	uint64_t effective; /* capabilities that count where we are */
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
	/* Those of another user namespace count there and not here. */
	if (same_userns(path))
		r->effective = proc_mask(status, "CapEff") & own.permitted;
}

static bool is_like_us(const struct rights *r)
{
	return r->uid == own.uid && r->gid == own.gid && r->effective == own.effective &&
	       r->n_groups == own.n_groups &&
	       !memcmp(r->groups, own.groups, r->n_groups * sizeof(r->groups[0]));
}

/* Ours again, from any state in between. */
static void become_ourselves(void)
{
	set_capabilities(own.permitted, own.permitted);
	syscall(SYS_setfsuid, own.uid);
	syscall(SYS_setfsgid, own.gid);
	syscall(SYS_setgroups, own.n_groups, own.groups);
	if (set_capabilities(own.effective, own.permitted))
		g_error("the daemon cannot get its own capabilities back");
}

static _Thread_local bool switched;

int caller_enter(void)
{
	struct rights r;

	look_up(&r);
	switched = false;
	if (is_like_us(&r))
		return 0;
	if (syscall(SYS_setgroups, r.n_groups, r.groups))
		/* We are an ordinary user: then we read for that one alone. */
		return r.uid == own.uid ? 0 : -EACCES;
	switched = true;
	syscall(SYS_setfsgid, r.gid);
	syscall(SYS_setfsuid, r.uid);
	if ((gid_t)syscall(SYS_setfsgid, -1) == r.gid &&
	    (uid_t)syscall(SYS_setfsuid, -1) == r.uid &&
	    !set_capabilities(r.effective, own.permitted))
		return 0;
	become_ourselves();
	switched = false;
	return -EACCES;
}

void caller_leave(void)
{
	if (switched)
		become_ourselves();
	switched = false;
}

bool caller_is_privileged(void)
{
	struct rights r;

	look_up(&r);
	return r.uid == own.uid && !(own.effective & ~r.effective);
}

int caller_enter_fully(void)
{
	struct rights r;

	look_up(&r);
	switched = false;
	if (is_like_us(&r))
		return 0;
	if (syscall(SYS_setgroups, r.n_groups, r.groups))
		return r.uid == own.uid ? 0 : -EPERM;
	switched = true;
	/* The saved id is the way back. */
	if (!syscall(SYS_setresgid, r.gid, r.gid, own.gid) &&
	    !syscall(SYS_setresuid, r.uid, r.uid, own.uid) &&
	    !set_capabilities(r.effective, own.permitted))
		return 0;
	caller_leave_fully();
	return -EPERM;
}

void caller_leave_fully(void)
{
	if (!switched)
		return;
	syscall(SYS_setresuid, -1, own.uid, -1);
	set_capabilities(own.permitted, own.permitted);
	if (syscall(SYS_setresuid, own.uid, own.uid, own.uid) ||
	    syscall(SYS_setresgid, own.gid, own.gid, own.gid))
		g_error("the daemon cannot become itself again");
	become_ourselves();
	switched = false;
}
