/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/leaf_case.h"
#include "tests/lib/td_guest.h"

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

static void setup(struct leaf_call *c)
{
	setup_td();
	c->r[TDX_RCX] = MAPPED;
	c->r[TDX_RDX] = c->r[TDX_R8] = 0;
}

static void setup_large(struct leaf_call *c)
{
	setup(c);
	c->r[TDX_RCX] = LARGE | TDX_LEVEL_2M;
}

/* There are no L2 VMs, and the TD itself has no attributes to set: by VM, attributes before mask.
 */
static const struct leaf_fault faults[] = {
	REG_FAULT("attributes of VM 0", INVALID(RDX), RDX, 1),
	REG_FAULT("mask of VM 0", INVALID(R8), R8, 1),
	REG_FAULT("attributes of VM 1", INVALID(RDX), RDX, BIT(16)),
	REG_FAULT("mask of VM 1", INVALID(R8), R8, BIT(31)),
	REG_FAULT("attributes of VM 3", INVALID(RDX), RDX, BIT(63)),
	REG_FAULT("mask of VM 3", INVALID(R8), R8, BIT(63)),
	MEM_OPERAND_FAULTS,
	REG_FAULT("level 3", INVALID(RCX), RCX, 3),
	REG_FAULT("GPA of another level", INVALID(RCX), RCX, MAPPED | TDX_LEVEL_2M),
	EXIT_FAULT("no table", RCX, NO_TABLE),
	EXIT_FAULT("a part of a page", RCX, LARGE + PAGE_SIZE),
	{ .name = "entry locked",
	  .status = BUSY(RCX),
	  .reg = TDX_RCX,
	  .value = MAPPED,
	  .make = leaf_lock_entry },
	REG_FAULT("small pages", TDX_PAGE_SIZE_MISMATCH | 1, RCX, 0 | TDX_LEVEL_2M),
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

#define COMMON                                                                                     \
	.leaf = TDG_MEM_PAGE_ATTR_WR, .guest = true, .outputs = OUTPUTS, .errors_zero = OUTPUTS

static const struct leaf_case attr_wr = {
	COMMON,		.faults = faults, .fault_count = ARRAY_SIZE(faults),
	.setup = setup, .effect = effect,
};

static const struct leaf_case of_large = {
	COMMON,
	.setup = setup_large,
	.effect = effect_large,
};

/* What the VMM is told: the level that was asked for, the entry that was found, what it is. */
static void test_exits(void **state)
{
	static const struct {
		uint64_t rcx, level, sept_state, leaf;
	} rows[] = {
		{ MISSING, 0, TDX_SEPT_FREE, 0 },
		{ BLOCKED, 0, TDX_SEPT_BLOCKED, 1 },
		{ NO_TABLE, 1, TDX_SEPT_FREE, 0 },
		{ LARGE + PAGE_SIZE, 1, TDX_SEPT_PENDING, 1 },
	};

	setup_td();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const uint64_t regs[TDX_GPR_COUNT] = { [TDX_RCX] = rows[i].rcx };
		uint64_t info = (rows[i].rcx & 7) | rows[i].level << 3 | rows[i].sept_state << 6 |
				rows[i].leaf << 14;
		struct tdx_module_args out;

		assert_int_equal(
			td_guest_tdcall_exit(&leaf_td, 0, TDG_MEM_PAGE_ATTR_WR, regs, &out),
			TDX_EXIT_EPT_VIOLATION);
		assert_int_equal(out.rdx, 5 | info << 32); /* extended qualification: ATTR_WR */
		assert_int_equal(out.r8, rows[i].rcx & PAGE_MASK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(attr_wr),
		LEAF_TESTS(of_large),
		cmocka_unit_test(test_exits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
