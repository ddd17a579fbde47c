/* SPDX-License-Identifier: MIT */
/*
 * A page of 1 GiB: made of 512 under a running TD, used by it, split, made again, taken. TDX Module
 * ABI, "TDH.MEM.PAGE.PROMOTE".
 */
#include <tdx/leaf.h>

#include "lib/phys.h"
#include "tests/vmm/runtime.h"
#include "tests/vmm/td.h"
#include "vmm/console.h"
#include "vmm/pages.h"
#include "vmm/platform.h"

#define AT   SIZE_1G
#define MARK UINT64_C(0x1900d9a9e)

static struct test_td td;

static void block_and_track(uint64_t at, unsigned int level)
{
	struct tdx_sept_entry entry;

	must(tdh_mem_range_block(td.tdr, gpa(at), level, &entry), "TDH.MEM.RANGE.BLOCK");
	must(tdh_mem_track(td.tdr), "TDH.MEM.TRACK");
}

static void give(struct hpa page)
{
	for (uint64_t at = 0; at < SIZE_1G; at += SIZE_2M) {
		must(td_augment(&td, AT + at, TDX_LEVEL_2M, hpa_add(page, at)), "TDH.MEM.PAGE.AUG");
		must(td_accept(&td, AT + at, TDX_LEVEL_2M), "TDG.MEM.PAGE.ACCEPT");
		td_write(&td, GUEST_SECOND + at, MARK + at);
	}
}

static unsigned int wrong_pages(void)
{
	unsigned int wrong = 0;

	for (uint64_t at = 0; at < SIZE_1G; at += SIZE_2M)
		wrong += td_read(&td, GUEST_SECOND + at) != MARK + at;
	return wrong;
}

static void promote(void)
{
	struct hpa table;

	block_and_track(AT, TDX_LEVEL_1G);
	is(tdh_mem_page_promote(td.tdr, gpa(AT), TDX_LEVEL_1G, &table), TDX_SUCCESS,
	   "PAGE.PROMOTE to 1 GiB");
	td_returned(&td, table);
	is(wrong_pages(), 0, "the contents are as before");
}

static void test_metadata(struct hpa page, unsigned int level)
{
	struct tdx_page_metadata metadata;

	is(tdh_phymem_page_rdmd(hpa_add(page, SIZE_1G - PAGE_SIZE), &metadata), TDX_SUCCESS,
	   "PAGE.RDMD");
	is(metadata.level, level, "the size of its last page");
	is(metadata.owner.pa, td.tdr.pa, "and its owner");
}

static void demote(void)
{
	struct tdx_sept_entry entry;

	block_and_track(AT, TDX_LEVEL_1G);
	is(tdh_mem_page_demote(td.tdr, gpa(AT), TDX_LEVEL_1G,
			       td_donate(&td, TDX_PAGE_EPT, TDX_LEVEL_4K), &entry),
	   TDX_SUCCESS, "PAGE.DEMOTE to 2 MiB");
	is(wrong_pages(), 0, "the contents are as before");
}

static void take(struct hpa expected)
{
	struct hpa page;

	block_and_track(AT, TDX_LEVEL_1G);
	ok(td_read_violates(&td, GUEST_SECOND, AT), "the TD cannot read it any more");
	is(tdh_mem_page_remove(td.tdr, gpa(AT), TDX_LEVEL_1G, &page), TDX_SUCCESS, "PAGE.REMOVE");
	is(page.pa, expected.pa, "it is the page that was given");
	ok(is_zero_page(page) && is_zero_page(hpa_add(page, SIZE_1G - PAGE_SIZE)),
	   "the VMM reads zeroes");
	td_returned(&td, page);
}

void vmm_test(const struct vmm_boot *boot)
{
	struct hpa page;

	platform_init();
	td_begin(&td);
	td_start(&td);
	page = td_donate(&td, TDX_PAGE_REG, TDX_LEVEL_1G);
	give(page);
	promote();
	test_metadata(page, TDX_LEVEL_1G);
	ok(read_is_refused(page.pa) && read_is_refused(page.pa + SIZE_1G - 8), "it is hidden");
	demote();
	test_metadata(page, TDX_LEVEL_2M);
	promote();
	take(page);
	ok(td_end(&td), "every page comes back, readable and zero");
}
