/* SPDX-License-Identifier: MIT */
/* Where a path is: in which mount of pidnsfs, and as what. */
#ifndef PIDNSFS_PIDNSCTL_PLACE_H
#define PIDNSFS_PIDNSCTL_PLACE_H

#include <stdbool.h>
#include <sys/types.h>

struct place {
	char *path; /* absolute, without symlinks */
	char *mount; /* the directory where the file system begins */
	dev_t dev;
	bool others; /* not only who has mounted it may look */
};

/* What the exit status of pidnsctl tells scripts. */
enum status {
	STATUS_OK,
	STATUS_REFUSED, /* the world said no */
	STATUS_USAGE, /* the command line is wrong */
	STATUS_NO_PIDNSFS, /* the path leads to no pidnsfs */
	STATUS_NOBODY, /* there is no such process, or no such file of it */
	STATUS_RUN = 125, /* run itself failed; then as env(1) and nohup(1): */
	STATUS_CANNOT_EXEC,
	STATUS_NOT_FOUND,
};

/*
 * STATUS_OK, or complains and returns STATUS_NOBODY or STATUS_NO_PIDNSFS.  The
 * strings are to be freed with place_clear().
 */
enum status place_find(struct place *place, const char *path);
void place_clear(struct place *place);

#endif
