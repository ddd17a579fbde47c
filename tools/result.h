/* SPDX-License-Identifier: MIT */
/* How a run ended, for people and for programs. */
#ifndef TOOLS_RESULT_H
#define TOOLS_RESULT_H

#include "tools/options.h"
#include "tools/payload.h"
#include "tools/protocol.h"
#include "tools/session.h"

struct verdict {
	int status;	 /* exit status of the command */
	const char *end; /* one word for programs; docs/json.md lists them */
	char text[1024]; /* one sentence for people */
};

/* image: of the kernel, for its version. */
void judge(const struct options *options, const struct bzimage *image, const struct record *record,
	   const struct outcome *outcome, struct verdict *verdict);

#endif
