/* SPDX-License-Identifier: MIT */
/*
 * What a run has seen both sides agree in: each operation with each of its outcomes.
 * Rules are named by scenarios alone; this says what random scripts have come by.
 */
#include <stdio.h>

#include "oracle/run.h"

#define ERRNOS 134

static uint64_t seen[VERBS][ERRNOS];

void outcome_count(enum verb verb, int err)
{
	if (err >= 0 && err < ERRNOS)
		seen[verb][err]++;
}

unsigned int outcomes(void)
{
	unsigned int n = 0;
	int verb, err;

	for (verb = 0; verb < VERBS; verb++)
		for (err = 0; err < ERRNOS; err++)
			n += seen[verb][err] > 0;
	return n;
}

void outcomes_print(FILE *out)
{
	int verb, err;

	for (verb = 0; verb < VERBS; verb++) {
		if (verb == V_CHECK)
			continue;
		fprintf(out, "%s:", script_verbs[verb].name);
		for (err = 0; err < ERRNOS; err++)
			if (seen[verb][err])
				fprintf(out, " %s %llu", err ? errno_name(err) : "ok",
					(unsigned long long)seen[verb][err]);
		fputc('\n', out);
	}
}
