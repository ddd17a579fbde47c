/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/field.h>

#include "tests/lib/leaf_case.h"

#define FIELD_UNKNOWN UINT64_C(0x1110000300000fff)

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	c->r[TDX_RCX] = 0;
	c->r[TDX_RDX] = TDX_FIELD_TD_NOTIFY_ENABLES;
	c->r[TDX_R8] = 1;
	c->r[TDX_R9] = 1;
}

static const struct leaf_fault faults[] = {
	REG_FAULT("RCX 0", INVALID(RCX), RCX, 1),
	REG_FAULT("RCX 63", INVALID(RCX), RCX, BIT(63)),
	REG_FAULT("no such field", TDX_METADATA_FIELD_ID_INCORRECT, RDX, FIELD_UNKNOWN),
	REG_FAULT("read only", TDX_METADATA_FIELD_NOT_WRITABLE, RDX, TDX_FIELD_TD_ATTRIBUTES),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R8], 0); /* before */
	assert_int_equal(test_tdcs(&leaf_td)->notify_enables, 1);
	leaf_changes(leaf_td.tdcx[TDCX_CONTROL]);
}

static const struct leaf_case wr = {
	.leaf = TDG_VM_WR,
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
	const struct CMUnitTest tests[] = { LEAF_TESTS(wr) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
