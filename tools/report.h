/* SPDX-License-Identifier: MIT */
/* The end of a run: a few lines on stderr, and a file in JSON (docs/json.md). */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include <stdio.h>

#include "tools/digest.h"
#include "tools/engine.h"
#include "tools/options.h"
#include "tools/protocol.h"
#include "tools/result.h"
#include "tools/session.h"

/* A run that came so far that there is something to tell. */
struct run {
	struct options options;
	struct engine engine;
	struct payload payload;
	struct record record;
	struct outcome outcome;
	struct verdict verdict;
};

void report_summary(const struct run *run);

/* Returns 0, or STATUS_HOST after having said that the file could not be written. */
int report_json(const struct run *run, FILE *file);
int report_json_measurements(const struct options *options, const struct payload *payload,
			     const struct measurements *m, FILE *file);

/* Opens the file for --json ("-" is stdout). Returns 0, or STATUS_FILE after having said why not.
 */
int report_open(const char *path, FILE **file);

#endif
