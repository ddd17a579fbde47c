/* SPDX-License-Identifier: MIT */
/* Leaves that an interrupt ends early, and what they have done until then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "module/sept.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

#define LARGE	UINT64_C(0x40000000)
#define STEP	(64 * PAGE_SIZE) /* of TDG.MEM.PAGE.ACCEPT */
#define NO_PAGE UINT64_MAX
#define FULL	0xee

static struct test_td td;
static struct hpa page;

static int setup(void **state)
{
	machine_ready();
	test_td_build(&td, TD_FINAL);
	page = test_td_aug_page(&td, gpa(LARGE), TDX_LEVEL_2M);
	return 0;
}

static uint8_t *byte(uint64_t offset)
{
	return phys_ptr(hpa_add(page, offset));
}

static void call(uint64_t leaf, uint64_t rcx, uint64_t rdx)
{
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RCX] = rcx, [TDX_RDX] = rdx };

	td_guest_tdcall(&td, 0, leaf, regs);
}

/* The guest is where it was: it executes the TDCALL again. */
static void assert_restarted(uint64_t leaf, uint64_t rcx, uint64_t rdx)
{
	uint64_t rip = td_guest_cpu(&td, 0)->rip;

	call(leaf, rcx, rdx);
	assert_int_equal(td_guest_cpu(&td, 0)->rip, rip);
	assert_int_equal(test_vcpu(&td, 0)->cpu.gpr[TDX_RAX], leaf);
	assert_int_equal(test_vcpu(&td, 0)->cpu.gpr[TDX_RCX], rcx);
	assert_int_equal(td_guest_cpu(&td, 0)->delivered, FAKE_NO_EVENT);
}

static uint64_t accept_page(void)
{
	call(TDG_MEM_PAGE_ACCEPT, LARGE | TDX_LEVEL_2M, 0);
	return test_vcpu(&td, 0)->cpu.gpr[TDX_RAX];
}

static void interrupt_accept(unsigned int steps)
{
	fake_cpu_interrupt_after(steps - 1, false);
	assert_restarted(TDG_MEM_PAGE_ACCEPT, LARGE | TDX_LEVEL_2M, 0);
	fake_cpu_interrupt_after(FAKE_NO_INTERRUPT, false);
	assert_int_equal(test_td_sept_state(&td, gpa(LARGE), TDX_LEVEL_2M), TDX_SEPT_PENDING);
}

static void test_accept(void **state)
{
	interrupt_accept(3);
	assert_int_equal(*byte(3 * STEP - 1), 0);
	assert_int_equal(*byte(3 * STEP), FULL);
	*byte(0) = 1; /* nobody can, but it shows what is cleared again */
	assert_int_equal(accept_page(), TDX_SUCCESS);
	assert_int_equal(*byte(0), 1);
	assert_int_equal(*byte(3 * STEP) | *byte(SIZE_2M - 1), 0);
	assert_int_equal(test_td_sept_state(&td, gpa(LARGE), TDX_LEVEL_2M), TDX_SEPT_MAPPED);
}

/* With an interrupt always waiting each call does a step. */
static void test_accept_under_fire(void **state)
{
	fake_cpu_interrupt_after(0, false);
	for (unsigned int i = 1; i < SIZE_2M / STEP; i++) {
		assert_restarted(TDG_MEM_PAGE_ACCEPT, LARGE | TDX_LEVEL_2M, 0);
		assert_int_equal(*byte(i * STEP - 1), 0);
		assert_int_equal(*byte(i * STEP), FULL);
	}
	assert_int_equal(accept_page(), TDX_SUCCESS);
	assert_int_equal(*byte(SIZE_2M - 1), 0);
}

static void test_small_pages_are_not_interrupted(void **state)
{
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RCX] = 0x3000 };

	test_td_aug_page(&td, gpa(0x3000), TDX_LEVEL_4K);
	fake_cpu_interrupt_after(0, true);
	assert_int_equal(td_guest_tdcall(&td, 0, TDG_MEM_PAGE_ACCEPT, regs), TDX_SUCCESS);
}

