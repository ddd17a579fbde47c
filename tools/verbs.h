/* SPDX-License-Identifier: MIT */
/* The verbs of the command; each is a file of its own and a row of the table in main.c. */
#ifndef TOOLS_VERBS_H
#define TOOLS_VERBS_H

#include <stdbool.h>

/* argv[0] is the verb. Each returns the exit status. */
int verb_run(int argc, char **argv);
int verb_measure(int argc, char **argv);
int verb_conformance(int argc, char **argv);
int verb_doctor(int argc, char **argv);
int verb_help(int argc, char **argv);

/* Help on one verb, or on the command when verb is null. Returns false when there is no such verb.
 */
bool help_print(const char *verb);

#endif
