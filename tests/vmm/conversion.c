/* SPDX-License-Identifier: MIT */
/*
 * The life of private memory under a running TD: given, accepted, blocked, tracked, taken, shared,
 * given again. TDX Module Base Architecture specification, "Secure EPT" and "TLB Tracking".
 */
#include <string.h>

#include <tdx/leaf.h>

#include "lib/phys.h"
#include "tests/vmm/runtime.h"
#include "tests/vmm/td.h"
#include "vmm/console.h"
#include "vmm/pages.h"
#include "vmm/platform.h"

#define MARK	    UINT64_C(0xc0ffee)
#define SMALL_GPA   TD_TEST_GPA
#define LARGE_GPA   (TD_TEST_GPA + SIZE_2M)
#define ABSENT_GPA  (TD_TEST_GPA + 2 * SIZE_2M)
#define PART	    (5 * PAGE_SIZE)
#define EEQ_TYPE    0xf
#define STATE_WRONG tdx_operand(TDX_EPT_ENTRY_STATE_INCORRECT, TDX_OPERAND_ID_RCX)
#define NOT_BLOCKED tdx_operand(TDX_GPA_RANGE_NOT_BLOCKED, TDX_OPERAND_ID_RCX)
#define NOT_TRACKED tdx_operand(TDX_TLB_TRACKING_NOT_DONE, TDX_OPERAND_ID_RCX)
#define BAD_GPA	    tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX)

static struct test_td td;

static uint64_t block(uint64_t at, unsigned int level)
{
	struct tdx_sept_entry entry;

	return tdh_mem_range_block(td.tdr, gpa(at), level, &entry);
}

static uint64_t unblock(uint64_t at, unsigned int level)
{
	struct tdx_sept_entry entry;

	return tdh_mem_range_unblock(td.tdr, gpa(at), level, &entry);
}

static uint64_t track(void)
{
	return tdh_mem_track(td.tdr);
}

/* *page is what the module says it took back. */
static uint64_t take(uint64_t at, unsigned int level, struct hpa *page)
{
	return tdh_mem_page_remove(td.tdr, gpa(at), level, page);
}

static enum tdx_sept_public_state state(uint64_t at, unsigned int level)
{
	struct tdx_sept_entry entry;

	must(tdh_mem_sept_rd(td.tdr, gpa(at), level, &entry), "TDH.MEM.SEPT.RD");
	return tdx_sept_state(&entry);
}

static void test_accept(struct hpa page)
{
	memset(phys_ptr(page), 0x5a, PAGE_SIZE);
	is(td_augment(&td, SMALL_GPA, TDX_LEVEL_4K, page), TDX_SUCCESS, "PAGE.AUG");
	is(state(SMALL_GPA, TDX_LEVEL_4K), TDX_SEPT_PENDING, "the page is pending");
	ok(td_read_violates(&td, SMALL_GPA, SMALL_GPA), "the TD cannot read it yet");
	is(td.args.rdx & EEQ_TYPE, TDX_EEQ_PENDING_EPT_VIOLATION, "the VMM is told why");
	is(td_resume(&td), TDX_EXIT_EPT_VIOLATION, "nor when it tries again");
}

/* A TD that tries for ever to read a pending page would be stuck: this one is made anew. */
static void test_accepted(struct hpa page)
{
	is(td_augment(&td, SMALL_GPA, TDX_LEVEL_4K, page), TDX_SUCCESS, "PAGE.AUG");
	is(td_accept(&td, SMALL_GPA, TDX_LEVEL_2M), TDX_PAGE_SIZE_MISMATCH | TDX_LEVEL_2M,
	   "ACCEPT as a larger page");
	is(td_accept(&td, SMALL_GPA, TDX_LEVEL_4K), TDX_SUCCESS, "ACCEPT");
	is(state(SMALL_GPA, TDX_LEVEL_4K), TDX_SEPT_MAPPED, "the page is mapped");
	is(td_accept(&td, SMALL_GPA, TDX_LEVEL_4K), TDX_PAGE_ALREADY_ACCEPTED | TDX_LEVEL_4K,
	   "ACCEPT twice");
	is(td_read(&td, SMALL_GPA), 0, "its contents are zero");
	td_write(&td, SMALL_GPA, MARK);
}

