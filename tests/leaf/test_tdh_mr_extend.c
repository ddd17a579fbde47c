/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"
#include "tests/lib/sha384.h"

#define WHERE	 UINT64_C(0x1000)
#define PENDING	 (WHERE + PAGE_SIZE)
#define BLOCKED	 (WHERE + 2 * PAGE_SIZE)
#define LARGE	 SIZE_1G
#define OFFSET	 UINT64_C(0xf00)
#define ABSENT	 TDX_EPT_ENTRY_NOT_PRESENT
#define NO_TABLE (2 * SIZE_1G)

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_READY);
	test_td_add_page(&leaf_td, gpa(WHERE), 1);
	test_td_aug_page(&leaf_td, gpa(PENDING), TDX_LEVEL_4K);
	test_td_add_page(&leaf_td, gpa(BLOCKED), 2);
	test_td_block(&leaf_td, gpa(BLOCKED), TDX_LEVEL_4K);
	c->r[TDX_RCX] = WHERE + OFFSET;
	c->r[TDX_RDX] = leaf_td.tdr.pa;
}

static const struct leaf_fault faults[] = {
	OR_FAULT("128-aligned", INVALID(RCX), RCX, 0x80),
	OR_FAULT("RCX 0", INVALID(RCX), RCX, 1),
	OR_FAULT("shared GPA", INVALID(RCX), RCX, BIT(47)),
	OR_FAULT("GPA too wide", INVALID(RCX), RCX, BIT(48)),
	OR_FAULT("RCX 63", INVALID(RCX), RCX, BIT(63)),
	ENTRY_FAULT("no table", ABSENT | TDX_OPERAND_ID_RCX, RCX, NO_TABLE),
	ENTRY_FAULT("no page", ABSENT, RCX, WHERE - PAGE_SIZE),
	ENTRY_FAULT("pending", ABSENT, RCX, PENDING),
	ENTRY_FAULT("blocked", ABSENT, RCX, BLOCKED),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_RCX] | out->r[TDX_RDX], 0);
	leaf_changes(leaf_td.tdcx[TDCX_CONTROL]);
}

static const struct leaf_case extend = {
	.leaf = TDH_MR_EXTEND,
	.td = LEAF_TD,
	.td_reg = TDX_RDX,
	.td_exclusive = true,
	.op_states = BIT(TD_OP_INITIALIZED),
	.outputs = BIT(TDX_RCX) | BIT(TDX_RDX),
	.errors_zero = BIT(TDX_RCX) | BIT(TDX_RDX),
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

/* The whole of a measured page, a chunk of another, a page that is only added. */
static void test_mrtd(void **state)
{
	uint8_t expected[SHA384_SIZE], chunk[256];
	struct sha384 *h = sha384_start();
	struct tdx_sept_entry entry;
	uint8_t *bytes;

	machine_ready();
	test_td_build(&leaf_td, TD_WITH_VCPU);
	bytes = phys_ptr(test_td_add_page(&leaf_td, gpa(WHERE), 0));
	sha384_add_page(h, WHERE);
	for (uint64_t i = 0; i < PAGE_SIZE; i++)
		bytes[i] = (uint8_t)(i * 7 + (i >> 8));
	for (uint64_t offset = 0; offset < PAGE_SIZE; offset += 256) {
		assert_int_equal(tdh_mr_extend(leaf_td.tdr, gpa(WHERE + offset), &entry),
				 TDX_SUCCESS);
		sha384_add_extend(h, WHERE + offset, bytes + offset);
	}
	test_td_add_page(&leaf_td, gpa(NO_TABLE), 0x5a);
	sha384_add_page(h, NO_TABLE);
	memset(chunk, 0x5a, sizeof(chunk));
	assert_int_equal(tdh_mr_extend(leaf_td.tdr, gpa(NO_TABLE + OFFSET), &entry), TDX_SUCCESS);
	sha384_add_extend(h, NO_TABLE + OFFSET, chunk);
	test_td_add_page(&leaf_td, gpa(LARGE), 0x5a);
	sha384_add_page(h, LARGE);
	sha384_end(h, expected);
	test_td_finalize(&leaf_td);
	assert_memory_equal(test_tdcs(&leaf_td)->mrtd, expected, sizeof(expected));
}

/* A leaf of any size ends the walk. */
static void test_large_page(void **state)
{
	struct leaf_call c = leaf_begin(&extend);

	test_td_aug_page(&leaf_td, gpa(LARGE), TDX_LEVEL_2M);
	c.r[TDX_RCX] = LARGE + PAGE_SIZE;
	assert_int_equal(leaf_seamcall(&c), ABSENT);
	assert_int_equal(c.r[TDX_RDX], TDX_LEVEL_2M | TDX_SEPT_PENDING << 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(extend),
		cmocka_unit_test(test_mrtd),
		cmocka_unit_test(test_large_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
