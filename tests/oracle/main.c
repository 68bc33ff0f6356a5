/* SPDX-License-Identifier: MIT */
/*
 * The oracle: the same scripts for the running kernel and for a mounted world.
 *
 *	oracle --mount=DIR --bin=DIR [OPTION...] [SCRIPT...]
 *
 * Scripts are played as they are; --seeds=N adds random ones.  Exits with 0 if both
 * sides agreed in everything, 1 if not, 77 if it cannot run here, saying why.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "oracle/puppet.h"
#include "oracle/run.h"

struct options {
	uint64_t seed, seeds, ops, every;
	double progress;
	const char *save; /* a mismatch's script */
	bool rules, no_views, grow;
	struct script *grown; /* what random scripts may go on from */
	size_t n_grown;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static void cannot(const char *why)
{
	printf("SKIP: %s\n", why);
	exit(77);
}

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		cannot("no user namespace can be set up here");
	close(fd);
}

/* Ordinary users are root in a namespace of their own. */
static void become_root(struct run *r)
{
	char map[64];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (!uid)
		return;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		cannot("neither root nor allowed to make a user namespace");
	write_to("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	write_to("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1", gid);
	write_to("/proc/self/gid_map", map);
	r->other_user = true;
}

/* A session of its own, as the world's first process has one. */
static void lead_session(void)
{
	int status;
	pid_t pid;

	if (setsid() >= 0 || getsid(0) == getpid())
		return;
	pid = fork();
	if (pid < 0)
		cannot("no process can be made");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setsid();
		return;
	}
	waitpid(pid, &status, 0);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static const char *own_path(void)
{
	static char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		cannot("/proc is not mounted");
	self[n] = '\0';
	return self;
}

static void make_programs(const struct run *r)
{
	const char *self = own_path();
	char path[4200];
	int i;

	mkdir(r->bin, 0777);
	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/program%d", r->bin, i);
		if (symlink(self, path) && errno != EEXIST)
			cannot("no links can be made in the directory of --bin");
	}
}

static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* --- a mismatch ---------------------------------------------------------------------- */

static void report(struct run *r, const struct options *o, const char *what)
{
	struct script whole = { 0 }, small = { 0 };
	static unsigned int reports;
	char save[4200];
	char *why = r->why ? r->why : strdup("?");
	size_t i;
	FILE *out;

	r->why = NULL;
	for (i = 0; i < r->played.n; i++)
		*script_add(&whole) = r->played.op[i];
	printf("MISMATCH in %s after %zu operations: %s\n", what, whole.n, why);
	fflush(stdout);
	if (play_end(r)) {
		printf("and it cannot be ended: %s\n", r->why);
		exit(1);
	}
	shrink(r, &whole, &small);
	printf("shrunken to %zu operations: %s\n", small.n,
	       r->why ? r->why : "it does not happen again");
	if (!r->why) {
		small.n = 0;
		for (i = 0; i < whole.n; i++)
			*script_add(&small) = whole.op[i];
	}
	script_print(&small, stdout);
	if (reports++)
		snprintf(save, sizeof(save), "%s.%u", o->save, reports);
	else
		snprintf(save, sizeof(save), "%s", o->save);
	out = fopen(save, "we");
	if (out) {
		script_print(&small, out);
		fclose(out);
	}
	printf("To replay it by hand:\n\tmkdir -p %s && pidnsfs -o kernel=%s %s\n"
	       "\t%s --mount=%s --bin=%s -v %s\n",
	       r->mount_path, r->per_ns_pid_max ? "6.18" : "6.12", r->mount_path, own_path(),
	       r->mount_path, r->bin, save);
	fflush(stdout);
	free(why);
}

/* --- playing --------------------------------------------------------------------------- */