static void test_refused(struct hpa page)
{
	struct tdx_sept_entry entry;
	struct hpa other = pages_alloc(PAGE_SIZE, PAGE_SIZE);

	is(td_augment(&td, SMALL_GPA, TDX_LEVEL_4K, other), STATE_WRONG, "PAGE.AUG where one is");
	is(td_augment(&td, SMALL_GPA + PAGE_SIZE, TDX_LEVEL_4K, page),
	   tdx_operand(TDX_PAGE_METADATA_INCORRECT, TDX_OPERAND_ID_R8),
	   "PAGE.AUG of a page that the TD has");
	is(td_augment(&td, SMALL_GPA + PAGE_SIZE / 2, TDX_LEVEL_4K, other), BAD_GPA,
	   "PAGE.AUG at half a page");
	is(td_augment(&td, TD_SHARED_BIT | SMALL_GPA, TDX_LEVEL_4K, other), BAD_GPA,
	   "PAGE.AUG of a shared GPA");
	is(tdh_mem_page_add(td.tdr, gpa(SMALL_GPA), other, other, &entry), TDX_OP_STATE_INCORRECT,
	   "PAGE.ADD to a TD that runs");
	is(tdh_mem_sept_remove(td.tdr, gpa(SMALL_GPA), TDX_LEVEL_2M, &other), NOT_BLOCKED,
	   "SEPT.REMOVE of a page of entries in use");
}

static void test_block(void)
{
	struct hpa page;

	is(take(SMALL_GPA, TDX_LEVEL_4K, &page), NOT_BLOCKED, "PAGE.REMOVE before BLOCK");
	is(unblock(SMALL_GPA, TDX_LEVEL_4K), STATE_WRONG, "UNBLOCK before BLOCK");
	is(block(SMALL_GPA, TDX_LEVEL_4K), TDX_SUCCESS, "BLOCK");
	is(block(SMALL_GPA, TDX_LEVEL_4K),
	   tdx_operand(TDX_GPA_RANGE_ALREADY_BLOCKED, TDX_OPERAND_ID_RCX), "BLOCK twice");
	is(take(SMALL_GPA, TDX_LEVEL_4K, &page), NOT_TRACKED, "PAGE.REMOVE before TRACK");
	is(unblock(SMALL_GPA, TDX_LEVEL_4K),
	   tdx_operand(TDX_TLB_TRACKING_NOT_DONE, TDX_OPERAND_ID_SEPT_TREE),
	   "UNBLOCK before TRACK");
	is(state(SMALL_GPA, TDX_LEVEL_4K), TDX_SEPT_BLOCKED, "the page is still blocked");
	is(track(), TDX_SUCCESS, "TRACK");
	ok(td_read_violates(&td, SMALL_GPA, SMALL_GPA), "the TD cannot read a blocked page");
	is(td.args.rdx & EEQ_TYPE, TDX_EEQ_NONE, "which has no further reason");
	is(unblock(SMALL_GPA, TDX_LEVEL_4K), TDX_SUCCESS, "UNBLOCK");
	is(td_resume(&td), TDX_EXIT_TDCALL, "the read is completed");
	is(td.args.r12, MARK, "the contents are as before");
}

static void test_take(struct hpa expected)
{
	struct hpa page;

	is(block(SMALL_GPA, TDX_LEVEL_4K), TDX_SUCCESS, "BLOCK");
	is(track(), TDX_SUCCESS, "TRACK");
	is(take(SMALL_GPA, TDX_LEVEL_4K, &page), TDX_SUCCESS, "PAGE.REMOVE");
	is(page.pa, expected.pa, "it is the page that was given");
	td_returned(&td, expected);
	ok(is_zero_page(expected), "its contents are lost to the VMM");
	is(state(SMALL_GPA, TDX_LEVEL_4K), TDX_SEPT_FREE, "the entry is free");
	is(take(SMALL_GPA, TDX_LEVEL_4K, &page), STATE_WRONG, "PAGE.REMOVE twice");
	is(tdh_phymem_page_wbinvd(platform_keyed(expected, platform_hkid())), TDX_SUCCESS,
	   "PAGE.WBINVD");
}

static void test_share(struct hpa page)
{
	uint64_t linear = GUEST_SHARED + SMALL_GPA;

	shared_ept_map(&td.vmm, SMALL_GPA, PAGE_SIZE, page, true);
	td_write(&td, linear, MARK);
	is(*(volatile uint64_t *)page.pa, MARK, "shared: the VMM reads what the TD wrote");
	*(volatile uint64_t *)page.pa = ~MARK;
	is(td_read(&td, linear), ~MARK, "shared: the TD reads what the VMM wrote");
	shared_ept_map(&td.vmm, SMALL_GPA, PAGE_SIZE, page, false);
	is(track(), TDX_SUCCESS, "TRACK, for the shared EPT");
	is(td_do(&td, GUEST_WRITE, linear, 0, 0), TDX_EXIT_EPT_VIOLATION,
	   "a write to a page mapped for reading");
	is(td.args.r8, TD_SHARED_BIT | SMALL_GPA, "the GPA has the SHARED bit");
	is(td.args.rcx & 7, TDX_EPT_QUAL_WRITE, "and it was a write");
	shared_ept_map(&td.vmm, SMALL_GPA, PAGE_SIZE, page, true);
	is(td_resume(&td), TDX_EXIT_TDCALL, "it is completed when the page is writable");
	shared_ept_unmap(&td.vmm, SMALL_GPA, PAGE_SIZE);
	is(track(), TDX_SUCCESS, "TRACK, for the shared EPT");
}

