/* SPDX-License-Identifier: MIT */
/*
 * It is pidnsctl that goes there, with the rights that its caller has: the mount only
 * tells who is meant.
 */
#include "pidnsctl/program.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/begin.h"
#include "pidnsctl/place.h"
#include "pidnsctl/terminal.h"
#include "pidnsctl/verb.h"
#include "util/parse.h"

struct program {
	const char *verb, *path;
	struct begin begin;
};

static int complain(const struct program *p, const char *why, int err)
{
	fprintf(stderr, "pidnsctl: %s %s: %s%s%s\n", p->verb, p->path, why, err ? ": " : "",
		err ? g_strerror(err) : "");
	return STATUS_RUN;
}

/* --- words ------------------------------------------------------------------------ */

static bool take_key(struct begin *b, const char *word)
{
	static const struct {
		const char *word;
		uint64_t flag;
	} news[] = {
		{ "newpid", CLONE_NEWPID },	  { "newns", CLONE_NEWNS },
		{ "newnet", CLONE_NEWNET },	  { "newuts", CLONE_NEWUTS },
		{ "newipc", CLONE_NEWIPC },	  { "newuser", CLONE_NEWUSER },
		{ "newcgroup", CLONE_NEWCGROUP },
	};
	uint64_t uid;

	if (strcmp(word, "like=target") == 0)
		return b->like_target = true;
	if (strcmp(word, "mounts=host") == 0)
		return b->host_mounts = true;
	if (g_str_has_prefix(word, "uid=")) {
		if (parse_u64(word + strlen("uid="), &uid) || uid >= UINT32_MAX)
			return false;
		b->uid = (int64_t)uid;
		return true;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(news); i++)
		if (strcmp(word, news[i].word) == 0) {
			b->flags |= news[i].flag;
			return true;
		}
	return false;
}

/* "like=traget" */
static bool is_key(const char *word)
{
	const size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyz_");

	return n && word[n] == '=';
}

/* [KEY…] [--] COMMAND: 0; exec may leave out the dashes. */
static int take_words(struct program *p, char **words, int n)
{
	int i = 0;

	while (i < n && strcmp(words[i], "--") != 0 && take_key(&p->begin, words[i]))
		i++;
	if (p->begin.like_target && p->begin.uid >= 0)
		return complain(p, "like=target has the process's own ids: no uid=N with it", 0);
	/* Better no program than one with more rights than were meant. */
	if (i < n && is_key(words[i]))
		return complain(p,
				"it takes new…, like=target, mounts=host, uid=N; a command that "
				"looks like one stands behind --",
				0);
	if (i < n && strcmp(words[i], "--") == 0)
		i++;
	else if (i < n && strcmp(p->verb, "fork") == 0)
		return complain(p,
				"here it takes new…, like=target, mounts=host, uid=N, "
				"then -- and a command",
				0);
	if (i >= n)
		return complain(p, "no command: pidnsctl exec [-t] PATH [KEY=VALUE…] [--] COMMAND",
				0);
	p->begin.argv = words + i;
	return 0;
}

/* --- who is meant ------------------------------------------------------------------ */

/* What stands behind key in a file of facts, to be freed; NULL. */
static char *fact(const struct place *place, const char *file, const char *key)
{
	g_autofree char *path = g_strconcat(place->mount, file, NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return NULL;
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, key) && (*line)[strlen(key)] == ':')
			return g_strdup(g_strstrip(*line + strlen(key) + 1));
	return NULL;
}

static bool is_host(const struct place *place)
{
	g_autofree char *source = fact(place, "/pidns", "Source");

	return source;
}

/* Does the mount number processes as we do? */
static bool is_our_namespace(const struct place *place)
{
	g_autofree char *inum = fact(place, "/pidns", "Inum");
	struct stat st;

	return inum && !stat("/proc/self/ns/pid", &st) &&
	       g_ascii_strtoull(inum, NULL, 10) == st.st_ino;
}

/* The number that outer leads to; 0: nobody. */
static pid_t outer_number(int dir)
{
	char target[256];
	ssize_t n = readlinkat(dir, "outer", target, sizeof(target) - 1);
	const char *number;
	int nr;

	if (n <= 0)
		return 0;
	target[n] = '\0';
	number = strrchr(target, '/');
	return parse_int(number ? number + 1 : target, &nr) ? 0 : nr;
}

/*
 * An open file of the mount is one process's for ever.  If that can still be read when
 * the inode is known, nobody else has had the number up to then.
 */
