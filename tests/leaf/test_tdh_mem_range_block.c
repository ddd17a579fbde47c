/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#define WHERE	 UINT64_C(0x3000)
#define BLOCKED	 (WHERE + PAGE_SIZE)
#define UNUSED	 (WHERE + 2 * PAGE_SIZE)
#define NO_TABLE UINT64_C(0x200000)

static struct hpa page;

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	page = test_td_aug_page(&leaf_td, gpa(WHERE), TDX_LEVEL_4K);
	test_td_aug_page(&leaf_td, gpa(BLOCKED), TDX_LEVEL_4K);
	test_td_block(&leaf_td, gpa(BLOCKED), TDX_LEVEL_4K);
	test_tdcs(&leaf_td)->epoch = 99;
	c->r[TDX_RCX] = WHERE;
	c->r[TDX_RDX] = leaf_td.tdr.pa;
}

static const struct leaf_fault faults[] = {
	MEM_OPERAND_FAULTS,
	REG_FAULT("level 4 of 4 levels", INVALID(RCX), RCX, 4),
	STATE_FAULT("tree locked", BUSY(SEPT_TREE), leaf_lock_tree, EDITS_ENTRY),
	STATE_FAULT("tree shared", BUSY(SEPT_TREE), leaf_share_tree, EDITS_ENTRY),
	ENTRY_FAULT("no table", EPT_STATUS(EPT_WALK_FAILED), RCX, NO_TABLE),
	ENTRY_LOCKED_FAULT,
	ENTRY_FAULT("blocked", EPT_STATUS(GPA_RANGE_ALREADY_BLOCKED), RCX, BLOCKED),
	ENTRY_FAULT("free", EPT_STATUS(EPT_ENTRY_STATE_INCORRECT), RCX, UNUSED),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_RCX] | out->r[TDX_RDX], 0);
	assert_int_equal(test_td_sept_state(&leaf_td, gpa(WHERE), 0), TDX_SEPT_PENDING_BLOCKED);
	assert_int_equal(page_entry(page, TDX_LEVEL_4K)->bepoch, 99);
	leaf_changes_pamt(page);
	leaf_changes(leaf_table(gpa(WHERE), TDX_LEVEL_4K));
}

static const struct leaf_case range_block = {
	.leaf = TDH_MEM_RANGE_BLOCK,
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

/* A mapped page, and all below a table at once: its own page then has the epoch. */
static void test_other_entries(void **state)
{
	struct hpa table;

	machine_ready();
	test_td_build(&leaf_td, TD_READY);
	test_td_add_page(&leaf_td, gpa(WHERE), 1);
	table = leaf_table(gpa(WHERE), TDX_LEVEL_4K);
	test_td_block(&leaf_td, gpa(WHERE), TDX_LEVEL_4K);
	assert_int_equal(test_td_sept_state(&leaf_td, gpa(WHERE), 0), TDX_SEPT_BLOCKED);
	test_td_block(&leaf_td, gpa(0), TDX_LEVEL_2M);
	assert_int_equal(test_td_sept_state(&leaf_td, gpa(0), 1), TDX_SEPT_NL_BLOCKED);
	assert_int_equal(page_entry(table, TDX_LEVEL_4K)->bepoch, 1);
	test_td_block(&leaf_td, gpa(0), TDX_LEVEL_512G);
	assert_int_equal(test_td_sept_state(&leaf_td, gpa(0), 3), TDX_SEPT_NL_BLOCKED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(range_block),
		cmocka_unit_test(test_other_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
