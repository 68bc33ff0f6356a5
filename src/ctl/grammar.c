/* SPDX-License-Identifier: MIT */
#include "ctl/grammar.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "util/parse.h"
#include "util/trace.h"

/* As the kernel has them: the headers may be older. */
#define G_CLONE_NEWTIME 0x80
#define G_CLONE_CLEAR_SIGHAND 0x100000000ull
#define G_CLONE_INTO_CGROUP 0x200000000ull
#define G_PIDFD_THREAD 0x80 /* O_EXCL */
#define G_PIDFD_NONBLOCK 0x800 /* O_NONBLOCK */

static int G_GNUC_PRINTF(2, 3) refuse(GString *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_string_vprintf(why, format, args);
	va_end(args);
	return -EINVAL;
}

/* --- words ---------------------------------------------------------------- */

/* Appends what stands between the quotes; returns the place behind them, or 0. */
static size_t unquote(const char *line, size_t len, size_t i, GString *word)
{
	const char quote = line[i++];

	for (; i < len && line[i] != quote; i++) {
		/* Between double quotes a backslash is one, but before these. */
		if (quote == '"' && line[i] == '\\' && i + 1 < len && strchr("\"\\$`", line[i + 1]))
			i++;
		g_string_append_c(word, line[i]);
	}
	return i < len ? i + 1 : 0;
}

static int split_word(const char *line, size_t len, size_t *at, GString *word, GString *why)
{
	size_t i = *at;

	while (i < len && line[i] != ' ' && line[i] != '\t') {
		if (line[i] == '\'' || line[i] == '"') {
			const char quote = line[i];

			i = unquote(line, len, i, word);
			if (!i)
				return refuse(why, "a %c is never closed", quote);
			continue;
		}
		if (line[i] == '\\' && ++i == len)
			return refuse(why, "nothing follows the last backslash");
		g_string_append_c(word, line[i++]);
	}
	*at = i;
	return 0;
}

int grammar_split(const char *line, size_t len, struct grammar_words *words, GString *why)
{
	GPtrArray *v;
	bool comment = false;
	int err = 0;
	size_t i = 0;

	if (memchr(line, '\0', len))
		return refuse(why, "the line has a NUL byte in it");
	v = g_ptr_array_new_with_free_func(g_free);
	for (;;) {
		GString *word;

		while (i < len && (line[i] == ' ' || line[i] == '\t'))
			i++;
		comment = i < len && line[i] == '#';
		if (i == len || comment)
			break;
		word = g_string_new(NULL);
		err = split_word(line, len, &i, word, why);
		g_ptr_array_add(v, g_string_free(word, FALSE));
		if (err) {
			g_ptr_array_unref(v);
			return err;
		}
	}
	words->n = v->len;
	words->comment = comment && !v->len;
	g_ptr_array_add(v, NULL);
	words->v = (char **)g_ptr_array_free(v, FALSE);
	return 0;
}

void grammar_words_clear(struct grammar_words *words)
{
	g_strfreev(words->v);
	words->v = NULL;
	words->n = 0;
}

/* The value behind key= or NULL. */
static const char *value_of(const char *word, const char *key)
{
	size_t len = strlen(key);

	return strncmp(word, key, len) == 0 && word[len] == '=' ? word + len + 1 : NULL;
}

static int bad_number(int err, const char *s, const char *what, GString *why)
{
	if (err == -ERANGE)
		return refuse(why, "%s is out of the range of what %s can be", s, what);
	return refuse(why, "'%s' is no number, as %s has to be", s, what);
}

static int get_int(const char *s, const char *what, int *value, GString *why)
{
	int err = parse_int(s, value);

	return err ? bad_number(err, s, what, why) : 0;
}

static int get_u64(const char *s, const char *what, uint64_t *value, GString *why)
{
	int err = parse_u64(s, value);

	return err ? bad_number(err, s, what, why) : 0;
}

