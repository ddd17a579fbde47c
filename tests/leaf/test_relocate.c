/* SPDX-License-Identifier: MIT */
/* TDH.MEM.PAGE.RELOCATE: the TD keeps its GPA and its contents, the VMM gets the old page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

#define AT	  UINT64_C(0x3000)
#define MARK	  0x5c
#define RCX_OF(s) ((s) | TDX_OPERAND_ID_RCX)

static struct test_td td;
static struct hpa old;

static int setup(void **state)
{
	machine_ready();
	test_td_build(&td, TD_WITH_VCPU);
	old = test_td_add_page(&td, gpa(AT), MARK);
	test_td_finalize(&td);
	return 0;
}

static void block(void)
{
	struct tdx_sept_entry entry;

	assert_int_equal(tdh_mem_range_block(td.tdr, gpa(AT), TDX_LEVEL_4K, &entry), TDX_SUCCESS);
}

static struct hpa guest_page(void)
{
	struct cpu_vcpu *v = &test_vcpu(&td, 0)->cpu;
	struct hpa pa;

	cpu_vcpu_flush_tlb(v);
	assert_true(fake_cpu_translate(v, gpa(AT), &pa));
	return pa;
}

static void test_order_of_checks(void **state)
{
	uint64_t page = machine_page().pa;
	struct seam_result r;

	assert_refused(INVALID(RCX), TDH_MEM_PAGE_RELOCATE, AT | 1, td.tdr.pa, page, 0);
	assert_refused(RCX_OF(TDX_EPT_ENTRY_STATE_INCORRECT), TDH_MEM_PAGE_RELOCATE, AT + PAGE_SIZE,
		       td.tdr.pa, old.pa, 0);
	/* its own page, then tracking, then the new page */
	assert_refused(INVALID(R8), TDH_MEM_PAGE_RELOCATE, AT, td.tdr.pa, old.pa, 0);
	r = assert_refused(RCX_OF(TDX_GPA_RANGE_NOT_BLOCKED), TDH_MEM_PAGE_RELOCATE, AT, td.tdr.pa,
			   page + 8, 0);
	assert_int_equal(r.out.rdx, TDX_SEPT_MAPPED << 8);
	block();
	r = assert_refused(RCX_OF(TDX_TLB_TRACKING_NOT_DONE), TDH_MEM_PAGE_RELOCATE, AT, td.tdr.pa,
			   page + 8, 0);
	assert_int_equal(r.out.rcx | r.out.rdx, 0);
	assert_int_equal(tdh_mem_track(td.tdr), TDX_SUCCESS);
	assert_refused(INVALID(R8), TDH_MEM_PAGE_RELOCATE, AT, td.tdr.pa, page + 8, 0);
	assert_refused(WRONG_PAGE(R8), TDH_MEM_PAGE_RELOCATE, AT, td.tdr.pa, td.tdcx[1].pa, 0);
	assert_refused(OUT_OF_RANGE(R8), TDH_MEM_PAGE_RELOCATE, AT, td.tdr.pa, OUTSIDE_BASE, 0);
	assert_refused(BUSY(R8), TDH_MEM_PAGE_RELOCATE, AT, td.tdr.pa, td.tdr.pa, 0);
}

static void test_a_mapped_page(void **state)
{
	uint64_t children = test_tdr(&td)->child_count;
	struct hpa page = machine_page(), back;
	uint8_t *bytes;

	block();
	assert_int_equal(tdh_mem_track(td.tdr), TDX_SUCCESS);
	assert_int_equal(tdh_mem_page_relocate(td.tdr, gpa(AT), page, &back), TDX_SUCCESS);
	assert_int_equal(back.pa, old.pa);
	assert_true(cpu_host_can_access(old));
	assert_false(cpu_host_can_access(page));
	bytes = phys_ptr(old);
	assert_int_equal(bytes[0] | bytes[PAGE_SIZE - 1], 0);
	assert_int_equal(guest_page().pa, page.pa);
	bytes = phys_ptr(page);
	assert_int_equal(bytes[0], MARK);
	assert_int_equal(bytes[PAGE_SIZE - 1], MARK);
	assert_int_equal(test_tdr(&td)->child_count, children);
	test_td_tear_down(&td);
	machine_assert_all_returned();
}

/* What was not accepted has no contents to keep, and must be accepted still. */
static void test_a_pending_page(void **state)
{
	struct hpa pending = test_td_aug_page(&td, gpa(AT + PAGE_SIZE), TDX_LEVEL_4K);
	struct hpa page = machine_page(), back;
	struct tdx_sept_entry entry;

	memset(phys_ptr(page), 0x11, PAGE_SIZE);
	assert_int_equal(tdh_mem_range_block(td.tdr, gpa(AT + PAGE_SIZE), TDX_LEVEL_4K, &entry),
			 TDX_SUCCESS);
	assert_int_equal(tdh_mem_track(td.tdr), TDX_SUCCESS);
	assert_int_equal(tdh_mem_page_relocate(td.tdr, gpa(AT + PAGE_SIZE), page, &back),
			 TDX_SUCCESS);
	assert_int_equal(back.pa, pending.pa);
	assert_int_equal(test_td_sept_state(&td, gpa(AT + PAGE_SIZE), TDX_LEVEL_4K),
			 TDX_SEPT_PENDING);
	assert_int_equal(*(uint8_t *)phys_ptr(page), 0x11);
}

/* Nothing needs blocking before the TD runs. */
static void test_while_the_td_is_built(void **state)
{
	struct hpa page, back;

	machine_ready();
	test_td_build(&td, TD_READY);
	old = test_td_add_page(&td, gpa(AT), MARK);
	page = machine_page();
	assert_int_equal(tdh_mem_page_relocate(td.tdr, gpa(AT), page, &back), TDX_SUCCESS);
	assert_int_equal(back.pa, old.pa);
	assert_int_equal(*(uint8_t *)phys_ptr(page), MARK);
	assert_int_equal(test_td_sept_state(&td, gpa(AT), TDX_LEVEL_4K), TDX_SEPT_MAPPED);
}

static void test_locked_page(void **state)
{
	struct page_locked page;

	block();
	assert_int_equal(tdh_mem_track(td.tdr), TDX_SUCCESS);
	assert_int_equal(page_lock(old, TDX_LEVEL_4K, TDX_PAGE_REG, PAGE_LOCK_SHARED, 0, &page),
			 TDX_SUCCESS);
	assert_refused(BUSY(RCX), TDH_MEM_PAGE_RELOCATE, AT, td.tdr.pa, machine_page().pa, 0);
	page_unlock(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_order_of_checks, setup),
		cmocka_unit_test_setup(test_a_mapped_page, setup),
		cmocka_unit_test_setup(test_a_pending_page, setup),
		cmocka_unit_test(test_while_the_td_is_built),
		cmocka_unit_test_setup(test_locked_page, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
