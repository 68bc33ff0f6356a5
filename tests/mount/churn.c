/* SPDX-License-Identifier: MIT */
/*
 * Readers while processes come and go: each listing is compared with history.
 *
 *	churn VIEW INIT INNER SECONDS
 *
 * VIEW is the root view, INNER one below it, and INIT the number of its init in the
 * root view.  Both inits ignore SIGCHLD.
 *
 * One thread forks and kills, a few at a time, in the root namespace and in one
 * within, and writes down when each command began and had returned.  Others list
 * both views in several ways, and look at one name.  Who was born before a
 * listing began and did not die before it had ended must be in it, once; who had
 * died before it began must not; and nobody whom history does not know.  One more
 * compares the events with what was done.
 *
 * Numbers are not used again here: pid_max is the largest, and a run is short.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE 10 /* born, then killed, by one write */
#define ALIVE 300 /* of those who come and go, in each view that many */
#define STAYS 200 /* who live throughout */
#define READERS 3
#define REPLY_SIZE 65536

struct life {
	int nr;
	bool within; /* it is in both views */
	double born, was_born, dies, died; /* before and after the command; 0: not yet */
};

struct view {
	char dir[3500];
	int stays[2 * STAYS + 1], n_stays; /* who live throughout, ascending */
	struct life *lives; /* the others, ascending, and so in the order of their births */
	size_t n, dead; /* those before dead have died: the oldest die first */
	size_t room;
};

static struct view views[2]; /* the root, and the one within */
static pthread_mutex_t history = PTHREAD_MUTEX_INITIALIZER; /* views, held by each command */
static bool waiting; /* somebody wants it: who forks makes way */
static bool stop;
static long listings, looks, commands, forks;
static int failures;
static char inner_fork[32]; /* what forks in the inner namespace */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void complain(const char *what, const char *dir, int nr)
{
	/* The first few say it all. */
	if (__atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED) <= 20)
		printf("%s: %d in %s\n", what, nr, dir);
}

static bool stopped(void)
{
	return __atomic_load_n(&stop, __ATOMIC_RELAXED);
}

/* --- who changes the world ------------------------------------------------ */

static int open_in(const char *dir, const char *name)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

static void command(int fd, const char *lines)
{
	size_t len = strlen(lines);

	if (write(fd, lines, len) != (ssize_t)len) {
		perror(lines);
		exit(1);
	}
}

static void born(struct view *v, struct life life)
{
	if (v->n == v->room) {
		v->room = v->room ? 2 * v->room : 4096;
		v->lives = realloc(v->lives, v->room * sizeof(*v->lives));
		if (!v->lives)
			abort();
	}
	v->lives[v->n++] = life;
}

/* Forks n; a line of the reply has the numbers in the views they are in. */
static void bear(int fork_fd, int n, bool stays)
{
	static char reply[REPLY_SIZE];
	char line[64], *rest = reply, *one;
	struct life life = { 0 };
	size_t had = 0;
	ssize_t got;

	snprintf(line, sizeof(line), "count=%d comm=%s\n", n, stays ? "stays" : "goes");
	life.born = now();
	command(fork_fd, line);
	life.was_born = now();
	while (had < sizeof(reply) - 1 &&
	       (got = read(fork_fd, reply + had, sizeof(reply) - 1 - had)) > 0)
		had += (size_t)got;
	reply[had] = '\0';
	while ((one = strsep(&rest, "\n")) && *one) {
		char *inner;

		life.nr = (int)strtol(one, &inner, 10);
		life.within = *inner;
		if (stays) {
			views[0].stays[views[0].n_stays++] = life.nr;
			if (life.within)
				views[1].stays[views[1].n_stays++] = atoi(inner);
			continue;
		}
		born(&views[0], life);
		life.nr = life.within ? atoi(inner) : 0;
		if (life.nr)
			born(&views[1], life);
		forks++;
	}
}

