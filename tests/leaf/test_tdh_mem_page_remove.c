/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#define WHERE	  UINT64_C(0x3000)
#define UNBLOCKED (WHERE + PAGE_SIZE)
#define UNUSED	  (WHERE + 2 * PAGE_SIZE)
#define NO_TABLE  UINT64_C(0x200000)
#define LARGE	  UINT64_C(0x40000000)

static struct hpa page;

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	page = test_td_aug_page(&leaf_td, gpa(WHERE), TDX_LEVEL_4K);
	test_td_aug_page(&leaf_td, gpa(UNBLOCKED), TDX_LEVEL_4K);
	test_td_block_and_track(&leaf_td, gpa(WHERE), TDX_LEVEL_4K);
	c->r[TDX_RCX] = WHERE;
	c->r[TDX_RDX] = leaf_td.tdr.pa;
}

static void hold_page(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	leaf_hold_page(page);
}

static const struct leaf_fault faults[] = {
	MEM_OPERAND_FAULTS,
	REG_FAULT("level 3", INVALID(RCX), RCX, 3),
	STATE_FAULT("tree locked", BUSY(SEPT_TREE), leaf_lock_tree, 0),
	ENTRY_FAULT("no table", EPT_STATUS(EPT_WALK_FAILED), RCX, NO_TABLE),
	ENTRY_LOCKED_FAULT,
	ENTRY_FAULT("free", EPT_STATUS(EPT_ENTRY_STATE_INCORRECT), RCX, UNUSED),
	ENTRY_FAULT("a table", EPT_STATUS(EPT_ENTRY_STATE_INCORRECT), RCX, 0 | 1),
	{ .name = "page in use", .status = BUSY(RCX), .reg = TDX_RCX, .make = hold_page },
	ENTRY_FAULT("not blocked", EPT_STATUS(GPA_RANGE_NOT_BLOCKED), RCX, UNBLOCKED),
	STATE_FAULT("not tracked", EPT_STATUS(TLB_TRACKING_NOT_DONE), leaf_undo_track,
		    EDITS_TRACKING),
	STATE_FAULT("a VCPU inside", EPT_STATUS(TLB_TRACKING_NOT_DONE), leaf_stay_in_epoch,
		    EDITS_TRACKING),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_RCX], page.pa);
	assert_int_equal(out->r[TDX_RDX], 0);
	leaf_assert_freed(page);
	assert_int_equal(test_td_sept_state(&leaf_td, gpa(WHERE), 0), TDX_SEPT_FREE);
	assert_int_equal(test_tdr(&leaf_td)->child_count, TDCX_PAGES + TDVPS_PAGES + 3 + 1);
	leaf_changes(page);
	leaf_changes_pamt(page);
	leaf_changes(leaf_td.tdr);
	leaf_changes(leaf_table(gpa(WHERE), TDX_LEVEL_4K));
}

static const struct leaf_case page_remove = {
	.leaf = TDH_MEM_PAGE_REMOVE,
	.td = LEAF_TD,
	.td_reg = TDX_RDX,
	.op_states = ALL_OP_STATES & ~(BIT(0) | BIT(6) | BIT(7)),
	.outputs = BIT(TDX_RCX) | BIT(TDX_RDX),
	.errors_zero = BIT(TDX_RCX) | BIT(TDX_RDX),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

/* While the TD is built no VCPU can have seen the page. */
static void test_untracked_while_built(void **state)
{
	struct hpa removed, large;

	machine_ready();
	test_td_build(&leaf_td, TD_READY);
	page = test_td_add_page(&leaf_td, gpa(WHERE), 7);
	large = test_td_aug_page(&leaf_td, gpa(LARGE), TDX_LEVEL_2M);
	assert_int_equal(tdh_mem_page_remove(leaf_td.tdr, gpa(WHERE), 0, &removed), TDX_SUCCESS);
	assert_int_equal(removed.pa, page.pa);
	leaf_assert_freed(page);
	assert_int_equal(tdh_mem_page_remove(leaf_td.tdr, gpa(LARGE), 1, &removed), TDX_SUCCESS);
	assert_int_equal(removed.pa, large.pa);
	leaf_assert_freed(hpa(large.pa + SIZE_2M - PAGE_SIZE));
	assert_int_equal(test_tdr(&leaf_td)->child_count, TDCX_PAGES + 3 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(page_remove),
		cmocka_unit_test(test_untracked_while_built),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
