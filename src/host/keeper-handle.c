/* SPDX-License-Identifier: MIT */
#include "host/keeper-handle.h"

#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

#define SLOT_BITS 16
#define SLOTS (1u << SLOT_BITS)

struct slot {
	enum handle_kind kind; /* 0: free */
	int fd; /* when it is free: the next free slot, 0: none */
	unsigned int users;
	uint16_t uses; /* how often it was anything */
	bool closed;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all that follows */
static struct slot *slots;
static uint32_t n_slots, first_free;

int handle_new(enum handle_kind kind, int fd, uint32_t *handle)
{
	struct slot *s;
	uint32_t at;

	pthread_mutex_lock(&lock);
	if (first_free) {
		at = first_free - 1;
		first_free = (uint32_t)slots[at].fd;
	} else if (n_slots < SLOTS) {
		if (!(n_slots & (n_slots - 1)))
			slots = g_realloc_n(slots, MAX(2 * n_slots, 1), sizeof(*slots));
		at = n_slots++;
		slots[at] = (struct slot){ 0 };
	} else {
		pthread_mutex_unlock(&lock);
		return -ENFILE;
	}
	s = &slots[at];
	s->kind = kind;
	s->fd = fd;
	s->users = 0;
	s->closed = false;
	*handle = (uint32_t)s->uses << SLOT_BITS | at;
	pthread_mutex_unlock(&lock);
	return 0;
}

/* With lock held; NULL: there is none such. */
static struct slot *find(uint32_t handle)
{
	const uint32_t at = handle & (SLOTS - 1);

	return at < n_slots && slots[at].kind && slots[at].uses == handle >> SLOT_BITS ?
		       &slots[at] :
		       NULL;
}

/* With lock held. */
static void free_unused(struct slot *s)
{
	if (!s->closed || s->users)
		return;
	close(s->fd);
	s->kind = 0;
	s->uses++;
	s->fd = (int)first_free;
	first_free = (uint32_t)(s - slots) + 1;
}

int handle_get(enum handle_kind kind, uint32_t handle)
{
	struct slot *s;
	int fd = -EBADF;

	pthread_mutex_lock(&lock);
	s = find(handle);
	if (s && s->kind == kind && !s->closed) {
		s->users++;
		fd = s->fd;
	}
	pthread_mutex_unlock(&lock);
	return fd;
}

void handle_put(uint32_t handle)
{
	struct slot *s;

	pthread_mutex_lock(&lock);
	s = find(handle);
	s->users--;
	free_unused(s);
	pthread_mutex_unlock(&lock);
}

int handle_close(uint32_t handle)
{
	struct slot *s;
	int err = -EBADF;

	pthread_mutex_lock(&lock);
	s = find(handle);
	if (s && !s->closed) {
		s->closed = true;
		free_unused(s);
		err = 0;
	}
	pthread_mutex_unlock(&lock);
	return err;
}