/* The VMM sees the page where it is, and not how far the TD has got. */
static void test_half_accepted_page(void **state)
{
	struct tdx_sept_entry entry;
	struct hpa removed;

	interrupt_accept(1);
	assert_int_equal(tdh_mem_sept_rd(td.tdr, gpa(LARGE), TDX_LEVEL_2M, &entry), TDX_SUCCESS);
	assert_int_equal(entry.entry & TDX_EPT_ADDR, page.pa);
	test_td_block_and_track(&td, gpa(LARGE), TDX_LEVEL_2M);
	assert_int_equal(tdh_mem_range_unblock(td.tdr, gpa(LARGE), TDX_LEVEL_2M, &entry),
			 TDX_SUCCESS);
	*byte(0) = 1;
	assert_int_equal(accept_page(), TDX_SUCCESS);
	assert_int_equal(*byte(0), 0); /* from the start */
	test_td_block_and_track(&td, gpa(LARGE), TDX_LEVEL_2M);
	assert_int_equal(tdh_mem_page_remove(td.tdr, gpa(LARGE), TDX_LEVEL_2M, &removed),
			 TDX_SUCCESS);
	assert_int_equal(removed.pa, page.pa);
}

static void test_half_accepted_page_in_pieces(void **state)
{
	struct tdx_sept_entry entry;
	struct hpa table = machine_page();

	interrupt_accept(2);
	test_td_block_and_track(&td, gpa(LARGE), TDX_LEVEL_2M);
	assert_int_equal(tdh_mem_page_demote(td.tdr, gpa(LARGE), TDX_LEVEL_2M, table, &entry),
			 TDX_SUCCESS);
	for (uint64_t at = 0; at < SIZE_2M; at += PAGE_SIZE) {
		assert_int_equal(tdh_mem_sept_rd(td.tdr, gpa(LARGE + at), TDX_LEVEL_4K, &entry),
				 TDX_SUCCESS);
		assert_int_equal(entry.entry & TDX_EPT_ADDR, page.pa + at);
		assert_int_equal(tdx_sept_state(&entry), TDX_SEPT_PENDING);
	}
}

static void test_report(void **state)
{
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RCX] = LARGE, [TDX_RDX] = LARGE + PAGE_SIZE };

	assert_int_equal(accept_page(), TDX_SUCCESS);
	fake_cpu_interrupt_after(0, false);
	assert_restarted(TDG_MR_REPORT, LARGE, LARGE + PAGE_SIZE);
	assert_int_equal(*byte(0), 0);
	/* wrong operands are refused at once */
	call(TDG_MR_REPORT, LARGE + 1, LARGE);
	assert_int_equal(test_vcpu(&td, 0)->cpu.gpr[TDX_RAX], INVALID(RCX));
	fake_cpu_interrupt_after(FAKE_NO_INTERRUPT, false);
	assert_int_equal(td_guest_tdcall(&td, 0, TDG_MR_REPORT, regs), TDX_SUCCESS);
	assert_int_equal(*byte(0), 0x81);
}

/* The registers come back as they were, so that the call can be made again with them. */
static void assert_restartable(uint64_t leaf, uint64_t r8)
{
	struct seam_result r;

	fake_cpu_interrupt_after(0, true);
	r = assert_refused(TDX_INTERRUPTED_RESTARTABLE, leaf, LARGE | 1, td.tdr.pa, r8, NO_PAGE);
	assert_int_equal(r.out.rcx, LARGE | 1);
	assert_int_equal(r.out.rdx, td.tdr.pa);
	assert_int_equal(r.out.r8, r8);
	assert_int_equal(r.out.r9, NO_PAGE);
	/* not when the VMM takes none */
	fake_cpu_interrupt_after(0, false);
	assert_int_equal(seam(leaf, LARGE | 1, td.tdr.pa, r8, NO_PAGE).status, TDX_SUCCESS);
}