/* Kills the oldest n by one write. */
static void bury(int kill_fd, int n)
{
	char lines[AT_ONCE * 24] = "";
	struct view *v = &views[0];
	double from = now();
	size_t len = 0, within = 0;

	for (int i = 0; i < n; i++) {
		struct life *life = &v->lives[v->dead + (size_t)i];

		len += (size_t)snprintf(lines + len, sizeof(lines) - len, "KILL %d\n", life->nr);
		life->dies = from;
		if (life->within)
			views[1].lives[views[1].dead + within++].dies = from;
	}
	command(kill_fd, lines);
	from = now();
	for (int i = 0; i < n; i++)
		v->lives[v->dead++].died = from;
	while (within--)
		views[1].lives[views[1].dead++].died = from;
}

/* A reader finds itself, alive or dead, under its real number. */
static bool is_me(int nr)
{
	return nr == getpid() || nr == (int)syscall(SYS_gettid);
}

/* The same, seen at once by who has done it. */
static void sees(struct view *v, int nr, bool there)
{
	char path[4096];
	struct stat st;
	int err;

	if (is_me(nr))
		return;
	snprintf(path, sizeof(path), "%s/%d", v->dir, nr);
	err = stat(path, &st) ? errno : 0;
	if (err != (there ? 0 : ENOENT))
		complain(there ? "not there after its birth" : "there after its death", v->dir, nr);
	snprintf(path, sizeof(path), "%s/%d/comm", v->dir, nr);
	err = access(path, F_OK) ? errno : 0;
	if (err != (there ? 0 : ENOENT))
		complain(there ? "no comm after its birth" : "comm after its death", v->dir, nr);
}

static void make_way(void)
{
	const struct timespec moment = { .tv_nsec = 100000 };

	while (__atomic_load_n(&waiting, __ATOMIC_RELAXED) && !stopped())
		nanosleep(&moment, NULL);
}

static void change(void)
{
	int out = open_in(views[0].dir, "1/fork"), in = open_in(views[0].dir, inner_fork);
	int kill_fd = open_in(views[0].dir, "1/kill");

	while (!stopped()) {
		make_way();
		pthread_mutex_lock(&history);
		bear(commands % 2 ? out : in, AT_ONCE, false);
		sees(&views[0], views[0].lives[views[0].n - 1].nr, true);
		if (views[0].n - views[0].dead > 2 * ALIVE) {
			bury(kill_fd, AT_ONCE);
			sees(&views[0], views[0].lives[views[0].dead - 1].nr, false);
			if (views[1].dead)
				sees(&views[1], views[1].lives[views[1].dead - 1].nr, false);
		}
		commands++;
		pthread_mutex_unlock(&history);
	}
	close(out);
	close(in);
	close(kill_fd);
}

/* --- who looks ------------------------------------------------------------ */

struct listing {
	int *nrs;
	int n, room;
	double from, to;
};

static void found(struct listing *l, const char *name)
{
	char *end;
	long nr = strtol(name, &end, 10);

	if (*name < '1' || *name > '9' || *end)
		return;
	if (l->n == l->room) {
		l->room = l->room ? 2 * l->room : 4096;
		l->nrs = realloc(l->nrs, (size_t)l->room * sizeof(*l->nrs));
		if (!l->nrs)
			abort();
	}
	l->nrs[l->n++] = (int)nr;
}

struct kernel_dirent {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

/* With a buffer so small that there are many requests. */
static int list_in_pieces(const char *path, struct listing *l)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_Alignas(8) char buf[1024];
	long n = fd < 0 ? -1 : 0;

	while (fd >= 0 && (n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		for (long at = 0; at < n;) {
			const struct kernel_dirent *d = (const void *)(buf + at);

			found(l, d->name);
			at += d->reclen;
		}
	}
	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : 0;
}

static int list_stream(DIR *dir, struct listing *l)
{
	struct dirent *d;

	if (!dir)
		return -1;
	while ((d = readdir(dir)))
		found(l, d->d_name);
	return 0;
}

static int list_table(const char *dir, struct listing *l)
{
	char path[4096], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/table", dir);
	f = fopen(path, "re");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, " \t\n")] = '\0';
		found(l, line);
	}
	fclose(f);
	return 0;
}

static bool is_in(const struct listing *l, int nr)
{
	int lo = 0, hi = l->n;

	while (lo < hi) {
		int at = (lo + hi) / 2;

		if (l->nrs[at] < nr)
			lo = at + 1;
		else
			hi = at;
	}
	return lo < l->n && l->nrs[lo] == nr;
}