static int get_signal(const char *s, int *sig, GString *why)
{
	if (parse_signal(s, sig))
		return refuse(why, "'%s' is no signal: say KILL, SIGKILL, RTMIN+1 or a number", s);
	return 0;
}

static int unknown(const char *word, GString *why)
{
	return refuse(why, "'%s' is not known here; reading the file shows its usage", word);
}

int grammar_nothing(char *const *v, unsigned int n, GString *why)
{
	return n ? refuse(why, "'%s': no argument is taken", v[0]) : 0;
}

/* --- flags ---------------------------------------------------------------- */

/* As words without CLONE_ and in lower case; with it they are the bits alone. */
static const struct {
	const char *name;
	uint64_t bits;
} clone_flags[] = {
	{ "NEWPID", CLONE_NEWPID },
	{ "NEWUSER", CLONE_NEWUSER },
	{ "NEWNS", CLONE_NEWNS },
	{ "NEWUTS", CLONE_NEWUTS },
	{ "NEWIPC", CLONE_NEWIPC },
	{ "NEWNET", CLONE_NEWNET },
	{ "NEWCGROUP", CLONE_NEWCGROUP },
	{ "NEWTIME", G_CLONE_NEWTIME },
	{ "THREAD", CLONE_THREAD },
	{ "PARENT", CLONE_PARENT },
	{ "VM", CLONE_VM },
	{ "FS", CLONE_FS },
	{ "FILES", CLONE_FILES },
	{ "SIGHAND", CLONE_SIGHAND },
	{ "PIDFD", CLONE_PIDFD },
	{ "PTRACE", CLONE_PTRACE },
	{ "VFORK", CLONE_VFORK },
	{ "SYSVSEM", CLONE_SYSVSEM },
	{ "SETTLS", CLONE_SETTLS },
	{ "PARENT_SETTID", CLONE_PARENT_SETTID },
	{ "CHILD_CLEARTID", CLONE_CHILD_CLEARTID },
	{ "CHILD_SETTID", CLONE_CHILD_SETTID },
	{ "DETACHED", CLONE_DETACHED },
	{ "UNTRACED", CLONE_UNTRACED },
	{ "IO", CLONE_IO },
	{ "CLEAR_SIGHAND", G_CLONE_CLEAR_SIGHAND },
	{ "INTO_CGROUP", G_CLONE_INTO_CGROUP },
};

static bool lower_is(const char *word, const char *upper)
{
	for (; *word && *word == g_ascii_tolower(*upper); word++)
		upper++;
	return !*word && !*upper;
}

static bool is_flag(const char *word, uint64_t *bits)
{
	const bool exact = g_str_has_prefix(word, "CLONE_");

	if (strcmp(word, "newmnt") == 0) {
		*bits = CLONE_NEWNS;
		return true;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(clone_flags); i++) {
		const char *name = clone_flags[i].name;

		if (exact ? strcmp(word + 6, name) == 0 : lower_is(word, name)) {
			*bits = clone_flags[i].bits;
			return true;
		}
	}
	return false;
}

/* A flag by any name, or key=BITS: added to *flags. */
static int get_flags(const char *word, const char *key, uint64_t *flags, GString *why)
{
	const char *value = value_of(word, key);
	uint64_t bits;

	if (value) {
		int err = get_u64(value, key, &bits, why);

		if (err)
			return err;
	} else if (!is_flag(word, &bits)) {
		return unknown(word, why);
	}
	*flags |= bits;
	return 0;
}

/* --- fork and exec -------------------------------------------------------- */

static GBytes *cmdline_of(char *const *v, unsigned int n)
{
	GByteArray *bytes = g_byte_array_new();

	for (unsigned int i = 0; i < n; i++)
		g_byte_array_append(bytes, (const guint8 *)v[i], (guint)strlen(v[i]) + 1);
	return g_byte_array_free_to_bytes(bytes);
}

