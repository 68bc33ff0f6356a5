/* SPDX-License-Identifier: MIT */
/*
 * The watcher is told of every change: random commands, and after each of them
 * the whole world is looked at as its files show it.  What looks another way than
 * before must have been named.
 */
#include <glib.h>
#include <string.h>

#include "ctl/session.h"
#include "world/world.h"

#define SEEDS 60
#define STEPS 150
#define CROWD 24 /* with more tasks than that, more of them die */
#define BATCH 512

/* What is between the members of a struct is no fact. */
#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define CLEAR_PADDING(p) __builtin_clear_padding(p)
#endif
#endif
#ifndef CLEAR_PADDING
#define CLEAR_PADDING(p) ((void)(p))
#endif

struct place {
	struct world *w;
	struct errors *errors;
	GRand *rand;
	GArray *refs; /* of tasks, in each view */
	GHashTable *before; /* what (a string) looked how (GBytes) */
	GHashTable *named; /* since then */
	bool all;
};

static int below(struct place *p, int n)
{
	return (int)g_rand_int_range(p->rand, 0, n);
}

static void on_change(void *data, const struct world_change *c)
{
	struct place *p = data;

	p->all |= c->kind == WORLD_ALL_CHANGED;
	if (c->ino)
		g_hash_table_add(p->named, g_strdup_printf("task %" G_GUINT64_FORMAT, c->ino));
	if (c->kind == WORLD_NS_GONE)
		g_hash_table_add(p->named, g_strdup_printf("life %u", c->inum));
	if (c->kind == WORLD_BORN || c->kind == WORLD_GONE)
		for (unsigned int i = 0; i < c->levels; i++) {
			g_hash_table_add(p->named, g_strdup_printf("list %u", c->inums[i]));
			g_hash_table_add(p->named,
					 g_strdup_printf("name %u %d", c->inums[i], c->nrs[i]));
		}
	/* What a namespace shows, and which there are, is asked anew after any change. */
	g_hash_table_add(p->named, g_strdup("facts"));
}

/* --- looking ------------------------------------------------------------------ */

static void look_at_task(struct place *p, struct world_ref ref, GByteArray *out)
{
	g_autoptr(GArray) children = g_array_new(FALSE, FALSE, sizeof(int));
	GString *cmdline = g_string_new(NULL);
	struct world_task t;
	uint32_t inum;

	memset(&t, 0, sizeof(t));
	g_assert_cmpint(world_task(p->w, ref, &t), ==, 0);
	t.ref.level = 0;
	CLEAR_PADDING(&t);
	g_byte_array_append(out, (guint8 *)&t, sizeof(t));
	world_children(p->w, ref, children);
	g_byte_array_append(out, (guint8 *)children->data, children->len * (guint)sizeof(int));
	world_cmdline(p->w, ref, cmdline);
	g_byte_array_append(out, (guint8 *)cmdline->str, (guint)cmdline->len);
	g_string_free(cmdline, TRUE);
	for (int type = 0; type < WORLD_NS_TYPES; type++) {
		/* Depends on another task, too, and is a link: never kept. */
		if (type == WORLD_NS_PID_FOR_CHILDREN)
			continue;
		inum = 0;
		world_ns_link(p->w, ref, (enum world_ns_type)type, &inum);
		g_byte_array_append(out, (guint8 *)&inum, sizeof(inum));
	}
}

static void add(GHashTable *looks, char *what, const void *data, size_t len)
{
	GBytes *old = g_hash_table_lookup(looks, what);
	GByteArray *both = g_byte_array_new();

	/* A task is seen in several views: one behind the other. */
	if (old)
		g_byte_array_append(both, g_bytes_get_data(old, NULL),
				    (guint)g_bytes_get_size(old));
	g_byte_array_append(both, data, (guint)len);
	g_hash_table_insert(looks, what, g_byte_array_free_to_bytes(both));
}

static void look_at_number(struct place *p, GHashTable *looks, uint32_t inum, int nr)
{
	GByteArray *look = g_byte_array_new();
	struct world_ref ref;

	if (!world_find(p->w, inum, nr, &ref)) {
		look_at_task(p, ref, look);
		add(looks, g_strdup_printf("task %" G_GUINT64_FORMAT, ref.ino), look->data,
		    look->len);
		add(looks, g_strdup_printf("name %u %d", inum, nr), &ref.ino, sizeof(ref.ino));
		g_array_append_val(p->refs, ref);
	}
	g_byte_array_free(look, TRUE);
}

