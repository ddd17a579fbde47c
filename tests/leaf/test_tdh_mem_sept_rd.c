/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#define WHERE	 UINT64_C(0x3000)
#define NO_TABLE UINT64_C(0x200000)
#define LARGE	 UINT64_C(0x40000000)
#define LEAF	 UINT64_C(0x80000000000000f0) /* of an entry: SVE, PS, IPAT, WB */

static struct hpa page;

static void build(uint64_t attributes)
{
	struct tdx_td_params params = test_td_params();

	params.attributes = attributes;
	machine_ready();
	test_td_build_with(&leaf_td, &params, TD_FINAL);
	page = test_td_aug_page(&leaf_td, gpa(WHERE), TDX_LEVEL_4K);
}

static void setup(struct leaf_call *c)
{
	build(TDX_ATTR_SEPT_VE_DISABLE);
	c->r[TDX_RCX] = WHERE;
	c->r[TDX_RDX] = leaf_td.tdr.pa;
}

static const struct leaf_fault faults[] = {
	OR_FAULT("attributes of L2 VMs", INVALID(RDX), RDX, 1),
	MEM_OPERAND_FAULTS,
	REG_FAULT("level 4 of 4 levels", INVALID(RCX), RCX, 4),
	STATE_FAULT("tree locked", BUSY(SEPT_TREE), leaf_lock_tree, 0),
	ENTRY_FAULT("no table", EPT_STATUS(EPT_WALK_FAILED), RCX, NO_TABLE),
	ENTRY_LOCKED_FAULT,
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_RCX], LEAF | page.pa);
	assert_int_equal(out->r[TDX_RDX], TDX_SEPT_PENDING << 8);
}

#define COMMON                                                                                     \
	.leaf = TDH_MEM_SEPT_RD, .td = LEAF_TD, .td_reg = TDX_RDX,                                 \
	.op_states = ALL_OP_STATES & ~BIT(0), .errors_zero = BIT(TDX_RCX) | BIT(TDX_RDX)

static const struct leaf_case sept_rd = {
	COMMON,		  .outputs = BIT(TDX_RCX) | BIT(TDX_RDX),
	.faults = faults, .fault_count = ARRAY_SIZE(faults),
	.setup = setup,	  .effect = effect,
};

/* Of a debug TD, which has no L2 VMs. */
static void setup_attributes(struct leaf_call *c)
{
	build(TDX_ATTR_DEBUG);
	c->r[TDX_RCX] = WHERE;
	c->r[TDX_RDX] = leaf_td.tdr.pa | 1;
}

static void effect_attributes(const struct leaf_call *in, const struct leaf_call *out)
{
	effect(in, out);
	assert_int_equal(out->r[TDX_R8], 0);
}

static const struct leaf_case attributes = {
	COMMON,
	.outputs = BIT(TDX_RCX) | BIT(TDX_RDX) | BIT(TDX_R8),
	.setup = setup_attributes,
	.effect = effect_attributes,
};

static void assert_entry(uint64_t rcx, uint64_t entry, enum tdx_sept_public_state state)
{
	struct leaf_call c = {
		.r = { [TDX_RAX] = TDH_MEM_SEPT_RD, [TDX_RCX] = rcx, [TDX_RDX] = leaf_td.tdr.pa },
	};

	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	assert_int_equal(c.r[TDX_RCX], entry);
	assert_int_equal(c.r[TDX_RDX], (rcx & 7) | (uint64_t)state << 8);
}

/* What the VMM sees of an entry in each state. */
static void test_states(void **state)
{
	struct hpa large, added;

	machine_ready();
	test_td_build(&leaf_td, TD_READY);
	large = test_td_aug_page(&leaf_td, gpa(LARGE), TDX_LEVEL_2M);
	added = test_td_add_page(&leaf_td, gpa(WHERE), 1);
	assert_entry(0 | 3, TDX_EPT_RWX, TDX_SEPT_NL_MAPPED);
	assert_entry(0 | 1, TDX_EPT_RWX, TDX_SEPT_NL_MAPPED);
	assert_entry(WHERE - PAGE_SIZE, TDX_EPT_SUPPRESS_VE, TDX_SEPT_FREE);
	assert_entry(WHERE, LEAF | TDX_EPT_RWX | added.pa, TDX_SEPT_MAPPED);
	assert_entry(LARGE | 1, LEAF | large.pa, TDX_SEPT_PENDING);
	test_td_block(&leaf_td, gpa(WHERE), TDX_LEVEL_4K);
	test_td_block(&leaf_td, gpa(LARGE), TDX_LEVEL_2M);
	assert_entry(WHERE, LEAF | added.pa, TDX_SEPT_BLOCKED);
	assert_entry(LARGE | 1, LEAF | large.pa, TDX_SEPT_PENDING_BLOCKED);
	test_td_block(&leaf_td, gpa(0), TDX_LEVEL_2M);
	assert_entry(0 | 1, 0, TDX_SEPT_NL_BLOCKED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(sept_rd),
		LEAF_TESTS(attributes),
		cmocka_unit_test(test_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