/* As begin_new_exec(): what follows the last slash. */
static void comm_of(const char *path, char comm[WORLD_COMM_LEN])
{
	const char *slash = strrchr(path, '/');

	g_strlcpy(comm, slash ? slash + 1 : path, WORLD_COMM_LEN);
}

static int get_set_tid(const char *list, struct world_fork *args, GString *why)
{
	char **tids = g_strsplit(list, ",", -1);
	unsigned int size = 0;
	int err = 0;

	if (!tids[0])
		err = refuse(why, "set_tid= needs a number for each level, innermost first");
	for (unsigned int i = 0; tids[i] && !err; i++) {
		int tid;

		err = get_int(tids[i], "set_tid", &tid, why);
		/* One more than there can be is enough for the call to refuse. */
		if (!err && size < WORLD_MAX_LEVEL + 1)
			args->set_tid[size++] = tid;
	}
	g_strfreev(tids);
	args->set_tid_size = size;
	return err;
}

static int get_count(const char *s, unsigned int *count, GString *why)
{
	uint64_t n;
	int err = get_u64(s, "count", &n, why);

	if (!err && (n < 1 || n > GRAMMAR_COUNT_MAX))
		err = refuse(why, "count has to be from 1 to %d", GRAMMAR_COUNT_MAX);
	if (!err)
		*count = (unsigned int)n;
	return err;
}

static int get_uid(const char *s, int64_t *uid, GString *why)
{
	uint64_t n;
	int err = get_u64(s, "uid", &n, why);

	/* The last is uid_t's "none". */
	if (!err && n >= UINT32_MAX)
		err = refuse(why, "%s is out of the range of what uid can be", s);
	if (!err)
		*uid = (int64_t)n;
	return err;
}

struct fork_words {
	bool exit_signal, comm, quiet;
	GPtrArray *keys, *values; /* of what is no word of fork's own: the world knows it */
};

/* NULL-terminated, or NULL if there are none. */
static char **take_words(GPtrArray *words)
{
	if (!words->len)
		return (char **)g_ptr_array_free(words, TRUE);
	g_ptr_array_add(words, NULL);
	return (char **)g_ptr_array_free(words, FALSE);
}

static int fork_word(const char *word, struct grammar_fork *fork, struct fork_words *had,
		     GString *why)
{
	const char *value;

	if ((value = value_of(word, "set_tid")))
		return get_set_tid(value, &fork->args, why);
	if ((value = value_of(word, "exit_signal"))) {
		had->exit_signal = true;
		return get_signal(value, &fork->args.exit_signal, why);
	}
	if ((value = value_of(word, "count")))
		return get_count(value, &fork->count, why);
	if ((value = value_of(word, "uid")))
		return get_uid(value, &fork->args.uid, why);
	if ((value = value_of(word, "like")) && !strcmp(value, "target")) {
		fork->args.like_target = true;
		return 0;
	}
	if ((value = value_of(word, "mounts")) && !strcmp(value, "host")) {
		fork->args.host_mounts = true;
		return 0;
	}
	if ((value = value_of(word, "comm"))) {
		had->comm = true;
		g_strlcpy(fork->comm, value, sizeof(fork->comm));
		return 0;
	}
	value = strchr(word, '=');
	if (value && value > word && !g_str_has_prefix(word, "flags=")) {
		g_ptr_array_add(had->keys, g_strndup(word, (gsize)(value - word)));
		g_ptr_array_add(had->values, g_strdup(value + 1));
		return 0;
	}
	/* clone3(2) wants no exit signal with these two. */
	if (strcmp(word, "thread") == 0) {
		fork->args.flags |= CLONE_VM | CLONE_SIGHAND;
		had->quiet = true;
	} else if (strcmp(word, "parent") == 0) {
		had->quiet = true;
	}
	return get_flags(word, "flags", &fork->args.flags, why);
}

