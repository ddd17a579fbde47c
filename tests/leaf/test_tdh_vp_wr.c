/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/field.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#define FIELD_RAX     UINT64_C(0x1020000300000000)
#define FIELD_UNKNOWN UINT64_C(0xa020000000000fff)
#define OLD_VECTOR    0x31
#define NEW_VECTOR    0xf2

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	test_vcpu(&leaf_td, 0)->pi_vector = OLD_VECTOR;
	c->r[TDX_RCX] = leaf_td.tdvpr[0].pa;
	c->r[TDX_RDX] = TDX_FIELD_VP_VMCS_PI_VECTOR;
	c->r[TDX_R8] = NEW_VECTOR;
	c->r[TDX_R9] = UINT64_MAX;
}

#define VCPU_STATE(state)                                                                          \
	VALUE_FAULT(#state, TDX_VCPU_STATE_INCORRECT, leaf_set_vcpu_state, state, EDITS_VCPU_STATE)

static const struct leaf_fault faults[] = {
	VALUE_FAULT("a page missing", TDX_TDCX_NUM_INCORRECT, leaf_set_vcpu_pages, TDVPS_PAGES - 1,
		    0),
	VCPU_STATE(VCPU_UNINITIALIZED),
	VCPU_STATE(VCPU_ACTIVE),
	VCPU_STATE(VCPU_DISABLED),
	VALUE_FAULT("another LP's", TDX_VCPU_ASSOCIATED, leaf_set_lp, 1, EDITS_LP),
	REG_FAULT("no such field", TDX_METADATA_FIELD_ID_INCORRECT, RDX, FIELD_UNKNOWN),
	REG_FAULT("a debugger's field", TDX_METADATA_FIELD_NOT_WRITABLE, RDX, FIELD_RAX),
	REG_FAULT("no vector", TDX_METADATA_FIELD_VALUE_NOT_VALID, R8, 0x100),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R8], OLD_VECTOR);
	assert_int_equal(test_vcpu(&leaf_td, 0)->pi_vector, NEW_VECTOR);
	leaf_changes(leaf_td.tdvpr[0]);
}

static const struct leaf_case wr = {
	.leaf = TDH_VP_WR,
	.td = LEAF_TDVPR,
	.td_reg = TDX_RCX,
	.op_states = ALL_OP_STATES & ~(BIT(0) | BIT(4) | BIT(5)),
	.outputs = BIT(TDX_R8),
	.errors_zero = BIT(TDX_R8),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

static void test_mask(void **state)
{
	struct leaf_call c = leaf_begin(&wr);

	c.r[TDX_R9] = 0xf;
	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	assert_int_equal(test_vcpu(&leaf_td, 0)->pi_vector,
			 (OLD_VECTOR & ~0xf) | (NEW_VECTOR & 0xf));
}

static void test_associates(void **state)
{
	struct leaf_call c = leaf_begin(&wr);

	assert_int_equal(tdh_vp_flush(leaf_td.tdvpr[0]), TDX_SUCCESS);
	machine.lp = 1;
	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	assert_int_equal(test_vcpu(&leaf_td, 0)->lp, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(wr),
		cmocka_unit_test(test_mask),
		cmocka_unit_test(test_associates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
