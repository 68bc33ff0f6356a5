/* SPDX-License-Identifier: MIT */
/* Random scripts, one operation at a time, from what is there. */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "oracle/run.h"

#define CROWD 26 /* more than this many at once make it slow */
#define DEEP 6

/* What a script has much of, and what it is without. */
static struct taste {
	unsigned int factor[VERBS]; /* of its weight */
	uint64_t flags; /* of every second fork */
	bool likes_flags;
	int crowd, deep;
} taste;

/* xorshift64* */
uint64_t random_next(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * UINT64_C(2685821657736338717);
}

static unsigned int below(uint64_t *random, unsigned int n)
{
	return (unsigned int)((random_next(random) >> 32) % n);
}

static bool chance(uint64_t *random, unsigned int percent)
{
	return below(random, 100) < percent;
}

/*
 * Half of the scripts are of everything.  The others, by chance, have three times as much
 * of some operations and none of others: what is found by the many in a row is not met
 * with where all are mixed.
 */
void generate_begin(uint64_t *random)
{
	static const unsigned int factors[] = { 0, 1, 1, 3 };
	static const uint64_t flags[] = { CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, CLONE_NEWPID,
					  CLONE_PARENT, CLONE_VM | CLONE_SIGHAND, 0 };
	bool mixed = chance(random, 50);
	int verb;

	for (verb = 0; verb < VERBS; verb++)
		taste.factor[verb] = mixed ? 1 : factors[below(random, 4)];
	if (!taste.factor[V_FORK])
		taste.factor[V_FORK] = 1;
	taste.likes_flags = !mixed && chance(random, 50);
	taste.flags = flags[below(random, 5)];
	taste.crowd = mixed ? CROWD : 6 + (int)below(random, 36);
	taste.deep = mixed ? DEEP : 2 + (int)below(random, 8);
}

static int any_live(struct run *r, uint64_t *random, bool act)
{
	int tries, id;

	for (tries = 0; tries < 40; tries++) {
		id = r->live[below(random, (unsigned int)r->n_live)];
		if (!act || cast_can_act(r, id))
			return id;
	}
	return -1;
}

static void number(struct op *op, long v)
{
	op->arg[op->n].kind = ARG_NUMBER;
	op->arg[op->n++].value = v;
}

static void reference(struct op *op, int kind, long puppet)
{
	op->arg[op->n].kind = kind;
	op->arg[op->n++].value = puppet;
}

/* Somebody whom the actor can name, or the like of a number. */
static void target(struct run *r, uint64_t *random, struct op *op, bool zero)
{
	int tries, id;

	if (chance(random, 5)) {
		static const long odd[] = { -1000000, 999998, 1, 2, 300, 301 };

		number(op, odd[below(random, 6)]);
		return;
	}
	if (zero && chance(random, 20)) {
		number(op, 0);
		return;
	}
	for (tries = 0; tries < 8; tries++) {
		/* Some are dead for long. */
		id = chance(random, 90) ? r->live[below(random, (unsigned int)r->n_live)] :
					  (int)below(random, (unsigned int)r->n);
		if (r->puppet[id].life != LIFE_NONE &&
		    cast_visible(r, &r->puppet[id], r->puppet[op->actor].ns))
			break;
	}
	if (r->puppet[id].life == LIFE_NONE)
		id = 0;
	reference(op, ARG_PID, id);
}

static long signal_of(uint64_t *random)
{
	static const int signals[] = { 0,	SIGKILL, SIGKILL, SIGTERM, SIGUSR1, SIGSTOP,
				       SIGCONT, SIGCONT, SIGTSTP, SIGCHLD, SIGURG,  SIGHUP,
				       40,	64,	 65,	  SIGTTIN, SIGUSR2, SIGKILL };

	return signals[below(random, sizeof(signals) / sizeof(signals[0]))];
}