static int fork_words(char *const *v, unsigned int n, struct grammar_fork *f,
		      struct fork_words *had, GString *why)
{
	unsigned int i;

	for (i = 0; i < n && strcmp(v[i], "--") != 0; i++) {
		int err = fork_word(v[i], f, had, why);

		if (err)
			return err;
	}
	if (had->quiet && !had->exit_signal)
		f->args.exit_signal = 0;
	if (i == n)
		return 0;
	if (++i == n)
		return refuse(why, "-- has to be followed by a program");
	f->args.cmdline = cmdline_of(v + i, n - i);
	if (!had->comm)
		comm_of(v[i], f->comm);
	had->comm = true;
	return 0;
}

int grammar_fork(char *const *v, unsigned int n, struct grammar_fork *fork, GString *why)
{
	struct grammar_fork f = { .count = 1, .args = { .exit_signal = SIGCHLD, .uid = -1 } };
	struct fork_words had = { .keys = g_ptr_array_new(), .values = g_ptr_array_new() };
	int err = fork_words(v, n, &f, &had, why);

	f.args.n = had.keys->len;
	f.args.keys = take_words(had.keys);
	f.args.values = take_words(had.values);
	if (err) {
		grammar_fork_clear(&f);
		return err;
	}
	TRACE("fork: flags 0x%" G_GINT64_MODIFIER "x, %u times", f.args.flags, f.count);
	*fork = f;
	fork->args.comm = had.comm ? fork->comm : NULL;
	return 0;
}

void grammar_fork_clear(struct grammar_fork *fork)
{
	g_clear_pointer(&fork->args.cmdline, g_bytes_unref);
	g_clear_pointer(&fork->args.keys, g_strfreev);
	g_clear_pointer(&fork->args.values, g_strfreev);
}

int grammar_exec(char *const *v, unsigned int n, struct grammar_exec *exec, GString *why)
{
	/* As the shell's exec takes it. */
	if (n && strcmp(v[0], "--") == 0) {
		v++;
		n--;
	}
	if (!n)
		return refuse(why, "exec needs a program and its arguments");
	comm_of(v[0], exec->comm);
	exec->cmdline = cmdline_of(v, n);
	return 0;
}

void grammar_exec_clear(struct grammar_exec *exec)
{
	g_clear_pointer(&exec->cmdline, g_bytes_unref);
}

/* --- the others ----------------------------------------------------------- */

int grammar_exit(char *const *v, unsigned int n, int *code, GString *why)
{
	if (n > 1)
		return refuse(why, "exit takes one code, not %u words", n);
	if (n)
		return get_int(v[0], "an exit code", code, why);
	*code = 0;
	return 0;
}

int grammar_kill(char *const *v, unsigned int n, struct grammar_kill *kill, GString *why)
{
	struct grammar_kill k = { .how = KILL_THIS };
	int err;

	if (n < 1 || n > 3)
		return refuse(why, "kill takes SIG, SIG PID, or SIG TGID TID");
	err = get_signal(v[0], &k.sig, why);
	if (!err && n > 1) {
		k.how = n == 2 ? KILL_PID : KILL_THREAD;
		err = get_int(v[1], "a pid", &k.pid, why);
	}
	if (!err && n > 2)
		err = get_int(v[2], "a thread's id", &k.tid, why);
	if (!err)
		*kill = k;
	return err;
}

/* N or pid:[N], as the link in ns/ has it. */
static int get_inum(const char *word, uint32_t *inum, GString *why)
{
	g_autofree char *link = NULL;
	size_t len = strlen(word);
	uint64_t n;
	int err;

	if (g_str_has_prefix(word, "pid:[") && word[len - 1] == ']')
		link = g_strndup(word + 5, len - 6);
	err = get_u64(link ? link : word, "a namespace", &n, why);
	if (!err && n > UINT32_MAX)
		err = refuse(why, "%s is out of the range of namespace numbers", word);
	if (!err)
		*inum = (uint32_t)n;
	return err;
}

