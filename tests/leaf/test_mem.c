/* SPDX-License-Identifier: MIT */
/* TDH.MEM.*: every operand wrong in turn, and what each leaf does to the tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "lib/bits.h"
#include "module/lock.h"
#include "module/sept.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_builder.h"

#define SMALL	  UINT64_C(0x3000)
#define LARGE	  UINT64_C(0x40000000)
#define SHARED	  bit(47)
#define BAD	  8 /* no page */
#define NO_PAGE	  UINT64_MAX
#define FREE	  TDX_EPT_SUPPRESS_VE
#define WALK	  (TDX_EPT_WALK_FAILED | TDX_OPERAND_ID_RCX)
#define STATE	  (TDX_EPT_ENTRY_STATE_INCORRECT | TDX_OPERAND_ID_RCX)
#define UNBLOCKED (TDX_GPA_RANGE_NOT_BLOCKED | TDX_OPERAND_ID_RCX)
#define UNTRACKED (TDX_TLB_TRACKING_NOT_DONE | TDX_OPERAND_ID_RCX)

static struct test_td td;

static int setup(void **state)
{
	machine_ready();
	test_td_build(&td, TD_READY);
	return 0;
}

static int setup_final(void **state)
{
	machine_ready();
	test_td_build(&td, TD_FINAL);
	return 0;
}

/* RCX and RDX of the answer are about this entry. */
static void assert_entry(struct seam_result r, uint64_t entry, unsigned int level,
			 enum tdx_sept_public_state state)
{
	assert_int_equal(r.out.rcx, entry);
	assert_int_equal(r.out.rdx, level | (uint64_t)state << 8);
}

static void assert_no_entry(struct seam_result r)
{
	assert_int_equal(r.out.rcx, 0);
	assert_int_equal(r.out.rdx, 0);
}

/* What all leaves with a level and GPA in RCX say first; good is an operand that they accept. */
static void refuses_bad_operands(uint64_t leaf, uint64_t good)
{
	uint64_t free_page = machine_page().pa;

	assert_refused(INVALID(RDX), leaf, good, td.tdr.pa | bit(11), 0, 0);
	assert_refused(OUT_OF_RANGE(RDX), leaf, good, OUTSIDE_BASE, 0, 0);
	assert_refused(WRONG_PAGE(RDX), leaf, good, free_page, 0, 0);
	assert_no_entry(assert_refused(INVALID(RCX), leaf, good | bit(3), td.tdr.pa, 0, 0));
	assert_no_entry(assert_refused(INVALID(RCX), leaf, good | bit(11), td.tdr.pa, 0, 0));
	assert_no_entry(assert_refused(INVALID(RCX), leaf, good | bit(52), td.tdr.pa, 0, 0));
	assert_no_entry(assert_refused(INVALID(RCX), leaf, good | SHARED, td.tdr.pa, 0, 0));
	assert_no_entry(assert_refused(INVALID(RCX), leaf, good | 7, td.tdr.pa, 0, 0));
}

static void refuses_when_tree_is_locked(uint64_t leaf, uint64_t good, bool even_shared)
{
	assert_true(lock_try_exclusive(&test_tdcs(&td)->sept_lock));
	assert_no_entry(assert_refused(BUSY(SEPT_TREE), leaf, good, td.tdr.pa, 0, 0));
	lock_release_exclusive(&test_tdcs(&td)->sept_lock);
	assert_true(lock_try_shared(&test_tdcs(&td)->sept_lock));
	if (even_shared)
		assert_no_entry(assert_refused(BUSY(SEPT_TREE), leaf, good, td.tdr.pa, 0, 0));
	else
		assert_refused(WALK, leaf, bit(46) | (good & 7 ? TDX_LEVEL_2M : TDX_LEVEL_4K),
			       td.tdr.pa, 0, 0);
	lock_release_shared(&test_tdcs(&td)->sept_lock);
}

