/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/field.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#define FIELD_RAX	UINT64_C(0x1020000300000000)
#define FIELD_NUM_PAGES UINT64_C(0xa020000000000003)
#define FIELD_ASSOC_LP	UINT64_C(0xa020000200000004)
#define FIELD_UNKNOWN	UINT64_C(0xa020000000000fff)
#define OUTPUTS		(BIT(TDX_RDX) | BIT(TDX_R8))

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	c->r[TDX_RCX] = leaf_td.tdvpr[0].pa;
	c->r[TDX_RDX] = FIELD_NUM_PAGES;
}

#define VCPU_STATE(state)                                                                          \
	VALUE_FAULT(#state, TDX_VCPU_STATE_INCORRECT, leaf_set_vcpu_state, state, EDITS_VCPU_STATE)

static const struct leaf_fault faults[] = {
	VALUE_FAULT("a page missing", TDX_TDCX_NUM_INCORRECT, leaf_set_vcpu_pages, TDVPS_PAGES - 1,
		    0),
	VCPU_STATE(VCPU_UNINITIALIZED),
	VCPU_STATE(VCPU_ACTIVE),
	VALUE_FAULT("another LP's", TDX_VCPU_ASSOCIATED, leaf_set_lp, 1, EDITS_LP),
	REG_FAULT("no such field", TDX_METADATA_FIELD_ID_INCORRECT, RDX, FIELD_UNKNOWN),
	REG_FAULT("a debugger's field", TDX_METADATA_FIELD_NOT_READABLE, RDX, FIELD_RAX),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R8], TDVPS_PAGES);
}

static void effect_v1(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R8], TDVPS_PAGES);
	assert_int_equal(out->r[TDX_RDX], FIELD_ASSOC_LP);
}

#define COMMON                                                                                     \
	.leaf = TDH_VP_RD, .highest_version = 1, .td = LEAF_TDVPR, .td_reg = TDX_RCX,              \
	.op_states = ALL_OP_STATES & ~BIT(0), .errors_zero = BIT(TDX_R8), .faults = faults,        \
	.fault_count = ARRAY_SIZE(faults), .setup = setup

static const struct leaf_case rd = { COMMON, .outputs = BIT(TDX_R8), .effect = effect };
static const struct leaf_case rd_v1 = {
	COMMON, .version = 1, .errors_ones = BIT(TDX_RDX), .outputs = OUTPUTS, .effect = effect_v1,
};

/* A disabled VCPU can be looked at. */
static void test_disabled(void **state)
{
	struct leaf_call c = leaf_begin(&rd);

	test_vcpu(&leaf_td, 0)->state = VCPU_DISABLED;
	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
}

static void test_associates(void **state)
{
	struct leaf_call c = leaf_begin(&rd);

	assert_int_equal(tdh_vp_flush(leaf_td.tdvpr[0]), TDX_SUCCESS);
	machine.lp = 1;
	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	assert_int_equal(test_vcpu(&leaf_td, 0)->lp, 1);
	assert_int_equal(test_tdcs(&leaf_td)->associated_count, 1);
}

static void test_first_field(void **state)
{
	struct leaf_call c = leaf_begin(&rd_v1);

	c.r[TDX_RDX] = UINT64_MAX;
	assert_int_equal(leaf_seamcall(&c), TDX_METADATA_FIRST_FIELD_ID_IN_CONTEXT);
	assert_int_equal(c.r[TDX_R8], 0);
	c.r[TDX_RAX] = TDH_VP_RD | SEAM_V1;
	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	c = leaf_begin(&rd);
	c.r[TDX_RDX] = UINT64_MAX;
	leaf_assert_refused(&c, TDX_METADATA_FIELD_ID_INCORRECT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(rd),
		LEAF_TESTS(rd_v1),
		cmocka_unit_test(test_disabled),
		cmocka_unit_test(test_associates),
		cmocka_unit_test(test_first_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
