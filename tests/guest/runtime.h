/* SPDX-License-Identifier: MIT */
/*
 * What a guest test has: an image that starts at a TD's reset vector, a console on COM1 that speaks
 * TAP, exceptions that do not end it. A test defines guest_test(); the runtime prints the plan and
 * powers the TD off behind it.
 *
 * No RAM is accepted when a test starts: image, stack and variables are in the image's own
 * sections.
 */
#ifndef TESTS_GUEST_RUNTIME_H
#define TESTS_GUEST_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tdx/ve.h>

#include "guest/leaf.h"
#include "guest/vmcall.h"
#include "lib/addr.h"
#include "lib/bits.h"
#include "shim/trap.h"
#include "tests/image/tap.h"

/* RAM for tests to accept and convert, 16 MiB of it. Tests run with 64 MiB or more. */
#define TEST_RAM      UINT64_C(0x1000000)
#define TEST_RAM_SIZE UINT64_C(0x1000000)

void guest_test(void);
_Noreturn void power_off(void);

/* TDG.VP.INFO of this VCPU. */
extern struct tdx_vp_info vp_info;

/* Maps the 2 MiB around a shared GPA (given without the SHARED bit); returns gpa's address. */
void *map_shared(uint64_t gpa);

/*
 * ATTEMPT("instruction", : outputs : inputs : ATTEMPT_CLOBBERS) executes an instruction that may
 * raise an exception, and goes on behind it. `attempt` tells what came. For a #VE its information
 * has been fetched.
 */
#define ATTEMPT_NOTHING	 UINT64_MAX
#define ATTEMPT_CLOBBERS "r15", "memory"

struct attempt {
	uint64_t vector; /* ATTEMPT_NOTHING: the instruction was executed */
	uint64_t error;
	uint64_t rip;
	uint64_t start, end; /* of the instruction */
	uint64_t veinfo_status;
	struct tdx_ve_info ve;
	/* Before the information is fetched, raise a second #VE, and tell what came of it. */
	bool nest;
	uint64_t nested_vector, nested_error;
};
extern struct attempt attempt;
extern uint64_t attempt_start, attempt_end;

void attempt_begin(void);
void attempt_done(void);

#define ATTEMPT(text, ...)                                                                         \
	do {                                                                                       \
		attempt_begin();                                                                   \
		__asm__ volatile("lea 0f(%%rip), %%r15\n\t"                                        \
				 "mov %%r15, attempt_start(%%rip)\n\t"                             \
				 "lea 1f(%%rip), %%r15\n\t"                                        \
				 "mov %%r15, attempt_end(%%rip)\n"                                 \
				 "0:\t" text "\n"                                                  \
				 "1:" __VA_ARGS__);                                                \
		attempt_done();                                                                    \
	} while (0)

/* Called for interrupts, vectors 32 and above, with interrupts off. The default reports them as a
 * failure. */
extern void (*interrupt_handler)(uint64_t vector);

/*
 * Called for a #VE outside of an attempt, with its information. Returns by how much RIP is to be
 * advanced; a negative value ends the test. Without it such a #VE ends the test.
 */
extern int (*ve_handler)(struct trap_frame *frame, const struct tdx_ve_info *ve);

#endif