int grammar_setns(char *const *v, unsigned int n, struct grammar_setns *setns, GString *why)
{
	struct grammar_setns s = { 0 };
	const char *pid;
	int err;

	if (!n)
		return refuse(why, "setns needs a namespace: INUM, pid:[INUM] or pid=PID");
	pid = value_of(v[0], "pid");
	s.by_pid = pid != NULL;
	err = pid ? get_int(pid, "a pid", &s.pid, why) : get_inum(v[0], &s.inum, why);
	if (s.by_pid && n == 1)
		s.type = CLONE_NEWPID;
	for (unsigned int i = 1; i < n && !err; i++)
		err = get_flags(v[i], "type", &s.type, why);
	if (!err)
		*setns = s;
	return err;
}

int grammar_unshare(char *const *v, unsigned int n, uint64_t *flags, GString *why)
{
	uint64_t bits = 0;

	for (unsigned int i = 0; i < n; i++) {
		int err = get_flags(v[i], "flags", &bits, why);

		if (err)
			return err;
	}
	*flags = bits;
	return 0;
}

int grammar_setpgid(char *const *v, unsigned int n, int *pid, int *pgid, GString *why)
{
	int p = 0, g = 0, err = 0;

	if (n < 1 || n > 2)
		return refuse(why, "setpgid takes PGID or PID PGID");
	if (n == 2)
		err = get_int(v[0], "a pid", &p, why);
	if (!err)
		err = get_int(v[n - 1], "a process group", &g, why);
	if (err)
		return err;
	*pid = p;
	*pgid = g;
	return 0;
}

static const struct {
	const char *name;
	int option;
} wait_options[] = {
	{ "nohang", WNOHANG },	    { "nowait", WNOWAIT },	 { "exited", WEXITED },
	{ "stopped", WSTOPPED },    { "continued", WCONTINUED }, { "all", __WALL },
	{ "clone", (int)__WCLONE }, { "nothread", __WNOTHREAD },
};

static int wait_option(const char *word)
{
	for (size_t i = 0; i < G_N_ELEMENTS(wait_options); i++)
		if (strcmp(word, wait_options[i].name) == 0)
			return wait_options[i].option;
	return 0;
}

/* A pid as wait4(2) reads it, or fd=FD, as waitid(2)'s two arguments. */
static int get_waited(const char *word, struct world_wait *wait, GString *why)
{
	const char *fd = value_of(word, "fd");
	int id, err;

	if (fd) {
		wait->idtype = WORLD_P_PIDFD;
		return get_int(fd, "a descriptor", &wait->id, why);
	}
	if (!g_ascii_isdigit(*word) && *word != '-')
		return unknown(word, why);
	err = get_int(word, "a pid", &id, why);
	if (err)
		return err;
	if (id == INT_MIN) {
		refuse(why, "%s cannot be the negative of a process group", word);
		return -ESRCH;
	}
	if (id == -1)
		wait->idtype = WORLD_P_ALL;
	else
		wait->idtype = id > 0 ? WORLD_P_PID : WORLD_P_PGID;
	wait->id = id == -1 ? 0 : ABS(id);
	return 0;
}

int grammar_reap(char *const *v, unsigned int n, struct world_wait *wait, GString *why)
{
	struct world_wait w = { .idtype = WORLD_P_ALL };
	bool named = false;

	for (unsigned int i = 0; i < n; i++) {
		int option = wait_option(v[i]);

		if (option) {
			w.options |= option;
		} else if (named) {
			return refuse(why, "'%s': one pid or descriptor is enough", v[i]);
		} else {
			int err = get_waited(v[i], &w, why);

			if (err)
				return err;
			named = true;
		}
	}
	if (!(w.options & (WEXITED | WSTOPPED | WCONTINUED)))
		w.options |= WEXITED;
	*wait = w;
	return 0;
}

