/* SPDX-License-Identifier: MIT */
#include "fs/options.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/client.h"
#include "fs/uring.h"
#include "util/parse.h"

enum {
	KEY_HELP,
	KEY_VERSION,
	KEY_FOREGROUND,
	KEY_DEBUG,
	KEY_SELF,
	KEY_KERNEL,
	KEY_CLOCK,
	KEY_NOTIFY,
	KEY_WARM,
	KEY_IO_URING,
	KEY_NO_AUTO_UNMOUNT,
	KEY_ALLOW_OTHER,
	KEY_MAX_READ,
	KEY_SOURCE,
	KEY_SOURCE_BUFFER,
	KEY_IGNORED,
};

static const struct fuse_opt spec[] = {
	FUSE_OPT_KEY("-h", KEY_HELP),
	FUSE_OPT_KEY("--help", KEY_HELP),
	FUSE_OPT_KEY("-V", KEY_VERSION),
	FUSE_OPT_KEY("--version", KEY_VERSION),
	FUSE_OPT_KEY("-f", KEY_FOREGROUND),
	FUSE_OPT_KEY("-d", KEY_DEBUG),
	FUSE_OPT_KEY("debug", KEY_DEBUG),
	FUSE_OPT_KEY("self=", KEY_SELF),
	FUSE_OPT_KEY("kernel=", KEY_KERNEL),
	FUSE_OPT_KEY("clock=", KEY_CLOCK),
	FUSE_OPT_KEY("notify=", KEY_NOTIFY),
	FUSE_OPT_KEY("warm=", KEY_WARM),
	FUSE_OPT_KEY("io_uring", KEY_IO_URING),
	FUSE_OPT_KEY("no_auto_unmount", KEY_NO_AUTO_UNMOUNT),
	FUSE_OPT_KEY("allow_other", KEY_ALLOW_OTHER),
	FUSE_OPT_KEY("max_read=", KEY_MAX_READ),
	FUSE_OPT_KEY("source=", KEY_SOURCE),
	FUSE_OPT_KEY("source_buffer=", KEY_SOURCE_BUFFER),
	/* mount(8) and fstab(5) bring them along. */
	FUSE_OPT_KEY("defaults", KEY_IGNORED),
	FUSE_OPT_KEY("auto", KEY_IGNORED),
	FUSE_OPT_KEY("noauto", KEY_IGNORED),
	FUSE_OPT_KEY("user", KEY_IGNORED),
	FUSE_OPT_KEY("nouser", KEY_IGNORED),
	FUSE_OPT_KEY("users", KEY_IGNORED),
	FUSE_OPT_KEY("owner", KEY_IGNORED),
	FUSE_OPT_KEY("group", KEY_IGNORED),
	FUSE_OPT_KEY("_netdev", KEY_IGNORED),
	FUSE_OPT_KEY("nofail", KEY_IGNORED),
	/* How access times are kept, of which there are none. */
	FUSE_OPT_KEY("relatime", KEY_IGNORED),
	FUSE_OPT_KEY("norelatime", KEY_IGNORED),
	FUSE_OPT_KEY("nodiratime", KEY_IGNORED),
	FUSE_OPT_KEY("nostrictatime", KEY_IGNORED),
	FUSE_OPT_END,
};

static int wrong(const char *arg, const char *wants)
{
	fprintf(stderr, "pidnsfs: %s: %s\n", arg, wants);
	return -1;
}

static int set_self(struct options *o, const char *arg)
{
	int pid;

	o->self_real = strcmp(strchr(arg, '=') + 1, "real") == 0;
	if (o->self_real)
		return 0;
	if (parse_int(strchr(arg, '=') + 1, &pid) || pid < 1)
		return wrong(arg, "want the number of a process, 1 or more");
	o->self = pid;
	return 0;
}

