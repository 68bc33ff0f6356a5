/* SPDX-License-Identifier: MIT */
/* What pidnsctl and the two others tell each other, descriptors included. */
#ifndef PIDNSFS_PIDNSCTL_MESSAGE_H
#define PIDNSFS_PIDNSCTL_MESSAGE_H

enum message_kind {
	MESSAGE_BORN = 'b', /* init: it dies with us from now on */
	MESSAGE_GO = 'g', /* to init: we are still there */
	MESSAGE_READY =
		'r', /* init: of the command, value is its number; fds: a true /proc and its pidfd */
	MESSAGE_FILTER = 'f', /* command: fd is the listener; or value is the errno */
	MESSAGE_STOPPED = 's', /* init: the command is */
};

#define MESSAGE_FDS 2

struct message {
	enum message_kind kind;
	int value;
	int nfds, fds[MESSAGE_FDS]; /* received ones are close-on-exec */
};

/* A pair of ends, close-on-exec.  0 or -errno. */
int message_pair(int ends[2]);
/* 0 or -errno; descriptors stay the caller's. */
int message_send(int end, const struct message *m);
/* Waits for one; -EPIPE: nobody is at the other end any more. */
int message_receive(int end, struct message *m);

#endif
