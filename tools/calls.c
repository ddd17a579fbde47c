/* SPDX-License-Identifier: MIT */
#include "tools/calls.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tdx/status.h>

#include "lib/status_name.h"
#include "tools/say.h"

/* Are the details of this status the id of an operand? */
static bool names_operand(uint64_t status)
{
	switch (tdx_status_name(status)) {
	case TDX_OPERAND_INVALID:
	case TDX_OPERAND_ADDR_RANGE_ERROR:
	case TDX_OPERAND_BUSY:
	case TDX_PAGE_METADATA_INCORRECT:
	case TDX_EPT_WALK_FAILED:
	case TDX_EPT_ENTRY_NOT_PRESENT:
	case TDX_EPT_ENTRY_STATE_INCORRECT:
	case TDX_EPT_PAGE_NOT_FREE:
	case TDX_EPT_INVALID_PROMOTE_CONDITIONS:
	case TDX_GPA_RANGE_NOT_BLOCKED:
	case TDX_GPA_RANGE_ALREADY_BLOCKED:
	case TDX_TLB_TRACKING_NOT_DONE:
		return true;
	default:
		return false;
	}
}

void calls_add(struct calls *calls, const struct answer *answer)
{
	for (size_t i = 0; i < calls->count; i++) {
		struct answer *a = &calls->answers[i];

		if (a->of_tdcall == answer->of_tdcall && a->is_unknown == answer->is_unknown &&
		    a->leaf == answer->leaf && a->status == answer->status) {
			a->times += answer->times;
			return;
		}
	}
	if (calls->count == calls->capacity) {
		calls->capacity = 2 * calls->capacity + 64;
		calls->answers =
			reallocarray(calls->answers, calls->capacity, sizeof(*calls->answers));
		if (!calls->answers)
			exit(fail(STATUS_HOST, "out of memory"));
	}
	calls->answers[calls->count++] = *answer;
}

void calls_free(struct calls *calls)
{
	free(calls->answers);
	*calls = (struct calls){ 0 };
}

bool answer_is_of(const struct answer *answer, const struct leaf *leaf)
{
	return answer->leaf == leaf->number && answer->of_tdcall == leaf_is_tdcall(leaf);
}

bool answer_is_success(const struct answer *answer)
{
	return answer->is_unknown || !tdx_is_error(answer->status);
}

void answer_text(const struct answer *answer, char text[ANSWER_TEXT_SIZE])
{
	const char *name = tdx_status_text(answer->status);
	uint32_t operand = (uint32_t)answer->status;

	if (!strncmp(name, "TDX_", 4))
		name += 4;
	if (answer->is_unknown)
		snprintf(text, ANSWER_TEXT_SIZE, "called in the machine");
	else if (operand || tdx_status_name(answer->status) == TDX_OPERAND_INVALID)
		snprintf(text, ANSWER_TEXT_SIZE, "%s|%s", name, tdx_operand_text(operand));
	else
		snprintf(text, ANSWER_TEXT_SIZE, "%s", name);
}

void calls_take_line(struct calls *calls, const char *line)
{
	struct answer answer = { 0 };
	char instruction[16];

	if (sscanf(line, "# %15s %u: %" SCNu64 " times %" SCNx64, instruction, &answer.leaf,
		   &answer.times, &answer.status) != 4)
		return;
	if (!names_operand(answer.status) && tdx_status_name(answer.status) != TDX_SW_ERROR)
		answer.status = tdx_status_name(answer.status);
	answer.of_tdcall = !strcmp(instruction, "TDCALL");
	if (answer.of_tdcall || !strcmp(instruction, "SEAMCALL"))
		calls_add(calls, &answer);
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
		struct answer answer = { .of_tdcall = leaf_is_tdcall(&leaves[i]),
					 .is_unknown = true,
					 .leaf = leaves[i].number };
		const json_t *group =
			json_object_get(run, answer.of_tdcall ? "tdcalls" : "seamcalls");

		counter_name(&leaves[i], name);
		answer.times = (uint64_t)json_integer_value(json_object_get(group, name));
		if (answer.times)
			calls_add(calls, &answer);
	}
	json_decref(run);
}
