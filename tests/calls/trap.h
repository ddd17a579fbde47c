/* SPDX-License-Identifier: MIT */
/*
 * TDCALL and SEAMCALL in a program: the library's assembly runs as it is, the instruction raises a
 * signal, and the handler answers in its place.
 */
#ifndef TESTS_CALLS_TRAP_H
#define TESTS_CALLS_TRAP_H

#include <stdint.h>

#include <tdx/args.h>

enum trap_instruction { TRAP_TDCALL, TRAP_SEAMCALL };

enum trap_end {
	TRAP_DONE,  /* the next instruction, with CF clear */
	TRAP_CARRY, /* the same with CF set: VMFailInvalid */
	TRAP_UD,    /* the instruction faults: to its entry in the exception table */
	TRAP_GP,
};

/* Reads and writes regs, by register number; RSP is read-only. May itself execute the instructions.
 */
typedef enum trap_end (*trap_answer)(enum trap_instruction instruction,
				     uint64_t regs[TDX_GPR_COUNT]);

/* From within a test: cmocka has handlers of its own, which it puts back. */
void trap_install(trap_answer answer);

/* A value that is in no register and nowhere on the stack otherwise; distinct for each register. */
#define POISON(reg) (UINT64_C(0xdeadbeef00000000) | (reg))

static inline int is_poison(uint64_t value)
{
	return value >> 32 == 0xdeadbeef;
}

/*
 * Calls fn with every register as in in (RSP excepted) and the stack below poisoned; out: the
 * registers afterwards.
 */
struct poison_call {
	uint64_t in[TDX_GPR_COUNT];
	uint64_t out[TDX_GPR_COUNT];
	void *fn;
};

void poison_call(struct poison_call *call);

/* Poisons the stack below the caller's frame. */
void poison_stack(void);

#endif