int grammar_sigaction(char *const *v, unsigned int n, struct grammar_sigaction *sigaction,
		      GString *why)
{
	static const char *const names[] = {
		[WORLD_SIG_DEFAULT] = "default",
		[WORLD_SIG_IGNORE] = "ignore",
		[WORLD_SIG_CATCH] = "catch",
		[WORLD_SIG_NOCLDWAIT] = "nocldwait",
		[WORLD_SIG_BLOCK] = "block",
		[WORLD_SIG_UNBLOCK] = "unblock",
	};
	int sig, err;

	if (n != 2)
		return refuse(why, "sigaction takes SIG and ignore, default, catch, nocldwait, "
				   "block or unblock");
	err = get_signal(v[0], &sig, why);
	if (err)
		return err;
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		if (strcmp(v[1], names[i]) == 0) {
			sigaction->sig = sig;
			sigaction->act = (enum world_sigact)i;
			return 0;
		}
	}
	return unknown(v[1], why);
}

int grammar_prctl(char *const *v, unsigned int n, struct grammar_prctl *prctl, GString *why)
{
	struct grammar_prctl p = { 0 };
	int err = 0;

	if (n != 2)
		return refuse(why, "prctl takes an option and its value");
	if (strcmp(v[0], "set_child_subreaper") == 0) {
		uint64_t arg = 0;

		err = get_u64(v[1], "set_child_subreaper", &arg, why);
		p.option = PR_SET_CHILD_SUBREAPER;
		p.arg = (unsigned long)arg;
	} else if (strcmp(v[0], "set_pdeathsig") == 0) {
		int sig = 0;

		err = get_signal(v[1], &sig, why);
		p.option = PR_SET_PDEATHSIG;
		p.arg = (unsigned long)sig;
	} else if (strcmp(v[0], "set_name") == 0) {
		p.option = PR_SET_NAME;
		p.name = v[1];
	} else {
		return unknown(v[0], why);
	}
	if (!err)
		*prctl = p;
	return err;
}

static int get_pidfd_flags(char *const *v, unsigned int n, struct grammar_pidfd *p, GString *why)
{
	static const struct {
		const char *name;
		enum grammar_pidfd_call call;
		unsigned int bits;
	} names[] = {
		{ "nonblock", PIDFD_CALL_OPEN, G_PIDFD_NONBLOCK },
		{ "thread", PIDFD_CALL_OPEN, G_PIDFD_THREAD },
		{ "thread", PIDFD_CALL_SEND_SIGNAL, 1 },
		{ "group", PIDFD_CALL_SEND_SIGNAL, 2 },
		{ "pgrp", PIDFD_CALL_SEND_SIGNAL, 4 },
	};

	for (unsigned int i = 0; i < n; i++) {
		const char *value = p->call == PIDFD_CALL_CLOSE ? NULL : value_of(v[i], "flags");
		uint64_t bits = 0;
		bool known = value != NULL;

		if (value) {
			int err = get_u64(value, "flags", &bits, why);

			if (err)
				return err;
			if (bits > UINT_MAX)
				return bad_number(-ERANGE, value, "flags", why);
		}
		for (size_t j = 0; j < G_N_ELEMENTS(names) && !known; j++) {
			known = names[j].call == p->call && strcmp(v[i], names[j].name) == 0;
			bits = names[j].bits;
		}
		if (!known)
			return unknown(v[i], why);
		p->flags |= (unsigned int)bits;
	}
	return 0;
}