static GHashTable *look(struct place *p)
{
	GHashTable *looks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
						  (GDestroyNotify)g_bytes_unref);
	struct world_ref refs[BATCH];
	struct world_ns_info info;
	int nrs[BATCH], n;
	uint32_t inum = 0;

	g_array_set_size(p->refs, 0);
	while (!world_ns_next(p->w, &inum)) {
		memset(&info, 0, sizeof(info));
		g_assert_cmpint(world_ns(p->w, inum, &info), ==, 0);
		CLEAR_PADDING(&info);
		add(looks, g_strdup("facts"), &info, sizeof(info));
		add(looks, g_strdup_printf("life %u", inum), "", 0);
		n = world_list(p->w, inum, 1, BATCH, nrs, refs);
		g_assert_cmpint(n, <, BATCH);
		add(looks, g_strdup_printf("list %u", inum), nrs, (size_t)n * sizeof(nrs[0]));
		/* Threads are not listed; numbers may be anywhere, but most are low. */
		for (int nr = 1; nr < 400; nr++)
			look_at_number(p, looks, inum, nr);
		for (int i = 0; i < n; i++)
			if (nrs[i] >= 400)
				look_at_number(p, looks, inum, nrs[i]);
	}
	return looks;
}

static bool was_named(struct place *p, const char *what, bool is_new)
{
	/* A new namespace has no look that anybody could believe in. */
	if (is_new && (g_str_has_prefix(what, "life") || g_str_has_prefix(what, "list")))
		return true;
	return (p->all && !is_new) || g_hash_table_contains(p->named, what);
}

static bool lost_with_its_namespace(struct place *p, const char *what)
{
	g_autofree char *life = g_strdup_printf("life %s", what + strlen("list "));

	return g_str_has_prefix(what, "list ") && g_hash_table_contains(p->named, life);
}

static void compare(struct place *p, const char *line)
{
	GHashTable *now = look(p);
	GHashTableIter iter;
	gpointer what, how;

	g_hash_table_iter_init(&iter, now);
	while (g_hash_table_iter_next(&iter, &what, &how)) {
		GBytes *old = g_hash_table_lookup(p->before, what);

		if ((!old || !g_bytes_equal(old, how)) && !was_named(p, what, !old))
			g_error("%s: %s is %s, and nobody was told", line, (char *)what,
				old ? "another" : "new");
	}
	g_hash_table_iter_init(&iter, p->before);
	while (g_hash_table_iter_next(&iter, &what, &how))
		if (!g_hash_table_contains(now, what) && !was_named(p, what, false) &&
		    !lost_with_its_namespace(p, what))
			g_error("%s: %s is gone, and nobody was told", line, (char *)what);
	g_hash_table_unref(p->before);
	p->before = now;
	g_hash_table_remove_all(p->named);
	p->all = false;
}

/* --- doing ----------------------------------------------------------------------- */

static const char *const lines[][2] = {
	{ "fork", "" },
	{ "fork", "" },
	{ "fork", "newpid" },
	{ "fork", "newpid newuser" },
	{ "fork", "thread" },
	{ "fork", "thread" },
	{ "fork", "parent exit_signal=0" },
	{ "fork", "newuser" },
	{ "fork", "count=3 comm=x -- /bin/x a" },
	{ "fork", "flags=0x900" }, /* VM and SIGHAND, without a thread */
	{ "fork", "flags=0x400" }, /* FILES */
	{ "fork", "flags=0x1000" }, /* PIDFD */
	{ "exec", "/bin/true b" },
	{ "exit", "3" },
	{ "kill", "TERM" },
	{ "kill", "STOP" },
	{ "kill", "CONT" },
	{ "kill", "KILL" },
	{ "kill", "USR1 0" },
	{ "kill", "USR2 -1" },
	{ "kill", "CHLD %" },
	{ "kill", "KILL %" },
	{ "setns", "pid=% newpid" },
	{ "setns", "pid=% newpid newuser" },
	{ "unshare", "newpid" },
	{ "unshare", "newuser newpid" },
	{ "unshare", "newuts" },
	{ "setsid", "" },
	{ "setpgid", "" },
	{ "setpgid", "% %" },
	{ "setpgid", "% 0" },
	{ "reap", "nohang" },
	{ "reap", "nohang stopped continued all" },
	{ "reap", "% nohang nowait" },
	{ "sigaction", "CHLD ignore" },
	{ "sigaction", "USR1 catch" },
	{ "sigaction", "USR1 block" },
	{ "sigaction", "USR1 unblock" },
	{ "sigaction", "TERM default" },
	{ "sigaction", "CHLD nocldwait" },
	{ "prctl", "set_child_subreaper 1" },
	{ "prctl", "set_pdeathsig HUP" },
	{ "pidfd", "open %" },
	{ "pidfd", "close 3" },
	{ "pidfd", "send_signal 3 USR1" },
	{ "set", "utime=% rss=4096 state=R" },
	{ "set", "uid=%" },
	{ "set", "comm=name gid=%" },
	{ "set", "nproc=5" },
};

