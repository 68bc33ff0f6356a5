/* SPDX-License-Identifier: MIT */
/*
 * What the caller may see: for each path on standard input, below DIRECTORY, a
 * line with the path and its verdict: an errno's name, or ok and a hash of what
 * it says (a link's target, a directory's names, the beginning of a file).
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

static int look(int dir, const char *path, uint64_t *h)
{
	struct stat st;

	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW))
		return errno;
	if (S_ISLNK(st.st_mode))
		return look_link(dir, path, h);
	if (S_ISDIR(st.st_mode))
		return look_dir(dir, path);
	return look_file(dir, path, h);
}

int main(int argc, char **argv)
{
	int dir = argc > 1 ? open(argv[1], O_RDONLY | O_DIRECTORY) : -1;
	char path[4096];

	if (dir < 0) {
		perror("look");
		return 1;
	}
	while (fgets(path, sizeof(path), stdin)) {
		uint64_t h = UINT64_C(14695981039346656037);
		int err;

		path[strcspn(path, "\n")] = '\0';
		err = look(dir, path, &h);
		if (err)
			printf("%s %s\n", path, strerrorname_np(err));
		else
			printf("%s ok %016" PRIx64 "\n", path, h);
	}
	return 0;
}