/* history is held. */
static void judge(const struct view *v, const struct listing *l, size_t dead_before)
{
	size_t life = dead_before;
	int stays = 0;

	for (int i = 0; i < l->n; i++) {
		int nr = l->nrs[i];

		if (i && nr <= l->nrs[i - 1])
			complain(nr == l->nrs[i - 1] ? "listed twice" : "not ascending", v->dir,
				 nr);
		while (stays < v->n_stays && v->stays[stays] < nr)
			stays++;
		if (nr == 1 || (stays < v->n_stays && v->stays[stays] == nr))
			continue;
		while (life < v->n && v->lives[life].nr < nr)
			life++;
		if (life == v->n || v->lives[life].nr != nr)
			complain(v->n && nr < v->lives[v->n - 1].nr ? "listed after its death" :
								      "listed and unknown",
				 v->dir, nr);
		else if (v->lives[life].born > l->to)
			complain("listed before its birth", v->dir, nr);
	}
	if (!is_in(l, 1))
		complain("not listed", v->dir, 1);
	for (int i = 0; i < v->n_stays; i++)
		if (!is_in(l, v->stays[i]))
			complain("not listed, though it stays", v->dir, v->stays[i]);
	for (size_t i = dead_before; i < v->n; i++) {
		const struct life *it = &v->lives[i];

		if (it->was_born <= l->from && (!it->dies || it->dies >= l->to) &&
		    !is_in(l, it->nr))
			complain("not listed, though it lived throughout", v->dir, it->nr);
	}
}

static void lock_history(void)
{
	__atomic_store_n(&waiting, true, __ATOMIC_RELAXED);
	pthread_mutex_lock(&history);
	__atomic_store_n(&waiting, false, __ATOMIC_RELAXED);
}

/* One name, whoever it is. */
static void look(const struct view *v, unsigned int chance)
{
	struct life it;
	char path[4096];
	struct stat st;
	double from, to;
	size_t at;
	int err;

	lock_history();
	at = v->n ? v->n - 1 - chance % v->n % (2 * ALIVE + 2 * AT_ONCE) : 0;
	it = v->n ? v->lives[at] : (struct life){ 0 };
	pthread_mutex_unlock(&history);
	if (!it.nr || is_me(it.nr))
		return;
	snprintf(path, sizeof(path), "%s/%d/stat", v->dir, it.nr);
	from = now();
	err = stat(path, &st) ? errno : 0;
	to = now();
	lock_history();
	it = v->lives[at];
	pthread_mutex_unlock(&history);
	if (err && it.was_born <= from && (!it.dies || it.dies >= to))
		complain("not found, though it lived", v->dir, it.nr);
	if (!err && it.died && it.died <= from)
		complain("found after its death", v->dir, it.nr);
	__atomic_add_fetch(&looks, 1, __ATOMIC_RELAXED);
}

static void *read_all(void *arg)
{
	unsigned int chance = *(const int *)arg, round = chance;
	struct listing l = { 0 };
	DIR *held[2] = { opendir(views[0].dir), opendir(views[1].dir) };

	for (; !stopped(); round++) {
		int which = (int)(round % 2), err = -1;
		const struct view *v = &views[which];
		size_t dead_before;
		DIR *dir;

		lock_history();
		dead_before = v->dead;
		pthread_mutex_unlock(&history);
		l.n = 0;
		l.from = now();
		switch (round / 2 % 4) {
		case 0:
			dir = opendir(v->dir);
			err = list_stream(dir, &l);
			if (dir)
				closedir(dir);
			break;
		case 1:
			err = list_in_pieces(v->dir, &l);
			break;
		case 2:
			err = list_table(v->dir, &l);
			break;
		case 3:
			if (held[which])
				rewinddir(held[which]);
			err = list_stream(held[which], &l);
			break;
		}
		l.to = now();
		if (err)
			complain("cannot be listed", v->dir, errno);
		lock_history();
		judge(v, &l, dead_before);
		pthread_mutex_unlock(&history);
		__atomic_add_fetch(&listings, 1, __ATOMIC_RELAXED);
		for (int i = 0; i < 8; i++)
			look(v, chance = chance * 1103515245u + 12345u);
	}
	for (int i = 0; i < 2; i++)
		if (held[i])
			closedir(held[i]);
	free(l.nrs);
	return NULL;
}

