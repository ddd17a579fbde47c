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
	page = machine_page();
	c->r[TDX_RCX] = page.pa;
	c->r[TDX_RDX] = leaf_td.tdr.pa;
}

static const struct leaf_fault faults[] = {
	FREE_PAGE_FAULTS(RCX),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	const struct vcpu *v = phys_ptr(page);

	leaf_assert_page(page, TDX_PAGE_TDVPR, TDX_LEVEL_4K);
	assert_int_equal(v->state, VCPU_UNINITIALIZED);
	assert_int_equal(v->page_count, 1);
	assert_int_equal(v->lp, VCPU_NOT_ASSOCIATED);
	assert_int_equal(test_tdcs(&leaf_td)->vcpu_count, 0); /* TDH.VP.INIT counts */
	assert_int_equal(test_tdr(&leaf_td)->child_count, TDCX_PAGES + 1);
	leaf_changes(page);
	leaf_changes_pamt(page);
	leaf_changes(leaf_td.tdr);
}

static const struct leaf_case create = {
	.leaf = TDH_VP_CREATE,
	.td = LEAF_TD,
	.td_reg = TDX_RDX,
	.op_states = BIT(TD_OP_INITIALIZED) | BIT(TD_OP_STATE_IMPORT),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(create) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