/* Each % becomes a number that somebody may have. */
static char *fill(struct place *p, const char *line)
{
	GString *out = g_string_new(NULL);

	for (; *line; line++)
		if (*line == '%')
			g_string_append_printf(out, "%d", below(p, CROWD));
		else
			g_string_append_c(out, *line);
	return g_string_free(out, FALSE);
}

static void step(struct place *p)
{
	const guint n = p->refs->len;
	const char *const *which = lines[below(p, (int)G_N_ELEMENTS(lines))];
	const struct verb *verb = verb_find(n > CROWD && below(p, 2) ? "exit" : which[0]);
	struct world_actor actor = {
		.ref = g_array_index(p->refs, struct world_ref, (guint)below(p, (int)n)),
		.thread = below(p, 3) == 0,
	};
	g_autofree char *args = fill(p, verb == verb_find(which[0]) ? which[1] : "0");
	g_autofree char *line = g_strdup_printf("%s\n", args);
	g_autofree char *said = g_strdup_printf("%s %s", verb->name, args);
	GString *reply = g_string_new(NULL);
	struct session *s;

	g_assert_nonnull(verb);
	s = session_new(p->w, p->errors, verb, actor, "x");
	session_write(s, line, strlen(line));
	session_read(s, reply, 4096, NULL);
	session_free(s);
	if (!below(p, 10))
		world_set_last_pid(p->w, WORLD_ROOT_INUM, below(p, 300));
	if (!below(p, 20))
		world_set_pid_max(p->w, WORLD_ROOT_INUM, 400 + below(p, 1000));
	compare(p, said);
	g_string_free(reply, TRUE);
}

static void run(int kernel, guint32 seed)
{
	const struct world_options o = { .kernel = kernel, .cpus = 1, .frozen = true };
	struct place p = {
		.w = world_virtual_new(&o),
		.errors = errors_new(),
		.rand = g_rand_new_with_seed(seed),
		.refs = g_array_new(FALSE, FALSE, sizeof(struct world_ref)),
		.named = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
	};

	g_test_message("kernel %d, seed %u", kernel, seed);
	g_assert_cmpint(world_watch(p.w, on_change, &p), ==, 0);
	p.before = look(&p);
	for (int i = 0; i < STEPS; i++)
		step(&p);
	world_watch(p.w, NULL, NULL);
	g_hash_table_unref(p.before);
	g_hash_table_unref(p.named);
	g_array_unref(p.refs);
	g_rand_free(p.rand);
	errors_free(p.errors);
	world_free(p.w);
}

static void test_random(gconstpointer kernel)
{
	for (guint32 seed = 1; seed <= SEEDS; seed++)
		run(GPOINTER_TO_INT(kernel), seed);
}

/* That the test above can fail: nobody listens, and something changes. */
static void test_deaf(void)
{
	const struct world_options o = { .kernel = 612, .cpus = 1, .frozen = true };
	struct world *w = world_virtual_new(&o);
	GHashTable *named = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct place p = { .w = w, .named = named };
	struct world_ref init;

	g_assert_cmpint(world_find(w, WORLD_ROOT_INUM, 1, &init), ==, 0);
	world_watch(w, on_change, &p);
	world_set_comm(w, (struct world_actor){ .ref = init }, "a", 1);
	g_assert_cmpuint(g_hash_table_size(named), >, 0);
	g_hash_table_remove_all(named);
	world_watch(w, NULL, NULL);
	world_set_comm(w, (struct world_actor){ .ref = init }, "b", 1);
	g_assert_cmpuint(g_hash_table_size(named), ==, 0);
	g_hash_table_unref(named);
	world_free(w);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/watch/6.12", GINT_TO_POINTER(612), test_random);
	g_test_add_data_func("/watch/6.18", GINT_TO_POINTER(618), test_random);
	g_test_add_func("/watch/nobody", test_deaf);
	return g_test_run();
}
