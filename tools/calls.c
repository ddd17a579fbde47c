/* SPDX-License-Identifier: MIT */
#include "tools/calls.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct call_count calls_of(const struct calls *calls, const struct leaf *leaf)
{
	if (leaf->number >= CALLS_LEAVES)
		return (struct call_count){ 0 };
	return leaf_is_tdcall(leaf) ? calls->tdcalls[leaf->number] : calls->seamcalls[leaf->number];
}

void calls_take_line(struct calls *calls, const char *line)
{
	char instruction[16];
	unsigned int leaf;
	struct call_count count;

	if (sscanf(line, "# %15s %u: %" SCNu64 " calls, %" SCNu64 " successes", instruction, &leaf,
		   &count.made, &count.succeeded) != 4 ||
	    leaf >= CALLS_LEAVES)
		return;
	if (!strcmp(instruction, "SEAMCALL"))
		calls->seamcalls[leaf] = count;
	else if (!strcmp(instruction, "TDCALL"))
		calls->tdcalls[leaf] = count;
}

/* The machine's name of a leaf: "mem_page_add". */
static void counter_name(const struct leaf *leaf, char name[LEAF_NAME_SIZE])
{
	snprintf(name, LEAF_NAME_SIZE, "%s", leaf->constant + strlen("TDH_"));
	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
}

void calls_take_json(struct calls *calls, int fd)
{
	json_t *run = json_loadfd(fd, 0, NULL);
	char name[LEAF_NAME_SIZE];

	for (size_t i = 0; i < leaf_count; i++) {
		bool is_tdcall = leaf_is_tdcall(&leaves[i]);
		struct call_count *counts = is_tdcall ? calls->tdcalls : calls->seamcalls;
		const json_t *group = json_object_get(run, is_tdcall ? "tdcalls" : "seamcalls");
		json_int_t value;

		counter_name(&leaves[i], name);
		value = json_integer_value(json_object_get(group, name));
		if (value > 0 && leaves[i].number < CALLS_LEAVES)
			counts[leaves[i].number] =
				(struct call_count){ (uint64_t)value, (uint64_t)value };
	}
	json_decref(run);
}