static void generate_fork(struct run *r, uint64_t *random, struct op *op)
{
	static const uint64_t odd[] = {
		CLONE_THREAD,
		CLONE_SIGHAND,
		CLONE_NEWUSER | CLONE_FS,
		0x1,
		CLONE_DETACHED,
		UINT64_C(0x400000000),
		CLONE_SIGHAND | CLONE_VM | UINT64_C(0x100000000),
		CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_NEWPID,
		CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_NEWUSER,
		CLONE_NEWPID | CLONE_PARENT,
		UINT64_C(0x100000000),
	};
	const struct puppet *p = &r->puppet[op->actor];
	unsigned int kind = below(random, 100), n = 0, i;
	int level = p->kids == UNBORN ? p->level + 1 : r->ns[p->kids].level;
	uint64_t flags = 0;
	long sig = SIGCHLD;

	op->child = r->n;
	if (taste.likes_flags && chance(random, 50) &&
	    (!(taste.flags & CLONE_NEWPID) || level < taste.deep)) {
		flags = taste.flags;
		if (flags & (CLONE_PARENT | CLONE_THREAD))
			sig = 0;
	} else if (kind < 42) {
		flags = 0;
	} else if (kind < 57) {
		flags = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM;
		sig = 0;
	} else if (kind < 70 && level < taste.deep) {
		flags = CLONE_NEWPID;
	} else if (kind < 80) {
		flags = CLONE_PARENT;
		sig = 0;
	} else if (kind < 84) {
		flags = CLONE_VM;
	} else if (kind < 88) {
		flags = CLONE_VM | CLONE_SIGHAND;
	} else if (kind < 90) {
		flags = CLONE_NEWUSER;
	} else if (kind < 92 && level < taste.deep) {
		flags = CLONE_NEWUSER | CLONE_NEWPID;
	} else if (kind < 94) {
		flags = CLONE_FILES | CLONE_PIDFD;
	} else {
		flags = odd[below(random, sizeof(odd) / sizeof(odd[0]))];
		if (flags & (CLONE_PARENT | CLONE_THREAD))
			sig = 0;
	}
	if (chance(random, 8)) {
		static const int sigs[] = { 0, SIGUSR1, SIGURG, SIGUSR1, 65, 256, SIGCHLD, 0, 64 };

		sig = sigs[below(random, sizeof(sigs) / sizeof(sigs[0]))];
	}
	if (flags & CLONE_NEWPID)
		level++;
	if (chance(random, 18)) {
		n = 1 + below(random, (unsigned int)level);
		if (chance(random, 5))
			n = (unsigned int)level + 2;
		if (n == (unsigned int)level + 1)
			n = 1;
	}
	number(op, (long)flags);
	number(op, sig);
	number(op, n);
	for (i = 0; i < n; i++) {
		static const long tids[] = { 1,	  1,   2,   5,	 7,	  42,	   299, 300, 301,
					     310, 302, 311, 100, 4194303, 4194304, 0,	-1 };

		if (chance(random, 20))
			target(r, random, op, false);
		else
			number(op, tids[below(random, sizeof(tids) / sizeof(tids[0]))]);
	}
}

static void generate_wait(struct run *r, uint64_t *random, struct op *op)
{
	long options = WNOHANG | WEXITED;

	switch (below(random, 8)) {
	case 0:
	case 1:
	case 2:
	case 3:
		number(op, P_ALL);
		number(op, 0);
		break;
	case 4:
	case 5:
		number(op, P_PID);
		target(r, random, op, false);
		break;
	case 6:
		number(op, P_PGID);
		target(r, random, op, true);
		break;
	default:
		number(op, P_PIDFD);
		number(op, (long)below(random, 7) - (long)below(random, 2));
	}
	if (chance(random, 30))
		options |= WSTOPPED;
	if (chance(random, 30))
		options |= WCONTINUED;
	if (chance(random, 10) && options & (WSTOPPED | WCONTINUED))
		options &= ~WEXITED;
	if (chance(random, 10))
		options |= WNOWAIT;
	if (chance(random, 25))
		options |= 0x40000000;
	else if (chance(random, 12))
		options |= 0x80000000l;
	if (chance(random, 12))
		options |= 0x20000000;
	number(op, options);
}

static void generate_sigaction(uint64_t *random, struct op *op)
{
	static const int signals[] = { SIGCHLD, SIGCHLD, SIGTERM, SIGUSR1, SIGTSTP, SIGHUP,
				       SIGCONT, 40,	 32,	  33,	   SIGKILL, SIGSTOP,
				       0,	65,	 64,	  SIGURG };
	long sig = signals[below(random, sizeof(signals) / sizeof(signals[0]))];
	long act = below(random, 3);

	if (sig == SIGCHLD && chance(random, 30))
		act = 3;
	number(op, sig);
	number(op, act);
}

