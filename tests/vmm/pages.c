/* SPDX-License-Identifier: MIT */
/*
 * Pages under a running TD: 512 of them made one, one moved elsewhere, and those of a debug TD
 * looked into. TDX Module ABI, "TDH.MEM.PAGE.PROMOTE", "TDH.MEM.PAGE.RELOCATE", "TDH.MEM.RD".
 */
#include <tdx/leaf.h>

#include "lib/phys.h"
#include "tests/vmm/runtime.h"
#include "tests/vmm/td.h"
#include "vmm/console.h"
#include "vmm/pages.h"
#include "vmm/platform.h"

#define AT    TD_TEST_GPA
#define MARK  UINT64_C(0x0b5e55ed)
#define PAGES (SIZE_2M / PAGE_SIZE)

static struct test_td td;

static void block_and_track(uint64_t at, unsigned int level)
{
	struct tdx_sept_entry entry;

	must(tdh_mem_range_block(td.tdr, gpa(at), level, &entry), "TDH.MEM.RANGE.BLOCK");
	must(tdh_mem_track(td.tdr), "TDH.MEM.TRACK");
}

static enum tdx_sept_public_state state(uint64_t at, unsigned int level)
{
	struct tdx_sept_entry entry;

	must(tdh_mem_sept_rd(td.tdr, gpa(at), level, &entry), "TDH.MEM.SEPT.RD");
	return tdx_sept_state(&entry);
}

/* Every page of the block, in its place, with its number in it. */
static void fill_block(struct hpa block)
{
	for (unsigned int i = 0; i < PAGES; i++) {
		uint64_t at = AT + i * PAGE_SIZE;

		must(td_augment(&td, at, TDX_LEVEL_4K, hpa_add(block, i * PAGE_SIZE)),
		     "TDH.MEM.PAGE.AUG");
		must(td_accept(&td, at, TDX_LEVEL_4K), "TDG.MEM.PAGE.ACCEPT");
		td_write(&td, at, MARK + i);
	}
}

static unsigned int wrong_pages(void)
{
	unsigned int wrong = 0;

	for (unsigned int i = 0; i < PAGES; i++)
		wrong += td_read(&td, AT + i * PAGE_SIZE) != MARK + i;
	return wrong;
}

static void test_promote(void)
{
	struct hpa block = td_donate(&td, TDX_PAGE_REG, TDX_LEVEL_2M), table;
	struct tdx_sept_entry entry;

	fill_block(block);
	block_and_track(AT, TDX_LEVEL_2M);
	ok(td_read_violates(&td, AT, AT), "the TD cannot read what is about to be one page");
	is(tdh_mem_page_promote(td.tdr, gpa(AT), TDX_LEVEL_2M, &table), TDX_SUCCESS,
	   "PAGE.PROMOTE");
	is(state(AT, TDX_LEVEL_2M), TDX_SEPT_MAPPED, "one page of 2 MiB");
	is(td_resume(&td), TDX_EXIT_TDCALL, "the read is completed");
	is(wrong_pages(), 0, "the contents are as before");
	ok(is_zero_page(table), "the page of entries is the VMM's, and zero");
	td_returned(&td, table);
	ok(read_is_refused(block.pa) && read_is_refused(block.pa + SIZE_2M - 8),
	   "the page is hidden still");
	block_and_track(AT, TDX_LEVEL_2M);
	is(tdh_mem_page_demote(td.tdr, gpa(AT), TDX_LEVEL_2M,
			       td_donate(&td, TDX_PAGE_EPT, TDX_LEVEL_4K), &entry),
	   TDX_SUCCESS, "PAGE.DEMOTE");
	is(wrong_pages(), 0, "the contents are as before");
	block_and_track(AT, TDX_LEVEL_2M);
	is(tdh_mem_page_promote(td.tdr, gpa(AT), TDX_LEVEL_2M, &table), TDX_SUCCESS,
	   "PAGE.PROMOTE");
	td_returned(&td, table);
}

static void test_relocate(void)
{
	struct hpa old = td_page(&td, TDX_PAGE_REG, 0), back;
	struct hpa page = pages_alloc(PAGE_SIZE, PAGE_SIZE);

	td_write(&td, TD_DATA_GPA + PAGE_SIZE - 8, MARK);
	block_and_track(TD_DATA_GPA, TDX_LEVEL_4K);
	is(tdh_mem_page_relocate(td.tdr, gpa(TD_DATA_GPA), page, &back), TDX_SUCCESS,
	   "PAGE.RELOCATE");
	is(back.pa, old.pa, "it tells which page it was");
	ok(is_zero_page(old), "the VMM reads zeroes there");
	ok(read_is_refused(page.pa), "and cannot read the new one");
	td_returned(&td, old);
	td.pages[td.page_count++] = (struct donated_page){ page, TDX_PAGE_REG, TDX_LEVEL_4K };
	is(td_read(&td, TD_DATA_GPA), TD_DATA_VALUE, "the TD finds what it had");
	is(td_read(&td, TD_DATA_GPA + PAGE_SIZE - 8), MARK, "to the end of the page");
	*(volatile uint64_t *)phys_ptr(old) = ~MARK;
	is(td_read(&td, TD_DATA_GPA), TD_DATA_VALUE, "and nothing of the VMM's");
}

static void test_not_debug(void)
{
	uint64_t value;

	is(tdh_mem_rd(td.tdr, gpa(TD_DATA_GPA), &value), TDX_TD_NON_DEBUG, "MEM.RD");
	is(value, 0, "no byte of it");
	is(tdh_mem_wr(td.tdr, gpa(TD_DATA_GPA), MARK, &value), TDX_TD_NON_DEBUG, "MEM.WR");
	is(td_read(&td, TD_DATA_GPA), TD_DATA_VALUE, "the TD's memory is as it was");
}

static void test_debug(void)
{
	uint64_t value;

	is(tdh_mem_rd(td.tdr, gpa(TD_DATA_GPA), &value), TDX_SUCCESS, "MEM.RD of a debug TD");
	is(value, TD_DATA_VALUE, "what it was built with");
	td_write(&td, TD_DATA_GPA, MARK);
	is(tdh_mem_rd(td.tdr, gpa(TD_DATA_GPA), &value), TDX_SUCCESS, "MEM.RD");
	is(value, MARK, "what the TD has written");
	is(tdh_mem_wr(td.tdr, gpa(TD_DATA_GPA), ~MARK, &value), TDX_SUCCESS, "MEM.WR");
	is(value, MARK, "it tells what was there");
	is(td_read(&td, TD_DATA_GPA), ~MARK, "the TD reads what the VMM has written");
}

void vmm_test(const struct vmm_boot *boot)
{
	platform_init();
	td_begin(&td);
	td_start(&td);
	test_promote();
	test_relocate();
	test_not_debug();
	ok(td_end(&td), "every page comes back, readable and zero");

	td_begin_with(&td, TDX_ATTR_DEBUG);
	td_start(&td);
	test_debug();
	ok(td_end(&td), "a debug TD ends");
}
