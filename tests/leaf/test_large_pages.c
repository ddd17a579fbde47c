/* SPDX-License-Identifier: MIT */
/* TDH.MEM.PAGE.PROMOTE and DEMOTE: one page from many and back, of 2 MiB and of 1 GiB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "module/lock.h"
#include "module/sept.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

#define AT	   UINT64_C(0x40000000) /* GPA of the large page */
#define PAGES	   512
#define NO_PAGE	   UINT64_MAX
#define RCX_OF(s)  ((s) | TDX_OPERAND_ID_RCX)
#define UNFIT	   RCX_OF(TDX_EPT_INVALID_PROMOTE_CONDITIONS)
#define NL_BLOCKED (UINT64_C(1) | TDX_SEPT_NL_BLOCKED << 8)

static struct test_td td;

static int setup(void **state)
{
	machine_ready();
	test_td_build(&td, TD_FINAL);
	return 0;
}

static uint64_t accept_page(uint64_t at, unsigned int level)
{
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RCX] = at | level };

	return td_guest_tdcall(&td, 0, TDG_MEM_PAGE_ACCEPT, regs);
}

static void block(uint64_t at, unsigned int level)
{
	struct tdx_sept_entry entry;

	assert_int_equal(tdh_mem_range_block(td.tdr, gpa(at), level, &entry), TDX_SUCCESS);
}

static void unblock(uint64_t at, unsigned int level)
{
	struct tdx_sept_entry entry;

	assert_int_equal(tdh_mem_range_unblock(td.tdr, gpa(at), level, &entry), TDX_SUCCESS);
}

static void block_and_track(uint64_t at, unsigned int level)
{
	block(at, level);
	assert_int_equal(tdh_mem_track(td.tdr), TDX_SUCCESS);
}

/* Page i of the large page to be: in its place, accepted, its number in it. */
static void give(struct hpa base, unsigned int i, unsigned int place)
{
	struct tdx_sept_entry entry;
	struct hpa page = hpa_add(base, place * PAGE_SIZE);

	assert_int_equal(
		tdh_mem_page_aug(td.tdr, gpa(AT + i * PAGE_SIZE), TDX_LEVEL_4K, page, &entry),
		TDX_SUCCESS);
	assert_int_equal(accept_page(AT + i * PAGE_SIZE, TDX_LEVEL_4K), TDX_SUCCESS);
	*(uint64_t *)phys_ptr(page) = i;
}

static struct hpa give_all(void)
{
	struct hpa base = machine_block();

	test_td_add_sept(&td, gpa(AT), TDX_LEVEL_4K);
	for (unsigned int i = 0; i < PAGES; i++)
		give(base, i, i);
	return base;
}

static void assert_one_page(struct hpa pa, unsigned int level, struct hpa owner)
{
	struct tdx_page_metadata metadata;

	assert_int_equal(tdh_phymem_page_rdmd(pa, &metadata), TDX_SUCCESS);
	assert_int_equal(metadata.type, TDX_PAGE_REG);
	assert_int_equal(metadata.level, level);
	assert_int_equal(metadata.owner.pa, owner.pa);
	assert_int_equal(metadata.bepoch, 0);
}

static uint64_t guest_sees(uint64_t at)
{
	struct cpu_vcpu *v = &test_vcpu(&td, 0)->cpu;
	struct hpa pa;

	cpu_vcpu_flush_tlb(v);
	assert_true(fake_cpu_translate(v, gpa(at), &pa));
	return *(uint64_t *)phys_ptr(pa);
}

static void test_promote(void **state)
{
	struct hpa base = give_all(), table;
	uint64_t children;

	block_and_track(AT, TDX_LEVEL_2M);
	children = test_tdr(&td)->child_count;
	assert_int_equal(tdh_mem_page_promote(td.tdr, gpa(AT), TDX_LEVEL_2M, &table), TDX_SUCCESS);
	assert_int_equal(test_tdr(&td)->child_count, children - 1);
	assert_true(cpu_host_can_access(table));
	assert_int_equal(*(uint64_t *)phys_ptr(table), 0);
	assert_int_equal(test_td_sept_state(&td, gpa(AT), TDX_LEVEL_2M), TDX_SEPT_MAPPED);
	assert_one_page(hpa_add(base, 7 * PAGE_SIZE), TDX_LEVEL_2M, td.tdr);
	assert_int_equal(guest_sees(AT + 511 * PAGE_SIZE), 511);
	assert_false(cpu_host_can_access(hpa_add(base, 511 * PAGE_SIZE)));
	assert_int_equal(accept_page(AT, TDX_LEVEL_2M), TDX_PAGE_ALREADY_ACCEPTED | TDX_LEVEL_2M);
	test_td_tear_down(&td);
	machine_assert_all_returned();
}

