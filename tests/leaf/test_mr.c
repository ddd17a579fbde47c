/* SPDX-License-Identifier: MIT */
/* TDH.MR.*: operands, order of checks, effect on the op state. The digest itself is in test_life.c.
 */
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
#include "tests/lib/td_builder.h"

static struct test_td td;

static int setup(void **state)
{
	machine_ready();
	test_td_build(&td, TD_READY);
	return 0;
}

static void test_extend(void **state)
{
	struct hpa page = test_td_add_page(&td, gpa(0x1000), 1);
	struct seam_result r;

	assert_refused(INVALID(RDX), TDH_MR_EXTEND, 0x1000, td.tdr.pa + 1, 0, 0);
	assert_refused(WRONG_PAGE(RDX), TDH_MR_EXTEND, 0x1000, page.pa, 0, 0);
	assert_refused(INVALID(RCX), TDH_MR_EXTEND, 0x1080, td.tdr.pa, 0, 0);
	assert_refused(INVALID(RCX), TDH_MR_EXTEND, bit(47) | 0x1000, td.tdr.pa, 0, 0);
	assert_true(lock_try_exclusive(&test_tdcs(&td)->sept_lock));
	assert_refused(BUSY(SEPT_TREE), TDH_MR_EXTEND, 0x1000, td.tdr.pa, 0, 0);
	lock_release_exclusive(&test_tdcs(&td)->sept_lock);

	r = assert_refused(TDX_EPT_ENTRY_NOT_PRESENT | TDX_OPERAND_ID_RCX, TDH_MR_EXTEND, SIZE_1G,
			   td.tdr.pa, 0, 0);
	assert_int_equal(r.out.rcx, TDX_EPT_SUPPRESS_VE);
	assert_int_equal(r.out.rdx, 2);
	test_td_aug_page(&td, gpa(0x2000), TDX_LEVEL_4K);
	r = assert_refused(TDX_EPT_ENTRY_NOT_PRESENT, TDH_MR_EXTEND, 0x2000, td.tdr.pa, 0, 0);
	assert_int_equal(r.out.rdx, TDX_SEPT_PENDING << 8);
	test_td_aug_page(&td, gpa(SIZE_1G), TDX_LEVEL_2M);
	r = assert_refused(TDX_EPT_ENTRY_NOT_PRESENT, TDH_MR_EXTEND, SIZE_1G, td.tdr.pa, 0, 0);
	assert_int_equal(r.out.rdx, 1 | TDX_SEPT_PENDING << 8);

	r = seam(TDH_MR_EXTEND, 0x1f00, td.tdr.pa, 0, 0);
	assert_int_equal(r.status, TDX_SUCCESS);
	assert_int_equal(r.out.rcx, 0);
	assert_int_equal(r.out.rdx, 0);
}

static void test_td_in_use(void **state)
{
	struct page_locked page;

	test_td_add_vcpu(&td);
	assert_int_equal(page_lock(td.tdr, TDX_LEVEL_4K, TDX_PAGE_TDR, PAGE_LOCK_SHARED, 0, &page),
			 TDX_SUCCESS);
	assert_refused(BUSY(RDX), TDH_MR_EXTEND, 0x1000, td.tdr.pa, 0, 0);
	assert_refused(BUSY(RCX), TDH_MR_FINALIZE, td.tdr.pa, 0, 0, 0);
	page_unlock(&page);
}

static void test_finalize(void **state)
{
	assert_refused(INVALID(RCX), TDH_MR_FINALIZE, td.tdr.pa + 1, 0, 0, 0);
	assert_refused(TDX_NO_VCPUS, TDH_MR_FINALIZE, td.tdr.pa, 0, 0, 0);
	test_td_add_vcpu(&td);
	assert_int_equal(tdh_mr_finalize(td.tdr), TDX_SUCCESS);
	assert_int_equal(test_tdcs(&td)->op_state, TD_OP_RUNNABLE);
	assert_refused(TDX_OP_STATE_INCORRECT, TDH_MR_FINALIZE, td.tdr.pa, 0, 0, 0);
	assert_refused(TDX_OP_STATE_INCORRECT, TDH_MR_EXTEND, 0x1000, td.tdr.pa, 0, 0);
	assert_refused(TDX_OP_STATE_INCORRECT, TDH_MEM_PAGE_ADD, 0x1000, td.tdr.pa, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_extend, setup),
		cmocka_unit_test_setup(test_td_in_use, setup),
		cmocka_unit_test_setup(test_finalize, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
