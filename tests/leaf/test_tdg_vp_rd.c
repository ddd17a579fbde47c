/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/field.h>

#include "tests/lib/leaf_case.h"

#define FIELD_INDEX   UINT64_C(0xa020000200000002)
#define FIELD_UNKNOWN UINT64_C(0xa020000000000fff)

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	test_vcpu(&leaf_td, 0)->index = 3;
	c->r[TDX_RCX] = 0;
	c->r[TDX_RDX] = FIELD_INDEX;
}

static const struct leaf_fault faults[] = {
	REG_FAULT("RCX 0", INVALID(RCX), RCX, 1),
	REG_FAULT("RCX 63", INVALID(RCX), RCX, BIT(63)),
	REG_FAULT("no such field", TDX_METADATA_FIELD_ID_INCORRECT, RDX, FIELD_UNKNOWN),
	REG_FAULT("the VMM's field", TDX_METADATA_FIELD_NOT_READABLE, RDX, TDX_FIELD_VP_PEND_NMI),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R8], 3);
}

static const struct leaf_case rd = {
	.leaf = TDG_VP_RD,
	.guest = true,
	.outputs = BIT(TDX_R8),
	.errors_zero = BIT(TDX_R8),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(rd) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
