/* SPDX-License-Identifier: MIT */
/* One of the tests that show what a leaf does, run by itself: a program or an image that prints
 * TAP. */
#ifndef TOOLS_TRIAL_H
#define TOOLS_TRIAL_H

#include <limits.h>
#include <stdbool.h>

#include "tools/calls.h"

#define TRIAL_NAME_SIZE 64
#define TRIAL_SECONDS	300 /* after which it counts as failed */

enum trial_end {
	TRIAL_PASSED,
	TRIAL_FAILED,
	TRIAL_SKIPPED, /* it says that it cannot do its work here */
	TRIAL_NOT_RUN, /* not built, or the machine for it did not start */
};

enum trial_kind {
	TRIAL_ABSENT,
	TRIAL_PROGRAM,
	TRIAL_FIRMWARE,
	TRIAL_VMM,
};

struct trial {
	char name[TRIAL_NAME_SIZE]; /* "leaf/test_mem" */
	char path[PATH_MAX];
	enum trial_kind kind;
	enum trial_end end;
	unsigned int passed, failed, skipped; /* of the tests in it */
	double seconds;
	struct calls calls;
	char problem[200]; /* a sentence, empty when it passed */
};

/* Looks for the test of trial->name in the folder, and fills path and kind. */
void trial_find(struct trial *trial, const char *folder);

/* Runs what trial_find() has found and fills the rest. qemu: for images; null for the usual one. */
void trial_run(struct trial *trial, const char *qemu);

/* "passed", "failed", "skipped", "not run" */
const char *trial_end_text(enum trial_end end);

#endif
