/* SPDX-License-Identifier: MIT */
#include "tests/calls/script.h"

#include <stdlib.h>
#include <string.h>

#include "guest/hooks.h"
#include "lib/bits.h"

#define PLAIN (bit(TDX_RCX) | bit(TDX_RDX) | bit_range(TDX_R11, TDX_R8))
#define SAVED (PLAIN | bit(TDX_RBX) | bit(TDX_RSI) | bit(TDX_RDI) | bit_range(TDX_R15, TDX_R12))

struct script script;
uint64_t script_seen[2][2];

/* The registers that a leaf has as operands, in and out. */
static uint64_t operands(enum trap_instruction instruction, uint64_t rax, uint64_t rcx)
{
	uint64_t leaf = rax & TDX_LEAF_MASK;

	if (instruction == TRAP_TDCALL) {
		if (leaf == TDG_VP_VMCALL)
			return rcx & 0xffff;
		if (leaf == TDG_SERVTD_RD || leaf == TDG_SERVTD_WR ||
		    leaf == TDG_SERVTD_REBIND_APPROVE || leaf == TDG_VP_ENTER)
			return SAVED;
		return PLAIN;
	}
	if (leaf == TDH_VP_ENTER)
		return SAVED | bit(TDX_RBP);
	if (leaf == TDH_SERVTD_BIND || leaf == TDH_EXPORT_MEM || leaf == TDH_IMPORT_MEM)
		return SAVED;
	return PLAIN;
}

static void read_operands(uint64_t mask, const uint64_t *regs)
{
	struct tdx_module_args asked = { .rcx = regs[TDX_RCX] };
	uint64_t *to = (uint64_t *)&asked;

	assert_true(script.count < SCRIPT_MAX);
	for (unsigned int i = TDX_RCX; i < TDX_GPR_COUNT; i++) {
		if (!(mask & bit(i)))
			continue;
		assert_false(is_poison(regs[i]));
		to[i] = regs[i];
	}
	script.asked[script.count] = asked;
	script.leaf[script.count] = regs[TDX_RAX];
}

static void write_answer(uint64_t mask, uint64_t *regs)
{
	unsigned int last = script.answer_count ? script.answer_count - 1 : 0;
	const uint64_t *from =
		(const uint64_t *)&script.answers[script.count < last ? script.count : last];

	for (unsigned int i = TDX_RCX; i < TDX_GPR_COUNT; i++)
		if (mask & bit(i))
			regs[i] = script.answer_count ? from[i] : OUT(RAX) | (uint64_t)i << 32 | i;
}

static enum trap_end answer(enum trap_instruction instruction, uint64_t *regs)
{
	uint64_t leaf = regs[TDX_RAX];
	uint64_t mask = operands(instruction, leaf, regs[TDX_RCX]);

	script_seen[instruction][(leaf & 0x7f) / 64] |= bit(leaf & 63);
	read_operands(mask, regs);
	if (script.before)
		script.before();
	write_answer(mask, regs);
	regs[TDX_RAX] =
		script.module ? script.module(leaf, &script.asked[script.count]) : script.rax;
	script.count++;
	return TRAP_DONE;
}

void script_reset(void)
{
	memset(&script, 0, sizeof(script));
	trap_install(answer);
}

void script_answer(struct tdx_module_args regs)
{
	assert_true(script.answer_count < ARRAY_SIZE(script.answers));
	script.answers[script.answer_count++] = regs;
}

void script_check(uint64_t leaf, const struct tdx_module_args *want, const char *file, int line)
{
	const uint64_t *w = (const uint64_t *)want, *a = (const uint64_t *)&script.asked[0];

	_assert_int_equal(script.count, 1, file, line);
	_assert_int_equal(script.leaf[0], leaf, file, line);
	for (unsigned int i = 0; i < TDX_GPR_COUNT; i++)
		_assert_int_equal(a[i], w[i], file, line);
}

void tdx_panic(const char *what, uint64_t status)
{
	mock_assert(0, what, __FILE__, __LINE__);
	abort();
}

void tdx_warn(const char *what, uint64_t value, uint64_t suppressed)
{
	script.warnings++;
	script.warned = value;
	script.suppressed = suppressed;
}