static enum verb verb_of(struct run *r, uint64_t *random)
{
	static const struct {
		enum verb verb;
		unsigned int weight;
	} weights[] = {
		{ V_FORK, 300 },	 { V_EXIT, 90 },       { V_EXIT_GROUP, 40 },
		{ V_KILL, 70 },		 { V_TGKILL, 20 },     { V_OUTSIDE, 25 },
		{ V_OUTSIDE_THREAD, 8 }, { V_WAIT, 130 },      { V_UNSHARE, 35 },
		{ V_SETNS, 35 },	 { V_SETNS_PID, 25 },  { V_SETSID, 30 },
		{ V_SETPGID, 50 },	 { V_SUBREAPER, 25 },  { V_PDEATHSIG, 3 },
		{ V_NAME, 8 },		 { V_SIGACTION, 35 },  { V_SIGBLOCK, 14 },
		{ V_EXEC, 14 },		 { V_PIDFD_OPEN, 40 }, { V_PIDFD_GETFD, 15 },
		{ V_PIDFD_SEND, 30 },	 { V_CLOSE, 8 },       { V_LAST_PID, 25 },
		{ V_PID_MAX, 10 },	 { V_READ_LAST, 10 },
	};
	unsigned int total = 0, at;
	size_t i;

	if (r->n_live > taste.crowd && chance(random, 60)) {
		static const enum verb ends[] = { V_EXIT, V_EXIT_GROUP, V_WAIT,	  V_WAIT,
						  V_WAIT, V_KILL,	V_OUTSIDE };

		return ends[below(random, sizeof(ends) / sizeof(ends[0]))];
	}
	for (i = 0; i < sizeof(weights) / sizeof(weights[0]); i++)
		total += weights[i].weight * taste.factor[weights[i].verb];
	at = below(random, total);
	for (i = 0; at >= weights[i].weight * taste.factor[weights[i].verb]; i++)
		at -= weights[i].weight * taste.factor[weights[i].verb];
	return weights[i].verb;
}

/* The init of some namespace, to write its sysctls. */
static int any_init(struct run *r, uint64_t *random)
{
	int tries, init;

	for (tries = 0; tries < 20; tries++) {
		init = r->ns[below(random, (unsigned int)r->n_ns)].init;
		if (cast_can_act(r, init))
			return init;
	}
	return -1;
}

