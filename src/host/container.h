/* SPDX-License-Identifier: MIT */
/* Whose cgroup is that? */
#ifndef PIDNSFS_HOST_CONTAINER_H
#define PIDNSFS_HOST_CONTAINER_H

/*
 * The container's name from the text of /proc/PID/cgroup, to be freed; NULL: it is
 * in none that is known.  Docker, podman, containerd and CRI-O have ids, of which
 * the first 12 digits are taken, as they do; LXC, nspawn and systemd have names.
 * A name is one path component and never "." or "..".
 *
 * Where containers are in containers, the nth from outside is meant, 0 being the
 * outermost: what is further in was made by those inside, who may call it as they
 * like, even as somebody else.
 */
char *container_name(const char *cgroup, unsigned int nth);
/* How many containers are in each other there. */
unsigned int container_depth(const char *cgroup);

#endif
