/* SPDX-License-Identifier: MIT */
/*
 * What a VMM test has: an image that the monitor starts in the VMM's place, a console on COM1 that
 * speaks TAP, exceptions that do not end it. A test defines vmm_test(); the runtime prints the plan
 * and ends the machine behind it.
 */
#ifndef TESTS_VMM_RUNTIME_H
#define TESTS_VMM_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tdx/status.h>

#include "lib/addr.h"
#include "lib/bits.h"
#include "lib/handoff.h"
#include "tests/image/tap.h"

#define VECTOR_UD 6
#define VECTOR_GP 13
#define VECTOR_MC 18

void vmm_test(const struct vmm_boot *boot);

/*
 * ATTEMPT("instruction", : outputs : inputs : ATTEMPT_CLOBBERS) executes an instruction that may
 * raise an exception, or jump to where one is raised, and goes on behind it. `attempt` tells what
 * came; other registers are as the instruction left them.
 */
#define ATTEMPT_NOTHING	 UINT64_MAX
#define ATTEMPT_CLOBBERS "r15", "memory"

struct attempt {
	uint64_t vector; /* ATTEMPT_NOTHING: the instruction was executed */
	uint64_t rip;
};
extern struct attempt attempt;
extern uint64_t attempt_end;

void attempt_begin(void);
void attempt_done(void);

#define ATTEMPT(text, ...)                                                                         \
	do {                                                                                       \
		attempt_begin();                                                                   \
		__asm__ volatile("lea 1f(%%rip), %%r15\n\t"                                        \
				 "mov %%r15, attempt_end(%%rip)\n\t" text "\n"                     \
				 "1:" __VA_ARGS__);                                                \
		attempt_done();                                                                    \
	} while (0)

/* Accesses to physical memory; true when they raised a machine check and transferred nothing. */
bool read_is_refused(uint64_t address);
bool write_is_refused(uint64_t address);
bool execute_is_refused(uint64_t address);

/* Does the VMM read zeroes only? The page must be the VMM's. */
bool is_zero_page(struct hpa page);

#endif
