/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/field.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#define FIELD_UNKNOWN UINT64_C(0x1110000300000fff)

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	c->r[TDX_RCX] = leaf_td.tdr.pa;
	c->r[TDX_RDX] = TDX_FIELD_TD_ATTRIBUTES;
}

static const struct leaf_fault faults[] = {
	REG_FAULT("no such field", TDX_METADATA_FIELD_ID_INCORRECT, RDX, FIELD_UNKNOWN),
	REG_FAULT("the guest's field", TDX_METADATA_FIELD_NOT_READABLE, RDX, TDX_FIELD_TD_RTMR),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R8], TDX_ATTR_SEPT_VE_DISABLE);
}

static void effect_v1(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R8], TDX_ATTR_SEPT_VE_DISABLE);
	assert_int_equal(out->r[TDX_RDX], TDX_FIELD_TD_XFAM);
}

#define COMMON                                                                                     \
	.leaf = TDH_MNG_RD, .highest_version = 1, .td = LEAF_TD, .td_reg = TDX_RCX,                \
	.op_states = ALL_OP_STATES & ~BIT(0), .errors_zero = BIT(TDX_R8), .faults = faults,        \
	.fault_count = ARRAY_SIZE(faults), .setup = setup

static const struct leaf_case rd = { COMMON, .outputs = BIT(TDX_R8), .effect = effect };
static const struct leaf_case rd_v1 = {
	COMMON,
	.version = 1,
	.errors_ones = BIT(TDX_RDX),
	.outputs = BIT(TDX_RDX) | BIT(TDX_R8),
	.effect = effect_v1,
};

static void test_first_field(void **state)
{
	struct leaf_call c = leaf_begin(&rd_v1);

	c.r[TDX_RDX] = UINT64_MAX;
	assert_int_equal(leaf_seamcall(&c), TDX_METADATA_FIRST_FIELD_ID_IN_CONTEXT);
	assert_int_equal(c.r[TDX_RDX], UINT64_C(0x8010000000000001));
	assert_int_equal(c.r[TDX_R8], 0);
	c = leaf_begin(&rd);
	c.r[TDX_RDX] = UINT64_MAX;
	leaf_assert_refused(&c, TDX_METADATA_FIELD_ID_INCORRECT);
}

/* A debugger sees more. */
static void test_debug_td(void **state)
{
	struct leaf_call c = leaf_begin(&rd);

	test_tdcs(&leaf_td)->attributes |= TDX_ATTR_DEBUG;
	c.r[TDX_RDX] = TDX_FIELD_TD_RTMR;
	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(rd),
		LEAF_TESTS(rd_v1),
		cmocka_unit_test(test_first_field),
		cmocka_unit_test(test_debug_td),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
