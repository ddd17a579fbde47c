/* SPDX-License-Identifier: MIT */
/*
 * Every variant of lib/module_call.inc, with poison in each register and on the stack: what goes
 * in, what the other side can read and write, what comes out, and what is left in the registers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guest/tdcall.h"
#include "host/seamcall.h"
#include "lib/bits.h"
#include "tests/calls/trap.h"

#define OPERAND(reg) (UINT64_C(0x1111111100000000) | (reg))
#define HOSTILE(reg) (UINT64_C(0xbadbadba00000000) | (reg))
#define STATUS	     (TDX_OPERAND_BUSY | TDX_OPERAND_ID_RCX)

#define R(name)	     (UINT64_C(1) << TDX_##name)
#define PLAIN	     (R(RCX) | R(RDX) | R(R8) | R(R9) | R(R10) | R(R11))
#define STANDARD     (R(R10) | R(R11) | R(R12) | R(R13) | R(R14) | R(R15))
#define SAVED	     (PLAIN | STANDARD | R(RBX) | R(RSI) | R(RDI))
#define CALLEE_SAVED (R(RBX) | R(RBP) | R(R12) | R(R13) | R(R14) | R(R15))
#define ALL	     (SAVED | R(RBP))

/* A variant whose operands are in memory. */
struct variant {
	const char *name;
	void *fn;
	enum trap_instruction instruction;
	uint64_t in;
	uint64_t out;
	uint64_t exposed; /* may be read and written by whom the caller does not trust */
};

static const struct variant variants[] = {
	{ "__tdcall", (void *)__tdcall, TRAP_TDCALL, PLAIN, 0, 0 },
	{ "__tdcall_ret", (void *)__tdcall_ret, TRAP_TDCALL, PLAIN, PLAIN, 0 },
	{ "__tdcall_saved_ret", (void *)__tdcall_saved_ret, TRAP_TDCALL, SAVED, SAVED, SAVED },
	{ "__seamcall", (void *)__seamcall, TRAP_SEAMCALL, PLAIN, 0, PLAIN },
	{ "__seamcall_ret", (void *)__seamcall_ret, TRAP_SEAMCALL, PLAIN, PLAIN, PLAIN },
	{ "__seamcall_saved_ret", (void *)__seamcall_saved_ret, TRAP_SEAMCALL, SAVED, SAVED, ALL },
};

static struct {
	uint64_t regs[TDX_GPR_COUNT]; /* at the instruction */
	uint64_t write;		      /* these become HOSTILE */
	uint64_t rax;
	enum trap_end end;
	enum trap_instruction instruction;
	unsigned int count;
} world;

static enum trap_end answer(enum trap_instruction instruction, uint64_t regs[TDX_GPR_COUNT])
{
	memcpy(world.regs, regs, sizeof(world.regs));
	world.instruction = instruction;
	world.count++;
	for (unsigned int i = 0; i < TDX_GPR_COUNT; i++)
		if (world.write & bit(i))
			regs[i] = HOSTILE(i);
	if (world.end == TRAP_DONE)
		regs[TDX_RAX] = world.rax;
	return world.end;
}

static void reset(uint64_t write)
{
	memset(&world, 0, sizeof(world));
	world.write = write;
	world.rax = STATUS;
	trap_install(answer);
}

static struct poison_call poisoned(void *fn)
{
	struct poison_call call = { .fn = fn };

	for (unsigned int i = 0; i < TDX_GPR_COUNT; i++)
		call.in[i] = POISON(i);
	return call;
}

static struct tdx_module_args operands(void)
{
	struct tdx_module_args args = { 0 };
	uint64_t *members = (uint64_t *)&args;

	for (unsigned int i = 0; i < TDX_GPR_COUNT; i++)
		members[i] = OPERAND(i);
	return args;
}

static void call_variant(const struct variant *v, struct poison_call *call,
			 struct tdx_module_args *args)
{
	*call = poisoned(v->fn);
	*args = operands();
	call->in[TDX_RDI] = 0x77;
	call->in[TDX_RSI] = (uintptr_t)args;
	poison_call(call);
}

static void assert_kept(const struct poison_call *call)
{
	for (unsigned int i = 0; i < TDX_GPR_COUNT; i++)
		if (CALLEE_SAVED & bit(i))
			assert_int_equal(call->out[i], POISON(i));
}

static void test_operands(void **state)
{
	for (unsigned int v = 0; v < ARRAY_SIZE(variants); v++) {
		struct poison_call call;
		struct tdx_module_args args;

		reset(variants[v].out | variants[v].exposed);
		call_variant(&variants[v], &call, &args);
		assert_int_equal(world.count, 1);
		assert_int_equal(world.instruction, variants[v].instruction);
		assert_int_equal(world.regs[TDX_RAX], 0x77);
		for (unsigned int i = 0; i < TDX_GPR_COUNT; i++) {
			const uint64_t *member = (const uint64_t *)&args + i;

			if (variants[v].in & bit(i))
				assert_int_equal(world.regs[i], OPERAND(i));
			if (variants[v].out & bit(i))
				assert_int_equal(*member, HOSTILE(i));
			else
				assert_int_equal(*member, OPERAND(i));
		}
		assert_int_equal(call.out[TDX_RAX], STATUS);
	}
}