static void test_small(void)
{
	struct hpa page = td_donate(&td, TDX_PAGE_REG, TDX_LEVEL_4K);

	test_accepted(page);
	test_refused(page);
	test_block();
	test_take(page);
	test_share(page);
	td.pages[td.page_count++] = (struct donated_page){ page, TDX_PAGE_REG, TDX_LEVEL_4K };
	test_accepted(page);
}

static void test_demote(struct hpa large)
{
	struct hpa table = td_donate(&td, TDX_PAGE_EPT, TDX_LEVEL_4K), page;
	struct tdx_sept_entry entry;

	is(take(LARGE_GPA + PART, TDX_LEVEL_4K, &page),
	   tdx_operand(TDX_EPT_WALK_FAILED, TDX_OPERAND_ID_RCX),
	   "PAGE.REMOVE of a part of a 2 MiB page");
	is(tdh_mem_page_demote(td.tdr, gpa(LARGE_GPA), TDX_LEVEL_2M, table, &entry), NOT_BLOCKED,
	   "PAGE.DEMOTE before BLOCK");
	is(block(LARGE_GPA, TDX_LEVEL_2M), TDX_SUCCESS, "BLOCK");
	is(tdh_mem_page_demote(td.tdr, gpa(LARGE_GPA), TDX_LEVEL_2M, table, &entry), NOT_TRACKED,
	   "PAGE.DEMOTE before TRACK");
	is(track(), TDX_SUCCESS, "TRACK");
	is(tdh_mem_page_demote(td.tdr, gpa(LARGE_GPA), TDX_LEVEL_2M, table, &entry), TDX_SUCCESS,
	   "PAGE.DEMOTE");
	is(state(LARGE_GPA, TDX_LEVEL_2M), TDX_SEPT_NL_MAPPED, "there is a page of entries now");
	is(td_read(&td, LARGE_GPA), MARK, "the contents are as before, in the first page");
	is(td_read(&td, LARGE_GPA + SIZE_2M - 8), MARK, "and in the last");
	ok(read_is_refused(large.pa + PART), "and still hidden");
}

static void test_take_part(struct hpa large)
{
	struct hpa page;

	is(block(LARGE_GPA + PART, TDX_LEVEL_4K), TDX_SUCCESS, "BLOCK of one page");
	is(track(), TDX_SUCCESS, "TRACK");
	is(take(LARGE_GPA + PART, TDX_LEVEL_4K, &page), TDX_SUCCESS, "PAGE.REMOVE of one page");
	is(page.pa, large.pa + PART, "it is the one in its place");
	ok(is_zero_page(page), "the VMM reads zeroes");
	ok(read_is_refused(page.pa - 8) && read_is_refused(page.pa + PAGE_SIZE),
	   "its neighbours stay hidden");
	is(td_read(&td, LARGE_GPA + PART - PAGE_SIZE), MARK, "the TD still has the one below");
	is(td_read(&td, LARGE_GPA + PART + PAGE_SIZE), MARK, "and the one above");
	is(td_augment(&td, LARGE_GPA, TDX_LEVEL_2M, td_donate(&td, TDX_PAGE_REG, TDX_LEVEL_2M)),
	   STATE_WRONG, "PAGE.AUG with 2 MiB where a page of entries is");
	td.page_count--;
	is(td_augment(&td, LARGE_GPA + PART, TDX_LEVEL_4K, page), TDX_SUCCESS,
	   "PAGE.AUG gives it back");
	is(td_accept(&td, LARGE_GPA + PART, TDX_LEVEL_4K), TDX_SUCCESS, "ACCEPT");
	is(td_read(&td, LARGE_GPA + PART), 0, "its contents are zero");
}

/* What was one page is 512 now, and comes back as such. */
static void take_all(struct hpa large)
{
	struct hpa page;
	unsigned int failed = 0;

	for (uint64_t at = 0; at < SIZE_2M; at += PAGE_SIZE)
		failed += block(LARGE_GPA + at, TDX_LEVEL_4K) != TDX_SUCCESS;
	failed += track() != TDX_SUCCESS;
	for (uint64_t at = 0; at < SIZE_2M; at += PAGE_SIZE)
		failed += take(LARGE_GPA + at, TDX_LEVEL_4K, &page) != TDX_SUCCESS ||
			  page.pa != large.pa + at;
	is(failed, 0, "BLOCK, TRACK and PAGE.REMOVE of 512 pages");
	td_returned(&td, large);
}