static int set_kernel(struct options *o, const char *arg)
{
	const char *value = strchr(arg, '=') + 1;

	if (strcmp(value, "6.12") == 0)
		o->kernel = 612;
	else if (strcmp(value, "6.18") == 0)
		o->kernel = 618;
	else
		return wrong(arg, "the kernels to choose from are 6.12 and 6.18");
	return 0;
}

static int set_clock(struct options *o, const char *arg)
{
	if (strcmp(strchr(arg, '=') + 1, "frozen") != 0)
		return wrong(arg, "the clock runs, unless it is clock=frozen");
	o->frozen = true;
	return 0;
}

static int set_notify(struct options *o, const char *arg)
{
	if (strcmp(strchr(arg, '=') + 1, "off") != 0)
		return wrong(arg, "the kernel is told of every change, unless it is notify=off");
	o->stale = true;
	return 0;
}

static int set_warm(struct options *o, const char *arg)
{
	if (strcmp(strchr(arg, '=') + 1, "off") != 0)
		return wrong(arg, "a mounted view is read ahead, unless it is warm=off");
	o->cold = true;
	return 0;
}

/* The kernel's option; libfuse wants to hear of it from the session's init, too. */
static int set_max_read(struct options *o, const char *arg)
{
	int bytes;

	if (parse_int(strchr(arg, '=') + 1, &bytes) || bytes < 0)
		return wrong(arg, "want a number of bytes");
	o->max_read = (unsigned int)bytes;
	return 1;
}

static int set_source(struct options *o, const char *arg)
{
	g_free(o->host_source);
	o->host_source = g_strdup(strchr(arg, '=') + 1);
	return 0;
}

static int set_source_buffer(struct options *o, const char *arg)
{
	int bytes;

	if (parse_int(strchr(arg, '=') + 1, &bytes) || bytes < 1)
		return wrong(arg, "want a number of bytes, 1 or more");
	o->host_buffer = (unsigned int)bytes;
	return 0;
}

/* The last two words are source and mount point; one alone is the latter. */
static int add_word(struct options *o, const char *arg)
{
	if (o->source)
		return wrong(arg, "one word too many: pidnsfs [SOURCE] MOUNTPOINT [-o OPTIONS]");
	o->source = o->mountpoint;
	o->mountpoint = g_strdup(arg);
	return 0;
}

/* Letters behind one dash, which libfuse takes for one word: rest is what it gets. */
static int take_letters(struct options *o, const char *letters, struct fuse_args *rest)
{
	for (; *letters; letters++) {
		o->help |= *letters == 'h';
		o->version |= *letters == 'V';
		o->foreground |= *letters == 'f';
		if (*letters == 'd') {
			o->foreground = o->debug = true;
			fuse_opt_add_arg(rest, "-d");
		}
	}
	return 0;
}

static bool are_letters(const char *arg)
{
	return arg[0] == '-' && arg[1] && strspn(arg + 1, "fdhV") == strlen(arg + 1);
}

/* 0: taken, 1: libfuse's, -1: wrong and said so. */
static int take(void *data, const char *arg, int key, struct fuse_args *rest)
{
	struct options *o = data;

	switch (key) {
	case KEY_HELP:
		o->help = true;
		return 0;
	case KEY_VERSION:
		o->version = true;
		return 0;
	case KEY_FOREGROUND:
		o->foreground = true;
		return 0;
	case KEY_DEBUG:
		o->foreground = o->debug = true;
		return 1;
	case KEY_SELF:
		return set_self(o, arg);
	case KEY_KERNEL:
		return set_kernel(o, arg);
	case KEY_CLOCK:
		return set_clock(o, arg);
	case KEY_NOTIFY:
		return set_notify(o, arg);
	case KEY_WARM:
		return set_warm(o, arg);
	case KEY_NO_AUTO_UNMOUNT:
		o->no_auto_unmount = true;
		return 0;
	case KEY_ALLOW_OTHER:
		o->allow_other = true;
		return 1;
	case KEY_MAX_READ:
		return set_max_read(o, arg);
	case KEY_SOURCE:
		return set_source(o, arg);
	case KEY_SOURCE_BUFFER:
		return set_source_buffer(o, arg);
	case KEY_IO_URING:
		o->io_uring = true;
		return 0;
	case KEY_IGNORED:
		return 0;
	case FUSE_OPT_KEY_NONOPT:
		return add_word(o, arg);
	default:
		return are_letters(arg) ? take_letters(o, arg + 1, rest) : 1;
	}
}