/* Nothing that the call does not use can be read by the other side. */
static void test_nothing_leaks_out(void **state)
{
	for (unsigned int v = 0; v < ARRAY_SIZE(variants); v++) {
		struct poison_call call;
		struct tdx_module_args args;

		reset(0);
		call_variant(&variants[v], &call, &args);
		for (unsigned int i = 0; i < TDX_GPR_COUNT; i++) {
			if (!((variants[v].in | variants[v].exposed) & bit(i)))
				continue;
			assert_false(is_poison(world.regs[i]));
			if (!(variants[v].in & bit(i)))
				assert_int_equal(world.regs[i], 0);
		}
	}
}

/* Nothing that the other side wrote stays in a register, and what is the caller's is kept. */
static void test_nothing_stays(void **state)
{
	for (unsigned int v = 0; v < ARRAY_SIZE(variants); v++) {
		struct poison_call call;
		struct tdx_module_args args;

		reset(variants[v].exposed);
		call_variant(&variants[v], &call, &args);
		assert_kept(&call);
		for (unsigned int i = 0; i < TDX_GPR_COUNT; i++)
			assert_int_not_equal(call.out[i] >> 32, HOSTILE(0) >> 32);
	}
}

static void test_registers_form(void **state)
{
	struct poison_call call = poisoned((void *)__tdcall_regs);

	reset(0);
	call.in[TDX_RDI] = TDG_MR_REPORT;
	call.in[TDX_RSI] = OPERAND(TDX_RCX);
	call.in[TDX_RDX] = OPERAND(TDX_RDX);
	call.in[TDX_RCX] = OPERAND(TDX_R8);
	poison_call(&call);
	assert_int_equal(world.regs[TDX_RAX], TDG_MR_REPORT);
	assert_int_equal(world.regs[TDX_RCX], OPERAND(TDX_RCX));
	assert_int_equal(world.regs[TDX_RDX], OPERAND(TDX_RDX));
	assert_int_equal(world.regs[TDX_R8], OPERAND(TDX_R8));
	assert_int_equal(world.regs[TDX_R9] | world.regs[TDX_R10] | world.regs[TDX_R11], 0);
	assert_int_equal(call.out[TDX_RAX], STATUS);
	assert_kept(&call);
}

static void check_vmcall(void *fn, bool has_out)
{
	static uint64_t out;
	struct poison_call call = poisoned(fn);

	reset(STANDARD);
	world.rax = 0;
	out = POISON(0);
	call.in[TDX_RDI] = OPERAND(TDX_R11);
	call.in[TDX_RSI] = OPERAND(TDX_R12);
	call.in[TDX_RDX] = OPERAND(TDX_R13);
	call.in[TDX_RCX] = OPERAND(TDX_R14);
	call.in[TDX_R8] = OPERAND(TDX_R15);
	if (has_out)
		call.in[TDX_R9] = (uintptr_t)&out;
	poison_call(&call);
	assert_int_equal(world.regs[TDX_RAX], TDG_VP_VMCALL);
	assert_int_equal(world.regs[TDX_RCX], STANDARD);
	assert_int_equal(world.regs[TDX_R10], 0);
	for (unsigned int i = TDX_R11; i <= TDX_R15; i++)
		assert_int_equal(world.regs[i], OPERAND(i));
	assert_int_equal(call.out[TDX_RAX], 0);
	assert_int_equal(call.out[TDX_RDX], HOSTILE(TDX_R10));
	assert_int_equal(out, has_out ? HOSTILE(TDX_R11) : POISON(0));
	assert_kept(&call);
	for (unsigned int i = 0; i < TDX_GPR_COUNT; i++)
		if (i != TDX_RDX)
			assert_int_not_equal(call.out[i] >> 32, HOSTILE(0) >> 32);
}

static void test_vmcall_forms(void **state)
{
	check_vmcall((void *)__tdvmcall_regs, false);
	check_vmcall((void *)__tdvmcall_regs_ret, true);
}

/* SEAMCALL that never reaches the module: the operands come back as they were. */
static void test_seamcall_fails(void **state)
{
	static const struct {
		enum trap_end end;
		uint64_t status;
	} rows[] = {
		{ TRAP_CARRY, TDX_SEAMCALL_VMFAILINVALID },
		{ TRAP_UD, TDX_SEAMCALL_UD },
		{ TRAP_GP, TDX_SEAMCALL_GP },
	};

	for (unsigned int v = 0; v < ARRAY_SIZE(variants); v++) {
		for (unsigned int r = 0; r < ARRAY_SIZE(rows); r++) {
			struct tdx_module_args args, before = operands();
			struct poison_call call;

			if (variants[v].instruction != TRAP_SEAMCALL)
				continue;
			reset(0);
			world.end = rows[r].end;
			call_variant(&variants[v], &call, &args);
			assert_int_equal(call.out[TDX_RAX], rows[r].status);
			assert_memory_equal(&args, &before, sizeof(args));
			assert_kept(&call);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operands),      cmocka_unit_test(test_nothing_leaks_out),
		cmocka_unit_test(test_nothing_stays), cmocka_unit_test(test_registers_form),
		cmocka_unit_test(test_vmcall_forms),  cmocka_unit_test(test_seamcall_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
