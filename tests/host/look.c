/* SPDX-License-Identifier: MIT */
/*
 * Does MOUNT show the caller what PROC does?  For each path on standard input that
 * is not the same below both a line: `leaks' what PROC refuses, `denied' what it
 * shows, `otherwise' what both refuse, but not with the same errno, or both show, but
 * not the same (a link's target, the beginning of a file; that a directory can be
 * listed); then the path.  The last line: how many there were, and how many of them
 * moved in PROC all the time, so that they say nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 8

static uint64_t hash(uint64_t h, const char *s, size_t len)
{
	while (len--)
		h = (h ^ (unsigned char)*s++) * UINT64_C(1099511628211);
	return h;
}

static int look_link(int dir, const char *path, uint64_t *h)
{
	char text[4096];
	ssize_t n = readlinkat(dir, path, text, sizeof(text));

	if (n < 0)
		return errno;
	*h = hash(*h, text, (size_t)n);
	return 0;
}

/* The order of names is the file system's; so are names that only one of them has. */
static int look_dir(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY), err = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		return errno;
	errno = 0;
	while (readdir(d))
		;
	err = errno;
	closedir(d);
	return err;
}

/* What counts for all processes of a user moves with them. */
static bool moves(const char *path)
{
	static const char *const names[] = { "status",	  "mountinfo", "mounts",    "mountstats",
					     "oom_score", "sched",     "schedstat", "smaps",
					     "numa_maps", NULL };

	for (int i = 0; names[i]; i++)
		if (strstr(path, names[i]))
			return true;
	return false;
}

static int look_file(int dir, const char *path, uint64_t *h)
{
	int fd = openat(dir, path, O_RDONLY | O_NONBLOCK);
	char text[4096];
	ssize_t n;

	if (fd < 0)
		return errno;
	n = read(fd, text, sizeof(text));
	if (n < 0) {
		int err = errno;

		close(fd);
		return err;
	}
	close(fd);
	if (!moves(path))
		*h = hash(*h, text, (size_t)n);
	return 0;
}

/* A tree, and the directory below it that was looked into last. */
struct tree {
	int root, dir; /* dir: -1: it cannot be opened: err */
	int err;
	char path[4096];
};

/* Each step of a path may be a question: none is asked twice in a row. */
static int parent_of(struct tree *t, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	const size_t len = slash ? (size_t)(slash - path) : 0;

	*name = slash ? slash + 1 : path;
	if (!slash)
		return t->root;
	if (strlen(t->path) == len && !strncmp(t->path, path, len))
		return t->dir;
	if (t->dir >= 0)
		close(t->dir);
	memcpy(t->path, path, len);
	t->path[len] = '\0';
	t->dir = openat(t->root, t->path, O_PATH | O_DIRECTORY);
	t->err = errno;
	return t->dir;
}

static int look(struct tree *t, const char *path, uint64_t *h)
{
	int dir = parent_of(t, path, &path);
	struct stat st;

	if (dir < 0)
		return t->err;
	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW))
		return errno;
	if (S_ISLNK(st.st_mode))
		return look_link(dir, path, h);
	if (S_ISDIR(st.st_mode))
		return look_dir(dir, path);
	return look_file(dir, path, h);
}

struct verdict {
	int err; /* an errno */
	uint64_t hash;
};

static struct verdict verdict(struct tree *t, const char *path)
{
	struct verdict v = { .hash = UINT64_C(14695981039346656037) };

	v.err = look(t, path, &v.hash);
	return v;
}

static bool same(struct verdict a, struct verdict b)
{
	return a.err == b.err && (a.err || a.hash == b.hash);
}

/* One look at the mount, between two that agree; false: it moves. */
static bool compare(struct tree *proc, struct tree *mount, const char *path, struct verdict *is,
		    struct verdict *shown)
{
	struct verdict after = verdict(proc, path);

	for (int i = 0; i < TRIES; i++) {
		*is = after;
		*shown = verdict(mount, path);
		after = verdict(proc, path);
		if (same(*is, after))
			return true;
	}
	return false;
}

static const char *difference(struct verdict is, struct verdict shown)
{
	if (same(is, shown))
		return NULL;
	if (is.err && !shown.err)
		return "leaks";
	return shown.err && !is.err ? "denied" : "otherwise";
}

int main(int argc, char **argv)
{
	struct tree proc = { .dir = -1 }, mount = { .dir = -1 };
	unsigned int count = 0, moving = 0;
	char path[4096];

	proc.root = argc == 3 ? open(argv[1], O_RDONLY | O_DIRECTORY) : -1;
	mount.root = argc == 3 ? open(argv[2], O_RDONLY | O_DIRECTORY) : -1;
	if (proc.root < 0 || mount.root < 0) {
		perror("look PROC MOUNT");
		return 1;
	}
	while (fgets(path, sizeof(path), stdin)) {
		struct verdict is, shown;
		const char *how;

		path[strcspn(path, "\n")] = '\0';
		count++;
		if (!compare(&proc, &mount, path, &is, &shown)) {
			moving++;
			continue;
		}
		/* What is refused for a moment is refused again. */
		how = difference(is, shown);
		if (how && compare(&proc, &mount, path, &is, &shown))
			how = difference(is, shown);
		if (how)
			printf("%s %s (%s, not %s)\n", how, path,
			       shown.err ? strerrorname_np(shown.err) : "ok",
			       is.err ? strerrorname_np(is.err) : "ok");
	}
	printf("%u %u\n", count, moving);
	return 0;
}
