/* SPDX-License-Identifier: MIT */
/* In place of source-bpf.c, where there is no libbpf or no compiler for BPF. */
#include "host/source-kind.h"

static void *bpf_open(unsigned int buffer, char **why)
{
	(void)buffer;
	*why = g_strdup("pidnsfs was built without it");
	return NULL;
}

const struct source_kind source_bpf = { .option = "bpf", .name = "BPF", .open = bpf_open };