static void test_promote_and_demote(void **state)
{
	struct hpa base = give_all(), table;
	struct tdx_sept_entry entry;

	block_and_track(AT, TDX_LEVEL_2M);
	assert_int_equal(tdh_mem_page_promote(td.tdr, gpa(AT), TDX_LEVEL_2M, &table), TDX_SUCCESS);
	block_and_track(AT, TDX_LEVEL_2M);
	assert_int_equal(tdh_mem_page_demote(td.tdr, gpa(AT), TDX_LEVEL_2M, table, &entry),
			 TDX_SUCCESS);
	for (unsigned int i = 0; i < PAGES; i++) {
		assert_one_page(hpa_add(base, i * PAGE_SIZE), TDX_LEVEL_4K, td.tdr);
		assert_int_equal(test_td_sept_state(&td, gpa(AT + i * PAGE_SIZE), TDX_LEVEL_4K),
				 TDX_SEPT_MAPPED);
	}
	assert_int_equal(guest_sees(AT + 3 * PAGE_SIZE), 3);
	test_td_tear_down(&td);
	machine_assert_all_returned();
}

static void test_promote_version_1(void **state)
{
	struct seam_result r;

	give_all();
	r = seam(SEAM_V1 | TDH_MEM_PAGE_PROMOTE, AT | 1, td.tdr.pa, 1, 2);
	assert_int_equal(r.status, RCX_OF(TDX_GPA_RANGE_NOT_BLOCKED));
	assert_int_equal(r.out.rdx, 1 | TDX_SEPT_NL_MAPPED << 8);
	assert_int_equal(r.out.r9, NO_PAGE);
	block(AT, TDX_LEVEL_2M);
	r = assert_refused(RCX_OF(TDX_TLB_TRACKING_NOT_DONE), TDH_MEM_PAGE_PROMOTE, AT | 1,
			   td.tdr.pa, 1, 2);
	assert_int_equal(r.out.rcx, 0);
	assert_int_equal(r.out.r9, 2);
	assert_int_equal(tdh_mem_track(td.tdr), TDX_SUCCESS);
	r = seam(SEAM_V1 | TDH_MEM_PAGE_PROMOTE, AT | 1, td.tdr.pa, 1, 2);
	assert_int_equal(r.status, TDX_SUCCESS);
	assert_int_equal(r.out.rdx, 0);
	assert_int_equal(r.out.r8, 1);
	assert_int_equal(r.out.r9, NO_PAGE);
	assert_int_equal(r.out.r11, NO_PAGE);
}

static void assert_unfit(void)
{
	struct seam_result r;

	block_and_track(AT, TDX_LEVEL_2M);
	r = assert_refused(UNFIT, TDH_MEM_PAGE_PROMOTE, AT | 1, td.tdr.pa, 0, 0);
	assert_int_equal(r.out.rdx, NL_BLOCKED);
	unblock(AT, TDX_LEVEL_2M);
}

static void test_promote_of_a_mixture(void **state)
{
	struct tdx_sept_entry entry;
	struct hpa page;

	give_all();
	block(AT + 9 * PAGE_SIZE, TDX_LEVEL_4K);
	assert_unfit();
	assert_int_equal(tdh_mem_page_remove(td.tdr, gpa(AT + 9 * PAGE_SIZE), TDX_LEVEL_4K, &page),
			 TDX_SUCCESS);
	assert_unfit();
	assert_int_equal(
		tdh_mem_page_aug(td.tdr, gpa(AT + 9 * PAGE_SIZE), TDX_LEVEL_4K, page, &entry),
		TDX_SUCCESS);
	assert_unfit();
	assert_int_equal(accept_page(AT + 9 * PAGE_SIZE, TDX_LEVEL_4K), TDX_SUCCESS);
	block_and_track(AT, TDX_LEVEL_2M);
	assert_int_equal(tdh_mem_page_promote(td.tdr, gpa(AT), TDX_LEVEL_2M, &page), TDX_SUCCESS);
}

/* The right pages, two of them in each other's place. */
static void test_promote_of_a_disorder(void **state)
{
	struct hpa base = machine_block();

	test_td_add_sept(&td, gpa(AT), TDX_LEVEL_4K);
	for (unsigned int i = 0; i < PAGES; i++)
		give(base, i, i == 100 ? 200 : i == 200 ? 100 : i);
	assert_unfit();
}

/* In order, but beginning in the middle of a block. */
static void test_promote_of_what_is_not_aligned(void **state)
{
	struct hpa base = machine_block();

	test_td_add_sept(&td, gpa(AT), TDX_LEVEL_4K);
	give(base, 0, 1);
	assert_unfit();
}

