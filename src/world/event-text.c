/* SPDX-License-Identifier: MIT */
#include "world/event-text.h"

#include <signal.h>

#include "core/exit.h"
#include "util/parse.h"

static void append_status(int status, GString *out)
{
	struct waitid_result res;
	char name[SIGNAL_NAME_LEN];

	decode_status(status, &res);
	if (res.code == CLD_EXITED)
		g_string_append_printf(out, " exited %d", res.status);
	else
		g_string_append_printf(out, " %s %s", res.code == CLD_DUMPED ? "dumped" : "killed",
				       signal_name(res.status, name));
}

void event_text(const struct event *e, uint32_t inum, GString *out)
{
	const struct event_nr *nr = NULL;
	char name[SIGNAL_NAME_LEN];

	for (unsigned int i = 0; i < e->levels; i++)
		if (e->nr[i].inum == inum)
			nr = &e->nr[i];
	if (e->kind == EVENT_LOST)
		g_string_append_printf(out, "lost %d\n", e->value);
	if (!nr || e->kind == EVENT_LOST)
		return;
	g_string_append_printf(out, "%u.%02u %s %d", (unsigned int)(e->time / 100),
			       (unsigned int)(e->time % 100), event_kind_name(e->kind), nr->nr);
	switch (e->kind) {
	case EVENT_FORK:
	case EVENT_THREAD:
	case EVENT_ADOPT:
		g_string_append_printf(out, " by %d", nr->other);
		break;
	case EVENT_GROUP:
		g_string_append_printf(out, " to %d", nr->other);
		break;
	case EVENT_EXEC:
		g_string_append_printf(out, " %s", e->comm);
		break;
	case EVENT_EXIT:
		append_status(e->value, out);
		break;
	case EVENT_STOP:
		g_string_append_printf(out, " %s", signal_name(e->value, name));
		break;
	case EVENT_NS_DEAD:
		g_string_append_printf(out, " %u", e->nr[e->levels - 1].inum);
		break;
	default:
		break;
	}
	g_string_append_c(out, '\n');
}
