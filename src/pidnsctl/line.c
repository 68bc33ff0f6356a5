/* SPDX-License-Identifier: MIT */
#include "pidnsctl/line.h"

#include <stdbool.h>
#include <string.h>

static bool is_plain(const char *word)
{
	if (!*word)
		return false;
	for (; *word; word++)
		if (!g_ascii_isalnum(*word) && !strchr("_-+=,.:/@%[]", *word))
			return false;
	return true;
}

GString *line_of_words(char *const *words, int n)
{
	GString *line = g_string_new(NULL);

	for (int i = 0; i < n; i++) {
		const char *word = words[i];

		if (strchr(word, '\n')) {
			g_string_free(line, TRUE);
			return NULL;
		}
		if (i)
			g_string_append_c(line, ' ');
		if (is_plain(word)) {
			g_string_append(line, word);
			continue;
		}
		/* Nothing means anything between single quotes, but a single quote. */
		g_string_append_c(line, '\'');
		for (; *word; word++)
			if (*word == '\'')
				g_string_append(line, "'\\''");
			else
				g_string_append_c(line, *word);
		g_string_append_c(line, '\'');
	}
	g_string_append_c(line, '\n');
	return line;
}
