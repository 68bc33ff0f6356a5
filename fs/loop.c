/* SPDX-License-Identifier: MIT */
#include "config.h"

/* Since libfuse 3.12 there is a limit, of 10 unless another one is set. */
#ifdef HAVE_FUSE_LOOP_CFG
#define FUSE_USE_VERSION 312
#else
#define FUSE_USE_VERSION 35
#endif
#include <errno.h>
#include <fuse_lowlevel.h>

#include "fs/loop.h"

/* Threads that idle are kept: starting one costs more than it saves. */
#define IDLE 10

int loop_run(struct fuse_session *se, unsigned int threads)
{
#ifdef HAVE_FUSE_LOOP_CFG
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	int err;

	if (!config)
		return -ENOMEM;
	fuse_loop_cfg_set_max_threads(config, threads);
	fuse_loop_cfg_set_idle_threads(config, IDLE);
	fuse_loop_cfg_set_clone_fd(config, 0);
	err = fuse_session_loop_mt(se, config);
	fuse_loop_cfg_destroy(config);
	return err;
#else
	struct fuse_loop_config config = { .clone_fd = 0, .max_idle_threads = IDLE };

	(void)threads;
	return fuse_session_loop_mt(se, &config);
#endif
}
