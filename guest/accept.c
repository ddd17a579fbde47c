/* SPDX-License-Identifier: MIT */
#include "guest/accept.h"

#include <tdx/types.h>

#include "guest/leaf.h"

/* The VMM may hold the page's entry for a while; the module bounds how long in all. */
#define BUSY_ATTEMPTS 1000

static uint64_t accept(struct gpa gpa, unsigned int level)
{
	unsigned int attempts = 0;
	uint64_t status;

	do {
		status = tdg_mem_page_accept(gpa, level);
	} while ((status & TDX_STATUS_NAME_MASK) == TDX_OPERAND_BUSY && ++attempts < BUSY_ATTEMPTS);
	return status;
}

static uint64_t accept_4k_pages(struct gpa start, uint64_t size)
{
	for (uint64_t done = 0; done < size; done += PAGE_SIZE) {
		uint64_t status = accept(gpa_add(start, done), TDX_LEVEL_4K);

		if (status != TDX_SUCCESS)
			return status;
	}
	return TDX_SUCCESS;
}

uint64_t tdx_accept_range(struct gpa start, uint64_t size)
{
	uint64_t end = start.pa + size;

	while (start.pa < end) {
		bool large = is_aligned(start.pa, SIZE_2M) && end - start.pa >= SIZE_2M;
		uint64_t step = large ? SIZE_2M : PAGE_SIZE;
		uint64_t status = accept(start, large ? TDX_LEVEL_2M : TDX_LEVEL_4K);

		if (large && (status & TDX_STATUS_NAME_MASK) == TDX_PAGE_SIZE_MISMATCH)
			status = accept_4k_pages(start, SIZE_2M);
		if (status != TDX_SUCCESS)
			return status;
		start = gpa_add(start, step);
	}
	return TDX_SUCCESS;
}