int options_parse(struct options *o, int argc, char **argv)
{
	*o = (struct options){ .self = 1, .kernel = 612, .args = FUSE_ARGS_INIT(argc, argv) };
	if (fuse_opt_parse(&o->args, o, spec, take))
		return STATUS_USAGE;
	if (o->help || o->version)
		return 0;
	if (!o->mountpoint) {
		fputs("pidnsfs: no mount point: pidnsfs [SOURCE] MOUNTPOINT [-o OPTIONS]; -h says more\n",
		      stderr);
		return STATUS_NO_MOUNTPOINT;
	}
	o->view = o->source && client_is_view(o->source);
	if (o->io_uring && !uring_check(o->view))
		return STATUS_USAGE;
	if (o->view)
		return 0;
	if (o->self_real) {
		fputs("pidnsfs: self=real: only readers of a mounted view may be real\n", stderr);
		return STATUS_USAGE;
	}
	o->host = o->source && strcmp(o->source, "host") == 0;
	if (o->host && o->io_uring) {
		fputs("pidnsfs: io_uring: the host world comes without\n", stderr);
		return STATUS_USAGE;
	}
	if (!o->host && (o->host_source || o->host_buffer)) {
		fputs("pidnsfs: source=, source_buffer=: these are of the host world\n", stderr);
		return STATUS_USAGE;
	}
	if (!o->source || !*o->source || strcmp(o->source, "virtual") == 0 ||
	    strcmp(o->source, "pidnsfs") == 0 || strcmp(o->source, "none") == 0)
		return 0;
	if (o->host)
		return 0;
	fprintf(stderr,
		"pidnsfs: %s: no such source: there are 'virtual', 'host' and the views of a mount\n",
		o->source);
	return STATUS_USAGE;
}

void options_clear(struct options *o)
{
	fuse_opt_free_args(&o->args);
	g_free(o->source);
	g_free(o->host_source);
	g_free(o->mountpoint);
}

void options_help(void)
{
	fputs("usage: pidnsfs [SOURCE] MOUNTPOINT [-o OPTION[,OPTION…]]\n"
	      "\n"
	      "Mounts a world of Linux PID namespaces as a tree.  SOURCE is virtual: invented\n"
	      "processes, which the files below MOUNTPOINT/PID/ create, move and kill; or host:\n"
	      "those of this machine, all its PID namespaces at once.\n"
	      "\n"
	      "    -f                     stay in the foreground\n"
	      "    -d                     the same, and trace every request\n"
	      "    -h, --help             this; fuller: man 1 pidnsfs, man 5 pidnsfs\n"
	      "    -V, --version          the versions of pidnsfs and libfuse\n"
	      "    -o self=PID            whom readers act as (1)\n"
	      "    -o kernel=6.12|6.18    whose behaviour, where they differ (6.12)\n"
	      "    -o clock=frozen        the world's time stands still\n"
	      "    -o source=auto|bpf|connector|scan    what tells the host world who is there\n"
	      "    -o io_uring            let requests come over io_uring\n"
	      "    -o no_auto_unmount     leave the mount behind if pidnsfs dies\n"
	      "\n"
	      "Try:  pidnsfs /mnt; echo newpid > /mnt/1/fork; cat /mnt/tree; fusermount3 -u /mnt\n"
	      "\n"
	      "Of libfuse:\n",
	      stdout);
}
