/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

static struct hpa page;

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_READY);
	test_td_remember_vcpu(&leaf_td, test_td_create_vcpu(&leaf_td, 3));
	page = machine_page();
	c->r[TDX_RCX] = page.pa;
	c->r[TDX_RDX] = leaf_td.tdvpr[0].pa;
}

#define VCPU_STATE(state)                                                                          \
	VALUE_FAULT(#state, TDX_VCPU_STATE_INCORRECT, leaf_set_vcpu_state, state, EDITS_VCPU_STATE)

static const struct leaf_fault faults[] = {
	VCPU_STATE(VCPU_READY),
	VCPU_STATE(VCPU_ACTIVE),
	VCPU_STATE(VCPU_DISABLED),
	VALUE_FAULT("all there", TDX_TDCX_NUM_INCORRECT, leaf_set_vcpu_pages, TDVPS_PAGES_MAX, 0),
	FREE_PAGE_FAULTS(RCX),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	static const uint8_t zero[PAGE_SIZE];

	leaf_assert_page(page, TDX_PAGE_TDCX, TDX_LEVEL_4K);
	assert_memory_equal(phys_ptr(page), zero, PAGE_SIZE);
	assert_int_equal(test_vcpu(&leaf_td, 0)->page_count, 4);
	assert_int_equal(test_vcpu(&leaf_td, 0)->pages[3].pa, page.pa);
	assert_int_equal(test_tdr(&leaf_td)->child_count, TDCX_PAGES + 4);
	leaf_changes(page);
	leaf_changes_pamt(page);
	leaf_changes(leaf_td.tdr);
	leaf_changes(leaf_td.tdvpr[0]);
}

static const struct leaf_case addcx = {
	.leaf = TDH_VP_ADDCX,
	.td = LEAF_TDVPR,
	.td_reg = TDX_RDX,
	.td_exclusive = true,
	.op_states = BIT(TD_OP_INITIALIZED) | BIT(TD_OP_STATE_IMPORT),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

/* Six pages make a VCPU; there is room for fifteen. */
static void test_count(void **state)
{
	machine_ready();
	test_td_build(&leaf_td, TD_READY);
	test_td_remember_vcpu(&leaf_td, test_td_create_vcpu(&leaf_td, TDVPS_PAGES_MAX));
	assert_refused(TDX_TDCX_NUM_INCORRECT, TDH_VP_ADDCX, HIGH_BASE, leaf_td.tdvpr[0].pa, 0, 0);
	assert_int_equal(tdh_vp_init(leaf_td.tdvpr[0], 0), TDX_SUCCESS);
	test_td_tear_down(&leaf_td);
	machine_assert_all_returned();
}

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(addcx), cmocka_unit_test(test_count) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
