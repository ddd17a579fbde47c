/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#define SMALL	 UINT64_C(0x3000)
#define OCCUPIED (SMALL + PAGE_SIZE)
#define LARGE	 UINT64_C(0x40000000)
#define NO_TABLE UINT64_C(0x200000)
#define PENDING	 (LARGE + SIZE_2M)

static struct hpa page;

static void setup_td(void)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	test_td_aug_page(&leaf_td, gpa(OCCUPIED), TDX_LEVEL_4K);
	test_td_add_sept(&leaf_td, gpa(LARGE), TDX_LEVEL_2M);
}

static void setup_small(struct leaf_call *c)
{
	setup_td();
	page = machine_page();
	c->r[TDX_RCX] = SMALL;
	c->r[TDX_RDX] = leaf_td.tdr.pa;
	c->r[TDX_R8] = page.pa;
}

static void setup_large(struct leaf_call *c)
{
	setup_td();
	test_td_aug_page(&leaf_td, gpa(PENDING), TDX_LEVEL_2M);
	page = hpa(HIGH_BASE);
	c->r[TDX_RCX] = LARGE | TDX_LEVEL_2M;
	c->r[TDX_RDX] = leaf_td.tdr.pa;
	c->r[TDX_R8] = page.pa;
}

static const struct leaf_fault small_faults[] = {
	MEM_OPERAND_FAULTS,
	REG_FAULT("level 2", INVALID(RCX), RCX, LARGE | 2),
	STATE_FAULT("tree locked", BUSY(SEPT_TREE), leaf_lock_tree, 0),
	ENTRY_FAULT("no table", EPT_STATUS(EPT_WALK_FAILED), RCX, NO_TABLE),
	ENTRY_LOCKED_FAULT,
	ENTRY_FAULT("entry in use", EPT_STATUS(EPT_ENTRY_STATE_INCORRECT), RCX, OCCUPIED),
	FREE_PAGE_FAULTS(R8),
};

static const struct leaf_fault large_faults[] = {
	REG_FAULT("GPA of another level", INVALID(RCX), RCX, (LARGE + PAGE_SIZE) | 1),
	STATE_FAULT("tree locked", BUSY(SEPT_TREE), leaf_lock_tree, 0),
	ENTRY_FAULT("no table", EPT_STATUS(EPT_WALK_FAILED), RCX, (LARGE * 2) | 1),
	ENTRY_FAULT("behind a leaf", EPT_STATUS(EPT_WALK_FAILED), RCX, PENDING),
	ENTRY_LOCKED_FAULT,
	ENTRY_FAULT("a leaf", EPT_STATUS(EPT_ENTRY_STATE_INCORRECT), RCX, PENDING | 1),
	ENTRY_FAULT("a table", EPT_STATUS(EPT_ENTRY_STATE_INCORRECT), RCX, 0 | 1),
	OR_FAULT("R8: 4 KiB", INVALID(R8), R8, PAGE_SIZE),
	OR_FAULT("R8: key id", INVALID(R8), R8, BIT(PLATFORM_HKID_SHIFT)),
	REG_FAULT("R8: in no TDMR", OUT_OF_RANGE(R8), R8, LOW_BASE - SIZE_2M),
	REG_FAULT("R8: with other pages in it", WRONG_PAGE(R8), R8, LOW_BASE),
};

static void announce(void)
{
	leaf_changes(leaf_td.tdr);
	leaf_changes_pamt(page);
}

static void effect_small(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_RCX] | out->r[TDX_RDX], 0);
	leaf_assert_page(page, TDX_PAGE_REG, TDX_LEVEL_4K);
	assert_int_equal(test_td_sept_state(&leaf_td, gpa(SMALL), 0), TDX_SEPT_PENDING);
	announce();
	leaf_changes(page);
	leaf_changes(leaf_table(gpa(SMALL), TDX_LEVEL_4K));
}

static void effect_large(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_RCX] | out->r[TDX_RDX], 0);
	leaf_assert_page(page, TDX_PAGE_REG, TDX_LEVEL_2M);
	assert_false(cpu_host_can_access(hpa(page.pa + SIZE_2M - PAGE_SIZE)));
	assert_int_equal(test_td_sept_state(&leaf_td, gpa(LARGE), 1), TDX_SEPT_PENDING);
	/* TDCS; a VCPU; tables of two GiB; the 4 KiB page and two large ones */
	assert_int_equal(test_tdr(&leaf_td)->child_count,
			 TDCX_PAGES + TDVPS_PAGES + 3 + 1 + 1 + 2 * 512);
	announce();
	leaf_changes_range(page, SIZE_2M);
	leaf_changes(leaf_table(gpa(LARGE), TDX_LEVEL_2M));
}

#define COMMON                                                                                     \
	.leaf = TDH_MEM_PAGE_AUG, .td = LEAF_TD, .td_reg = TDX_RDX,                                \
	.op_states = BIT(1) | BIT(2) | BIT(3) | BIT(9), .outputs = BIT(TDX_RCX) | BIT(TDX_RDX),    \
	.errors_zero = BIT(TDX_RCX) | BIT(TDX_RDX)

static const struct leaf_case aug_small = {
	COMMON,
	.faults = small_faults,
	.fault_count = ARRAY_SIZE(small_faults),
	.setup = setup_small,
	.effect = effect_small,
};

static const struct leaf_case aug_large = {
	COMMON,
	.faults = large_faults,
	.fault_count = ARRAY_SIZE(large_faults),
	.setup = setup_large,
	.effect = effect_large,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(aug_small), LEAF_TESTS(aug_large) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
