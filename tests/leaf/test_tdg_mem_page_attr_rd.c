/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/leaf_case.h"

#define PENDING	 UINT64_C(0x3000)
#define MAPPED	 UINT64_C(0x4000)
#define BLOCKED	 UINT64_C(0x5000)
#define MISSING	 UINT64_C(0x6000)
#define NO_TABLE UINT64_C(0x200000)
#define LARGE	 UINT64_C(0x40000000)
#define OUTPUTS	 (BIT(TDX_RCX) | BIT(TDX_RDX))

static void setup_td(void)
{
	machine_ready();
	test_td_build(&leaf_td, TD_WITH_VCPU);
	test_td_add_page(&leaf_td, gpa(MAPPED), 1);
	test_td_add_page(&leaf_td, gpa(BLOCKED), 1);
	test_td_finalize(&leaf_td);
	test_td_aug_page(&leaf_td, gpa(PENDING), TDX_LEVEL_4K);
	test_td_block(&leaf_td, gpa(BLOCKED), TDX_LEVEL_4K);
	test_td_aug_page(&leaf_td, gpa(LARGE), TDX_LEVEL_2M);
}

/* Any byte of it. */
static void setup(struct leaf_call *c)
{
	setup_td();
	c->r[TDX_RCX] = MAPPED + 5;
}

static void setup_large(struct leaf_call *c)
{
	setup_td();
	c->r[TDX_RCX] = LARGE + 7 * PAGE_SIZE;
}

static const struct leaf_fault faults[] = {
	OR_FAULT("shared GPA", INVALID(RCX), RCX, BIT(47)),
	OR_FAULT("GPA too wide", INVALID(RCX), RCX, BIT(48)),
	OR_FAULT("RCX 63", INVALID(RCX), RCX, BIT(63)),
	{ .name = "entry locked",
	  .status = BUSY(RCX),
	  .reg = TDX_RCX,
	  .value = MAPPED,
	  .make = leaf_lock_entry },
	EXIT_FAULT("no table", RCX, NO_TABLE),
	EXIT_FAULT("no page", RCX, MISSING),
	EXIT_FAULT("blocked", RCX, BLOCKED),
};

static void effect(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_RCX], MAPPED | TDX_LEVEL_4K);
	assert_int_equal(out->r[TDX_RDX], 0);
}

static void effect_large(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_int_equal(out->r[TDX_RCX], LARGE | TDX_LEVEL_2M | BIT(62)); /* pending */
	assert_int_equal(out->r[TDX_RDX], 0);
}

#define COMMON .leaf = TDG_MEM_PAGE_ATTR_RD, .guest = true, .outputs = OUTPUTS

static const struct leaf_case attr_rd = {
	COMMON,		.errors_zero = OUTPUTS, .faults = faults, .fault_count = ARRAY_SIZE(faults),
	.setup = setup, .effect = effect,
};

static const struct leaf_case of_large = {
	COMMON,
	.errors_zero = OUTPUTS,
	.setup = setup_large,
	.effect = effect_large,
};

int main(void)
{
	const struct CMUnitTest tests[] = { LEAF_TESTS(attr_rd), LEAF_TESTS(of_large) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
