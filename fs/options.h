/* SPDX-License-Identifier: MIT */
/* The command line. */
#ifndef PIDNSFS_FS_OPTIONS_H
#define PIDNSFS_FS_OPTIONS_H

#define FUSE_USE_VERSION 35
#include <fuse_lowlevel.h>
#include <stdbool.h>

/* libfuse's convention, as fuse_main() has it */
enum exit_status {
	STATUS_USAGE = 1,
	STATUS_NO_MOUNTPOINT = 2,
	STATUS_SETUP = 3,
	STATUS_MOUNT = 4,
	STATUS_DAEMONIZE = 5,
	STATUS_SIGNALS = 6,
	STATUS_LOOP = 7,
};

struct options {
	char *source, *mountpoint; /* owned; the mount point as it was given */
	bool foreground, debug, help, version;
	bool frozen;
	bool host; /* the source: the processes of this machine */
	bool view; /* the source: a view of a world that is mounted */
	bool cold; /* nobody reads it ahead */
	bool self_real; /* readers of it are real processes */
	bool stale; /* the kernel is told of no change */
	bool no_auto_unmount, allow_other, io_uring;
	char *host_source; /* owned: what tells the host world of comings and goings */
	unsigned int host_buffer; /* bytes; 0: as it is good */
	int self; /* the number in the root view */
	int kernel; /* 612 or 618 */
	unsigned int max_read; /* bytes; 0: libfuse's own */
	struct fuse_args args; /* what is libfuse's */
};

/* 0, or the status to exit with: the reason was printed. */
int options_parse(struct options *o, int argc, char **argv);
void options_clear(struct options *o);
void options_help(void);

#endif
