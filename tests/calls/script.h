/* SPDX-License-Identifier: MIT */
/*
 * A module and a VMM that follow a script: what was asked is kept, what is answered is the test's
 * choice. Whenever the other side could read a register that carries poison, the test fails.
 */
#ifndef TESTS_CALLS_SCRIPT_H
#define TESTS_CALLS_SCRIPT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <tdx/args.h>
#include <tdx/leaf.h>
#include <tdx/status.h>

#include "tests/calls/trap.h"

#define SCRIPT_MAX 2048

/* What a register is after a call for which no answer was given. */
#define OUT(reg) (UINT64_C(0x0a5a000000000000) | (uint64_t)TDX_##reg << 32 | TDX_##reg)

/* No error, and not 0 either: wrappers must hand it through. */
#define SCRIPT_STATUS (TDX_KEY_CONFIGURED | 0x55)

struct script {
	unsigned int count;	   /* of calls */
	uint64_t leaf[SCRIPT_MAX]; /* RAX of each */
	struct tdx_module_args asked[SCRIPT_MAX];
	struct tdx_module_args answers[16]; /* in turn; the last one stays */
	unsigned int answer_count;
	uint64_t rax; /* the module's answer */
	uint64_t (*module)(uint64_t leaf,
			   const struct tdx_module_args *asked); /* if not null: RAX */
	void (*before)(void); /* if not null: each answer, what the VMM does meanwhile */
	unsigned int warnings;
	uint64_t warned, suppressed; /* of the last tdx_warn() */
};
extern struct script script;

/* All leaves that were called since the program began, as bits; the version is not looked at. */
extern uint64_t script_seen[2][2];

/* Begins a call: forgets, poisons the stack below and installs the handler. rax: 0. */
void script_reset(void);
void script_answer(struct tdx_module_args regs);

/* The call with this leaf and these operands, and no other, was the only one. */
void script_check(uint64_t leaf, const struct tdx_module_args *want, const char *file, int line);

/* A wrapper of one leaf: hands the status through, has these operands. */
#define assert_leaf(leaf_, call, ...)                                                              \
	do {                                                                                       \
		script_reset();                                                                    \
		script.rax = SCRIPT_STATUS;                                                        \
		poison_stack();                                                                    \
		assert_int_equal(call, SCRIPT_STATUS);                                             \
		script_check(leaf_, &(struct tdx_module_args){ __VA_ARGS__ }, __FILE__, __LINE__); \
	} while (0)

#endif
