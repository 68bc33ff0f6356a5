/* SPDX-License-Identifier: MIT */
/* What can be done to the machine's processes from outside: signals; and what cannot. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"
#include "host/linux.h"

/*
 * A caller whom our pid namespace does not see has no number here: nobody could
 * tell who it was, so it only reads.
 */
static int check_caller(void)
{
	if (world_caller()->pid > 0)
		return 0;
	return host_refuse(-EPERM, "whoever writes must be visible in the mounter's pid namespace");
}

/*
 * A pidfd of who a ref is: -ESRCH.  What is done through it can hit nobody else,
 * whoever gets the number.
 */
static int open_ref(struct host *h, struct world_ref ref, bool thread)
{
	const struct host_pid *p = host_pid(h, ref);
	int fd = -ESRCH;

	if (p)
		fd = linux_pidfd_open(p->numbers[0].nr, thread || !p->leader);
	if (fd >= 0 && linux_ino(fd) != ref.ino) {
		close(fd);
		fd = -ESRCH;
	}
	return fd < 0 ? host_refuse(-ESRCH, "the process is gone") : fd;
}

/* kill(2) as the caller itself would be allowed to. */
static int send_as_caller(struct host *h, int pidfd, int sig, bool thread)
{
	int err = keeper_kill(h->keeper, pidfd, sig, thread);

	if (err == -EACCES)
		err = -EPERM;
	if (err == -EPERM)
		host_refuse(err, "kill(2) does not let the writer signal that process");
	else if (err == -EINVAL)
		host_refuse(err, "that is no signal");
	return err;
}

static int act_signal(struct world *w, struct world_actor target, int sig)
{
	struct host *h = to_host(w);
	int fd, err = check_caller();

	if (err)
		return err;
	host_lock(h);
	fd = open_ref(h, target.ref, target.thread);
	host_unlock(h, 0);
	if (fd < 0)
		return fd;
	err = send_as_caller(h, fd, sig, target.thread);
	close(fd);
	return err;
}

void host_act_ops(struct world_ops *ops)
{
	ops->signal = act_signal;
}

static const struct {
	const char *verb, *text;
} usages[] = {
	{ "kill",
	  "kill: SIG: a signal to this process (in task/ to this thread), by pidfd\n"
	  "\n"
	  "It reaches this very process or nobody: ESRCH if it is gone, even if its number\n"
	  "lives again.  The writer's own rights decide.\n"
	  "\n"
	  "	echo TERM > kill\n" },
	{ "fork",
	  "fork: [newpid newuser …] [KEY=VALUE…] -- COMMAND…: runs a program where this process is\n"
	  "\n"
	  "In its namespaces, root directory and working directory, as a child of its would be.\n"
	  "KEY    like=target   with its ids, capabilities, seccomp filters, limits and cgroups, too\n"
	  "       mounts=host   with the host's files and programs: for images without a shell\n"
	  "       uid=N         as this user, of its user namespace\n"
	  "Reads back a line with the program's pid here and in each namespace further in, then\n"
	  "what it writes, then `exited CODE' or `killed SIG' as the last line.\n"
	  "\n"
	  "	exec 3<>fork; echo '-- id -u' >&3; cat <&3\n"
	  "	exec 3<>fork; echo 'mounts=host -- ss -tln' >&3; cat <&3\n" },
	{ "exec",
	  "exec: a process of the machine cannot be made to execute a program from outside.\n"
	  "\n"
	  "Instead: fork, which runs one beside it.\n" },
	{ "exit",
	  "exit: a process of the machine cannot be made to exit with a code from outside.\n"
	  "\n"
	  "Instead: echo TERM > kill, or echo KILL > kill.\n" },
	{ "setns", "setns: a process of the machine cannot be moved from outside.\n"
		   "\n"
		   "Instead: fork in the directory of a process that is where you want to be.\n" },
	{ "unshare", "unshare: a process of the machine cannot be made to unshare from outside.\n"
		     "\n"
		     "Instead: echo 'newpid newns -- COMMAND' > fork.\n" },
	{ "setsid", "setsid: only a process itself begins a session.\n"
		    "\n"
		    "Instead: what fork runs leads a session of its own.\n" },
	{ "setpgid", "setpgid: only a process itself or its parent changes its group.\n"
		     "\n"
		     "To see it: stat, or table in the view.\n" },
	{ "reap",
	  "reap: only the parent of a process can reap it.\n"
	  "\n"
	  "Instead: wait says how any process ended; a zombie goes when its parent waits for it,\n"
	  "or when its parent is killed.\n" },
	{ "sigaction", "sigaction: only a process itself says what a signal does to it.\n"
		       "\n"
		       "To see it: SigIgn and SigCgt in status.\n" },
	{ "prctl", "prctl: acts on the process that calls it, and on no other.\n"
		   "\n"
		   "Instead: fork like=target runs a program with the same attributes.\n" },
	{ "pidfd",
	  "pidfd: descriptors of a process cannot be made from outside.\n"
	  "\n"
	  "Instead: an open file here is as good: it means this process as long as it is open.\n" },
	{ "fault", "fault: nothing goes wrong here at will.\n"
		   "\n"
		   "A virtual world's processes can be gone between two looks: pidnsfs MOUNTPOINT.\n" },
	{ "set", "set: the machine's facts are what they are.\n"
		 "\n"
		 "A virtual world's can be dictated: pidnsfs MOUNTPOINT.\n" },
};

const char *host_usage(const struct world *w, const char *verb)
{
	(void)w;
	for (size_t i = 0; i < G_N_ELEMENTS(usages); i++)
		if (!strcmp(usages[i].verb, verb))
			return usages[i].text;
	return NULL;
}

/* What the kernel lets others do; of the rest the usage says what there is instead. */
bool host_acts(const struct world *w, const char *verb)
{
	(void)w;
	return !strcmp(verb, "kill") || !strcmp(verb, "fork");
}