/* Another logical processor acts on the entry: of this level, at gpa. */
static void refuses_when_entry_is_locked(uint64_t leaf, uint64_t gpa_and_level)
{
	struct sept_slot slot;
	struct seam_result r;
	uint64_t before;

	assert_true(sept_walk(test_tdr(&td), gpa(gpa_and_level & ~UINT64_C(7)), gpa_and_level & 7,
			      &slot));
	assert_true(sept_lock_host(slot));
	before = *slot.entry;
	r = seam(leaf, gpa_and_level, td.tdr.pa, BAD, BAD);
	assert_int_equal(r.status, BUSY(RCX));
	assert_entry(r, sept_arch_entry(slot), slot.level, sept_public_state(sept_state(slot)));
	assert_int_equal(*slot.entry, before | cpu_sept_mark(SEPT_MARK_HOST_FIRST));
	sept_unlock(slot);
	/* the VMM's next attempt takes its claim back */
	seam(TDH_MEM_SEPT_RD, gpa_and_level, td.tdr.pa, 0, 0);
	assert_int_equal(*slot.entry, before & ~cpu_sept_mark(SEPT_MARK_LOCKED));
}

static void refuses_bad_page(uint64_t leaf, uint64_t rcx, uint64_t r9)
{
	assert_refused(INVALID(R8), leaf, rcx, td.tdr.pa, machine_page().pa + 8, r9);
	assert_refused(OUT_OF_RANGE(R8), leaf, rcx, td.tdr.pa, OUTSIDE_BASE, r9);
	assert_refused(OUT_OF_RANGE(R8), leaf, rcx, td.tdr.pa, HIGH_BASE + HIGH_USABLE, r9);
	assert_refused(WRONG_PAGE(R8), leaf, rcx, td.tdr.pa, td.tdcx[0].pa, r9);
	assert_refused(BUSY(R8), leaf, rcx, td.tdr.pa, td.tdr.pa, r9);
}

static void test_sept_add(void **state)
{
	uint64_t page = machine_page().pa;
	struct seam_result r;

	refuses_bad_operands(TDH_MEM_SEPT_ADD, 3);
	refuses_when_tree_is_locked(TDH_MEM_SEPT_ADD, 3, false);
	assert_refused(INVALID(RCX), TDH_MEM_SEPT_ADD, 0, td.tdr.pa, page, 0); /* level 0 */
	assert_refused(INVALID(RCX), TDH_MEM_SEPT_ADD, 4, td.tdr.pa, page, 0);
	/* version 0 has no flags */
	assert_refused(INVALID(RDX), TDH_MEM_SEPT_ADD, 3, td.tdr.pa | 1, page, 0);
	assert_entry(assert_refused(WALK, TDH_MEM_SEPT_ADD, 2, td.tdr.pa, page, 0), FREE, 3,
		     TDX_SEPT_FREE);
	refuses_bad_page(TDH_MEM_SEPT_ADD, 3, 0);
	r = seam(TDH_MEM_SEPT_ADD, 3, td.tdr.pa, page, 0);
	assert_int_equal(r.status, TDX_SUCCESS);
	assert_no_entry(r);
	assert_int_equal(r.out.r8, page);
	assert_true(sept_page_is_free(hpa(page)));
	assert_entry(assert_refused(STATE, TDH_MEM_SEPT_ADD, 3, td.tdr.pa, machine_page().pa, 0),
		     TDX_EPT_RWX, 3, TDX_SEPT_NL_MAPPED);
}

static void test_sept_add_version_1(void **state)
{
	uint64_t leaf = SEAM_V1 | TDH_MEM_SEPT_ADD;
	uint64_t page = machine_page().pa;
	struct seam_result r;

	assert_refused(INVALID(RDX), leaf, 3, td.tdr.pa | 2, page, NO_PAGE);
	assert_refused(INVALID(R9), leaf, 3, td.tdr.pa, page, machine_page().pa);
	assert_refused(STATE, leaf, 3, td.tdr.pa, NO_PAGE, NO_PAGE); /* none there, none given */
	r = seam(leaf, 3, td.tdr.pa, page, NO_PAGE);
	assert_int_equal(r.status, TDX_SUCCESS);
	assert_int_equal(r.out.r8, NO_PAGE);
	page = machine_page().pa;
	assert_refused(STATE, leaf, 3, td.tdr.pa, page, NO_PAGE);
	r = assert_refused(TDX_SUCCESS, leaf, 3, td.tdr.pa | 1, page, NO_PAGE);
	assert_int_equal(r.out.r8, page | bit(63));
	r = assert_refused(TDX_SUCCESS, leaf, 3, td.tdr.pa, NO_PAGE, NO_PAGE);
	assert_int_equal(r.out.r8, NO_PAGE);
}

