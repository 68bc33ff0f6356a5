/* SPDX-License-Identifier: MIT */
/*
 * One script being played: what is known of its puppets, and the two sides that play
 * it, each of which gives an answer to every operation.
 *
 * The mount is asked first.  What it says will have become of everybody is what the
 * kernel is waited for: so nothing is ever decided by how fast a process dies.
 */
#ifndef PIDNSFS_TESTS_ORACLE_RUN_H
#define PIDNSFS_TESTS_ORACLE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "oracle/script.h"

/* Level 0 is the master's, and the world's root: not compared. */
#define LEVELS 34
#define UNBORN (-1) /* a namespace that waits for its first process */
#define NOT_VISIBLE 999999 /* the number of who has none there */

enum life {
	LIFE_NONE,
	LIFE_LIVE,
	LIFE_ZOMBIE,
	LIFE_GONE
};

enum asked {
	ASKED = 1,
	ASKED_IF_DEATHS = 2
};

enum control {
	CTL_EXEC,
	CTL_EXIT,
	CTL_FORK,
	CTL_KILL,
	CTL_PIDFD,
	CTL_PRCTL,
	CTL_REAP,
	CTL_SETNS,
	CTL_SETPGID,
	CTL_SETSID,
	CTL_SIGACTION,
	CTL_UNSHARE,
	CONTROLS
};

struct puppet {
	enum life life;
	bool exiting; /* its namespace dies, and it waits for that */
	bool stopped, init;
	bool pinned; /* gone, but its number is a group's or session's */
	bool fatal_exit_signal; /* it may have one: of leaders */
	bool pdeath; /* it may have asked for a signal */
	bool changed; /* since the kernel was last seen to agree */
	unsigned int asked; /* when it is quiet, whether it lives: bits */
	int leader; /* of its group: a puppet */
	int sighand; /* equal: they have the same handlers */
	int ns, kids; /* namespaces: its own, and its children's or UNBORN */
	int level; /* of ns */
	int nr[LEVELS]; /* [0] as the mount's root view has it */
	int host, host_tgid; /* as the master sees it */
	int slot;
	int ppid, pgrp, session, threads; /* of leaders, in the mount's root view */
	unsigned int seen;
	int dir, stat, control[CONTROLS]; /* descriptors; -1: not open */
};

struct nspace {
	int parent, level;
	int init; /* a puppet */
	bool dead;
	unsigned long kernel_inum, mount_inum;
	int kernel_fd, kernel_proc; /* an nsfs descriptor, a procfs or -1 */
	int mount_dir, mount_hold;
};

struct answer {
	int err;
	long value; /* a number that comes back */
	unsigned int n; /* fork: numbers from the test's root namespace inward */
	int nr[LEVELS];
	bool none; /* who asked did not live to hear it */
};

struct run {
	/* the same for every script */
	int mount, table; /* the directory, and a file of it */
	const char *mount_path, *bin; /* where the programs are that puppets execute */
	bool per_ns_pid_max; /* 6.14 */
	bool views; /* 6.17: procfs of any namespace */
	bool other_user; /* the world's root user is not the master */
	bool children; /* CONFIG_PROC_CHILDREN */
	bool getfd; /* no Yama that would know better */
	int pid_max_min;
	bool verbose; /* every operation is told, and what came of it */
	double patience; /* seconds, then the kernel is taken at its word */

	/* of this script */
	struct puppet *puppet;
	int n, room, sighands;
	int *live, n_live; /* born and not gone, or gone and pinned */
	struct nspace *ns;
	int n_ns, ns_room;
	int *by_nr; /* puppet + 1, by number in the mount's root view */
	unsigned int seen;
	bool pdeaths; /* some puppet has one */
	bool deaths; /* this operation brought some */
	int slot_used[1024];

	struct script played; /* what really was */
	char *why; /* a mismatch in words */
	uint64_t ops, checks, refused; /* over all scripts */
};

/* --- cast.c: the puppets ---------------------------------------------------- */

