/* SPDX-License-Identifier: MIT */
/* pidnsctl VERB PATH [ARGUMENT…]: one line for one control file. */
#ifndef PIDNSFS_PIDNSCTL_VERB_H
#define PIDNSFS_PIDNSCTL_VERB_H

#include "pidnsctl/place.h"

/* words: verb, path and arguments.  Prints what comes back; complains if need be. */
enum status verb_main(char *const *words, int n);

#endif
