/* SPDX-License-Identifier: MIT */
#include <stdbool.h>

#include "guest/accept.h"
#include "guest/tdcall.h"
#include "lib/addr.h"
#include "lib/hob.h"
#include "shim/shim.h"
#include "shim/start.h"

/* Private GPAs of every GPA width end here at the latest. */
#define MEMORY_LIMIT (UINT64_C(1) << 47)

static bool is_ram(const struct hob_resource *r)
{
	return r->resource_type == HOB_RESOURCE_SYSTEM_MEMORY ||
	       r->resource_type == HOB_RESOURCE_MEMORY_UNACCEPTED;
}

/* RAM may not lie over the shim itself. */
static bool range_valid(uint64_t start, uint64_t size, uint64_t lowest)
{
	return is_aligned(start, PAGE_SIZE) && is_aligned(size, PAGE_SIZE) && size != 0 &&
	       start >= lowest && start < MEMORY_LIMIT && size <= MEMORY_LIMIT - start &&
	       (start + size <= (uintptr_t)memory_start || start >= SIZE_4G);
}

static void accept(uint64_t start, uint64_t size)
{
	uint64_t status = tdx_accept_range(gpa(start), size);

	if (status != TDX_SUCCESS)
		fail(SHIM_NOT_ACCEPTED, "Memory at 0x%lx is not accepted: 0x%lx.", start, status);
}

static void add_range(struct memory_map *map, uint64_t start, uint64_t size)
{
	struct memory_range *last = map->count ? &map->ranges[map->count - 1] : NULL;

	if (last && last->base + last->size == start)
		last->size += size;
	else if (map->count < MEMORY_MAX_RANGES)
		map->ranges[map->count++] = (struct memory_range){ start, size };
	else
		fail(SHIM_BAD_HOB, "The TD HOB has too many memory ranges.");
}

void memory_accept(const void *hob, struct memory_map *map)
{
	const struct hob_header *header = hob;
	uint64_t lowest = 0;

	map->count = 0;
	while ((header = hob_next(header, HOB_TYPE_RESOURCE_DESCRIPTOR))) {
		const struct hob_resource *r = (const void *)header;

		if (!is_ram(r))
			continue;
		if (!range_valid(r->start, r->length, lowest))
			fail(SHIM_BAD_HOB, "The TD HOB has an impossible range at 0x%lx.",
			     r->start);
		if (r->resource_type == HOB_RESOURCE_MEMORY_UNACCEPTED)
			accept(r->start, r->length);
		add_range(map, r->start, r->length);
		lowest = r->start + r->length;
	}
	if (map->count < 2 || map->ranges[0].base != 0 || map->ranges[0].size != TD_LOW_RAM_END ||
	    map->ranges[1].base != TD_RAM_FROM)
		fail(SHIM_BAD_HOB, "The TD HOB has no RAM where a PC has it.");
	accept(TD_LOW_RAM_END, TD_RAM_FROM - TD_LOW_RAM_END);
}
