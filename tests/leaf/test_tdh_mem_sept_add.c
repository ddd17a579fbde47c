/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "module/sept.h"
#include "tests/lib/leaf_case.h"

#define WHERE	 (UINT64_C(0x200000) | TDX_LEVEL_2M) /* the entry that is to point to the page */
#define TABLE	 (UINT64_C(0x400000) | TDX_LEVEL_2M)
#define LEAF	 (UINT64_C(0x600000) | TDX_LEVEL_2M)
#define NO_TABLE (SIZE_1G | TDX_LEVEL_2M)
#define NO_PAGE	 UINT64_MAX

static struct hpa page;

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_FINAL);
	test_td_add_sept(&leaf_td, gpa(TABLE & PAGE_MASK), TDX_LEVEL_4K);
	test_td_aug_page(&leaf_td, gpa(LEAF & PAGE_MASK), TDX_LEVEL_2M);
	page = machine_page();
	c->r[TDX_RCX] = WHERE;
	c->r[TDX_RDX] = leaf_td.tdr.pa;
	c->r[TDX_R8] = page.pa;
}

static void setup_v1(struct leaf_call *c)
{
	setup(c);
	c->r[TDX_R9] = c->r[TDX_R10] = c->r[TDX_R11] = NO_PAGE;
}

#define COMMON_FAULTS                                                                              \
	MEM_OPERAND_FAULTS, REG_FAULT("level 0", INVALID(RCX), RCX, WHERE &PAGE_MASK),             \
		REG_FAULT("level 4 of 4 levels", INVALID(RCX), RCX, 4),                            \
		STATE_FAULT("tree locked", BUSY(SEPT_TREE), leaf_lock_tree, 0),                    \
		ENTRY_FAULT("no table", EPT_STATUS(EPT_WALK_FAILED), RCX, NO_TABLE),               \
		ENTRY_LOCKED_FAULT,                                                                \
		ENTRY_FAULT("a leaf", EPT_STATUS(EPT_ENTRY_STATE_INCORRECT), RCX, LEAF)
/* Versions of clang-format differ on braces in macros. */
/* clang-format off */
#define TABLE_FAULT                                                                                \
	{                                                                                          \
		.name = "a table", .status = EPT_STATUS(EPT_ENTRY_STATE_INCORRECT),                \
		.reg = TDX_RCX, .value = TABLE, .edits = EDITS_ENTRY,                              \
		.outputs = leaf_entry_outputs                                                      \
	}
/* clang-format on */

static const struct leaf_fault faults[] = {
	COMMON_FAULTS,
	TABLE_FAULT,
	REG_FAULT("no page", INVALID(R8), R8, NO_PAGE),
	FREE_PAGE_FAULTS(R8),
};

static const struct leaf_fault faults_v1[] = {
	COMMON_FAULTS,
	TABLE_FAULT,
	{ .name = "neither a table nor a page",
	  .status = EPT_STATUS(EPT_ENTRY_STATE_INCORRECT),
	  .reg = TDX_R8,
	  .value = NO_PAGE,
	  .edits = EDITS_ENTRY,
	  .outputs = leaf_entry_outputs },
	FREE_PAGE_FAULTS(R8),
	REG_FAULT("VM 1", INVALID(R9), R9, LOW_BASE),
	REG_FAULT("VM 2", INVALID(R10), R10, LOW_BASE),
	REG_FAULT("VM 3", INVALID(R11), R11, LOW_BASE),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_RCX] | out->r[TDX_RDX], 0);
	leaf_assert_page(page, TDX_PAGE_EPT, TDX_LEVEL_4K);
	assert_true(sept_page_is_free(page));
	assert_int_equal(test_td_sept_state(&leaf_td, gpa(WHERE & PAGE_MASK), 1),
			 TDX_SEPT_NL_MAPPED);
	/* TDCS; a VCPU; three tables and this one; the large page */
	assert_int_equal(test_tdr(&leaf_td)->child_count, TDCX_PAGES + TDVPS_PAGES + 3 + 1 + 512);
	leaf_changes(page);
	leaf_changes_pamt(page);
	leaf_changes(leaf_td.tdr);
	leaf_changes(leaf_table(gpa(WHERE & PAGE_MASK), TDX_LEVEL_2M));
}

static void effect_v1(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R8], NO_PAGE);
	effect(in, out);
}

#define COMMON                                                                                     \
	.leaf = TDH_MEM_SEPT_ADD, .highest_version = 1, .td = LEAF_TD, .td_reg = TDX_RDX,          \
	.op_states = ALL_OP_STATES & ~(BIT(0) | BIT(4) | BIT(5) | BIT(10)),                        \
	.errors_zero = BIT(TDX_RCX) | BIT(TDX_RDX)

static const struct leaf_case sept_add = {
	COMMON,		  .outputs = BIT(TDX_RCX) | BIT(TDX_RDX),
	.faults = faults, .fault_count = ARRAY_SIZE(faults),
	.setup = setup,	  .effect = effect,
};

static const struct leaf_case sept_add_v1 = {
	COMMON,
	.version = 1,
	.outputs = BIT(TDX_RCX) | BIT(TDX_RDX) | BIT(TDX_R8),
	.faults = faults_v1,
	.fault_count = ARRAY_SIZE(faults_v1),
	.setup = setup_v1,
	.effect = effect_v1,
};

/* A table that is there already: when the caller allows it, or gives no page. */
static void setup_existing(struct leaf_call *c)
{
	setup_v1(c);
	c->r[TDX_RCX] = TABLE;
	c->r[TDX_RDX] |= 1;
}

static void setup_no_page(struct leaf_call *c)
{
	setup_v1(c);
	c->r[TDX_RCX] = TABLE;
	c->r[TDX_R8] = NO_PAGE;
}

static void effect_existing(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_RCX] | out->r[TDX_RDX], 0);
	assert_int_equal(out->r[TDX_R8], page.pa | BIT(63)); /* not used */
}

static void effect_no_page(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_R8], NO_PAGE);
}

static const struct leaf_case existing = {
	COMMON,
	.version = 1,
	.outputs = BIT(TDX_RCX) | BIT(TDX_RDX) | BIT(TDX_R8),
	.setup = setup_existing,
	.effect = effect_existing,
};

static const struct leaf_case no_page = {
	COMMON,
	.version = 1,
	.outputs = BIT(TDX_RCX) | BIT(TDX_RDX) | BIT(TDX_R8),
	.setup = setup_no_page,
	.effect = effect_no_page,
};

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(sept_add),
		LEAF_TESTS(sept_add_v1),
		LEAF_TESTS(existing),
		LEAF_TESTS(no_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