struct puppet *cast_puppet(struct run *r, int id); /* NULL: not born */
struct puppet *cast_new(struct run *r, int id);
int cast_new_ns(struct run *r, int parent, int init);
void cast_clear(struct run *r);
void cast_close(struct puppet *p); /* what is open of it in the mount */
bool cast_can_act(const struct run *r, int id);
bool cast_visible(const struct run *r, const struct puppet *p, int ns);
int cast_number(const struct run *r, int id, int ns); /* or NOT_VISIBLE */
bool cast_has_number(const struct run *r, int id, int ns, long nr);
int cast_by_number(const struct run *r, int ns, long nr); /* a puppet that lives, or -1 */
int cast_threads(const struct run *r, int leader, int *ids, int max); /* that live */
bool cast_inside(const struct run *r, int ns, int outer); /* or the same */
int cast_slot(struct run *r);
void cast_forget_gone(struct run *r);
void resolve(const struct run *r, const struct op *op, long *v);

/* --- mount.c ----------------------------------------------------------------- */

int mount_open(struct run *r);
int mount_begin(struct run *r); /* makes puppet 0 */
int mount_end(struct run *r);
void mount_do(struct run *r, const struct op *op, const long *v, struct answer *a);
/*
 * What became of everybody; sets their life, changed.  inits: one of these may have
 * begun to wait for the end of its namespace.
 */
int mount_observe(struct run *r, bool inits);
int mount_children(struct run *r, int id); /* how many this thread has */
uint64_t mount_pending(struct run *r, int id); /* for this thread or its process */
unsigned long mount_ns_inum(struct run *r, int id);
int mount_open_ns(struct run *r, struct nspace *ns);

/* --- kernel.c ---------------------------------------------------------------- */

/* 0; or -1, and why not in r->why. */
int kernel_open(struct run *r);
int kernel_begin(struct run *r);
int kernel_end(struct run *r);
void kernel_do(struct run *r, const struct op *op, const long *v, bool will_end, struct answer *a);
/* Waits until all that the mount foretold has happened.  0 or -1, why is set. */
int kernel_settle(struct run *r);
/* Whose pidfd that descriptor of a puppet is, as the master numbers it; or -1. */
int kernel_pidfd(struct run *r, int id, int fd);
unsigned long kernel_ns_inum(struct run *r, int id);
int kernel_open_ns(struct run *r, struct nspace *ns);

/* --- dump.c ------------------------------------------------------------------- */

/* All views, or that of the outermost namespace, in which all tasks are. */
int dump_compare(struct run *r, bool outermost);

/* --- timing.c ----------------------------------------------------------------- */

/* NULL, or why this operation is not played: see there. */
const char *timing_forbids(struct run *r, const struct op *op, const long *v);
bool timing_is_fatal(long sig); /* by default */
/* Makes equal what need not be: a state, some signals of a mask in hexadecimal. */
void timing_state_equal(char *state);
void timing_signals_equal(char *digits, uint64_t but);

/* --- play.c ------------------------------------------------------------------- */

enum outcome {
	PLAYED,
	SKIPPED,
	MISMATCH
};
int play_begin(struct run *r);
int play_end(struct run *r);
enum outcome play(struct run *r, const struct op *op, struct answer *a);
/* All of it; MISMATCH: *at is where. */
enum outcome play_script(struct run *r, const struct script *s, size_t *at);
void say(struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- shrink.c ------------------------------------------------------------------ */

void shrink(struct run *r, const struct script *s, struct script *small);

/* --- generate.c ---------------------------------------------------------------- */

uint64_t random_next(uint64_t *state);
/* Before the first operation of a random script, and then each next. */
void generate_begin(uint64_t *random);
void generate(struct run *r, uint64_t *random, struct op *op);

/* --- outcome.c ------------------------------------------------------------------ */

void outcome_count(enum verb verb, int err);
unsigned int outcomes(void); /* how many different ones there were */
void outcomes_print(FILE *out);

/* --- rules.c -------------------------------------------------------------------- */

bool rules_hit(const char *name); /* false: there is no such rule */
/* Those of a script that cannot be played on this kernel need not be hit. */
void rules_excuse(const struct script *s);
unsigned int rules_count(unsigned int *hit);
void rules_print(FILE *out, bool all);

#endif
