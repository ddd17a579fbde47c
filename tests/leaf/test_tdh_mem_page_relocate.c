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
#define FILL	  0x5a

static struct hpa old, page;

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_WITH_VCPU);
	old = test_td_add_page(&leaf_td, gpa(WHERE), FILL);
	test_td_add_page(&leaf_td, gpa(UNBLOCKED), FILL);
	test_td_finalize(&leaf_td);
	test_td_block_and_track(&leaf_td, gpa(WHERE), TDX_LEVEL_4K);
	page = machine_page();
	c->r[TDX_RCX] = WHERE;
	c->r[TDX_RDX] = leaf_td.tdr.pa;
	c->r[TDX_R8] = page.pa;
}

static void name_old(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	c->r[reg] = old.pa;
}

static void hold_page(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	leaf_hold_page(old);
}

static const struct leaf_fault faults[] = {
	MEM_OPERAND_FAULTS,
	REG_FAULT("level 1", INVALID(RCX), RCX, 1),
	STATE_FAULT("tree locked", BUSY(SEPT_TREE), leaf_lock_tree, 0),
	ENTRY_FAULT("no table", EPT_STATUS(EPT_WALK_FAILED), RCX, NO_TABLE),
	ENTRY_LOCKED_FAULT,
	ENTRY_FAULT("free", EPT_STATUS(EPT_ENTRY_STATE_INCORRECT), RCX, UNUSED),
	{ .name = "the same page",
	  .status = INVALID(R8),
	  .reg = TDX_R8,
	  .make = name_old,
	  .edits = EDITS_ENTRY },
	{ .name = "page in use", .status = BUSY(RCX), .reg = TDX_RCX, .make = hold_page },
	{ .name = "not blocked",
	  .status = EPT_STATUS(GPA_RANGE_NOT_BLOCKED),
	  .reg = TDX_RCX,
	  .value = UNBLOCKED,
	  .edits = EDITS_ENTRY,
	  .outputs = leaf_entry_outputs },
	STATE_FAULT("not tracked", EPT_STATUS(TLB_TRACKING_NOT_DONE), leaf_undo_track,
		    EDITS_TRACKING),
	STATE_FAULT("a VCPU inside", EPT_STATUS(TLB_TRACKING_NOT_DONE), leaf_stay_in_epoch,
		    EDITS_TRACKING),
	FREE_PAGE_FAULTS(R8),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	const uint8_t *bytes = phys_ptr(page);

	assert_int_equal(out->r[TDX_RCX], old.pa);
	assert_int_equal(out->r[TDX_RDX], 0);
	leaf_assert_freed(old);
	leaf_assert_page(page, TDX_PAGE_REG, TDX_LEVEL_4K);
	assert_int_equal(bytes[0], FILL);
	assert_memory_equal(bytes, bytes + 1, PAGE_SIZE - 1);
	assert_int_equal(test_td_sept_state(&leaf_td, gpa(WHERE), 0), TDX_SEPT_MAPPED);
	leaf_changes(page);
	leaf_changes(old);
	leaf_changes_pamt(page);
	leaf_changes_pamt(old);
	leaf_changes(leaf_td.tdr);
	leaf_changes(leaf_table(gpa(WHERE), TDX_LEVEL_4K));
}

static const struct leaf_case relocate = {
	.leaf = TDH_MEM_PAGE_RELOCATE,
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

/* TDG.MEM.PAGE.ACCEPT will clear a pending page: what it holds is not moved. */
static void test_pending(void **state)
{
	struct leaf_call c = leaf_begin(&relocate);
	const uint8_t *bytes = phys_ptr(page);

	old = test_td_aug_page(&leaf_td, gpa(UNUSED), TDX_LEVEL_4K);
	test_td_block_and_track(&leaf_td, gpa(UNUSED), TDX_LEVEL_4K);
	c.r[TDX_RCX] = UNUSED;
	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	assert_int_equal(test_td_sept_state(&leaf_td, gpa(UNUSED), 0), TDX_SEPT_PENDING);
	assert_int_equal(bytes[0], 0xee);
	leaf_assert_freed(old);
}

/* Nothing needs blocking before the TD runs. */
static void test_while_built(void **state)
{
	struct hpa back;

	machine_ready();
	test_td_build(&leaf_td, TD_READY);
	old = test_td_add_page(&leaf_td, gpa(WHERE), FILL);
	page = machine_page();
	assert_int_equal(tdh_mem_page_relocate(leaf_td.tdr, gpa(WHERE), page, &back), TDX_SUCCESS);
	assert_int_equal(back.pa, old.pa);
	assert_int_equal(test_td_sept_state(&leaf_td, gpa(WHERE), 0), TDX_SEPT_MAPPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(relocate),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_while_built),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
