/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#define GOOD	 (UINT64_C(0x200000) | TDX_LEVEL_2M) /* empty, blocked */
#define USED	 (UINT64_C(0) | TDX_LEVEL_2M)	     /* a page in it, blocked */
#define MAPPED	 (UINT64_C(0x400000) | TDX_LEVEL_2M) /* empty, not blocked */
#define LEAF	 (UINT64_C(0x600000) | TDX_LEVEL_2M)
#define UNUSED	 (UINT64_C(0x800000) | TDX_LEVEL_2M)
#define NO_TABLE (SIZE_1G | TDX_LEVEL_2M)

static struct hpa page;

static struct gpa of(uint64_t rcx)
{
	return gpa(rcx & PAGE_MASK);
}

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	test_td_aug_page(&leaf_td, of(USED), TDX_LEVEL_4K);
	test_td_add_sept(&leaf_td, of(GOOD), TDX_LEVEL_4K);
	test_td_add_sept(&leaf_td, of(MAPPED), TDX_LEVEL_4K);
	test_td_aug_page(&leaf_td, of(LEAF), TDX_LEVEL_2M);
	page = leaf_table(of(GOOD), TDX_LEVEL_4K);
	test_td_block(&leaf_td, of(USED), TDX_LEVEL_2M);
	test_td_block_and_track(&leaf_td, of(GOOD), TDX_LEVEL_2M);
	c->r[TDX_RCX] = GOOD;
	c->r[TDX_RDX] = leaf_td.tdr.pa;
}

static void hold_page(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	leaf_hold_page(page);
}

static const struct leaf_fault faults[] = {
	MEM_OPERAND_FAULTS,
	REG_FAULT("level 0", INVALID(RCX), RCX, GOOD &PAGE_MASK),
	REG_FAULT("level 4 of 4 levels", INVALID(RCX), RCX, 4),
	STATE_FAULT("tree locked", BUSY(SEPT_TREE), leaf_lock_tree, EDITS_ENTRY),
	STATE_FAULT("tree shared", BUSY(SEPT_TREE), leaf_share_tree, EDITS_ENTRY),
	ENTRY_FAULT("no table", EPT_STATUS(EPT_WALK_FAILED), RCX, NO_TABLE),
	ENTRY_LOCKED_FAULT,
	ENTRY_FAULT("free", EPT_STATUS(EPT_ENTRY_STATE_INCORRECT), RCX, UNUSED),
	ENTRY_FAULT("a leaf", EPT_STATUS(EPT_ENTRY_STATE_INCORRECT), RCX, LEAF),
	{ .name = "page in use", .status = BUSY(RCX), .reg = TDX_RCX, .make = hold_page },
	ENTRY_FAULT("not blocked", EPT_STATUS(GPA_RANGE_NOT_BLOCKED), RCX, MAPPED),
	STATE_FAULT("not tracked", EPT_STATUS(TLB_TRACKING_NOT_DONE), leaf_undo_track,
		    EDITS_TRACKING),
	STATE_FAULT("a VCPU inside", EPT_STATUS(TLB_TRACKING_NOT_DONE), leaf_stay_in_epoch,
		    EDITS_TRACKING),
	ENTRY_FAULT("not empty", EPT_STATUS(EPT_PAGE_NOT_FREE), RCX, USED),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_RCX], page.pa);
	assert_int_equal(out->r[TDX_RDX], 0);
	leaf_assert_freed(page);
	assert_int_equal(test_td_sept_state(&leaf_td, of(GOOD), TDX_LEVEL_2M), TDX_SEPT_FREE);
	leaf_changes(page);
	leaf_changes_pamt(page);
	leaf_changes(leaf_td.tdr);
	leaf_changes(leaf_table(of(GOOD), TDX_LEVEL_2M));
}

static void effect_v1(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R9], UINT64_MAX);
	assert_int_equal(out->r[TDX_R10], UINT64_MAX);
	assert_int_equal(out->r[TDX_R11], UINT64_MAX);
	effect(in, out);
}

#define L2_PAGES (BIT(TDX_R9) | BIT(TDX_R10) | BIT(TDX_R11))
#define COMMON                                                                                     \
	.leaf = TDH_MEM_SEPT_REMOVE, .highest_version = 1, .td = LEAF_TD, .td_reg = TDX_RDX,       \
	.op_states = ALL_OP_STATES & ~BIT(0), .errors_zero = BIT(TDX_RCX) | BIT(TDX_RDX),          \
	.faults = faults, .fault_count = ARRAY_SIZE(faults), .setup = setup

static const struct leaf_case sept_remove = {
	COMMON,
	.outputs = BIT(TDX_RCX) | BIT(TDX_RDX),
	.effect = effect,
};

static const struct leaf_case sept_remove_v1 = {
	COMMON,
	.version = 1,
	.outputs = BIT(TDX_RCX) | BIT(TDX_RDX) | L2_PAGES,
	.errors_ones = L2_PAGES,
	.effect = effect_v1,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(sept_remove), LEAF_TESTS(sept_remove_v1) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
