/* SPDX-License-Identifier: MIT */
#include "host/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/proc.h"

/* The system calls act on one thread, glibc's functions on all of them. */

static struct {
	int proc;
	struct rights rights;
	uint64_t permitted;
} own;

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

static void look_at_userns(const char *pid, struct rights *r)
{
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "%.16s/ns/user", pid);
	if (fstatat(own.proc, path, &st, 0))
		return;
	r->userns_dev = st.st_dev;
	r->userns_ino = st.st_ino;
}

void caller_init(int proc)
{
	g_autofree char *status = proc_read(proc, "self/status", NULL);

	own.proc = proc;
	own.rights.uid = geteuid();
	own.rights.gid = getegid();
	if (status) {
		own.rights.n_groups =
			proc_numbers(status, "Groups", own.rights.groups, CALLER_GROUPS);
		own.rights.effective = proc_mask(status, "CapEff");
		own.permitted = proc_mask(status, "CapPrm");
	}
	look_at_userns("self", &own.rights);
}

/*
 * The ids came with the request.  What the process has besides counts only if it
 * is that user's: its number may have gone to somebody else since.
 */
void caller_look_up(const struct keeper_who *who, struct rights *r)
{
	g_autofree char *status = NULL;
	int uids[4] = { -1, -1, -1, -1 };
	char path[64];

	memset(r, 0, offsetof(struct rights, groups));
	r->uid = who->uid;
	r->gid = who->gid;
	r->userns_dev = own.rights.userns_dev;
	r->userns_ino = own.rights.userns_ino;
	if (who->pid <= 0)
		return;
	snprintf(path, sizeof(path), "%d/status", who->pid);
	status = proc_read(own.proc, path, NULL);
	if (!status || proc_numbers(status, "Uid", uids, 4) != 4 || (uid_t)uids[3] != who->uid)
		return;
	r->n_groups = proc_numbers(status, "Groups", r->groups, CALLER_GROUPS);
	r->effective = proc_mask(status, "CapEff");
	/* Whoever cannot be looked at is of none of ours. */
	r->userns_dev = r->userns_ino = 0;
	snprintf(path, sizeof(path), "%d", who->pid);
	look_at_userns(path, r);
	r->far = r->userns_ino != own.rights.userns_ino || r->userns_dev != own.rights.userns_dev;
	if (!r->far)
		r->effective &= own.permitted;
}

static bool same_groups(const struct rights *a, const struct rights *b)
{
	return a->n_groups == b->n_groups &&
	       !memcmp(a->groups, b->groups, a->n_groups * sizeof(a->groups[0]));
}

bool caller_same(const struct rights *a, const struct rights *b)
{
	return !memcmp(a, b, offsetof(struct rights, groups)) && same_groups(a, b);
}

bool caller_is_us(const struct rights *r)
{
	return caller_same(r, &own.rights);
}

bool caller_is_privileged(const struct rights *r)
{
	return !r->far && r->uid == own.rights.uid && !(own.rights.effective & ~r->effective);
}

/* Ours again, from any state in between: the saved ids are the way back. */
void caller_leave(const struct rights *r)
{
	const struct rights *o = &own.rights;

	if (caller_is_us(r))
		return;
	syscall(SYS_setresuid, -1, o->uid, -1);
	set_capabilities(own.permitted, own.permitted);
	if (syscall(SYS_setresuid, -1, o->uid, -1) || syscall(SYS_setresgid, -1, o->gid, -1) ||
	    (!same_groups(r, o) && syscall(SYS_setgroups, o->n_groups, o->groups) &&
	     errno != EPERM) ||
	    set_capabilities(o->effective, own.permitted))
		g_error("the keeper cannot become itself again");
}

static bool has_group(const struct rights *r, gid_t gid)
{
	for (unsigned int i = 0; i < r->n_groups; i++)
		if ((gid_t)r->groups[i] == gid)
			return true;
	return r->gid == gid;
}

/* An ordinary user cannot change groups, but goes for one who has all of its own. */
static bool has_our_groups(const struct rights *r)
{
	for (unsigned int i = 0; i < own.rights.n_groups; i++)
		if (!has_group(r, (gid_t)own.rights.groups[i]))
			return false;
	return has_group(r, own.rights.gid);
}

/* Groups as they are need no right to be set.  keep: of our ids what is to stay. */
static int set_groups(const struct rights *r, bool keep)
{
	const gid_t kept = keep ? (gid_t)-1 : r->gid;

	if ((same_groups(r, &own.rights) || !syscall(SYS_setgroups, r->n_groups, r->groups)) &&
	    !syscall(SYS_setresgid, kept, r->gid, kept))
		return 0;
	return r->uid == own.rights.uid && has_our_groups(r) ? 0 : -EACCES;
}

/*
 * Effective ids, not those of file systems alone: who owns a user namespace is
 * asked by them.  Not the real one: whoever had that could kill this thread.
 */
int caller_enter(const struct rights *r)
{
	int err;

	if (caller_is_us(r))
		return 0;
	err = set_groups(r, true);
	if (!err && (syscall(SYS_setresuid, -1, r->uid, -1) ||
		     set_capabilities(r->effective, own.permitted)))
		err = -EACCES;
	if (err)
		caller_leave(r);
	return err;
}

int caller_userns(const struct keeper_who *who, const struct rights *r)
{
	struct stat st;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%d/ns/user", who->pid);
	fd = openat(own.proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -EACCES;
	if (!fstat(fd, &st) && st.st_dev == r->userns_dev && st.st_ino == r->userns_ino)
		return fd;
	close(fd);
	return -EACCES;
}

/*
 * The ids are the kernel's own before the namespace is joined, and stay the same
 * whatever they are called there, if anything; all capabilities there come with it.
 */
int caller_become(const struct rights *r, int userns)
{
	if (set_groups(r, false) || syscall(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0) ||
	    syscall(SYS_setresuid, r->uid, r->uid, r->uid) ||
	    set_capabilities(own.permitted, own.permitted) ||
	    (userns >= 0 && setns(userns, CLONE_NEWUSER)) ||
	    set_capabilities(r->effective, r->effective))
		return -EACCES;
	return 0;
}
