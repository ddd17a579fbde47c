/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "module/sept.h"
#include "tests/lib/leaf_case.h"

#define WHERE	 UINT64_C(0x3010)
#define PENDING	 UINT64_C(0x4000)
#define BLOCKED	 UINT64_C(0x5000)
#define MISSING	 UINT64_C(0x6000)
#define NO_TABLE UINT64_C(0x200000)
#define LARGE	 UINT64_C(0x40000000)
#define ABSENT	 (TDX_EPT_ENTRY_NOT_PRESENT | TDX_OPERAND_ID_RCX)
#define FILL	 UINT64_C(0x5a5a5a5a5a5a5a5a)
#define VALUE	 UINT64_C(0x1122334455667788)

static struct hpa page;

static void setup(struct leaf_call *c)
{
	struct tdx_td_params params = test_td_params();

	params.attributes = TDX_ATTR_DEBUG;
	machine_ready();
	test_td_build_with(&leaf_td, &params, TD_WITH_VCPU);
	page = test_td_add_page(&leaf_td, gpa(WHERE & PAGE_MASK), FILL & 0xff);
	test_td_add_page(&leaf_td, gpa(BLOCKED), 1);
	test_td_finalize(&leaf_td);
	test_td_aug_page(&leaf_td, gpa(PENDING), TDX_LEVEL_4K);
	test_td_block(&leaf_td, gpa(BLOCKED), TDX_LEVEL_4K);
	c->r[TDX_RCX] = WHERE;
	c->r[TDX_RDX] = leaf_td.tdr.pa;
	c->r[TDX_R8] = VALUE;
}

static void no_debug(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	struct tdcs *tdcs = phys_ptr(leaf_td.tdcx[TDCX_CONTROL]);

	tdcs->attributes = 0;
}

static const struct leaf_fault faults[] = {
	STATE_FAULT("no debug TD", TDX_TD_NON_DEBUG, no_debug, 0),
	OR_FAULT("4-aligned", INVALID(RCX), RCX, 4),
	STATE_FAULT("tree locked", BUSY(SEPT_TREE), leaf_lock_tree, 0),
	OR_FAULT("shared GPA", INVALID(RCX), RCX, BIT(47)),
	OR_FAULT("GPA too wide", INVALID(RCX), RCX, BIT(48)),
	OR_FAULT("RCX 63", INVALID(RCX), RCX, BIT(63)),
	ENTRY_FAULT("no table", ABSENT, RCX, NO_TABLE),
	ENTRY_FAULT("no page", ABSENT, RCX, MISSING),
	ENTRY_FAULT("pending", ABSENT, RCX, PENDING),
	ENTRY_FAULT("blocked", ABSENT, RCX, BLOCKED),
	ENTRY_LOCKED_FAULT,
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	const uint64_t *words = phys_ptr(page);

	assert_int_equal(out->r[TDX_RCX] | out->r[TDX_RDX], 0);
	assert_int_equal(out->r[TDX_R8], FILL);
	assert_int_equal(words[2], FILL);
}

static const struct leaf_case mem_rd = {
	.leaf = TDH_MEM_RD,
	.td = LEAF_TD,
	.td_reg = TDX_RDX,
	.op_states = ALL_OP_STATES & ~BIT(0),
	.outputs = BIT(TDX_RCX) | BIT(TDX_RDX) | BIT(TDX_R8),
	.errors_zero = BIT(TDX_RCX) | BIT(TDX_RDX) | BIT(TDX_R8),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

/* By the byte's place in it. */
static void test_large_page(void **state)
{
	struct leaf_call c = leaf_begin(&mem_rd);
	struct hpa large = test_td_aug_page(&leaf_td, gpa(LARGE), TDX_LEVEL_2M);
	struct sept_slot slot;

	assert_true(sept_walk(test_tdr(&leaf_td), gpa(LARGE), TDX_LEVEL_2M, &slot));
	sept_set(slot, SEPT_STATE_MAPPED, large);
	*(uint64_t *)phys_ptr(hpa_add(large, 3 * PAGE_SIZE + 8)) = 99;
	c.r[TDX_RCX] = LARGE + 3 * PAGE_SIZE + 8;
	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	assert_int_equal(c.r[TDX_R8], 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(mem_rd), cmocka_unit_test(test_large_page) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
