/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/leaf_case.h"

#define WHERE UINT64_C(0x1000)
#define LARGE UINT64_C(0x200000)
#define OUTPUTS                                                                                    \
	(BIT(TDX_RCX) | BIT(TDX_RDX) | BIT(TDX_R8) | BIT(TDX_R9) | BIT(TDX_R10) | BIT(TDX_R11))
#define EPOCH 99

static struct hpa page, large;

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_WITH_VCPU);
	page = test_td_add_page(&leaf_td, gpa(WHERE), 1);
	large = test_td_aug_page(&leaf_td, gpa(LARGE), TDX_LEVEL_2M);
	test_tdcs(&leaf_td)->epoch = EPOCH;
	test_td_block(&leaf_td, gpa(WHERE), TDX_LEVEL_4K);
	leaf_hold_page(page); /* by another reader */
	c->r[TDX_RCX] = page.pa;
}

static const struct leaf_fault faults[] = {
	PAGE_ADDRESS_FAULTS(RCX),
	PAGE_LOCKED_FAULT(RCX),
};

static void assert_metadata(const struct leaf_call *c, uint64_t type, struct hpa owner,
			    uint64_t size, uint64_t epoch)
{
	assert_int_equal(c->r[TDX_RCX], type);
	assert_int_equal(c->r[TDX_RDX], owner.pa);
	assert_int_equal(c->r[TDX_R8], size);
	assert_int_equal(c->r[TDX_R9], epoch);
	assert_int_equal(c->r[TDX_R10] | c->r[TDX_R11], 0);
}

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_metadata(out, TDX_PAGE_REG, leaf_td.tdr, TDX_LEVEL_4K, EPOCH);
}

static const struct leaf_case rdmd = {
	.leaf = TDH_PHYMEM_PAGE_RDMD,
	.outputs = OUTPUTS,
	.errors_zero = OUTPUTS,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

static void test_each_type(void **state)
{
	struct leaf_call good = leaf_begin(&rdmd);
	const struct {
		struct hpa page;
		uint64_t type;
		struct hpa owner;
		uint64_t size;
	} rows[] = {
		{ machine_page(), TDX_PAGE_NDA, hpa(0), TDX_LEVEL_4K },
		{ hpa(LOW_BASE + LOW_USABLE), TDX_PAGE_RSVD, hpa(0), TDX_LEVEL_4K },
		{ leaf_td.tdr, TDX_PAGE_TDR, hpa(0), TDX_LEVEL_4K },
		{ leaf_td.tdcx[1], TDX_PAGE_TDCX, leaf_td.tdr, TDX_LEVEL_4K },
		{ leaf_td.tdvpr[0], TDX_PAGE_TDVPR, leaf_td.tdr, TDX_LEVEL_4K },
		{ leaf_table(gpa(WHERE), 0), TDX_PAGE_EPT, leaf_td.tdr, TDX_LEVEL_4K },
		{ large, TDX_PAGE_REG, leaf_td.tdr, TDX_LEVEL_2M },
		{ hpa(large.pa + 17 * PAGE_SIZE), TDX_PAGE_REG, leaf_td.tdr, TDX_LEVEL_2M },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct leaf_call c = good;

		c.r[TDX_RCX] = rows[i].page.pa;
		assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
		assert_metadata(&c, rows[i].type, rows[i].owner, rows[i].size, 0);
	}
}

/* The page of a blocked table has an epoch, too. */
static void test_epoch_of_a_table(void **state)
{
	struct leaf_call c = leaf_begin(&rdmd);

	c.r[TDX_RCX] = leaf_table(gpa(WHERE), TDX_LEVEL_4K).pa;
	test_td_block(&leaf_td, gpa(0), TDX_LEVEL_2M);
	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	assert_metadata(&c, TDX_PAGE_EPT, leaf_td.tdr, TDX_LEVEL_4K, EPOCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(rdmd),
		cmocka_unit_test(test_each_type),
		cmocka_unit_test(test_epoch_of_a_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