static int identify(struct program *p, const struct place *place)
{
	int dir = open(place->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int file = dir < 0 ? -1 : openat(dir, "stat", O_RDONLY | O_CLOEXEC);
	char buf[64];
	bool there = false;
	bool is_view = dir >= 0 && !faccessat(dir, "pidns", F_OK, 0);

	if (file >= 0 && !is_view) {
		p->begin.nr = outer_number(dir);
		p->begin.ino = p->begin.nr ? begin_ino(p->begin.nr) : 0;
		there = p->begin.ino && pread(file, buf, sizeof(buf), 0) > 0 &&
			outer_number(dir) == p->begin.nr;
		close(file);
	}
	if (dir >= 0)
		close(dir);
	if (there)
		return 0;
	fprintf(stderr, "pidnsctl: %s: %s\n", p->path,
		is_view ? "is a view: say which process, PATH/1 is its init" :
			  "there is no such process");
	return STATUS_NOBODY;
}

/* --- running ----------------------------------------------------------------------- */

/* What we are told is for the program: it has a session of its own. */
static const int passed_on[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 };
static volatile sig_atomic_t told; /* the program, once it is there */

static void pass_on(int sig)
{
	if (told > 0)
		kill(told, sig);
}

static int wait_for_end(pid_t program)
{
	struct sigaction act = { .sa_handler = pass_on };
	int status;

	/* It is our child: its number is its own until it has been waited for. */
	told = program;
	for (size_t i = 0; i < G_N_ELEMENTS(passed_on); i++)
		sigaction(passed_on[i], &act, NULL);
	while (waitpid(program, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	told = 0;
	return status;
}

static int not_begun(const struct program *p, int err, const char *why, bool executed)
{
	if (executed) {
		fprintf(stderr, "pidnsctl: %s: %s\n", p->begin.argv[0], g_strerror(err));
		return err == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_EXEC;
	}
	if (err == ESRCH && !*why)
		why = "the process is gone";
	return complain(p, *why ? why : "the program cannot be begun", err);
}

static int run(const struct program *p)
{
	char why[BEGIN_WHY];
	int master, sig = 0, status;
	bool executed;
	pid_t program;

	fflush(NULL);
	program = begin_program(&p->begin, &master, why, &executed);
	if (program < 0)
		return not_begun(p, -program, why, executed);
	status = master >= 0 ? terminal_relay(master, program, &sig) : wait_for_end(program);
	if (sig) {
		/* As it would have been without us. */
		signal(sig, SIG_DFL);
		raise(sig);
	}
	if (status < 0)
		return STATUS_RUN;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* exec is asked for a terminal; fork takes one if we have one. */
static bool wants_terminal(const char *verb, bool asked)
{
	return asked ||
	       (strcmp(verb, "fork") == 0 && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO));
}

static int run_there(struct program *p, const struct place *place, char **words, int n, bool asked)
{
	int status = take_words(p, words, n);

	if (status)
		return status;
	if (!is_our_namespace(place))
		return complain(p, "the numbers of this mount are those of another pid namespace",
				0);
	p->begin.terminal = wants_terminal(p->verb, asked);
	if (p->begin.terminal && !terminal_size(&p->begin.size))
		return complain(p, "standard input is no terminal", 0);
	p->begin.term = g_getenv("TERM");
	status = identify(p, place);
	return status ? status : run(p);
}

static bool has_dashes(char **words, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(words[i], "--") == 0)
			return true;
	return false;
}

int program_main(char **words, int n)
{
	struct program p = { .verb = words[0], .begin.uid = -1 };
	bool asked = n > 1 && (strcmp(words[1], "-t") == 0 || strcmp(words[1], "--terminal") == 0);
	int first = asked ? 2 : 1, status;
	struct place place;
	bool host;

	if (first >= n) {
		fprintf(stderr, "pidnsctl: no path; --help says more\n");
		return STATUS_USAGE;
	}
	p.path = words[first];
	status = (int)place_find(&place, p.path);
	if (status)
		return status;
	host = is_host(&place);
	if (host && (strcmp(p.verb, "exec") == 0 || asked ||
		     has_dashes(words + first + 1, n - first - 1))) {
		status = run_there(&p, &place, words + first + 1, n - first - 1, asked);
	} else if (asked) {
		complain(&p, "processes of this world are invented: they run nothing", 0);
		status = STATUS_REFUSED;
	} else {
		status = (int)verb_main(words, n);
	}
	place_clear(&place);
	return status;
}
