/* SPDX-License-Identifier: MIT */
/* TDG.MEM.PAGE.ACCEPT. TDX Module ABI specification; every answer but a TD exit. */
#include "guest/accept.h"

#include <tdx/args.h>
#include <tdx/types.h>

#include "tests/guest/runtime.h"

#define PAGES_4K (TEST_RAM)
#define PAGE_2M	 (TEST_RAM + SIZE_2M)
#define MIXED	 (TEST_RAM + 2 * SIZE_2M)

static bool is_zero(uint64_t address, uint64_t size)
{
	const uint64_t *words = (const uint64_t *)address;

	for (uint64_t i = 0; i < size / sizeof(*words); i++)
		if (words[i])
			return false;
	return true;
}

static void test_operands(void)
{
	uint64_t invalid = TDX_OPERAND_INVALID | TDX_RCX;
	uint64_t shared = tdx_shared_bit(&vp_info);

	is(tdg_mem_page_accept(gpa(SIZE_1G), TDX_LEVEL_1G), invalid, "1 GiB is no page size");
	is(tdg_mem_page_accept(gpa(TEST_RAM), 3), invalid, "nor is level 3");
	is(tdg_mem_page_accept(gpa(TEST_RAM + PAGE_SIZE), TDX_LEVEL_2M), invalid,
	   "a 2 MiB page is aligned");
	is(tdg_mem_page_accept(gpa(TEST_RAM + 8), TDX_LEVEL_4K), invalid, "bits 11:3 are 0");
	is(tdg_mem_page_accept(gpa(TEST_RAM | shared), TDX_LEVEL_4K), invalid,
	   "shared memory is not accepted");
	is(tdg_mem_page_accept(gpa(TEST_RAM | shared << 1), TDX_LEVEL_4K), invalid,
	   "nor is what is above the SHARED bit");
}

static void test_4k(void)
{
	is(tdg_mem_page_accept(gpa(PAGES_4K), TDX_LEVEL_4K), TDX_SUCCESS, "a 4 KiB page");
	ok(is_zero(PAGES_4K, PAGE_SIZE), "it is zero");
	*(volatile uint64_t *)PAGES_4K = 1;
	is(tdg_mem_page_accept(gpa(PAGES_4K), TDX_LEVEL_4K),
	   TDX_PAGE_ALREADY_ACCEPTED | TDX_LEVEL_4K, "again: already accepted");
	is(*(volatile uint64_t *)PAGES_4K, 1, "which does not touch it");
	is(tdg_mem_page_accept(gpa(PAGES_4K), TDX_LEVEL_2M), TDX_PAGE_SIZE_MISMATCH | TDX_LEVEL_2M,
	   "a 2 MiB page over smaller ones: size mismatch");
	is(tdg_mem_page_accept(gpa(PAGES_4K + SIZE_2M - PAGE_SIZE), TDX_LEVEL_4K), TDX_SUCCESS,
	   "another 4 KiB page");
}

static void test_2m(void)
{
	is(tdg_mem_page_accept(gpa(PAGE_2M), TDX_LEVEL_2M), TDX_SUCCESS, "a 2 MiB page");
	ok(is_zero(PAGE_2M, SIZE_2M), "it is zero");
	is(tdg_mem_page_accept(gpa(PAGE_2M), TDX_LEVEL_2M),
	   TDX_PAGE_ALREADY_ACCEPTED | TDX_LEVEL_2M, "again: already accepted");
	is(tdg_mem_page_accept(gpa(PAGE_2M + PAGE_SIZE), TDX_LEVEL_4K),
	   TDX_PAGE_ALREADY_ACCEPTED | TDX_LEVEL_2M, "a part of it: already accepted");
}

static void test_range(void)
{
	uint64_t start = MIXED + SIZE_2M - PAGE_SIZE;

	is(tdx_accept_range(gpa(start), SIZE_2M + 2 * PAGE_SIZE), TDX_SUCCESS,
	   "a range of 4 KiB, 2 MiB and 4 KiB");
	ok(is_zero(start, SIZE_2M + 2 * PAGE_SIZE), "it is zero");
	is(tdx_accept_range(gpa(start + SIZE_2M), 2 * PAGE_SIZE),
	   TDX_PAGE_ALREADY_ACCEPTED | TDX_LEVEL_2M, "a range that overlaps it fails");
	is(tdx_accept_range(gpa(TEST_RAM), 0), TDX_SUCCESS, "an empty range");
}

static void test_attributes(void)
{
	struct tdx_page_attributes a;

	is(tdg_mem_page_attr_rd(gpa(PAGES_4K + 5), &a), TDX_SUCCESS, "ATTR.RD of a 4 KiB page");
	is(a.mapping, PAGES_4K | TDX_LEVEL_4K, "how it is mapped");
	is(a.attributes, 0, "no attributes of VMs that are not there");
	is(tdg_mem_page_attr_rd(gpa(PAGE_2M + PAGE_SIZE), &a), TDX_SUCCESS, "of a 2 MiB page");
	is(a.mapping, PAGE_2M | TDX_LEVEL_2M, "the whole page");
	is(tdg_mem_page_attr_wr(gpa(PAGE_2M), TDX_LEVEL_2M, 0, 0, &a), TDX_SUCCESS, "ATTR.WR");
	is(a.mapping, PAGE_2M | TDX_LEVEL_2M, "the same");
	is(tdg_mem_page_attr_wr(gpa(PAGE_2M), TDX_LEVEL_2M, UINT64_C(1) << 31, 0, &a),
	   TDX_OPERAND_INVALID | TDX_RDX, "a nested VM that is not there");
	is(tdg_mem_page_attr_wr(gpa(PAGES_4K), TDX_LEVEL_2M, 0, 0, &a),
	   TDX_PAGE_SIZE_MISMATCH | TDX_LEVEL_2M, "smaller pages");
}

void guest_test(void)
{
	test_operands();
	test_4k();
	test_2m();
	test_range();
	test_attributes();
}