static void test_demote_and_promote(void **state)
{
	struct hpa table = machine_page();

	test_td_block_and_track(&td, gpa(LARGE), TDX_LEVEL_2M);
	fake_cpu_interrupt_after(0, true);
	/* what is wrong comes first */
	assert_refused(INVALID(R8), TDH_MEM_PAGE_DEMOTE, LARGE | 1, td.tdr.pa, table.pa + 8,
		       NO_PAGE);
	assert_restartable(TDH_MEM_PAGE_DEMOTE, table.pa);
	test_td_block_and_track(&td, gpa(LARGE), TDX_LEVEL_2M);
	assert_restartable(TDH_MEM_PAGE_PROMOTE, 0);
}

static uint64_t pending(void)
{
	return sys_key(TEST_HKID)->write_back_pending;
}

static void flush_td(void)
{
	assert_int_equal(tdh_vp_flush(td.tdvpr[0]), TDX_SUCCESS);
	assert_int_equal(tdh_mng_vpflushdone(td.tdr), TDX_SUCCESS);
	assert_int_equal(pending(), 3);
}

static void test_cache_wb(void **state)
{
	flush_td();
	fake_cpu_interrupt_after(1, true);
	assert_int_equal(tdh_phymem_cache_wb(false), TDX_INTERRUPTED_RESUMABLE);
	assert_int_equal(pending(), 3);
	assert_refused(TDX_WBCACHE_NOT_COMPLETE, TDH_MNG_KEY_FREEID, td.tdr.pa, 0, 0, 0);
	/* a package knows nothing of the other */
	machine.lp = 1;
	assert_refused(TDX_WBCACHE_RESUME_ERROR, TDH_PHYMEM_CACHE_WB, 1, 0, 0, 0);
	fake_cpu_interrupt_after(0, false);
	assert_int_equal(tdh_phymem_cache_wb(false), TDX_SUCCESS);
	assert_int_equal(pending(), 1);
	machine.lp = 0;
	fake_cpu_interrupt_after(0, true);
	assert_int_equal(tdh_phymem_cache_wb(true), TDX_INTERRUPTED_RESUMABLE);
	assert_int_equal(tdh_phymem_cache_wb(true), TDX_SUCCESS);
	assert_int_equal(pending(), 0);
	assert_refused(TDX_WBCACHE_RESUME_ERROR, TDH_PHYMEM_CACHE_WB, 1, 0, 0, 0);
	assert_int_equal(tdh_mng_key_freeid(td.tdr), TDX_SUCCESS);
}

/* A key that is flushed while the call is interrupted is not done with it. */
static void test_cache_wb_of_those_at_the_start(void **state)
{
	struct test_td other;

	other = (struct test_td){ .hkid = TEST_HKID + 1, .tdr = machine_page() };
	assert_int_equal(tdh_mng_create(other.tdr, other.hkid), TDX_SUCCESS);
	flush_td();
	fake_cpu_interrupt_after(0, true);
	assert_int_equal(tdh_phymem_cache_wb(false), TDX_INTERRUPTED_RESUMABLE);
	fake_cpu_interrupt_after(FAKE_NO_INTERRUPT, true);
	assert_int_equal(tdh_mng_vpflushdone(other.tdr), TDX_SUCCESS);
	assert_int_equal(tdh_phymem_cache_wb(true), TDX_SUCCESS);
	assert_int_equal(pending(), 2);
	assert_int_equal(sys_key(other.hkid)->write_back_pending, 3);
	/* begun anew, it is */
	assert_int_equal(tdh_phymem_cache_wb(false), TDX_SUCCESS);
	assert_int_equal(sys_key(other.hkid)->write_back_pending, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_accept, setup),
		cmocka_unit_test_setup(test_accept_under_fire, setup),
		cmocka_unit_test_setup(test_small_pages_are_not_interrupted, setup),
		cmocka_unit_test_setup(test_half_accepted_page, setup),
		cmocka_unit_test_setup(test_half_accepted_page_in_pieces, setup),
		cmocka_unit_test_setup(test_report, setup),
		cmocka_unit_test_setup(test_demote_and_promote, setup),
		cmocka_unit_test_setup(test_cache_wb, setup),
		cmocka_unit_test_setup(test_cache_wb_of_those_at_the_start, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
