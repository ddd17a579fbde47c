/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#define LARGE	 UINT64_C(0x40000000)
#define MAPPED	 (LARGE + SIZE_2M) /* not blocked */
#define UNUSED	 (LARGE + 2 * SIZE_2M)
#define TABLE	 (LARGE + 3 * SIZE_2M)
#define NO_TABLE (2 * SIZE_1G)
#define NO_PAGE	 UINT64_MAX
#define ENTRIES	 512

static struct hpa large, page;

static void setup(struct leaf_call *c)
{
	struct tdx_sept_entry entry;

	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	large = test_td_aug_page(&leaf_td, gpa(LARGE), TDX_LEVEL_2M);
	assert_int_equal(
		tdh_mem_page_aug(leaf_td.tdr, gpa(MAPPED), TDX_LEVEL_2M, hpa(HIGH_BASE), &entry),
		TDX_SUCCESS);
	test_td_add_sept(&leaf_td, gpa(TABLE), TDX_LEVEL_4K);
	test_td_block_and_track(&leaf_td, gpa(LARGE), TDX_LEVEL_2M);
	page = machine_page();
	c->r[TDX_RCX] = LARGE | TDX_LEVEL_2M;
	c->r[TDX_RDX] = leaf_td.tdr.pa;
	c->r[TDX_R8] = page.pa;
	c->r[TDX_R9] = c->r[TDX_R10] = c->r[TDX_R11] = NO_PAGE;
}

static void name_large(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	c->r[reg] = large.pa;
}

static const struct leaf_fault faults[] = {
	MEM_OPERAND_FAULTS,
	REG_FAULT("level 0", INVALID(RCX), RCX, LARGE),
	REG_FAULT("level 3", INVALID(RCX), RCX, 3),
	STATE_FAULT("tree locked", BUSY(SEPT_TREE), leaf_lock_tree, 0),
	ENTRY_FAULT("no table", EPT_STATUS(EPT_WALK_FAILED), RCX, NO_TABLE | TDX_LEVEL_2M),
	ENTRY_LOCKED_FAULT,
	ENTRY_FAULT("free", EPT_STATUS(EPT_ENTRY_STATE_INCORRECT), RCX, UNUSED | TDX_LEVEL_2M),
	ENTRY_FAULT("a table", EPT_STATUS(EPT_ENTRY_STATE_INCORRECT), RCX, TABLE | TDX_LEVEL_2M),
	ENTRY_FAULT("not blocked", EPT_STATUS(GPA_RANGE_NOT_BLOCKED), RCX, MAPPED | TDX_LEVEL_2M),
	STATE_FAULT("not tracked", EPT_STATUS(TLB_TRACKING_NOT_DONE), leaf_undo_track,
		    EDITS_TRACKING),
	STATE_FAULT("a VCPU inside", EPT_STATUS(TLB_TRACKING_NOT_DONE), leaf_stay_in_epoch,
		    EDITS_TRACKING),
	FREE_PAGE_FAULTS(R8),
	{ .name = "R8: in the page itself",
	  .status = WRONG_PAGE(R8),
	  .reg = TDX_R8,
	  .make = name_large },
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_RCX] | out->r[TDX_RDX], 0);
	leaf_assert_page(page, TDX_PAGE_EPT, TDX_LEVEL_4K);
	assert_int_equal(test_td_sept_state(&leaf_td, gpa(LARGE), 1), TDX_SEPT_NL_MAPPED);
	for (uint64_t offset = 0; offset < SIZE_2M; offset += PAGE_SIZE) {
		struct tdx_sept_entry entry;

		assert_int_equal(tdh_mem_sept_rd(leaf_td.tdr, gpa(LARGE + offset), 0, &entry),
				 TDX_SUCCESS);
		assert_int_equal(tdx_sept_state(&entry), TDX_SEPT_PENDING); /* no longer blocked */
		assert_int_equal(entry.entry & TDX_EPT_ADDR, large.pa + offset);
		leaf_assert_page(hpa_add(large, offset), TDX_PAGE_REG, TDX_LEVEL_4K);
	}
	leaf_changes(page);
	leaf_changes_pamt(page);
	leaf_changes_pamt(large);
	leaf_changes_pamt(hpa_add(large, SIZE_2M - PAGE_SIZE));
	leaf_changes(leaf_td.tdr);
	leaf_changes(leaf_table(gpa(LARGE), TDX_LEVEL_2M));
}

static const struct leaf_case demote = {
	.leaf = TDH_MEM_PAGE_DEMOTE,
	.td = LEAF_TD,
	.td_reg = TDX_RDX,
	.op_states = BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(8) | BIT(9),
	.outputs = BIT(TDX_RCX) | BIT(TDX_RDX),
	.errors_zero = BIT(TDX_RCX) | BIT(TDX_RDX),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(demote) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