/* --- who listens ---------------------------------------------------------- */

static long seen, lost, reaps; /* of the listener, until it has ended */

/* forks and reaps are in the order of the numbers, and those that were made. */
static void *listen(void *arg)
{
	int fd = *(const int *)arg, nr, last_fork = 0;
	long n;
	FILE *f = fdopen(fd, "r");
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "lost %ld", &n) == 1) {
			lost += n;
		} else if (sscanf(line, "%*s fork %d", &nr) == 1) {
			if (nr <= last_fork)
				complain("an event that is out of order", "events", nr);
			last_fork = nr;
			seen++;
		} else if (sscanf(line, "%*s reap %d", &nr) == 1) {
			if (nr > last_fork)
				complain("reaped before it was forked", "events", nr);
			reaps++;
		} else if (strstr(line, " session ")) {
			/* Somebody makes one when all has been done. */
			break;
		}
	}
	if (f)
		fclose(f);
	return NULL;
}

/* A slow machine may take longer to have seen something. */
static bool enough(void)
{
	bool dead;

	lock_history();
	dead = views[0].dead >= AT_ONCE && views[1].dead >= AT_ONCE;
	pthread_mutex_unlock(&history);
	return dead && __atomic_load_n(&listings, __ATOMIC_RELAXED) >= 8 * READERS &&
	       __atomic_load_n(&looks, __ATOMIC_RELAXED) >= READERS;
}

static void *keep_time(void *arg)
{
	const struct timespec moment = { .tv_nsec = 50000000 };
	double until = now() + *(const int *)arg;

	while (now() < until || !enough())
		nanosleep(&moment, NULL);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	return NULL;
}

int main(int argc, char **argv)
{
	int numbers[READERS], fd, events, seconds;
	pthread_t readers[READERS], listener, timer;
	char name[64], path[4096];

	if (argc != 5)
		return 2;
	seconds = atoi(argv[4]);
	alarm((unsigned int)seconds + 120);
	snprintf(views[0].dir, sizeof(views[0].dir), "%s", argv[1]);
	snprintf(views[1].dir, sizeof(views[1].dir), "%s", argv[3]);
	snprintf(inner_fork, sizeof(inner_fork), "%d/fork", atoi(argv[2]));
	views[0].stays[views[0].n_stays++] = atoi(argv[2]);
	for (int i = 0; i < 2; i++) {
		fd = open_in(views[0].dir, i ? inner_fork : "1/fork");
		bear(fd, STAYS, true);
		close(fd);
	}
	snprintf(name, sizeof(name), "%d/setsid", views[0].stays[1]);
	fd = open_in(views[0].dir, name);
	snprintf(path, sizeof(path), "%s/.live/events", views[0].dir);
	events = open(path, O_RDONLY | O_CLOEXEC);
	if (events < 0)
		return 1;
	pthread_create(&timer, NULL, keep_time, &seconds);
	pthread_create(&listener, NULL, listen, &events);
	for (int i = 0; i < READERS; i++) {
		numbers[i] = i;
		pthread_create(&readers[i], NULL, read_all, &numbers[i]);
	}
	change();
	for (int i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	pthread_join(timer, NULL);
	command(fd, "\n");
	pthread_join(listener, NULL);
	close(fd);
	if (!lost && seen != forks)
		complain("forks that are no events", "events", (int)(forks - seen));
	if (!lost && reaps != (long)views[0].dead)
		complain("deaths that are no events", "events", (int)((long)views[0].dead - reaps));
	printf("%ld forks and %ld deaths were events, %ld events were lost\n", seen, reaps, lost);
	printf("%ld forks, %zu deaths, %ld listings, %ld looks\n", forks, views[0].dead, listings,
	       looks);
	for (int i = 0; i < 2; i++)
		free(views[i].lives);
	return failures != 0;
}