int grammar_pidfd(char *const *v, unsigned int n, struct grammar_pidfd *pidfd, GString *why)
{
	struct grammar_pidfd p = { 0 };
	unsigned int args = 2;
	int err;

	if (!n)
		return refuse(why, "pidfd takes open, getfd, send_signal or close");
	if (strcmp(v[0], "open") == 0) {
		p.call = PIDFD_CALL_OPEN;
		args = 1;
	} else if (strcmp(v[0], "getfd") == 0) {
		p.call = PIDFD_CALL_GETFD;
	} else if (strcmp(v[0], "send_signal") == 0) {
		p.call = PIDFD_CALL_SEND_SIGNAL;
	} else if (strcmp(v[0], "close") == 0) {
		p.call = PIDFD_CALL_CLOSE;
		args = 1;
	} else {
		return unknown(v[0], why);
	}
	if (n < 1 + args)
		return refuse(why, "pidfd %s needs %u argument%s", v[0], args, args > 1 ? "s" : "");
	err = get_int(v[1], p.call == PIDFD_CALL_OPEN ? "a pid" : "a descriptor", &p.arg, why);
	if (!err && p.call == PIDFD_CALL_GETFD)
		err = get_int(v[2], "a descriptor", &p.arg2, why);
	if (!err && p.call == PIDFD_CALL_SEND_SIGNAL)
		err = get_signal(v[2], &p.arg2, why);
	if (!err)
		err = get_pidfd_flags(v + 1 + args, n - 1 - args, &p, why);
	if (!err)
		*pidfd = p;
	return err;
}

/* Each word once at most; one word is enough, and the other then the first here. */
int grammar_fault(char *const *v, unsigned int n, struct grammar_fault *fault, GString *why)
{
	static const struct {
		const char *name;
		enum world_fault_when when;
		enum world_fault_how how;
	} names[] = {
		{ "list", WORLD_FAULT_LISTED, WORLD_FAULT_GONE },
		{ "open", WORLD_FAULT_OPENED, WORLD_FAULT_GONE },
		{ "off", WORLD_FAULT_NEVER, WORLD_FAULT_GONE },
		{ "gone", WORLD_FAULT_NEVER, WORLD_FAULT_GONE },
		{ "zombie", WORLD_FAULT_NEVER, WORLD_FAULT_ZOMBIE },
		{ "reuse", WORLD_FAULT_NEVER, WORLD_FAULT_REUSE },
	};
	struct grammar_fault f = { WORLD_FAULT_LISTED, WORLD_FAULT_GONE };
	bool when = false, how = false;
	size_t at;

	if (!n)
		return refuse(why, "fault takes list or open, then gone, zombie or reuse; or off");
	for (unsigned int i = 0; i < n; i++) {
		for (at = 0; at < G_N_ELEMENTS(names) && strcmp(names[at].name, v[i]) != 0; at++)
			;
		if (at == G_N_ELEMENTS(names))
			return unknown(v[i], why);
		if (at < 3 ? when : how)
			return refuse(why, "'%s': one word for when and one for how is enough",
				      v[i]);
		if (at < 3) {
			f.when = names[at].when;
			when = true;
		} else {
			f.how = names[at].how;
			how = true;
		}
	}
	if (f.when == WORLD_FAULT_NEVER && how)
		return refuse(why, "off stands alone");
	*fault = f;
	return 0;
}

int grammar_set(char *const *v, unsigned int n, struct grammar_set *set, GString *why)
{
	if (!n)
		return refuse(why, "set needs KEY=VALUE");
	for (unsigned int i = 0; i < n; i++)
		if (!strchr(v[i], '=') || *v[i] == '=')
			return refuse(why, "'%s' is not KEY=VALUE", v[i]);
	set->n = n;
	set->keys = g_new0(char *, n + 1);
	set->values = g_new0(char *, n + 1);
	for (unsigned int i = 0; i < n; i++) {
		const char *equals = strchr(v[i], '=');

		set->keys[i] = g_strndup(v[i], (gsize)(equals - v[i]));
		set->values[i] = g_strdup(equals + 1);
	}
	return 0;
}

void grammar_set_clear(struct grammar_set *set)
{
	g_clear_pointer(&set->keys, g_strfreev);
	g_clear_pointer(&set->values, g_strfreev);
}
