/* SPDX-License-Identifier: MIT */
/* What `swtdx conformance` has found out, and the forms in which it tells that. */
#ifndef TOOLS_CONFORMANCE_H
#define TOOLS_CONFORMANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "tools/leaves.h"
#include "tools/trial.h"

#define CONFORMANCE_PROBLEM 128

struct conformance {
	struct leaf *leaves; /* rows that were asked for */
	size_t leaf_count;
	struct trial *trials; /* each of their tests once; none unless they ran */
	size_t trial_count;
};

/*
 * How a leaf did: the worst of its tests. Where they all passed, it has failed nevertheless when
 * one of them never calls it, none of them successfully, or it answered what is not specified; then
 * *problem, when not null, is a sentence.
 */
enum trial_end conformance_of(const struct conformance *c, const struct leaf *leaf,
			      char problem[CONFORMANCE_PROBLEM]);
/* What it answered in its tests; to be freed. */
struct calls conformance_answers(const struct conformance *c, const struct leaf *leaf);
/* Of the statuses of statuses.def, those that no hosted test has seen; and those that one has seen
 * and that are not there. Lists of words. */
#define CONFORMANCE_LIST 2048
void conformance_compare(const struct conformance *c, const struct leaf *leaf,
			 char unshown[CONFORMANCE_LIST], char unspecified[CONFORMANCE_LIST]);
size_t conformance_count(const struct conformance *c, enum trial_end end);

/* A name of the list of tests, which is behind it then; false at the list's end. */
bool next_test(const char **tests, char name[TRIAL_NAME_SIZE]);

void conformance_print_table(const struct conformance *c);
void conformance_print_leaves(const struct conformance *c);
/* With what each leaf answered, when details are wanted. */
void conformance_print_results(const struct conformance *c, bool detailed);

/* Returns 0, or STATUS_HOST after having said that the file could not be written. */
int conformance_print_json(const struct conformance *c, FILE *file);

#endif