static bool play_file(struct run *r, const struct options *o, const char *path)
{
	struct script s = { 0 };
	size_t at;
	bool good;

	if (script_read(&s, path))
		exit(1);
	if (s.needs_pid_max && (!r->per_ns_pid_max || r->pid_max_min > 301)) {
		printf("%s is not played: pid_max cannot be low enough here\n", path);
		rules_excuse(&s);
		script_clear(&s);
		return true;
	}
	good = play_script(r, &s, &at) != MISMATCH;
	if (good) {
		struct op check = { .verb = V_CHECK, .actor = OUTSIDE, .child = -1 };

		good = play(r, &check, NULL) != MISMATCH;
	}
	if (!good)
		report(r, o, path);
	else if (play_end(r)) {
		printf("MISMATCH at the end of %s: %s\n", path, r->why);
		exit(1);
	}
	script_clear(&s);
	return good;
}

static void read_grown(const struct run *r, struct options *o, char **paths)
{
	struct script *s;

	for (; *paths; paths++) {
		o->grown = realloc(o->grown, (o->n_grown + 1) * sizeof(*o->grown));
		if (!o->grown)
			abort();
		s = &o->grown[o->n_grown];
		memset(s, 0, sizeof(*s));
		if (script_read(s, *paths))
			exit(1);
		if (!s->needs_pid_max || (r->per_ns_pid_max && r->pid_max_min <= 301))
			o->n_grown++;
	}
}

/* A scenario up to somewhere, whatever comes of it. */
static bool begin_with_script(struct run *r, const struct options *o, uint64_t *random)
{
	const struct script *s = &o->grown[random_next(random) % o->n_grown];
	size_t n = random_next(random) % (s->n + 1), i, j;

	for (i = 0; i < n; i++) {
		struct op op = s->op[i];

		op.told = false;
		for (j = 0; j < OP_RULES; j++)
			op.rules[j] = NULL;
		if (op.verb != V_CHECK && play(r, &op, NULL) == MISMATCH)
			return false;
	}
	return true;
}

static bool play_seed(struct run *r, const struct options *o, uint64_t seed)
{
	const struct op check = { .verb = V_CHECK, .actor = OUTSIDE, .child = -1 };
	const struct op short_check = {
		.verb = V_CHECK, .actor = OUTSIDE, .child = -1, .n = 1, .arg = { { ARG_NUMBER, 1 } }
	};
	uint64_t random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15), played = 0, tries = 0;
	bool checked = false;
	char what[64];
	struct op op;

	snprintf(what, sizeof(what), "seed %llu", (unsigned long long)seed);
	if (play_begin(r)) {
		printf("%s does not begin: %s\n", what, r->why ? r->why : "?");
		exit(1);
	}
	if (o->n_grown && random_next(&random) % 4 == 0 && !begin_with_script(r, o, &random)) {
		report(r, o, what);
		return false;
	}
	generate_begin(&random);
	while (played < o->ops && tries++ < 40 * o->ops && r->puppet[0].life == LIFE_LIVE &&
	       !r->puppet[0].exiting) {
		enum outcome outcome;

		generate(r, &random, &op);
		outcome = play(r, &op, NULL);
		checked &= outcome == SKIPPED;
		if (outcome == PLAYED && ++played % o->every == 0) {
			checked = played % (4 * o->every) == 0;
			outcome = play(r, played % (4 * o->every) ? &short_check : &check, NULL);
		}
		if (outcome == MISMATCH) {
			report(r, o, what);
			return false;
		}
	}
	if (!checked && play(r, &check, NULL) == MISMATCH) {
		report(r, o, what);
		return false;
	}
	if (play_end(r)) {
		printf("MISMATCH at the end of %s: %s\n", what, r->why);
		exit(1);
	}
	return true;
}

static void summary(const struct run *r, const struct options *o, bool scripts, uint64_t seeds,
		    unsigned int mismatches, double seconds)
{
	unsigned int hit, rules = rules_count(&hit);

	printf("%llu operations, %u outcomes, %llu checkpoints, ", (unsigned long long)r->ops,
	       outcomes(), (unsigned long long)r->checks);
	if (seeds)
		printf("seeds %llu to %llu, ", (unsigned long long)o->seed,
		       (unsigned long long)(o->seed + seeds - 1));
	if (scripts)
		printf("%u of %u rules hit, ", hit, rules);
	printf("%u mismatches; %.0f operations a second\n", mismatches, (double)r->ops / seconds);
	fflush(stdout);
}

