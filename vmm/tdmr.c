/* SPDX-License-Identifier: MIT */
#include "vmm/tdmr.h"

#include "lib/phys.h"
#include "vmm/console.h"
#include "vmm/pages.h"

#define TDMR_INFO_ALIGN 512

static void add_tdmr(struct tdmr_list *list, uint64_t base, uint64_t end)
{
	struct tdx_tdmr_info *last = list->count ? list->info[list->count - 1] : NULL;

	if (last && last->base + last->size >= base) { /* the GiB is shared, or they are joined */
		if (end > last->base + last->size)
			last->size = end - last->base;
		return;
	}
	if (list->count == TDX_MAX_TDMRS)
		fail("The machine's memory is in too many pieces for the TDX module.");
	last = phys_ptr(pages_alloc(sizeof(*last), TDMR_INFO_ALIGN));
	last->base = base;
	last->size = end - base;
	list->info[list->count++] = last;
}

static uint64_t pamt_size(const struct tdx_tdmr_info *tdmr, unsigned int level, uint64_t entry_size)
{
	return align_up(tdmr->size / level_size(level) * entry_size, PAGE_SIZE);
}

/* One piece of memory for the metadata of all three page sizes. */
static void add_pamt(struct tdx_tdmr_info *tdmr, uint64_t entry_size, struct range_set *usable)
{
	uint64_t size_4k = pamt_size(tdmr, TDX_LEVEL_4K, entry_size);
	uint64_t size_2m = pamt_size(tdmr, TDX_LEVEL_2M, entry_size);
	uint64_t size_1g = pamt_size(tdmr, TDX_LEVEL_1G, entry_size);
	uint64_t base = pages_alloc(size_4k + size_2m + size_1g, PAGE_SIZE).pa;

	tdmr->pamt_4k_base = base;
	tdmr->pamt_4k_size = size_4k;
	tdmr->pamt_2m_base = base + size_4k;
	tdmr->pamt_2m_size = size_2m;
	tdmr->pamt_1g_base = base + size_4k + size_2m;
	tdmr->pamt_1g_size = size_1g;
	if (!range_set_remove(usable, base, size_4k + size_2m + size_1g))
		fail("The machine's memory is in too many pieces for the TDX module.");
}

static void reserve(struct tdx_tdmr_info *tdmr, unsigned int *count, uint64_t from, uint64_t to)
{
	if (from >= to)
		return;
	if (*count == TDX_MAX_RESERVED_PER_TDMR)
		fail("The machine's memory has too many holes for the TDX module.");
	tdmr->reserved[*count].offset = from - tdmr->base;
	tdmr->reserved[*count].size = to - from;
	(*count)++;
}

/* Everything in the TDMR that is not usable. */
static void add_reserved(struct tdx_tdmr_info *tdmr, const struct range_set *usable)
{
	uint64_t at = tdmr->base, end = tdmr->base + tdmr->size;
	unsigned int count = 0;

	for (unsigned int i = 0; i < usable->count; i++) {
		const struct memory_range *r = &usable->ranges[i];

		if (range_end(r) <= at || r->base >= end)
			continue;
		reserve(tdmr, &count, at, r->base);
		at = range_end(r);
	}
	reserve(tdmr, &count, at, end);
}

void tdmr_build(const struct tdx_cmr_info *cmrs, uint64_t cmr_count, uint64_t pamt_entry_size,
		struct tdmr_list *list)
{
	struct range_set usable = { 0 };
	uint64_t *addresses;

	list->count = 0;
	for (uint64_t i = 0; i < cmr_count && cmrs[i].size; i++) {
		if (!range_set_append(&usable, cmrs[i].base, cmrs[i].size))
			fail("The machine's memory is in too many pieces for the TDX module.");
		add_tdmr(list, align_down(cmrs[i].base, SIZE_1G),
			 align_up(cmrs[i].base + cmrs[i].size, SIZE_1G));
	}
	for (unsigned int i = 0; i < list->count; i++)
		add_pamt(list->info[i], pamt_entry_size, &usable);
	list->list = pages_alloc(TDX_MAX_TDMRS * sizeof(*addresses), PAGE_SIZE);
	addresses = phys_ptr(list->list);
	for (unsigned int i = 0; i < list->count; i++) {
		add_reserved(list->info[i], &usable);
		addresses[i] = hpa_of(list->info[i]).pa;
	}
}