static void test_promote_of_entries(void **state)
{
	test_td_add_sept(&td, gpa(AT), TDX_LEVEL_4K);
	assert_unfit();
	block_and_track(AT, TDX_LEVEL_1G);
	assert_refused(UNFIT, TDH_MEM_PAGE_PROMOTE, AT | 2, td.tdr.pa, 0, 0);
	unblock(AT, TDX_LEVEL_1G);
	assert_refused(INVALID(RCX), TDH_MEM_PAGE_PROMOTE, AT, td.tdr.pa, 0, 0);
	assert_refused(INVALID(RCX), TDH_MEM_PAGE_PROMOTE, 3, td.tdr.pa, 0, 0);
	assert_refused(RCX_OF(TDX_EPT_ENTRY_STATE_INCORRECT), TDH_MEM_PAGE_PROMOTE,
		       (AT + SIZE_2M) | 1, td.tdr.pa, 0, 0);
}

/* What somebody else looks at is not merged, split or taken away meanwhile. */
static void test_locked_pages(void **state)
{
	struct hpa base = give_all(), spare = machine_page();
	struct pamt_entry *small = page_entry(hpa_add(base, 5 * PAGE_SIZE), TDX_LEVEL_4K);
	struct page_locked page;
	struct sept_slot slot;
	struct hpa table;

	block_and_track(AT, TDX_LEVEL_2M);
	assert_int_equal(page_lock(hpa_add(base, 5 * PAGE_SIZE), TDX_LEVEL_4K, TDX_PAGE_REG,
				   PAGE_LOCK_SHARED, 0, &page),
			 TDX_SUCCESS);
	assert_int_equal(small->lock, 1);
	assert_refused(BUSY(RCX), TDH_MEM_PAGE_PROMOTE, AT | 1, td.tdr.pa, 0, 0);
	page_unlock(&page);

	assert_true(sept_walk(test_tdr(&td), gpa(AT), TDX_LEVEL_2M, &slot));
	table = sept_pa(slot);
	assert_int_equal(page_lock(table, TDX_LEVEL_4K, TDX_PAGE_EPT, PAGE_LOCK_SHARED, 0, &page),
			 TDX_SUCCESS);
	assert_refused(BUSY(RCX), TDH_MEM_PAGE_PROMOTE, AT | 1, td.tdr.pa, 0, 0);
	page_unlock(&page);
	assert_int_equal(tdh_mem_page_promote(td.tdr, gpa(AT), TDX_LEVEL_2M, &table), TDX_SUCCESS);

	block_and_track(AT, TDX_LEVEL_2M);
	assert_int_equal(page_lock(base, TDX_LEVEL_2M, TDX_PAGE_REG, PAGE_LOCK_SHARED, 0, &page),
			 TDX_SUCCESS);
	assert_refused(BUSY(RCX), TDH_MEM_PAGE_DEMOTE, AT | 1, td.tdr.pa, spare.pa, NO_PAGE);
	assert_refused(BUSY(RCX), TDH_MEM_PAGE_REMOVE, AT | 1, td.tdr.pa, 0, 0);
	page_unlock(&page);
}

static void aug_block(uint64_t offset)
{
	struct tdx_sept_entry entry;

	assert_int_equal(tdh_mem_page_aug(td.tdr, gpa(AT + offset), TDX_LEVEL_2M,
					  hpa(HUGE_BASE + offset), &entry),
			 TDX_SUCCESS);
}

/* A GiB that waits for acceptance, as that takes no memory of the test's. */
static void build_gib(void)
{
	struct hpa table;

	machine_bring_up_huge();
	test_td_build(&td, TD_FINAL);
	test_td_add_sept(&td, gpa(AT), TDX_LEVEL_2M);
	for (uint64_t offset = 0; offset < SIZE_1G; offset += SIZE_2M)
		aug_block(offset);
	block_and_track(AT, TDX_LEVEL_1G);
	assert_int_equal(tdh_mem_page_promote(td.tdr, gpa(AT), TDX_LEVEL_1G, &table), TDX_SUCCESS);
}

