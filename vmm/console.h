/* SPDX-License-Identifier: MIT */
/* What the VMM says, on its debug console. Lines that begin with '@' are for the command. */
#ifndef VMM_CONSOLE_H
#define VMM_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

void console_verbose(bool on);

/* Always; text ends its own line. */
void print(const char *text, ...) __attribute__((format(printf, 1, 2)));
/* Only when verbose; adds the end of the line. */
void note(const char *text, ...) __attribute__((format(printf, 1, 2)));

/* Ends the machine; the monitor prints its part first. */
_Noreturn void machine_exit(uint32_t code);
/* The VMM cannot go on: one sentence for the user. */
_Noreturn void fail(const char *text, ...) __attribute__((format(printf, 1, 2)));

/* fail() unless status is a success: what failed by its name in the specification. */
void must(uint64_t status, const char *leaf);

#endif
