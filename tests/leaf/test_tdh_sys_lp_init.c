/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/fake/fake_cpu.h"
#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#define OUTPUTS (BIT(TDX_RCX) | BIT(TDX_RDX) | BIT(TDX_R8))

static void setup(struct leaf_call *c)
{
	machine_reset();
	assert_int_equal(tdh_sys_init(), TDX_SUCCESS);
	machine.lp = 1;
}

static void initialize_lp(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	sys.lp_initialized[machine.lp] = true;
	sys.lps_initialized++;
}

/* There is a bit for each of 64 packages. */
static void leave_last_package(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	machine.lps = machine.packages = 65;
	machine.lp = 64;
}

static void change_cpu(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	const uint32_t other[4] = { 0x806f9, 0x30800, 0x7ffafbfe, 0xbfebfbff };

	fake_cpu_set_cpuid(1, 0, other);
}

/* The leaf, and the bits that differ. */
static void cpu_outputs(const struct leaf_call *in, struct leaf_call *expected)
{
	expected->r[TDX_RCX] = 1;
	expected->r[TDX_RDX] = 1;
	expected->r[TDX_R8] = 1;
}

#define MODULE_STATE(state)                                                                        \
	VALUE_FAULT(#state, TDX_SYS_LP_INIT_NOT_PENDING, leaf_set_module_state, SYS_STATE_##state, \
		    EDITS_MODULE)

static const struct leaf_fault faults[] = {
	STATE_FAULT("busy", TDX_SYS_BUSY, leaf_lock_sys, 0),
	MODULE_STATE(INIT_PENDING),
	MODULE_STATE(CONFIG_DONE),
	MODULE_STATE(READY),
	STATE_FAULT("twice", TDX_SYS_LP_INIT_DONE, initialize_lp, EDITS_LP),
	STATE_FAULT("package 64", TDX_INVALID_PKG_ID, leave_last_package, EDITS_LP),
	{ .name = "another CPU",
	  .status = TDX_INCONSISTENT_CPUID_FIELD,
	  .reg = NO_REG,
	  .make = change_cpu,
	  .outputs = cpu_outputs },
	STATE_FAULT("TSC_ADJUST", TSC_ADJUST_DIFFERS, leaf_shift_tsc, 0),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_RCX] | out->r[TDX_RDX] | out->r[TDX_R8], 0);
	assert_true(sys.lp_initialized[1]);
	assert_false(sys.lp_initialized[0]);
	assert_int_equal(sys.lps_initialized, 1);
}

static const struct leaf_case lp_init = {
	.leaf = TDH_SYS_LP_INIT,
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
	const struct CMUnitTest tests[] = { LEAF_TESTS(lp_init) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
