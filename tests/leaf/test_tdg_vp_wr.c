/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/field.h>

#include "tests/lib/leaf_case.h"

#define FIELD_INDEX	    UINT64_C(0xa020000200000002)
#define FIELD_SUPERVISOR_VE UINT64_C(0xa020000000000007)
#define FIELD_CPUID_CONTROL UINT64_C(0xa120000000000000) /* an element for each leaf */
#define FIELD_UNKNOWN	    UINT64_C(0xa020000000000fff)

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	c->r[TDX_RCX] = 0;
	c->r[TDX_RDX] = FIELD_SUPERVISOR_VE;
	c->r[TDX_R8] = 1;
	c->r[TDX_R9] = UINT64_MAX;
}

static const struct leaf_fault faults[] = {
	REG_FAULT("RCX 0", INVALID(RCX), RCX, 1),
	REG_FAULT("RCX 63", INVALID(RCX), RCX, BIT(63)),
	REG_FAULT("no such field", TDX_METADATA_FIELD_ID_INCORRECT, RDX, FIELD_UNKNOWN),
	REG_FAULT("read only", TDX_METADATA_FIELD_NOT_WRITABLE, RDX, FIELD_INDEX),
	REG_FAULT("neither on nor off", TDX_METADATA_FIELD_VALUE_NOT_VALID, R8, 2),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R8], 0); /* before */
	assert_int_equal(test_vcpu(&leaf_td, 0)->cpuid_supervisor_ve, 1);
	leaf_changes(leaf_td.tdvpr[0]);
}

static const struct leaf_case wr = {
	.leaf = TDG_VP_WR,
	.guest = true,
	.outputs = BIT(TDX_R8),
	.errors_zero = BIT(TDX_R8),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

/* The bits of the mask only, of this VCPU only. */
static void setup_masked(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_WITH_VCPU);
	test_td_add_vcpu(&leaf_td);
	test_td_finalize(&leaf_td);
	test_vcpu(&leaf_td, 0)->cpuid_control[3] = 2;
	c->r[TDX_RCX] = 0;
	c->r[TDX_RDX] = FIELD_CPUID_CONTROL + 3;
	c->r[TDX_R8] = 1;
	c->r[TDX_R9] = 1;
}

static void effect_masked(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R8], 2);
	assert_int_equal(test_vcpu(&leaf_td, 0)->cpuid_control[3], 3);
	leaf_changes(leaf_td.tdvpr[0]);
}

static const struct leaf_case masked = {
	.leaf = TDG_VP_WR,
	.guest = true,
	.outputs = BIT(TDX_R8),
	.errors_zero = BIT(TDX_R8),
	.setup = setup_masked,
	.effect = effect_masked,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(wr), LEAF_TESTS(masked) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