static struct run the_run;

/* The puppets die with the master, and nothing else is to be cleaned up. */
static void on_signal(int sig)
{
	(void)sig;
	_exit(130);
}

static void usage(void)
{
	puts("usage: oracle --mount=DIR --bin=DIR [--seeds=N] [--seed=FIRST] [--ops=N]\n"
	     "              [--check=EVERY] [--patience=SECONDS] [--progress=SECONDS]\n"
	     "              [--save=FILE] [--grow] [--rules] [--no-views] [-v] [SCRIPT...]");
	exit(2);
}

static void read_options(int argc, char **argv, struct run *r, struct options *o)
{
	static const struct option options[] = {
		{ "mount", 1, NULL, 'm' },    { "bin", 1, NULL, 'b' },
		{ "seeds", 1, NULL, 'n' },    { "seed", 1, NULL, 's' },
		{ "ops", 1, NULL, 'o' },      { "check", 1, NULL, 'c' },
		{ "patience", 1, NULL, 'p' }, { "progress", 1, NULL, 'g' },
		{ "save", 1, NULL, 'f' },     { "grow", 0, NULL, 'G' },
		{ "rules", 0, NULL, 'r' },    { "no-views", 0, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "v", options, NULL)) != -1)
		switch (c) {
		case 'm':
			r->mount_path = optarg;
			break;
		case 'b':
			r->bin = optarg;
			break;
		case 'n':
			o->seeds = strtoull(optarg, NULL, 0);
			break;
		case 's':
			o->seed = strtoull(optarg, NULL, 0);
			break;
		case 'o':
			o->ops = strtoull(optarg, NULL, 0);
			break;
		case 'c':
			o->every = strtoull(optarg, NULL, 0);
			break;
		case 'p':
			r->patience = strtod(optarg, NULL);
			break;
		case 'g':
			o->progress = strtod(optarg, NULL);
			break;
		case 'f':
			o->save = optarg;
			break;
		case 'G': /* a quarter of the seeds goes on from somewhere in a script */
			o->grow = true;
			break;
		case 'r':
			o->rules = true;
			break;
		case 'w': /* as before 6.17 */
			o->no_views = true;
			break;
		case 'v':
			r->verbose = true;
			break;
		default:
			usage();
		}
	if (!r->mount_path || !r->bin || !o->every)
		usage();
}

int main(int argc, char **argv)
{
	struct options o = { .ops = 300, .every = 50, .save = "mismatch.script" };
	const char *slot = getenv(PUPPET_ENV);
	struct run *r = &the_run;
	unsigned int mismatches = 0;
	double begin, told;
	bool scripts;
	uint64_t i;

	if (slot) {
		if (puppet_map(PUPPET_FD_MEMORY))
			_exit(126);
		puppet_executed(atoi(slot));
	}
	r->patience = 60;
	read_options(argc, argv, r, &o);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	raise_limits();
	lead_session();
	become_root(r);
	make_programs(r);
	if (kernel_open(r))
		cannot(r->why);
	if (mount_open(r)) {
		fprintf(stderr, "oracle: %s is no world of mine\n", r->mount_path);
		return 1;
	}
	r->views &= !o.no_views;
	begin = told = now();
	scripts = optind < argc;
	if (o.grow)
		read_grown(r, &o, argv + optind);
	for (; optind < argc; optind++)
		mismatches += !play_file(r, &o, argv[optind]);
	for (i = 0; i < o.seeds && mismatches < 3; i++) {
		mismatches += !play_seed(r, &o, o.seed + i);
		if (o.progress > 0 && now() > told + o.progress) {
			told = now();
			summary(r, &o, scripts, i + 1, mismatches, told - begin);
		}
	}
	summary(r, &o, scripts, i, mismatches, now() - begin);
	if (o.progress > 0 || o.rules)
		outcomes_print(stdout);
	if (scripts)
		rules_print(stdout, o.rules);
	return mismatches != 0;
}
