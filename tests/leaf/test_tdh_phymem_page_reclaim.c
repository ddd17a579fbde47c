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

static struct hpa page, large;

static void setup(struct leaf_call *c)
{
	machine_ready();
	test_td_build(&leaf_td, TD_READY);
	page = test_td_add_page(&leaf_td, gpa(WHERE), 1);
	large = test_td_aug_page(&leaf_td, gpa(LARGE), TDX_LEVEL_2M);
	test_tdr(&leaf_td)->lifecycle = TD_TEARDOWN;
	c->r[TDX_RCX] = page.pa;
}

static void name_inside_large(struct leaf_call *c, unsigned int reg, uint64_t value)
{
	c->r[reg] = large.pa + PAGE_SIZE;
}

/* Once it is known to be a TD's, the outputs tell what the page is. */
static void metadata(const struct leaf_call *in, struct leaf_call *expected)
{
	struct tdx_page_metadata m;

	assert_int_equal(tdh_phymem_page_rdmd(hpa(in->r[TDX_RCX]), &m), TDX_SUCCESS);
	expected->r[TDX_RCX] = m.type;
	expected->r[TDX_RDX] = m.owner.pa;
	expected->r[TDX_R8] = m.level;
}

/* Versions of clang-format differ on braces in macros. */
/* clang-format off */
#define LIFECYCLE(state)                                                                           \
	{                                                                                          \
		.name = #state, .status = TDX_LIFECYCLE_STATE_INCORRECT, .reg = NO_REG,            \
		.value = (state), .make = leaf_set_lifecycle, .edits = EDITS_LIFECYCLE,            \
		.outputs = metadata                                                                \
	}
/* clang-format on */

static const struct leaf_fault faults[] = {
	PAGE_ADDRESS_FAULTS(RCX),
	PAGE_LOCKED_FAULT(RCX),
	REG_FAULT("free", WRONG_PAGE(RCX), RCX, LOW_BASE + SIZE_2M - PAGE_SIZE),
	REG_FAULT("reserved", WRONG_PAGE(RCX), RCX, LOW_BASE + LOW_USABLE),
	{ .name = "inside a large page",
	  .status = INVALID(RCX),
	  .reg = TDX_RCX,
	  .make = name_inside_large,
	  .outputs = metadata },
	{ .name = "TDR locked",
	  .status = BUSY(TDR),
	  .reg = NO_REG,
	  .make = leaf_lock_tdr,
	  .edits = EDITS_PAGE,
	  .outputs = metadata },
	LIFECYCLE(TD_HKID_ASSIGNED),
	LIFECYCLE(TD_KEYS_CONFIGURED),
	LIFECYCLE(TD_BLOCKED),
	{ .name = "TDR with children",
	  .status = TDX_TD_ASSOCIATED_PAGES_EXIST,
	  .reg = TDX_RCX,
	  .make = leaf_name_tdr,
	  .edits = EDITS_PAGE,
	  .outputs = metadata },
};

static void assert_outputs(const struct leaf_call *c, uint64_t type, struct hpa owner,
			   uint64_t size)
{
	assert_int_equal(c->r[TDX_RCX], type);
	assert_int_equal(c->r[TDX_RDX], owner.pa);
	assert_int_equal(c->r[TDX_R8], size);
	assert_int_equal(c->r[TDX_R9] | c->r[TDX_R10] | c->r[TDX_R11], 0);
}

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_outputs(out, TDX_PAGE_REG, leaf_td.tdr, TDX_LEVEL_4K);
	leaf_assert_freed(page);
	/* TDCS, three tables, the large page */
	assert_int_equal(test_tdr(&leaf_td)->child_count, TDCX_PAGES + 3 + 512);
	leaf_changes(page);
	leaf_changes_pamt(page);
	leaf_changes(leaf_td.tdr);
}

static const struct leaf_case reclaim = {
	.leaf = TDH_PHYMEM_PAGE_RECLAIM,
	.outputs = OUTPUTS,
	.errors_zero = OUTPUTS,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup,
	.effect = effect,
};

static void test_large_page(void **state)
{
	struct leaf_call c = leaf_begin(&reclaim);

	c.r[TDX_RCX] = large.pa;
	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	assert_outputs(&c, TDX_PAGE_REG, leaf_td.tdr, TDX_LEVEL_2M);
	leaf_assert_freed(hpa(large.pa + SIZE_2M - PAGE_SIZE));
	assert_int_equal(test_tdr(&leaf_td)->child_count, TDCX_PAGES + 3 + 1);
}

/* The root goes last; a TD that is fatal goes like any other. */
static void test_root(void **state)
{
	struct leaf_call c = leaf_begin(&reclaim);

	test_tdr(&leaf_td)->child_count = 0;
	test_tdr(&leaf_td)->fatal = true;
	c.r[TDX_RCX] = leaf_td.tdr.pa;
	assert_int_equal(leaf_seamcall(&c), TDX_SUCCESS);
	assert_outputs(&c, TDX_PAGE_TDR, hpa(0), TDX_LEVEL_4K);
	leaf_assert_freed(leaf_td.tdr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(reclaim),
		cmocka_unit_test(test_large_page),
		cmocka_unit_test(test_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