static void test_sept_rd(void **state)
{
	struct seam_result r;
	struct hpa page;

	refuses_bad_operands(TDH_MEM_SEPT_RD, SMALL);
	refuses_when_tree_is_locked(TDH_MEM_SEPT_RD, SMALL, false);
	r = assert_refused(WALK, TDH_MEM_SEPT_RD, SMALL, td.tdr.pa, 5, 0);
	assert_entry(r, FREE, 3, TDX_SEPT_FREE);
	page = test_td_aug_page(&td, gpa(SMALL), TDX_LEVEL_4K);
	r = assert_refused(TDX_SUCCESS, TDH_MEM_SEPT_RD, SMALL, td.tdr.pa, 5, 0);
	assert_entry(r, UINT64_C(0x80000000000000f0) | page.pa, 0, TDX_SEPT_PENDING);
	assert_int_equal(r.out.r8, 5);
	assert_no_entry(assert_refused(INVALID(RDX), TDH_MEM_SEPT_RD, SMALL, td.tdr.pa | 1, 5, 0));
	test_tdcs(&td)->attributes |= TDX_ATTR_DEBUG;
	r = assert_refused(TDX_SUCCESS, TDH_MEM_SEPT_RD, SMALL, td.tdr.pa | 1, 5, 0);
	assert_int_equal(r.out.r8, 0);
}

static void block(uint64_t rcx)
{
	assert_int_equal(seam(TDH_MEM_RANGE_BLOCK, rcx, td.tdr.pa, 0, 0).status, TDX_SUCCESS);
}

static void test_sept_remove(void **state)
{
	uint64_t not_free = TDX_EPT_PAGE_NOT_FREE | TDX_OPERAND_ID_RCX;
	struct seam_result r;

	test_td_aug_page(&td, gpa(SMALL), TDX_LEVEL_4K);
	refuses_bad_operands(TDH_MEM_SEPT_REMOVE, 1);
	refuses_when_tree_is_locked(TDH_MEM_SEPT_REMOVE, 1, true);
	assert_refused(INVALID(RCX), TDH_MEM_SEPT_REMOVE, 0, td.tdr.pa, 0, 0);
	assert_refused(STATE, TDH_MEM_SEPT_REMOVE, SIZE_2M | 1, td.tdr.pa, 0, 0);
	assert_refused(UNBLOCKED, TDH_MEM_SEPT_REMOVE, 1, td.tdr.pa, 0, 0);
	block(1);
	assert_refused(UNTRACKED, TDH_MEM_SEPT_REMOVE, 1, td.tdr.pa, 0, 0);
	assert_int_equal(tdh_mem_track(td.tdr), TDX_SUCCESS);
	assert_refused(not_free, TDH_MEM_SEPT_REMOVE, 1, td.tdr.pa, 0, 0);

	assert_int_equal(seam(TDH_MEM_RANGE_UNBLOCK, 1, td.tdr.pa, 0, 0).status, TDX_SUCCESS);
	block(SMALL);
	block(1);
	assert_refused(WALK, TDH_MEM_PAGE_REMOVE, SMALL, td.tdr.pa, 0, 0);
	assert_int_equal(tdh_mem_track(td.tdr), TDX_SUCCESS);
	assert_int_equal(seam(TDH_MEM_RANGE_UNBLOCK, 1, td.tdr.pa, 0, 0).status, TDX_SUCCESS);
	assert_int_equal(seam(TDH_MEM_PAGE_REMOVE, SMALL, td.tdr.pa, 0, 0).status, TDX_SUCCESS);
	block(1);
	assert_int_equal(tdh_mem_track(td.tdr), TDX_SUCCESS);
	r = seam(SEAM_V1 | TDH_MEM_SEPT_REMOVE, 1, td.tdr.pa, 0, 0);
	assert_int_equal(r.status, TDX_SUCCESS);
	assert_true(cpu_host_can_access(hpa(r.out.rcx)));
	assert_int_equal(r.out.r9, NO_PAGE);
	assert_int_equal(r.out.r11, NO_PAGE);
	assert_int_equal(test_td_sept_state(&td, gpa(0), 1), TDX_SEPT_FREE);
}

