/* SPDX-License-Identifier: MIT */
/*
 * Plays a sequence of SEAMCALLs and TDCALLs, that the bytes of an input describe, against the
 *module in this process. After each call invariants_check() holds, registers that are no outputs
 *are as before, and what failed has changed nothing; in the end every TD is torn down, and every
 *page comes back. Aborts where that is not so.
 *
 *	input		byte 0 the world it begins in (worlds.h), then operations
 *	operation	byte: bit 7 clear: SEAMCALL leaf 5:0 (or, where there is none, an operation
 *on memory); set: one of what the world has most use for byte of a SEAMCALL: 1:0 logical processor,
 *3:2 version, 7:4 all ones: reserved bits; then its operands (operands.h)
 *
 * While a VCPU is inside its TD operations are the guest's: see guest.c. Logical processors take
 * turns: another one may call while a guest is running.
 */
#ifndef TESTS_FUZZ_PLAYER_H
#define TESTS_FUZZ_PLAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpu/backend.h"
#include "tests/fuzz/operands.h"
#include "tests/fuzz/worlds.h"

#define PLAYER_LEAVES 128

/*
 * How often each leaf was called, and how often with success. News: it answered with a status, or
 * succeeded after the success of another, for the first time.
 */
struct player_counts {
	uint64_t sequences, calls, news;
	uint64_t seamcalls[PLAYER_LEAVES], seamcalls_good[PLAYER_LEAVES];
	uint64_t tdcalls[PLAYER_LEAVES], tdcalls_good[PLAYER_LEAVES];
};
extern struct player_counts player_counts;
extern bool player_verbose; /* tells each call on standard error */

/* Once, before the first sequence. */
void player_start(void);
void player_play(const uint8_t *bytes, size_t size);

/* The rest is shared with guest.c. */
struct player {
	struct input in;
	struct inventory inventory;
	struct hpa inside[2]; /* TDVPRs of VCPUs that are inside their TD, the inner one last */
	size_t inside_count;
};
extern struct player player;

__attribute__((format(printf, 1, 2), noreturn)) void player_violation(const char *format, ...);
__attribute__((format(printf, 1, 2))) void player_say(const char *format, ...);

void player_count(bool tdcall, unsigned int leaf, uint64_t rcx, uint64_t status, bool good);

/* Now is before the next call. */
void player_mark(void);
/*
 * What has changed since must hold together. A call that failed may have changed the pages of the
 * VCPU that it is about, at most so many.
 */
void player_check(bool failed, unsigned int vcpu_pages);
/* Registers that are not in outputs must be as before. */
void player_check_registers(const char *what, const uint64_t *before, const uint64_t *after,
			    uint64_t outputs);

/* One operation of the VMM's. */
void player_operation(void);

/* guest.c: plays the guest from entry to exit (fake_cpu.h). */
void guest_play(struct cpu_vcpu *v, struct cpu_exit *exit, void *context);
/* Before and after TDH.VP.ENTER. */
void guest_before_entry(struct hpa tdvpr);
/* Was the VCPU inside? */
bool guest_after_entry(void);

#endif
