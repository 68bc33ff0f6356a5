/* SPDX-License-Identifier: MIT */
/*
 * Scripts of operations, as text:
 *
 *	p3 fork p7 0x20000000 17 2 1 42    # flags, exit signal, how many of set_tid, these
 *	p7 kill 15 @p3                     # @p3: p3's number for who acts; -@p3 its negative
 *	- outside 9 @p7                    # a signal from outside of all test namespaces
 *	p3 setns %p7 0                     # %p7: the namespace that p7 is in
 *
 * Numbers stand for themselves.  Puppets are named by the script, not by their pids, so
 * that a script means something without the lines that are taken out of it.
 */
#ifndef PIDNSFS_TESTS_ORACLE_SCRIPT_H
#define PIDNSFS_TESTS_ORACLE_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define OP_ARGS 40
#define OP_RULES 6
#define OUTSIDE (-1) /* as an actor: nobody of the test's */

enum verb {
	V_FORK, /* flags exit_signal n set_tid... */
	V_EXIT, /* code */
	V_EXIT_GROUP, /* code */
	V_KILL, /* sig pid */
	V_TGKILL, /* sig tgid tid */
	V_OUTSIDE, /* sig puppet */
	V_OUTSIDE_THREAD, /* sig puppet */
	V_WAIT, /* idtype id options */
	V_UNSHARE, /* flags */
	V_SETNS, /* namespace type */
	V_SETNS_PID, /* pid type */
	V_SETSID,
	V_SETPGID, /* pid pgid */
	V_SUBREAPER, /* 0|1 */
	V_PDEATHSIG, /* sig */
	V_NAME, /* n */
	V_SIGACTION, /* sig act */
	V_SIGBLOCK, /* sig 0|1 */
	V_EXEC, /* n */
	V_PIDFD_OPEN, /* pid flags */
	V_PIDFD_GETFD, /* pidfd fd flags */
	V_PIDFD_SEND, /* pidfd sig flags */
	V_CLOSE, /* fd */
	V_LAST_PID, /* value; the actor is an init */
	V_PID_MAX, /* value; the actor is an init */
	V_READ_LAST, /* the last number of loadavg */
	V_CHECK, /* both trees are compared; 1: the outermost view alone */
	VERBS
};

struct arg {
	enum {
		ARG_NUMBER,
		ARG_PID,
		ARG_NEGATIVE,
		ARG_NS
	} kind;
	long value; /* or the puppet's */
};

struct op {
	enum verb verb;
	int actor, child; /* puppets; child: -1 but for fork */
	unsigned int n;
	struct arg arg[OP_ARGS];
	/* Scenarios alone: what comes of it, and which rules that shows. */
	bool told;
	int err;
	long value;
	bool value_told;
	char *rules[OP_RULES];
	unsigned int line;
};

struct script {
	struct op *op;
	size_t n, room;
	bool needs_pid_max; /* of a namespace's own, as low as 301 */
};

struct script_verb {
	const char *name;
	unsigned int args; /* at least */
};
extern const struct script_verb script_verbs[VERBS];

struct op *script_add(struct script *s);
void script_clear(struct script *s);
/* 0, or -1 and a message on standard error. */
int script_read(struct script *s, const char *path);
void op_text(const struct op *op, char *text, size_t size);
void script_print(const struct script *s, FILE *out);
const char *errno_name(int err);

#endif