static void generate_args(struct run *r, uint64_t *random, struct op *op)
{
	static const long unshares[] = { CLONE_NEWPID,	CLONE_NEWPID,
					 CLONE_NEWPID,	CLONE_NEWPID | CLONE_NEWUTS,
					 CLONE_NEWUSER, CLONE_NEWUSER | CLONE_NEWPID,
					 CLONE_THREAD,	CLONE_SIGHAND,
					 CLONE_VM,	CLONE_FS | CLONE_FILES,
					 CLONE_PARENT,	0 };
	static const long types[] = { 0,
				      CLONE_NEWPID,
				      CLONE_NEWPID,
				      CLONE_NEWPID,
				      CLONE_NEWUSER,
				      CLONE_NEWPID | CLONE_NEWUSER,
				      CLONE_VM };
	static const long last_pids[] = { 0,   1,   5,	 298,  299, 300,     301,     302,    309,
					  310, 311, 100, 4000, -1,  4194304, 4194303, 4194305 };
	static const long pid_maxes[] = { 0, 300, 301, 303, 310, 400, 4194304, 4194305, 4194304 };
	static const long pidfd_flags[] = { 0, 0, 0, 0x80, 0x800, 0x880, 0x1 };
	static const long send_flags[] = { 0, 0, 0, 1, 2, 4, 3, 8 };

	switch (op->verb) {
	case V_FORK:
		generate_fork(r, random, op);
		break;
	case V_EXIT:
	case V_EXIT_GROUP:
		number(op, below(random, 4) ? (long)below(random, 8) : 300);
		break;
	case V_KILL:
		number(op, signal_of(random));
		if (chance(random, 70)) {
			target(r, random, op, true);
		} else if (chance(random, 30)) {
			number(op, chance(random, 50) ? -1 : 0);
		} else {
			target(r, random, op, true);
			if (op->arg[1].kind == ARG_PID)
				op->arg[1].kind = ARG_NEGATIVE;
		}
		break;
	case V_TGKILL:
		number(op, signal_of(random));
		target(r, random, op, true);
		target(r, random, op, true);
		if (chance(random, 70) && op->arg[2].kind == ARG_PID) {
			op->arg[1].kind = ARG_PID;
			op->arg[1].value = r->puppet[op->arg[2].value].leader;
		}
		break;
	case V_OUTSIDE:
	case V_OUTSIDE_THREAD:
		number(op, chance(random, 40) ? SIGCONT : signal_of(random));
		reference(op, ARG_PID, any_live(r, random, false));
		break;
	case V_WAIT:
		generate_wait(r, random, op);
		break;
	case V_UNSHARE:
		number(op, unshares[below(random, sizeof(unshares) / sizeof(unshares[0]))]);
		break;
	case V_SETNS:
		reference(op, ARG_NS,
			  chance(random, 40) ? op->actor :
					       r->ns[below(random, (unsigned int)r->n_ns)].init);
		number(op, types[below(random, 5)]);
		break;
	case V_SETNS_PID:
		target(r, random, op, true);
		number(op, types[below(random, sizeof(types) / sizeof(types[0]))]);
		break;
	case V_SETPGID:
		target(r, random, op, true);
		if (chance(random, 50)) {
			number(op, 0);
			op->arg[0].kind = ARG_NUMBER;
			op->arg[0].value = 0;
			op->n = 1;
		}
		target(r, random, op, true);
		break;
	case V_SUBREAPER:
		number(op, !chance(random, 25));
		break;
	case V_PDEATHSIG:
		number(op, (long[]){ SIGKILL, SIGUSR1, 0, SIGURG, 65 }[below(random, 5)]);
		break;
	case V_NAME:
		number(op, below(random, 1000));
		break;
	case V_SIGACTION:
		generate_sigaction(random, op);
		break;
	case V_SIGBLOCK:
		number(op, (long[]){ SIGTERM, SIGUSR1, SIGHUP, SIGTSTP, SIGCHLD, 40, SIGKILL,
				     SIGCONT }[below(random, 8)]);
		number(op, chance(random, 50));
		break;
	case V_EXEC:
		number(op, below(random, 4));
		break;
	case V_PIDFD_OPEN:
		target(r, random, op, true);
		number(op, pidfd_flags[below(random, 7)]);
		break;
	case V_PIDFD_GETFD:
		number(op, below(random, 6));
		number(op, below(random, 6));
		number(op, chance(random, 5));
		break;
	case V_PIDFD_SEND:
		number(op, (long)below(random, 7) - (long)below(random, 2));
		number(op, signal_of(random));
		number(op, send_flags[below(random, 8)]);
		break;
	case V_CLOSE:
		number(op, 3 + below(random, 5));
		break;
	case V_LAST_PID:
		number(op, last_pids[below(random, sizeof(last_pids) / sizeof(last_pids[0]))]);
		break;
	case V_PID_MAX:
		number(op, pid_maxes[below(random, sizeof(pid_maxes) / sizeof(pid_maxes[0]))]);
		break;
	default:
		break;
	}
}

/* Is it the end of everything? */
static bool ends_all(struct run *r, const struct op *op)
{
	const struct puppet *first = &r->puppet[0];

	switch (op->verb) {
	case V_EXIT:
	case V_EXIT_GROUP:
		return r->puppet[op->actor].leader == first->leader;
	case V_OUTSIDE:
	case V_OUTSIDE_THREAD:
		return r->puppet[op->arg[1].value].leader == first->leader &&
		       (op->arg[0].value == SIGKILL || op->arg[0].value == SIGSTOP);
	default:
		return false;
	}
}

void generate(struct run *r, uint64_t *random, struct op *op)
{
	do {
		memset(op, 0, sizeof(*op));
		op->child = -1;
		op->verb = verb_of(r, random);
		if (op->verb == V_OUTSIDE || op->verb == V_OUTSIDE_THREAD)
			op->actor = OUTSIDE;
		else if (op->verb == V_LAST_PID || op->verb == V_PID_MAX)
			op->actor = any_init(r, random);
		else
			op->actor = any_live(r, random, true);
		if (op->actor < 0 && op->verb != V_OUTSIDE && op->verb != V_OUTSIDE_THREAD) {
			/* Nobody can act: somebody is to be woken. */
			op->verb = V_OUTSIDE;
			op->actor = OUTSIDE;
		}
		generate_args(r, random, op);
	} while (ends_all(r, op));
}
