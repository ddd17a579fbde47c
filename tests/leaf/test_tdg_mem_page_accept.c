/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "module/module.h"
#include "tests/lib/leaf_case.h"
#include "tests/lib/td_guest.h"

#define SMALL	UINT64_C(0x1234000) /* pending */
#define TABLE	UINT64_C(0x1200000) /* the 2 MiB that it is in */
#define MAPPED	(SMALL + PAGE_SIZE)
#define BLOCKED (SMALL + 2 * PAGE_SIZE)
#define MISSING (SMALL + 3 * PAGE_SIZE)
#define LARGE	UINT64_C(0x40000000) /* 2 MiB, pending */

static struct hpa small, large;

static void setup_td(void)
{
	machine_ready();
	test_td_build(&leaf_td, TD_WITH_VCPU);
	test_td_add_page(&leaf_td, gpa(MAPPED), 1);
	test_td_finalize(&leaf_td);
	small = test_td_aug_page(&leaf_td, gpa(SMALL), TDX_LEVEL_4K);
	test_td_aug_page(&leaf_td, gpa(BLOCKED), TDX_LEVEL_4K);
	test_td_block(&leaf_td, gpa(BLOCKED), TDX_LEVEL_4K);
	large = test_td_aug_page(&leaf_td, gpa(LARGE), TDX_LEVEL_2M);
	memset(phys_ptr(small), 0xee, PAGE_SIZE);
}

static void setup_small(struct leaf_call *c)
{
	setup_td();
	c->r[TDX_RCX] = SMALL;
}

static void setup_large(struct leaf_call *c)
{
	setup_td();
	c->r[TDX_RCX] = LARGE | TDX_LEVEL_2M;
}

static const struct leaf_fault faults[] = {
	MEM_OPERAND_FAULTS,
	REG_FAULT("1 GiB", INVALID(RCX), RCX, LARGE | TDX_LEVEL_1G),
	REG_FAULT("GPA of another level", INVALID(RCX), RCX, SMALL | TDX_LEVEL_2M),
	{ .name = "entry locked",
	  .status = BUSY(RCX),
	  .reg = TDX_RCX,
	  .value = MAPPED,
	  .make = leaf_lock_entry },
	REG_FAULT("again", TDX_PAGE_ALREADY_ACCEPTED, RCX, MAPPED),
	REG_FAULT("small pages", TDX_PAGE_SIZE_MISMATCH | 1, RCX, TABLE | TDX_LEVEL_2M),
	EXIT_FAULT("no page", RCX, MISSING),
	EXIT_FAULT("blocked", RCX, BLOCKED),
	EXIT_FAULT("no table", RCX, SIZE_1G * 2),
	EXIT_FAULT("a large page", RCX, LARGE + PAGE_SIZE),
};

static void assert_zero(struct hpa page, uint64_t size)
{
	const uint8_t *bytes = phys_ptr(page);

	assert_int_equal(bytes[0], 0);
	assert_memory_equal(bytes, bytes + 1, size - 1);
}

static void assert_mapped(uint64_t where, struct hpa page)
{
	struct hpa pa;

	assert_true(fake_cpu_translate(&test_vcpu(&leaf_td, 0)->cpu, gpa(where), &pa));
	assert_int_equal(pa.pa, page.pa);
}

static void effect_small(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_zero(small, PAGE_SIZE);
	assert_mapped(SMALL, small);
	leaf_changes(small);
	leaf_changes(leaf_table(gpa(SMALL), TDX_LEVEL_4K));
	leaf_changes(test_vcpu(&leaf_td, 0)->pages[TDVPS_HW]); /* the fake CPU's TLB */
}

static void effect_large(const struct leaf_call *in, const struct leaf_call *out)
{
	assert_zero(large, SIZE_2M);
	assert_mapped(LARGE + SIZE_2M - 8, hpa_add(large, SIZE_2M - 8));
	leaf_changes_range(large, SIZE_2M);
	leaf_changes(leaf_table(gpa(LARGE), TDX_LEVEL_2M));
	leaf_changes(test_vcpu(&leaf_td, 0)->pages[TDVPS_HW]);
}

static const struct leaf_case accept_small = {
	.leaf = TDG_MEM_PAGE_ACCEPT,
	.guest = true,
	.faults = faults,
	.fault_count = ARRAY_SIZE(faults),
	.setup = setup_small,
	.effect = effect_small,
};

static const struct leaf_case accept_large = {
	.leaf = TDG_MEM_PAGE_ACCEPT,
	.guest = true,
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
		{ BLOCKED, 0, TDX_SEPT_PENDING_BLOCKED, 1 },
		{ 2 * SIZE_1G, 2, TDX_SEPT_FREE, 0 },
		{ 2 * SIZE_1G | 1, 2, TDX_SEPT_FREE, 0 },
		{ LARGE + PAGE_SIZE, 1, TDX_SEPT_PENDING, 1 },
	};

	setup_td();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t regs[TDX_GPR_COUNT] = { [TDX_RCX] = rows[i].rcx };
		uint64_t info = (rows[i].rcx & 7) | rows[i].level << 3 | rows[i].sept_state << 6 |
				rows[i].leaf << 14;
		struct tdx_module_args out;

		assert_int_equal(td_guest_tdcall_exit(&leaf_td, 0, TDG_MEM_PAGE_ACCEPT, regs, &out),
				 TDX_EXIT_EPT_VIOLATION);
		assert_int_equal(out.rdx, 1 | info << 32); /* extended qualification: ACCEPT */
		assert_int_equal(out.r8, rows[i].rcx & PAGE_MASK);
		/* the guest will execute the instruction again */
		assert_int_equal(test_vcpu(&leaf_td, 0)->cpu.gpr[TDX_RAX], TDG_MEM_PAGE_ACCEPT);
	}
}

static void test_large_page_again(void **state)
{
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RCX] = LARGE | TDX_LEVEL_2M };
	uint64_t inside[TDX_GPR_COUNT] = { [TDX_RCX] = LARGE + PAGE_SIZE };

	setup_td();
	assert_int_equal(td_guest_tdcall(&leaf_td, 0, TDG_MEM_PAGE_ACCEPT, regs), TDX_SUCCESS);
	assert_int_equal(module_counters.pages_accepted, 512);
	assert_int_equal(td_guest_tdcall(&leaf_td, 0, TDG_MEM_PAGE_ACCEPT, regs),
			 TDX_PAGE_ALREADY_ACCEPTED | 1);
	assert_int_equal(td_guest_tdcall(&leaf_td, 0, TDG_MEM_PAGE_ACCEPT, inside),
			 TDX_PAGE_ALREADY_ACCEPTED | 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_TESTS(accept_small),
		LEAF_TESTS(accept_large),
		cmocka_unit_test(test_exits),
		cmocka_unit_test(test_large_page_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
