/* SPDX-License-Identifier: MIT */
/*
 * Which leaves a test has called and what they answered, by what it told: a hosted one in lines,
 * the machine in JSON, which knows of no answers.
 */
#ifndef TOOLS_CALLS_H
#define TOOLS_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/leaves.h"

struct answer {
	bool of_tdcall;
	bool is_unknown; /* it was called, no more is told */
	unsigned int leaf;
	uint64_t status; /* without details that are no operand */
	uint64_t times;
};

/* All zero is an empty one. */
struct calls {
	struct answer *answers;
	size_t count, capacity;
};

void calls_add(struct calls *calls, const struct answer *answer);
void calls_free(struct calls *calls);

bool answer_is_of(const struct answer *answer, const struct leaf *leaf);
bool answer_is_success(const struct answer *answer); /* unknown ones, too */

/* "SUCCESS", "OPERAND_INVALID|RCX" */
#define ANSWER_TEXT_SIZE 80
void answer_text(const struct answer *answer, char text[ANSWER_TEXT_SIZE]);

/* "# SEAMCALL 2: 3 times c000010000000001" (tests/lib/calls_made.c). Any other line is ignored. */
void calls_take_line(struct calls *calls, const char *line);

/* What `swtdx run --json` wrote to this file; nothing when it is not that. */
void calls_take_json(struct calls *calls, int fd);

#endif
