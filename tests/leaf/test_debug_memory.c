/* SPDX-License-Identifier: MIT */
/* TDH.MEM.RD and TDH.MEM.WR: private memory of a debug TD, and of no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "lib/bits.h"
#include "module/lock.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

#define AT	UINT64_C(0x3000)
#define LARGE	UINT64_C(0x40000000)
#define SHARED	bit(47)
#define MARKS	UINT64_C(0x7777777777777777)
#define MISSING (TDX_EPT_ENTRY_NOT_PRESENT | TDX_OPERAND_ID_RCX)

static const unsigned int leaves[] = { TDH_MEM_RD, TDH_MEM_WR };
static struct test_td td;
static struct hpa page;

static int setup(void **state)
{
	struct tdx_td_params params = test_td_params();

	machine_ready();
	params.attributes |= TDX_ATTR_DEBUG;
	test_td_build_with(&td, &params, TD_WITH_VCPU);
	page = test_td_add_page(&td, gpa(AT), 0x77);
	test_td_finalize(&td);
	return 0;
}

static void test_read(void **state)
{
	struct seam_result r;

	*(uint64_t *)phys_ptr(hpa_add(page, PAGE_SIZE - 8)) = 5;
	r = assert_refused(TDX_SUCCESS, TDH_MEM_RD, AT, td.tdr.pa, 1, 2);
	assert_int_equal(r.out.r8, MARKS);
	assert_int_equal(r.out.r9, 2);
	assert_int_equal(r.out.rcx | r.out.rdx, 0);
	r = assert_refused(TDX_SUCCESS, TDH_MEM_RD, AT + PAGE_SIZE - 8, td.tdr.pa, 1, 2);
	assert_int_equal(r.out.r8, 5);
}

static void test_write(void **state)
{
	const uint64_t *words = phys_ptr(page);
	uint64_t old;

	assert_int_equal(tdh_mem_wr(td.tdr, gpa(AT + 16), 42, &old), TDX_SUCCESS);
	assert_int_equal(old, MARKS);
	assert_int_equal(words[1], MARKS);
	assert_int_equal(words[2], 42);
	assert_int_equal(words[3], MARKS);
	assert_int_equal(tdh_mem_rd(td.tdr, gpa(AT + 16), &old), TDX_SUCCESS);
	assert_int_equal(old, 42);
}

/* By the byte's place in it. */
static void test_large_page(void **state)
{
	struct hpa large = test_td_aug_page(&td, gpa(LARGE), TDX_LEVEL_2M);
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RCX] = LARGE | TDX_LEVEL_2M };
	uint64_t value;

	assert_refused(MISSING, TDH_MEM_RD, LARGE, td.tdr.pa, 0, 0);
	assert_int_equal(td_guest_tdcall(&td, 0, TDG_MEM_PAGE_ACCEPT, regs), TDX_SUCCESS);
	*(uint64_t *)phys_ptr(hpa_add(large, 3 * PAGE_SIZE + 8)) = 99;
	assert_int_equal(tdh_mem_rd(td.tdr, gpa(LARGE + 3 * PAGE_SIZE + 8), &value), TDX_SUCCESS);
	assert_int_equal(value, 99);
}

static void test_operands(void **state)
{
	struct seam_result r;

	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++) {
		assert_refused(INVALID(RDX), leaves[i], AT, td.tdr.pa | 1, 1, 0);
		assert_refused(INVALID(RCX), leaves[i], AT + 4, td.tdr.pa, 1, 0);
		assert_refused(INVALID(RCX), leaves[i], AT | SHARED, td.tdr.pa, 1, 0);
		assert_refused(INVALID(RCX), leaves[i], AT | bit(63), td.tdr.pa, 1, 0);
		r = assert_refused(MISSING, leaves[i], AT + PAGE_SIZE, td.tdr.pa, 1, 0);
		assert_int_equal(r.out.rdx, 0); /* level 0, FREE */
		assert_int_equal(r.out.r8, 0);
		r = assert_refused(MISSING, leaves[i], SIZE_1G, td.tdr.pa, 1, 0);
		assert_int_equal(r.out.rdx, TDX_LEVEL_1G);
	}
}

/* A blocked page is the VMM's to debug no more than the TD's to use. */
static void test_states(void **state)
{
	struct tdx_sept_entry entry;

	assert_int_equal(tdh_mem_range_block(td.tdr, gpa(AT), TDX_LEVEL_4K, &entry), TDX_SUCCESS);
	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++) {
		struct seam_result r = assert_refused(MISSING, leaves[i], AT, td.tdr.pa, 1, 0);

		assert_int_equal(r.out.rdx, TDX_SEPT_BLOCKED << 8);
	}
}

static void test_busy_tree(void **state)
{
	assert_true(lock_try_exclusive(&test_tdcs(&td)->sept_lock));
	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++) {
		/* alignment is looked at before, the rest of the GPA after */
		assert_refused(INVALID(RCX), leaves[i], AT + 4, td.tdr.pa, 1, 0);
		assert_refused(BUSY(SEPT_TREE), leaves[i], SHARED, td.tdr.pa, 1, 0);
	}
	lock_release_exclusive(&test_tdcs(&td)->sept_lock);
}

static void test_not_of_another_td(void **state)
{
	machine_ready();
	test_td_build(&td, TD_READY);
	test_td_add_page(&td, gpa(AT), 0x77);
	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++) {
		struct seam_result r =
			assert_refused(TDX_TD_NON_DEBUG, leaves[i], AT + 1, td.tdr.pa, 1, 0);

		assert_int_equal(r.out.r8, 0);
		test_tdr(&td)->fatal = true;
		assert_refused(TDX_TD_FATAL, leaves[i], AT + 1, td.tdr.pa, 1, 0);
		test_tdr(&td)->fatal = false;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_read, setup),
		cmocka_unit_test_setup(test_write, setup),
		cmocka_unit_test_setup(test_large_page, setup),
		cmocka_unit_test_setup(test_operands, setup),
		cmocka_unit_test_setup(test_states, setup),
		cmocka_unit_test_setup(test_busy_tree, setup),
		cmocka_unit_test(test_not_of_another_td),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
