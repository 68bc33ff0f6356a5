/* SPDX-License-Identifier: MIT */
#include "fs/requests.h"

void requests_count(struct requests *r, enum request kind)
{
	__atomic_fetch_add(&r->n[kind], 1, __ATOMIC_RELAXED);
}

void requests_text(const struct requests *r, GString *out)
{
	static const char *const names[REQUEST_KINDS] = {
#define REQUEST_NAME(name, text) [REQUEST_##name] = text,
		REQUESTS(REQUEST_NAME)
#undef REQUEST_NAME
	};

	for (int i = 0; i < REQUEST_KINDS; i++)
		g_string_append_printf(out, "%s:\t%lu\n", names[i],
				       __atomic_load_n(&r->n[i], __ATOMIC_RELAXED));
}
