/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "pidnsctl/program.h"
#include "pidnsctl/run.h"
#include "pidnsctl/verb.h"

static void print_help(void)
{
	fputs("usage: pidnsctl VERB PATH [ARGUMENT…]\n"
	      "       pidnsctl run [-i] [-w] VIEW [--] COMMAND [ARGUMENT…]\n"
	      "       pidnsctl exec [-t] PATH [KEY=VALUE…] [--] COMMAND [ARGUMENT…]\n"
	      "\n"
	      "Acts in a world that pidnsfs has mounted.  PATH is the directory of a process,\n"
	      "MNT/PID, or of a thread, MNT/PID/task/TID; VERB is a control file in it:\n"
	      "\n"
	      "    fork [FLAG…] [KEY=VALUE…] [-- ARGV…]   makes a child; prints its numbers\n"
	      "    exec ARGV…                             executes a program\n"
	      "    exit [CODE]                            ends it\n"
	      "    kill SIG | SIG PID | SIG TGID TID      signals it, or lets it signal\n"
	      "    reap [PID] [nohang …]                  waits for a child; prints how it ended\n"
	      "    wait                                   waits until it is dead; prints how\n"
	      "    setns INUM | pid=PID, unshare FLAG…    enters namespaces, or makes them\n"
	      "    setsid, setpgid [PID] PGID             sessions and process groups\n"
	      "    sigaction SIG WORD, prctl OPTION ARG   what it does with signals, its attributes\n"
	      "    pidfd open PID | send_signal FD SIG …  descriptors of processes\n"
	      "    set KEY=VALUE…                         what a fixture dictates\n"
	      "    fault [list|open] [gone|zombie|reuse]  dies under the eyes of who reads\n"
	      "\n"
	      "`cat PATH/VERB' explains each.  Arguments are words: pidnsctl quotes them.\n"
	      "\n"
	      "run starts a real COMMAND that has VIEW (MNT or MNT/ns/INUM) as its /proc, in\n"
	      "namespaces of its own.  Its signals, priorities and limits for the processes it\n"
	      "sees there happen to them; -i: it may look, but not act.\n"
	      "\n"
	      "exec, in a world of real processes (pidnsfs host), runs COMMAND where the process is,\n"
	      "and so does fork PATH -- COMMAND: in its namespaces, with like=target with no more\n"
	      "rights than it has, with mounts=host with the host's programs, as user uid=N.  -t: in a\n"
	      "terminal of its own, as fork does by itself where there is one.\n"
	      "\n"
	      "    -h, --help       this; more is in man 1 pidnsctl\n"
	      "    -V, --version    the version\n"
	      "\n"
	      "Status: 0, 1 refused by the world, 2 wrong usage, 3 not a pidnsfs, 4 nobody there;\n"
	      "run's and exec's is COMMAND's, 128+N if signal N killed it, and 125 to 127 as env(1)'s.\n",
	      stdout);
}

static int usage(const char *why)
{
	fprintf(stderr, "pidnsctl: %s; --help says more\n", why);
	return STATUS_USAGE;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage("no verb");
	if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) {
		print_help();
		return 0;
	}
	if (strcmp(argv[1], "-V") == 0 || strcmp(argv[1], "--version") == 0) {
		printf("pidnsctl %s\n", PACKAGE_VERSION);
		return 0;
	}
	if (argv[1][0] == '-')
		return usage("no such option");
	if (strcmp(argv[1], "run") == 0)
		return run_main(argv + 2, argc - 2);
	if (strcmp(argv[1], "exec") == 0 || strcmp(argv[1], "fork") == 0)
		return program_main(argv + 1, argc - 1);
	if (argc < 3)
		return usage("no path");
	return verb_main(argv + 1, argc - 1);
}
