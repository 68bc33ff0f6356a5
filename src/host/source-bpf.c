/* SPDX-License-Identifier: MIT */
#include "host/source-kind.h"

static void *bpf_open(unsigned int buffer, char **why)
{
	(void)buffer;
	*why = g_strdup("not in this build");
	return NULL;
}

const struct source_kind source_bpf = { .option = "bpf", .name = "BPF", .open = bpf_open };
