/* SPDX-License-Identifier: MIT */
/* TDH.PHYMEM.*: operands, order of checks, what becomes of the pages. */
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

#define KEY(hkid) ((uint64_t)(hkid) << 42)

static struct test_td td;

static int setup(void **state)
{
	machine_ready();
	return 0;
}

static void assert_metadata(struct seam_result r, uint64_t type, uint64_t owner, uint64_t size)
{
	assert_int_equal(r.out.rcx, type);
	assert_int_equal(r.out.rdx, owner);
	assert_int_equal(r.out.r8, size);
	assert_int_equal(r.out.r10, 0);
	assert_int_equal(r.out.r11, 0);
}

static void refuses_bad_pages(uint64_t leaf)
{
	struct page_locked page;
	struct hpa free_page = machine_page();

	assert_metadata(assert_refused(INVALID(RCX), leaf, free_page.pa + 8, 1, 1, 1), 0, 0, 0);
	assert_refused(OUT_OF_RANGE(RCX), leaf, OUTSIDE_BASE, 1, 1, 1);
	assert_int_equal(
		page_lock(free_page, TDX_LEVEL_4K, TDX_PAGE_NDA, PAGE_LOCK_EXCLUSIVE, 0, &page),
		TDX_SUCCESS);
	assert_metadata(assert_refused(BUSY(RCX), leaf, free_page.pa, 1, 1, 1), 0, 0, 0);
	page_unlock(&page);
}

static struct seam_result rdmd(uint64_t pa)
{
	return assert_refused(TDX_SUCCESS, TDH_PHYMEM_PAGE_RDMD, pa, 1, 1, 1);
}

static void test_rdmd(void **state)
{
	struct hpa small, large;
	struct seam_result r;

	refuses_bad_pages(TDH_PHYMEM_PAGE_RDMD);
	assert_refused(INVALID(RCX), TDH_PHYMEM_PAGE_RDMD, LOW_BASE | KEY(32), 0, 0, 0);
	test_td_build(&td, TD_WITH_VCPU);
	small = test_td_add_page(&td, gpa(0x1000), 1);
	large = test_td_aug_page(&td, gpa(0x200000), TDX_LEVEL_2M);
	assert_metadata(rdmd(machine_page().pa), TDX_PAGE_NDA, 0, 0);
	assert_metadata(rdmd(LOW_BASE + LOW_USABLE), TDX_PAGE_RSVD, 0, 0);
	assert_metadata(rdmd(td.tdr.pa), TDX_PAGE_TDR, 0, 0);
	assert_metadata(rdmd(td.tdcx[1].pa), TDX_PAGE_TDCX, td.tdr.pa, 0);
	assert_metadata(rdmd(td.tdvpr[0].pa), TDX_PAGE_TDVPR, td.tdr.pa, 0);
	assert_metadata(rdmd(large.pa), TDX_PAGE_REG, td.tdr.pa, 1);
	assert_metadata(rdmd(large.pa + 17 * PAGE_SIZE), TDX_PAGE_REG, td.tdr.pa, 1);
	test_tdcs(&td)->epoch = 99;
	assert_int_equal(seam(TDH_MEM_RANGE_BLOCK, 0x1000, td.tdr.pa, 0, 0).status, TDX_SUCCESS);
	r = rdmd(small.pa);
	assert_metadata(r, TDX_PAGE_REG, td.tdr.pa, 0);
	assert_int_equal(r.out.r9, 99);
}

static void test_reclaim_needs_the_end_of_the_td(void **state)
{
	struct hpa small, large;
	struct seam_result r;

	test_td_build(&td, TD_READY);
	small = test_td_add_page(&td, gpa(0x1000), 1);
	large = test_td_aug_page(&td, gpa(0x200000), TDX_LEVEL_2M);
	refuses_bad_pages(TDH_PHYMEM_PAGE_RECLAIM);
	assert_refused(WRONG_PAGE(RCX), TDH_PHYMEM_PAGE_RECLAIM, machine_page().pa, 1, 1, 1);
	r = assert_refused(WRONG_PAGE(RCX), TDH_PHYMEM_PAGE_RECLAIM, LOW_BASE + LOW_USABLE, 1, 1,
			   1);
	assert_metadata(r, TDX_PAGE_RSVD, 0, 0);
	assert_refused(INVALID(RCX), TDH_PHYMEM_PAGE_RECLAIM, large.pa + PAGE_SIZE, 1, 1, 1);
	r = assert_refused(TDX_LIFECYCLE_STATE_INCORRECT, TDH_PHYMEM_PAGE_RECLAIM, small.pa, 1, 1,
			   1);
	assert_metadata(r, TDX_PAGE_REG, td.tdr.pa, 0);
	assert_refused(TDX_LIFECYCLE_STATE_INCORRECT, TDH_PHYMEM_PAGE_RECLAIM, td.tdr.pa, 1, 1, 1);
}