static void test_page_demote(void **state)
{
	struct hpa large = test_td_aug_page(&td, gpa(LARGE), TDX_LEVEL_2M);
	uint64_t table = machine_page().pa;

	refuses_bad_operands(TDH_MEM_PAGE_DEMOTE, LARGE | 1);
	refuses_when_tree_is_locked(TDH_MEM_PAGE_DEMOTE, LARGE | 1, false);
	assert_refused(INVALID(RCX), TDH_MEM_PAGE_DEMOTE, LARGE, td.tdr.pa, table, NO_PAGE);
	assert_refused(INVALID(RDX), TDH_MEM_PAGE_DEMOTE, LARGE | 1, td.tdr.pa | 2, table, NO_PAGE);
	assert_refused(STATE, TDH_MEM_PAGE_DEMOTE, LARGE | 2, td.tdr.pa, table, NO_PAGE);
	assert_refused(UNBLOCKED, TDH_MEM_PAGE_DEMOTE, LARGE | 1, td.tdr.pa, table, NO_PAGE);
	block(LARGE | 1);
	assert_refused(UNTRACKED, TDH_MEM_PAGE_DEMOTE, LARGE | 1, td.tdr.pa, table, NO_PAGE);
	assert_int_equal(tdh_mem_track(td.tdr), TDX_SUCCESS);
	refuses_bad_page(TDH_MEM_PAGE_DEMOTE, LARGE | 1, NO_PAGE);
	/* a page inside the page */
	assert_refused(WRONG_PAGE(R8), TDH_MEM_PAGE_DEMOTE, LARGE | 1, td.tdr.pa, large.pa,
		       NO_PAGE);
	assert_int_equal(seam(TDH_MEM_PAGE_DEMOTE, LARGE | 1, td.tdr.pa, table, NO_PAGE).status,
			 TDX_SUCCESS);
	assert_int_equal(test_td_sept_state(&td, gpa(LARGE), 1), TDX_SEPT_NL_MAPPED);
	for (uint64_t offset = 0; offset < SIZE_2M; offset += PAGE_SIZE) {
		struct tdx_sept_entry entry;

		assert_int_equal(tdh_mem_sept_rd(td.tdr, gpa(LARGE + offset), 0, &entry),
				 TDX_SUCCESS);
		assert_int_equal(tdx_sept_state(&entry), TDX_SEPT_PENDING);
		assert_int_equal(entry.entry & TDX_EPT_ADDR, large.pa + offset);
	}
}

/* All leaves that act on an entry lock it, whatever its state. */
static void test_locked_entries(void **state)
{
	static const unsigned int small[] = { TDH_MEM_PAGE_ADD,	   TDH_MEM_PAGE_AUG,
					      TDH_MEM_PAGE_REMOVE, TDH_MEM_PAGE_RELOCATE,
					      TDH_MEM_RANGE_BLOCK, TDH_MEM_RANGE_UNBLOCK,
					      TDH_MEM_SEPT_RD };
	static const unsigned int large[] = { TDH_MEM_SEPT_ADD,	    TDH_MEM_SEPT_REMOVE,
					      TDH_MEM_PAGE_PROMOTE, TDH_MEM_PAGE_DEMOTE,
					      TDH_MEM_RANGE_BLOCK,  TDH_MEM_RANGE_UNBLOCK,
					      TDH_MEM_SEPT_RD };

	test_td_add_sept(&td, gpa(SMALL), TDX_LEVEL_4K);
	for (size_t i = 0; i < ARRAY_SIZE(small); i++)
		refuses_when_entry_is_locked(small[i], SMALL);
	for (size_t i = 0; i < ARRAY_SIZE(large); i++)
		refuses_when_entry_is_locked(large[i], 0 | TDX_LEVEL_2M);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_sept_add, setup),
		cmocka_unit_test_setup(test_sept_add_version_1, setup),
		cmocka_unit_test_setup(test_sept_rd, setup),
		cmocka_unit_test_setup(test_sept_remove, setup_final),
		cmocka_unit_test_setup(test_page_demote, setup_final),
		cmocka_unit_test_setup(test_locked_entries, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
