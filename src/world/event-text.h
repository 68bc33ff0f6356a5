/* SPDX-License-Identifier: MIT */
/* Facts as lines. */
#ifndef PIDNSFS_WORLD_EVENT_TEXT_H
#define PIDNSFS_WORLD_EVENT_TEXT_H

#include <glib.h>

#include "event/event.h"

/* As the view of namespace inum has it; nothing if it does not see it. */
void event_text(const struct event *e, uint32_t inum, GString *out);

#endif