static void test_gib(void **state)
{
	uint64_t children;
	struct hpa page;

	build_gib();
	assert_int_equal(test_td_sept_state(&td, gpa(AT), TDX_LEVEL_1G), TDX_SEPT_PENDING);
	assert_one_page(hpa(HUGE_BASE + 5 * SIZE_2M + PAGE_SIZE), TDX_LEVEL_1G, td.tdr);
	/* its parts are nobody's to take */
	assert_refused(WRONG_PAGE(RCX), TDH_MNG_CREATE, HUGE_BASE + PAGE_SIZE, TEST_HKID + 1, 0, 0);
	test_td_add_sept(&td, gpa(0), TDX_LEVEL_2M);
	assert_refused(WRONG_PAGE(R8), TDH_MEM_PAGE_AUG, 1, td.tdr.pa, HUGE_BASE + SIZE_2M, 0);
	children = test_tdr(&td)->child_count;
	block_and_track(AT, TDX_LEVEL_1G);
	assert_int_equal(tdh_mem_page_remove(td.tdr, gpa(AT), TDX_LEVEL_1G, &page), TDX_SUCCESS);
	assert_int_equal(page.pa, HUGE_BASE);
	assert_int_equal(test_tdr(&td)->child_count, children - PAGES * PAGES);
	assert_true(cpu_host_can_access(hpa(HUGE_BASE + SIZE_1G - PAGE_SIZE)));
	assert_int_equal(machine_count_pages(TDX_PAGE_REG), 0);
}

static void end_of_td(void)
{
	assert_int_equal(tdh_vp_flush(td.tdvpr[0]), TDX_SUCCESS);
	assert_int_equal(tdh_mng_vpflushdone(td.tdr), TDX_SUCCESS);
	for (machine.lp = 0; machine.lp < machine.packages; machine.lp++)
		assert_int_equal(tdh_phymem_cache_wb(false), TDX_SUCCESS);
	machine.lp = 0;
	assert_int_equal(tdh_mng_key_freeid(td.tdr), TDX_SUCCESS);
}

static void test_gib_in_pieces(void **state)
{
	struct tdx_page_metadata metadata;
	struct hpa table, small;
	struct tdx_sept_entry entry;

	build_gib();
	block_and_track(AT, TDX_LEVEL_1G);
	table = machine_page();
	assert_int_equal(tdh_mem_page_demote(td.tdr, gpa(AT), TDX_LEVEL_1G, table, &entry),
			 TDX_SUCCESS);
	assert_one_page(hpa(HUGE_BASE + SIZE_1G - PAGE_SIZE), TDX_LEVEL_2M, td.tdr);
	assert_int_equal(test_td_sept_state(&td, gpa(AT + 9 * SIZE_2M), TDX_LEVEL_2M),
			 TDX_SEPT_PENDING);
	block_and_track(AT + 9 * SIZE_2M, TDX_LEVEL_2M);
	small = machine_page();
	assert_int_equal(
		tdh_mem_page_demote(td.tdr, gpa(AT + 9 * SIZE_2M), TDX_LEVEL_2M, small, &entry),
		TDX_SUCCESS);
	assert_one_page(hpa(HUGE_BASE + 9 * SIZE_2M), TDX_LEVEL_4K, td.tdr);
	/* entries of mixed sizes are no page */
	block_and_track(AT, TDX_LEVEL_1G);
	assert_int_equal(seam(TDH_MEM_PAGE_PROMOTE, AT | 2, td.tdr.pa, 0, 0).status, UNFIT);
	unblock(AT, TDX_LEVEL_1G);
	block_and_track(AT + 9 * SIZE_2M, TDX_LEVEL_2M);
	assert_int_equal(tdh_mem_page_promote(td.tdr, gpa(AT + 9 * SIZE_2M), TDX_LEVEL_2M, &small),
			 TDX_SUCCESS);
	block_and_track(AT, TDX_LEVEL_1G);
	assert_int_equal(tdh_mem_page_promote(td.tdr, gpa(AT), TDX_LEVEL_1G, &table), TDX_SUCCESS);
	assert_one_page(hpa(HUGE_BASE), TDX_LEVEL_1G, td.tdr);
	end_of_td();
	assert_int_equal(tdh_phymem_page_reclaim(hpa(HUGE_BASE + SIZE_2M), &metadata),
			 INVALID(RCX));
	assert_int_equal(tdh_phymem_page_reclaim(hpa(HUGE_BASE), &metadata), TDX_SUCCESS);
	assert_int_equal(metadata.level, TDX_LEVEL_1G);
	assert_true(cpu_host_can_access(hpa(HUGE_BASE + SIZE_1G - PAGE_SIZE)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_promote, setup),
		cmocka_unit_test_setup(test_promote_and_demote, setup),
		cmocka_unit_test_setup(test_promote_version_1, setup),
		cmocka_unit_test_setup(test_promote_of_a_mixture, setup),
		cmocka_unit_test_setup(test_promote_of_a_disorder, setup),
		cmocka_unit_test_setup(test_promote_of_what_is_not_aligned, setup),
		cmocka_unit_test_setup(test_promote_of_entries, setup),
		cmocka_unit_test_setup(test_locked_pages, setup),
		cmocka_unit_test(test_gib),
		cmocka_unit_test(test_gib_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