static void test_reclaim_order(void **state)
{
	struct page_locked page;
	struct seam_result r;
	struct hpa large;

	test_td_build(&td, TD_READY);
	large = test_td_aug_page(&td, gpa(0x200000), TDX_LEVEL_2M);
	test_tdr(&td)->lifecycle = TD_TEARDOWN;
	assert_refused(TDX_TD_ASSOCIATED_PAGES_EXIST, TDH_PHYMEM_PAGE_RECLAIM, td.tdr.pa, 1, 1, 1);
	assert_int_equal(
		page_lock(td.tdr, TDX_LEVEL_4K, TDX_PAGE_TDR, PAGE_LOCK_EXCLUSIVE, 0, &page),
		TDX_SUCCESS);
	assert_refused(BUSY(TDR), TDH_PHYMEM_PAGE_RECLAIM, large.pa, 1, 1, 1);
	page_unlock(&page);

	r = seam(TDH_PHYMEM_PAGE_RECLAIM, large.pa, 1, 1, 1);
	assert_int_equal(r.status, TDX_SUCCESS);
	assert_metadata(r, TDX_PAGE_REG, td.tdr.pa, 1);
	assert_int_equal(r.out.r9, 0);
	assert_int_equal(test_tdr(&td)->child_count, 6 + 2);
	assert_refused(WRONG_PAGE(RCX), TDH_PHYMEM_PAGE_RECLAIM, large.pa, 1, 1, 1);
}

static void test_wbinvd(void **state)
{
	uint64_t page = machine_page().pa;

	test_td_build(&td, TD_CREATED);
	assert_refused(INVALID(RCX), TDH_PHYMEM_PAGE_WBINVD, page | KEY(32) | 8, 0, 0, 0);
	assert_refused(INVALID(RCX), TDH_PHYMEM_PAGE_WBINVD, page | bit(48), 0, 0, 0);
	assert_refused(OUT_OF_RANGE(RCX), TDH_PHYMEM_PAGE_WBINVD, OUTSIDE_BASE | KEY(32), 0, 0, 0);
	assert_refused(WRONG_PAGE(RCX), TDH_PHYMEM_PAGE_WBINVD, td.tdr.pa | KEY(32), 0, 0, 0);
	assert_refused(TDX_SUCCESS, TDH_PHYMEM_PAGE_WBINVD, page | KEY(63), 0, 0, 0);
	assert_refused(TDX_SUCCESS, TDH_PHYMEM_PAGE_WBINVD, page, 0, 0, 0);
}

static void test_cache_wb(void **state)
{
	assert_refused(INVALID(RCX), TDH_PHYMEM_CACHE_WB, 2, 0, 0, 0);
	assert_refused(TDX_WBCACHE_RESUME_ERROR, TDH_PHYMEM_CACHE_WB, 1, 0, 0, 0);
	assert_refused(TDX_NO_HKID_READY_TO_WBCACHE, TDH_PHYMEM_CACHE_WB, 0, 0, 0, 0);
	test_td_build(&td, TD_READY);
	assert_refused(TDX_NO_HKID_READY_TO_WBCACHE, TDH_PHYMEM_CACHE_WB, 0, 0, 0, 0);
	assert_int_equal(tdh_mng_vpflushdone(td.tdr), TDX_SUCCESS);
	assert_true(lock_try_exclusive(&sys.write_back_lock));
	assert_refused(BUSY(WBCACHE), TDH_PHYMEM_CACHE_WB, 0, 0, 0, 0);
	lock_release_exclusive(&sys.write_back_lock);
	assert_true(lock_try_shared(&sys.kot_lock));
	assert_refused(BUSY(KOT), TDH_PHYMEM_CACHE_WB, 0, 0, 0, 0);
	lock_release_shared(&sys.kot_lock);
	assert_int_equal(tdh_phymem_cache_wb(false), TDX_SUCCESS);
	assert_refused(TDX_NO_HKID_READY_TO_WBCACHE, TDH_PHYMEM_CACHE_WB, 0, 0, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_rdmd, setup),
		cmocka_unit_test_setup(test_reclaim_needs_the_end_of_the_td, setup),
		cmocka_unit_test_setup(test_reclaim_order, setup),
		cmocka_unit_test_setup(test_wbinvd, setup),
		cmocka_unit_test_setup(test_cache_wb, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
