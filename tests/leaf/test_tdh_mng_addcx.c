/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#include "module/sept.h"

static struct hpa page;

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_ADDED);
	page = machine_page();
	c->r[TDX_RCX] = page.pa;
	c->r[TDX_RDX] = leaf_td.tdr.pa;
}

#define LIFECYCLE(state)                                                                           \
	VALUE_FAULT(#state, TDX_TD_KEYS_NOT_CONFIGURED, leaf_set_lifecycle, state, EDITS_LIFECYCLE)
#define OP_STATE(state)                                                                            \
	VALUE_FAULT("op state " #state, TDX_OP_STATE_INCORRECT, leaf_set_op_state, state,          \
		    EDITS_OP_STATE)

static const struct leaf_fault faults[] = {
	STATE_FAULT("fatal", TDX_TD_FATAL, leaf_set_fatal, 0),
	LIFECYCLE(TD_HKID_ASSIGNED),
	LIFECYCLE(TD_BLOCKED),
	LIFECYCLE(TD_TEARDOWN),
	VALUE_FAULT("all there", TDX_TDCX_NUM_INCORRECT, leaf_set_tdcx_count, TDCX_PAGES_MAX, 0),
	FREE_PAGE_FAULTS(RCX),
	OP_STATE(1),
	OP_STATE(2),
	OP_STATE(3),
	OP_STATE(4),
	OP_STATE(5),
	OP_STATE(6),
	OP_STATE(7),
	OP_STATE(8),
	OP_STATE(9),
	OP_STATE(10),
};

static bool is_filled(struct hpa where, uint8_t value)
{
	const uint8_t *bytes = phys_ptr(where);

	return bytes[0] == value && memcmp(bytes, bytes + 1, PAGE_SIZE - 1) == 0;
}

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	leaf_assert_page(page, TDX_PAGE_TDCX, TDX_LEVEL_4K);
	assert_true(is_filled(page, 0));
	assert_int_equal(test_tdr(&leaf_td)->tdcx_count, TDCX_PAGES + 1);
	assert_int_equal(test_tdr(&leaf_td)->child_count, TDCX_PAGES + 1);
	leaf_changes(page);
	leaf_changes_pamt(page);
	leaf_changes(leaf_td.tdr);
}

static const struct leaf_case addcx = {
	.leaf = TDH_MNG_ADDCX,
	.td = LEAF_TDR_PAGE,
	.td_reg = TDX_RDX,
	.td_exclusive = true,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

/* MSR bitmaps say that every MSR exits; the root of the secure EPT is empty; all else is zero. */
static void test_contents(void **state)
{
	machine_ready();
	test_td_build(&leaf_td, TD_ADDED);
	for (unsigned int i = 0; i < TDCX_PAGES; i++) {
		if (i == TDCX_SEPT_ROOT)
			assert_true(sept_page_is_free(leaf_td.tdcx[i]));
		else
			assert_true(is_filled(leaf_td.tdcx[i], i == TDCX_MSR_BITMAP ? 0xff : 0));
	}
}

/* Up to nine. */
static void test_count(void **state)
{
	machine_ready();
	test_td_build(&leaf_td, TD_ADDED);
	for (unsigned int i = TDCX_PAGES; i < TDCX_PAGES_MAX; i++)
		assert_int_equal(tdh_mng_addcx(leaf_td.tdr, machine_page()), TDX_SUCCESS);
	assert_refused(TDX_TDCX_NUM_INCORRECT, TDH_MNG_ADDCX, machine_page().pa, leaf_td.tdr.pa, 0,
		       0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(addcx),
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