static void test_sept_remove(void)
{
	struct hpa page;

	is(block(LARGE_GPA, TDX_LEVEL_2M), TDX_SUCCESS, "BLOCK of the page of entries");
	is(tdh_mem_sept_remove(td.tdr, gpa(LARGE_GPA), TDX_LEVEL_2M, &page), NOT_TRACKED,
	   "SEPT.REMOVE before TRACK");
	is(track(), TDX_SUCCESS, "TRACK");
	is(tdh_mem_sept_remove(td.tdr, gpa(LARGE_GPA), TDX_LEVEL_2M, &page), TDX_SUCCESS,
	   "SEPT.REMOVE");
	ok(is_zero_page(page), "the page of entries comes back and is zero");
	td_returned(&td, page);
	is(state(LARGE_GPA, TDX_LEVEL_2M), TDX_SEPT_FREE, "its entry is free");
}

static void test_sept_in_use(void)
{
	struct hpa page;

	is(block(SMALL_GPA, TDX_LEVEL_2M), TDX_SUCCESS, "BLOCK of a page of entries in use");
	is(track(), TDX_SUCCESS, "TRACK");
	is(tdh_mem_sept_remove(td.tdr, gpa(SMALL_GPA), TDX_LEVEL_2M, &page),
	   tdx_operand(TDX_EPT_PAGE_NOT_FREE, TDX_OPERAND_ID_RCX), "SEPT.REMOVE of it");
	ok(td_read_violates(&td, SMALL_GPA, SMALL_GPA), "the TD cannot reach what is below it");
	is(unblock(SMALL_GPA, TDX_LEVEL_2M), TDX_SUCCESS, "UNBLOCK");
	is(td_resume(&td), TDX_EXIT_TDCALL, "the TD's read is completed");
}

static void test_large(void)
{
	struct hpa large = td_donate(&td, TDX_PAGE_REG, TDX_LEVEL_2M);

	is(td_augment(&td, LARGE_GPA, TDX_LEVEL_2M, hpa_add(large, PAGE_SIZE)),
	   tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_R8), "PAGE.AUG, not aligned to 2 MiB");
	is(td_augment(&td, LARGE_GPA, TDX_LEVEL_2M, large), TDX_SUCCESS, "PAGE.AUG with 2 MiB");
	is(td_accept(&td, LARGE_GPA, TDX_LEVEL_2M), TDX_SUCCESS, "ACCEPT");
	for (uint64_t at = 0; at < SIZE_2M; at += PAGE_SIZE)
		td_write(&td, LARGE_GPA + at, MARK);
	td_write(&td, LARGE_GPA + SIZE_2M - 8, MARK);
	test_demote(large);
	test_take_part(large);
	take_all(large);
	test_sept_remove();
}

/* The VMM may answer an ACCEPT of what is not there with the page. */
static void test_absent(void)
{
	ok(td_read_violates(&td, ABSENT_GPA, ABSENT_GPA), "a read of memory that is not there");
	is(td_augment(&td, ABSENT_GPA, TDX_LEVEL_4K, td_donate(&td, TDX_PAGE_REG, TDX_LEVEL_4K)),
	   TDX_SUCCESS, "PAGE.AUG");
	ok(td_resume(&td) == TDX_EXIT_EPT_VIOLATION &&
		   (td.args.rdx & EEQ_TYPE) == TDX_EEQ_PENDING_EPT_VIOLATION,
	   "the TD has not accepted it");
}

static void test_accept_absent(void)
{
	is(td_do(&td, GUEST_TDCALL, TDG_MEM_PAGE_ACCEPT, ABSENT_GPA, 0), TDX_EXIT_EPT_VIOLATION,
	   "ACCEPT of memory that is not there");
	ok(td.args.r8 == ABSENT_GPA && (td.args.rdx & EEQ_TYPE) == TDX_EEQ_ACCEPT,
	   "the VMM is told what is wanted");
	is(td_augment(&td, ABSENT_GPA, TDX_LEVEL_4K, td_donate(&td, TDX_PAGE_REG, TDX_LEVEL_4K)),
	   TDX_SUCCESS, "PAGE.AUG");
	is(td_resume(&td), TDX_EXIT_TDCALL, "the TD goes on");
	is(td.args.r12, TDX_SUCCESS, "and has accepted the page");
}

void vmm_test(const struct vmm_boot *boot)
{
	platform_init();
	td_begin(&td);
	td_start(&td);
	test_small();
	test_large();
	test_sept_in_use();
	test_accept_absent();
	ok(td_end(&td), "every page comes back, readable and zero");

	td_begin(&td);
	td_start(&td);
	test_accept(td_donate(&td, TDX_PAGE_REG, TDX_LEVEL_4K));
	ok(td_end(&td), "a TD ends whose page was never accepted");

	td_begin(&td);
	td_start(&td);
	test_absent();
	ok(td_end(&td), "a TD ends that waits for memory");
}
