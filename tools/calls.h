/* SPDX-License-Identifier: MIT */
/* Which leaves a test has called, by what it told: a hosted one in lines, the machine in JSON. */
#ifndef TOOLS_CALLS_H
#define TOOLS_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/leaves.h"

#define CALLS_LEAVES 256

struct calls {
	struct call_count {
		uint64_t made;
		uint64_t succeeded; /* the machine does not tell: all of them */
	} seamcalls[CALLS_LEAVES], tdcalls[CALLS_LEAVES];
};

struct call_count calls_of(const struct calls *calls, const struct leaf *leaf);

/* "# SEAMCALL 2: 24 calls, 3 successes" (tests/lib/calls_made.c). Any other line is ignored. */
void calls_take_line(struct calls *calls, const char *line);

/* What `swtdx run --json` wrote to this file; nothing when it is not that. */
void calls_take_json(struct calls *calls, int fd);

#endif
