/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <tdx/field.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"
#include "tests/lib/td_guest.h"

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	c->r[TDX_RCX] = leaf_td.tdvpr[0].pa;
}

static void dissociate(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	test_vcpu(&leaf_td, 0)->lp = VCPU_NOT_ASSOCIATED;
}

#define LIFECYCLE(state)                                                                           \
	VALUE_FAULT(#state, TDX_TD_KEYS_NOT_CONFIGURED, leaf_set_lifecycle, state, EDITS_LIFECYCLE)

static const struct leaf_fault faults[] = {
	STATE_FAULT("TDR locked", BUSY(TDR), leaf_lock_tdr, 0),
	LIFECYCLE(TD_HKID_ASSIGNED),
	LIFECYCLE(TD_BLOCKED),
	LIFECYCLE(TD_TEARDOWN),
	VALUE_FAULT("a page missing", TDX_TDCX_NUM_INCORRECT, leaf_set_vcpu_pages, TDVPS_PAGES - 1,
		    0),
	VALUE_FAULT("another LP's", TDX_VCPU_NOT_ASSOCIATED, leaf_set_lp, 1, EDITS_LP),
	STATE_FAULT("nobody's", TDX_VCPU_NOT_ASSOCIATED, dissociate, EDITS_LP),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(test_vcpu(&leaf_td, 0)->lp, VCPU_NOT_ASSOCIATED);
	assert_int_equal(test_tdcs(&leaf_td)->associated_count, 0);
	assert_int_equal(td_guest_cpu(&leaf_td, 0)->flushes, 1);
	assert_int_equal(td_guest_cpu(&leaf_td, 0)->tlb_flushes, 1);
	leaf_changes(leaf_td.tdvpr[0]);
	leaf_changes(test_vcpu(&leaf_td, 0)->pages[TDVPS_HW]);
	leaf_changes(leaf_td.tdcx[TDCX_CONTROL]);
}

static const struct leaf_case flush = {
	.leaf = TDH_VP_FLUSH,
	.td = LEAF_TDR_PAGE,
	.td_reg = TDX_RCX,
	.td_exclusive = true,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

/* Then it may go to another LP. */
static void test_move(void **state)
{
	struct leaf_call c = leaf_begin(&flush);
	uint64_t value;

	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	machine.lp = 1;
	assert_int_equal(tdh_vp_rd(leaf_td.tdvpr[0], TDX_FIELD_VP_PEND_NMI, &value), TDX_SUCCESS);
	assert_int_equal(test_vcpu(&leaf_td, 0)->lp, 1);
	assert_int_equal(test_tdcs(&leaf_td)->associated_count, 1);
}

/* Whatever became of the TD, it can be taken down. */
static void test_fatal_td(void **state)
{
	struct leaf_call c = leaf_begin(&flush);

	test_tdr(&leaf_td)->fatal = true;
	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	assert_int_equal(tdh_mng_vpflushdone(leaf_td.tdr), TDX_SUCCESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(flush),
		cmocka_unit_test(test_move),
		cmocka_unit_test(test_fatal_td),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
