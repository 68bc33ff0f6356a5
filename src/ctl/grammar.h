/* SPDX-License-Identifier: MIT */
/*
 * The lines of control files: text to arguments, and nothing else.
 *
 * Every function returns 0 or -errno, nearly always -EINVAL, and then puts a
 * sentence into why.  Results are written only on success.  Numbers are checked
 * against their C type alone: what is in range is for the call to judge.
 */
#ifndef PIDNSFS_CTL_GRAMMAR_H
#define PIDNSFS_CTL_GRAMMAR_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "world/world.h"

/* Without its newline. */
#define GRAMMAR_LINE_MAX 4096
#define GRAMMAR_COUNT_MAX 4194304

struct grammar_words {
	char **v; /* NULL-terminated */
	unsigned int n;
	bool comment; /* no word, but a comment: not a command */
};

/*
 * Words as a shell would see them: blanks, '…', "…", backslash, and # where a
 * word could begin.  Nothing is expanded.
 */
int grammar_split(const char *line, size_t len, struct grammar_words *words, GString *why);
void grammar_words_clear(struct grammar_words *words);

struct grammar_fork {
	struct world_fork args;
	unsigned int count;
	char comm[WORLD_COMM_LEN]; /* what args.comm points to, if anything */
};

/* A result must stay where it is: it points into itself. */
int grammar_fork(char *const *v, unsigned int n, struct grammar_fork *fork, GString *why);
void grammar_fork_clear(struct grammar_fork *fork);

struct grammar_exec {
	char comm[WORLD_COMM_LEN];
	GBytes *cmdline;
};

int grammar_exec(char *const *v, unsigned int n, struct grammar_exec *exec, GString *why);
void grammar_exec_clear(struct grammar_exec *exec);

int grammar_exit(char *const *v, unsigned int n, int *code, GString *why);

enum grammar_kill_how {
	KILL_THIS,
	KILL_PID,
	KILL_THREAD
};

struct grammar_kill {
	enum grammar_kill_how how;
	int sig, pid, tid; /* pid: the group's with KILL_THREAD */
};

int grammar_kill(char *const *v, unsigned int n, struct grammar_kill *kill, GString *why);

struct grammar_setns {
	bool by_pid;
	uint32_t inum;
	int pid;
	uint64_t type;
};

int grammar_setns(char *const *v, unsigned int n, struct grammar_setns *setns, GString *why);
int grammar_unshare(char *const *v, unsigned int n, uint64_t *flags, GString *why);
/* For verbs that take no argument. */
int grammar_nothing(char *const *v, unsigned int n, GString *why);
int grammar_setpgid(char *const *v, unsigned int n, int *pid, int *pgid, GString *why);
/* -ESRCH: a process group whose number cannot be negated, as wait4(2). */
int grammar_reap(char *const *v, unsigned int n, struct world_wait *wait, GString *why);

struct grammar_sigaction {
	int sig;
	enum world_sigact act;
};

int grammar_sigaction(char *const *v, unsigned int n, struct grammar_sigaction *sigaction,
		      GString *why);

struct grammar_prctl {
	int option; /* PR_… */
	unsigned long arg;
	const char *name; /* PR_SET_NAME's: one of the words */
};

int grammar_prctl(char *const *v, unsigned int n, struct grammar_prctl *prctl, GString *why);

enum grammar_pidfd_call {
	PIDFD_CALL_OPEN,
	PIDFD_CALL_GETFD,
	PIDFD_CALL_SEND_SIGNAL,
	PIDFD_CALL_CLOSE,
};

struct grammar_pidfd {
	enum grammar_pidfd_call call;
	int arg; /* the pid or descriptor */
	int arg2; /* the other's descriptor, or the signal */
	unsigned int flags;
};

int grammar_pidfd(char *const *v, unsigned int n, struct grammar_pidfd *pidfd, GString *why);

struct grammar_fault {
	enum world_fault_when when;
	enum world_fault_how how;
};

int grammar_fault(char *const *v, unsigned int n, struct grammar_fault *fault, GString *why);

/* Both are n pointers, to be freed with g_strfreev(). */
struct grammar_set {
	char **keys, **values;
	unsigned int n;
};

int grammar_set(char *const *v, unsigned int n, struct grammar_set *set, GString *why);
void grammar_set_clear(struct grammar_set *set);

#endif
