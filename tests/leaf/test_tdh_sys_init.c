/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/fake/fake_cpu.h"
#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#define OUTPUTS (BIT(TDX_RCX) | BIT(TDX_RDX) | BIT(TDX_R8) | BIT(TDX_R9) | BIT(TDX_R10))

static void setup(struct leaf_call *c)
{
	machine_reset();
	c->r[TDX_RCX] = 0;
}

static void overlap_cmrs(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	machine.cmrs[1].base = machine.cmrs[0].base;
}

static void misalign_cmr(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	machine.cmrs[1].size += 8;
}

static void lose_leaves(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	const uint32_t few[4] = { 0xc, 0x756e6547, 0x6c65746e, 0x49656e69 };

	fake_cpu_set_cpuid(0, 0, few);
}

static void lose_xsave(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	const uint32_t no_xsave[4] = { 0x806f8, 0x10800, 0x73faebff, 0xbfebfbff };

	fake_cpu_set_cpuid(1, 0, no_xsave);
}

/* The leaf; a mask and the value that is wanted in it, two registers each. */
static void xsave_outputs(const struct leaf_call *in, struct leaf_call *expected)
{
	expected->r[TDX_RCX] = 1;
	expected->r[TDX_R8] = expected->r[TDX_R10] = make64(0x07008060, 1 << 26);
}

static void lose_sse_state(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	const uint32_t x87_only[4] = { 1, 0x240, 0x240, 0 };

	fake_cpu_set_cpuid(0xd, 0, x87_only);
}

static void sse_state_outputs(const struct leaf_call *in, struct leaf_call *expected)
{
	expected->r[TDX_RCX] = 0xd;
	expected->r[TDX_RDX] = expected->r[TDX_R9] = 3; /* in EAX */
}

#define MODULE_STATE(state)                                                                        \
	VALUE_FAULT(#state, TDX_SYS_INIT_NOT_PENDING, leaf_set_module_state, SYS_STATE_##state,    \
		    EDITS_MODULE)

static const struct leaf_fault faults[] = {
	STATE_FAULT("busy", TDX_SYS_BUSY, leaf_share_sys, 0),
	REG_FAULT("attributes", INVALID(RCX), RCX, 1),
	REG_FAULT("RCX 63", INVALID(RCX), RCX, BIT(63)),
	MODULE_STATE(INIT_DONE),
	MODULE_STATE(CONFIG_DONE),
	MODULE_STATE(READY),
	STATE_FAULT("CPUID limited", TDX_LIMIT_CPUID_MAXVAL_SET, leaf_limit_cpuid, 0),
	STATE_FAULT("few CPUID leaves", TDX_CPUID_LEAF_NOT_SUPPORTED | 0xd, lose_leaves, 0),
	{ .name = "no XSAVE",
	  .status = TDX_INCORRECT_CPUID_VALUE,
	  .reg = NO_REG,
	  .make = lose_xsave,
	  .outputs = xsave_outputs },
	{ .name = "no SSE in XSAVE",
	  .status = TDX_INCORRECT_CPUID_VALUE,
	  .reg = NO_REG,
	  .make = lose_sse_state,
	  .outputs = sse_state_outputs },
	STATE_FAULT("CMRs overlap", TDX_CMR_LIST_INVALID, overlap_cmrs, EDITS_PARAMS),
	STATE_FAULT("CMR not of pages", TDX_CMR_LIST_INVALID, misalign_cmr, EDITS_PARAMS),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	for (unsigned int r = TDX_RCX; r < TDX_GPR_COUNT; r++)
		assert_true(!(OUTPUTS & BIT(r)) || out->r[r] == 0);
	assert_int_equal(sys.state, SYS_STATE_INIT_DONE);
}

static const struct leaf_case init = {
	.leaf = TDH_SYS_INIT,
	.module_states = LEAF_EARLY,
	.outputs = OUTPUTS,
	.errors_zero = OUTPUTS,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(init) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
