/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "module/sept.h"
#include "tests/lib/leaf_case.h"

#define LARGE	 UINT64_C(0x40000000)
#define TABLE	 (LARGE + SIZE_2M) /* not blocked */
#define UNUSED	 (LARGE + 2 * SIZE_2M)
#define LEAF	 (LARGE + 3 * SIZE_2M)
#define NO_TABLE (2 * SIZE_1G)

static struct hpa large, table;

/* 512 pages that were one, blocked as a whole. */
static void setup(struct leaf_call *c)
{
	struct tdx_sept_entry entry;

	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	large = test_td_aug_page(&leaf_td, gpa(LARGE), TDX_LEVEL_2M);
	test_td_add_sept(&leaf_td, gpa(TABLE), TDX_LEVEL_4K);
	assert_int_equal(
		tdh_mem_page_aug(leaf_td.tdr, gpa(LEAF), TDX_LEVEL_2M, hpa(HIGH_BASE), &entry),
		TDX_SUCCESS);
	test_td_block_and_track(&leaf_td, gpa(LARGE), TDX_LEVEL_2M);
	table = machine_page();
	assert_int_equal(tdh_mem_page_demote(leaf_td.tdr, gpa(LARGE), TDX_LEVEL_2M, table, &entry),
			 TDX_SUCCESS);
	test_td_block_and_track(&leaf_td, gpa(LARGE), TDX_LEVEL_2M);
	c->r[TDX_RCX] = LARGE | TDX_LEVEL_2M;
	c->r[TDX_RDX] = leaf_td.tdr.pa;
}

static struct sept_slot child(unsigned int i)
{
	return (struct sept_slot){ (uint64_t *)phys_ptr(table) + i, TDX_LEVEL_4K };
}

static void lose_child(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	sept_set(child(511), SEPT_STATE_FREE, hpa(0));
}

static void block_child(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	sept_set(child(0), SEPT_STATE_PENDING_BLOCKED, large);
}

static void accept_child(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	sept_set(child(17), SEPT_STATE_MAPPED, hpa_add(large, 17 * PAGE_SIZE));
}

static void swap_children(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	sept_set(child(3), SEPT_STATE_PENDING, hpa_add(large, 4 * PAGE_SIZE));
	sept_set(child(4), SEPT_STATE_PENDING, hpa_add(large, 3 * PAGE_SIZE));
}

#define CONDITION(what, make)                                                                      \
	ENTRY_STATE_FAULT(what, EPT_STATUS(EPT_INVALID_PROMOTE_CONDITIONS), make, EDITS_ENTRY)

static void hold_page(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	leaf_hold_page(table);
}

static const struct leaf_fault faults[] = {
	MEM_OPERAND_FAULTS,
	REG_FAULT("level 0", INVALID(RCX), RCX, LARGE),
	REG_FAULT("level 3", INVALID(RCX), RCX, 3),
	STATE_FAULT("tree locked", BUSY(SEPT_TREE), leaf_lock_tree, EDITS_PAGE),
	STATE_FAULT("tree shared", BUSY(SEPT_TREE), leaf_share_tree, EDITS_PAGE),
	ENTRY_FAULT("no table", EPT_STATUS(EPT_WALK_FAILED), RCX, NO_TABLE | TDX_LEVEL_2M),
	ENTRY_LOCKED_FAULT,
	ENTRY_FAULT("free", EPT_STATUS(EPT_ENTRY_STATE_INCORRECT), RCX, UNUSED | TDX_LEVEL_2M),
	ENTRY_FAULT("a leaf", EPT_STATUS(EPT_ENTRY_STATE_INCORRECT), RCX, LEAF | TDX_LEVEL_2M),
	{ .name = "page in use", .status = BUSY(RCX), .reg = TDX_RCX, .make = hold_page },
	ENTRY_FAULT("not blocked", EPT_STATUS(GPA_RANGE_NOT_BLOCKED), RCX, TABLE | TDX_LEVEL_2M),
	STATE_FAULT("not tracked", EPT_STATUS(TLB_TRACKING_NOT_DONE), leaf_undo_track,
		    EDITS_TRACKING),
	STATE_FAULT("a VCPU inside", EPT_STATUS(TLB_TRACKING_NOT_DONE), leaf_stay_in_epoch,
		    EDITS_TRACKING),
	CONDITION("a page missing", lose_child),
	CONDITION("a page blocked", block_child),
	CONDITION("a page accepted", accept_child),
	CONDITION("not in order", swap_children),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_RCX], table.pa);
	assert_int_equal(out->r[TDX_RDX], 0);
	leaf_assert_freed(table);
	leaf_assert_page(large, TDX_PAGE_REG, TDX_LEVEL_2M);
	assert_int_equal(test_td_sept_state(&leaf_td, gpa(LARGE), 1), TDX_SEPT_PENDING);
	leaf_changes(table);
	leaf_changes_pamt(table);
	leaf_changes_pamt(large);
	leaf_changes_pamt(hpa_add(large, SIZE_2M - PAGE_SIZE));
	leaf_changes(leaf_td.tdr);
	leaf_changes(leaf_table(gpa(LARGE), TDX_LEVEL_2M));
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
	.leaf = TDH_MEM_PAGE_PROMOTE, .highest_version = 1, .td = LEAF_TD, .td_reg = TDX_RDX,      \
	.op_states = BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(8) | BIT(9),                 \
	.errors_zero = BIT(TDX_RCX) | BIT(TDX_RDX), .faults = faults,                              \
	.fault_count = ARRAY_SIZE(faults), .setup = setup

static const struct leaf_case promote = {
	COMMON,
	.outputs = BIT(TDX_RCX) | BIT(TDX_RDX),
	.effect = effect,
};

static const struct leaf_case promote_v1 = {
	COMMON,
	.version = 1,
	.outputs = BIT(TDX_RCX) | BIT(TDX_RDX) | L2_PAGES,
	.errors_ones = L2_PAGES,
	.effect = effect_v1,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(promote), LEAF_TESTS(promote_v1) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
