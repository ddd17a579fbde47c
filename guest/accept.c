/* SPDX-License-Identifier: MIT */
#include "guest/accept.h"

#include <stdbool.h>

#include <tdx/types.h>

#include "guest/leaf.h"
#include "guest/tsc.h"
#include "lib/addr.h"

/* The VMM may hold the page's entry for a while; the module bounds how long in all. */
#define BUSY_ATTEMPTS 1000

#define GPA_LIMIT (UINT64_C(1) << 52)

/* status: of the first attempt, which was TDX_OPERAND_BUSY. */
static __attribute__((noinline, cold)) uint64_t accept_busy(struct gpa gpa, unsigned int level,
							    uint64_t status)
{
	for (unsigned int i = 1; i < BUSY_ATTEMPTS && tdx_status_name(status) == TDX_OPERAND_BUSY;
	     i++) {
		tdx_pause();
		status = tdg_mem_page_accept(gpa, level);
	}
	return status;
}

/* Accepts pages of one size up to end, or until one fails, which is *at then. */
static __attribute__((noinline)) uint64_t accept_run(uint64_t *at, uint64_t end, unsigned int level)
{
	uint64_t size = level_size(level), status = TDX_SUCCESS;
	struct gpa page;

	for (page = gpa(*at); page.pa < end; page = gpa_add(page, size)) {
		status = tdg_mem_page_accept(page, level);
		if (__builtin_expect(status != TDX_SUCCESS, 0)) {
			status = accept_busy(page, level, status);
			if (status != TDX_SUCCESS)
				break;
		}
	}
	*at = page.pa;
	return status;
}

/* The VMM has smaller pages there, or the module does not accept so much at once. */
static bool too_large(uint64_t status, unsigned int level)
{
	return level != TDX_LEVEL_4K && (tdx_status_name(status) == TDX_PAGE_SIZE_MISMATCH ||
					 tdx_status_name(status) == TDX_OPERAND_INVALID);
}

/* The largest page with which [start, end) can begin, none that begins below refused_end. */
static unsigned int page_level(uint64_t start, uint64_t end, const uint64_t *refused_end)
{
	unsigned int level = TDX_LEVEL_1G;

	while (level != TDX_LEVEL_4K &&
	       (!is_aligned(start, level_size(level)) || end - start < level_size(level) ||
		start < refused_end[level]))
		level--;
	return level;
}

/* Where pages of this level end that begin at start: a larger one may follow, or too little. */
static uint64_t run_end(uint64_t start, uint64_t end, unsigned int level)
{
	uint64_t larger = align_down(start, level_size(level + 1)) + level_size(level + 1);
	uint64_t last = align_down(end, level_size(level));

	return larger < last ? larger : last;
}

/*
 * A large page that is refused is tried in smaller ones up to its end: a VMM with small pages costs
 * one attempt for each large page. again: pages that are accepted already are no failure.
 */
static uint64_t accept_pages(uint64_t at, uint64_t end, bool again)
{
	uint64_t refused_end[TDX_LEVEL_1G + 1] = { 0 };

	while (at < end) {
		unsigned int level = page_level(at, end, refused_end);
		uint64_t status = accept_run(&at, run_end(at, end, level), level);

		if (too_large(status, level))
			refused_end[level] = at + level_size(level);
		else if (again && tdx_status_name(status) == TDX_PAGE_ALREADY_ACCEPTED)
			at += level_size(level);
		else if (status != TDX_SUCCESS)
			return status;
	}
	return TDX_SUCCESS;
}

static bool range_valid(struct gpa start, uint64_t size)
{
	return is_aligned(start.pa | size, PAGE_SIZE) && start.pa < GPA_LIMIT &&
	       size <= GPA_LIMIT - start.pa;
}

uint64_t tdx_accept_page(struct gpa gpa)
{
	uint64_t status = tdg_mem_page_accept(gpa, TDX_LEVEL_4K);

	if (__builtin_expect(status != TDX_SUCCESS, 0))
		status = accept_busy(gpa, TDX_LEVEL_4K, status);
	return status;
}

uint64_t tdx_accept_range(struct gpa start, uint64_t size)
{
	if (!range_valid(start, size))
		return TDX_OPERAND_INVALID | TDX_OPERAND_ID_RCX;
	if (size == PAGE_SIZE)
		return tdx_accept_page(start);
	return accept_pages(start.pa, start.pa + size, false);
}

uint64_t tdx_accept_again(struct gpa start, uint64_t size)
{
	if (!range_valid(start, size))
		return TDX_OPERAND_INVALID | TDX_OPERAND_ID_RCX;
	return accept_pages(start.pa, start.pa + size, true);
}
