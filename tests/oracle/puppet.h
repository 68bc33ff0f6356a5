/* SPDX-License-Identifier: MIT */
/*
 * Puppets: real tasks that make the system calls they are told to.
 *
 * Each has a mailbox, and a stack, in memory that all share with the master.  They
 * use neither the C library's state nor its thread-local storage, since threads and
 * CLONE_VM children are made behind its back.
 */
#ifndef PIDNSFS_TESTS_ORACLE_PUPPET_H
#define PIDNSFS_TESTS_ORACLE_PUPPET_H

#include <stdint.h>

#define PUPPET_SLOTS 1024
#define PUPPET_STACK 32768
#define PUPPET_TIDS 40

/* Descriptors that every puppet has, far above those that it opens. */
#define PUPPET_FD_MEMORY 900
#define PUPPET_FD_SOCKET 901 /* namespaces come through it */
#define PUPPET_FD_PROC 902 /* the procfs of the master's namespace */
#define PUPPET_FD_FIRST 900
#define PUPPET_FD_LAST 902

/* The environment of what a puppet executes: PUPPET_ENV=SLOT */
#define PUPPET_ENV "PIDNSFS_ORACLE_SLOT"

enum puppet_call {
	CALL_PING,
	CALL_FORK, /* flags exit_signal set_tid_size child; tids */
	CALL_EXIT, /* code */
	CALL_EXIT_GROUP, /* code */
	CALL_KILL, /* pid sig */
	CALL_TGKILL, /* tgid tid sig */
	CALL_WAITID, /* idtype id options */
	CALL_UNSHARE, /* flags */
	CALL_SETNS, /* type; the descriptor comes through the socket */
	CALL_SETNS_PID, /* pid type */
	CALL_SETSID,
	CALL_SETPGID, /* pid pgid */
	CALL_SUBREAPER, /* on */
	CALL_PDEATHSIG, /* sig */
	CALL_NAME, /* text */
	CALL_SIGACTION, /* sig act */
	CALL_SIGBLOCK, /* sig on */
	CALL_EXEC, /* text */
	CALL_PIDFD_OPEN, /* pid flags */
	CALL_PIDFD_GETFD, /* pidfd fd flags */
	CALL_PIDFD_SEND, /* pidfd sig flags */
	CALL_CLOSE, /* fd */
	CALL_WRITE_SYSCTL, /* value; text: name below sys/kernel */
	CALL_LAST_PID, /* the last number of loadavg */
};

enum puppet_sigact {
	ACT_DEFAULT,
	ACT_IGNORE,
	ACT_CATCH,
	ACT_NOCLDWAIT
};

struct slot {
	uint32_t asked, answered; /* futexes; equal: nothing to do */
	uint32_t born; /* futex: the task that lives in this slot has come to life */
	uint32_t call;
	long arg[4];
	int tids[PUPPET_TIDS];
	char text[256];
	long result; /* as the system call leaves it: -errno */
	int waited[3]; /* si_pid si_code si_status */
	int tgid, tid; /* as the master's namespace numbers it */
	int pidfd;
};

struct puppet_memory {
	struct slot slot[PUPPET_SLOTS];
	char stack[PUPPET_SLOTS][PUPPET_STACK] __attribute__((aligned(4096)));
};

/* Where the running process has it. */
extern struct puppet_memory *puppets;

/* Maps it anew (fd -1: makes it, at PUPPET_FD_MEMORY); 0 or -errno. */
int puppet_map(int fd);
/* A puppet in that slot, by clone3(2) with these flags: its pid or -errno. */
long puppet_first(int slot, uint64_t flags);
/* What a process that was executed by a puppet does; never returns. */
void puppet_executed(int slot) __attribute__((noreturn));

long puppet_futex(uint32_t *word, int op, uint32_t value, long nanoseconds);

#endif
