/* SPDX-License-Identifier: MIT */
#include "vmm/pages.h"

#include <string.h>

#include "lib/check.h"
#include "lib/hob.h"
#include "lib/phys.h"
#include "vmm/console.h"

#define IMAGE_ADDRESS UINT64_C(0xffffffff80000000)

struct range_set ram;

static struct range_set pool;
static uint64_t free_list; /* of single pages; the first word of each is the next */
static struct memory_range image;

void *phys_ptr(struct hpa pa)
{
	return (void *)pa.pa;
}

struct hpa hpa_of(const void *object)
{
	uint64_t address = (uint64_t)object;

	return hpa(address >= IMAGE_ADDRESS ? address - IMAGE_ADDRESS + image.base : address);
}

void pages_init(const struct vmm_boot *boot)
{
	bool fits = true;

	image = boot->image;
	for (uint32_t i = 0; i < boot->range_count; i++)
		fits &= range_set_append(&ram, boot->ranges[i].base, boot->ranges[i].size);
	pool = ram;
	/* The machine's firmware has its data below 1 MiB. */
	fits &= range_set_remove(&pool, 0, TD_RAM_FROM);
	fits &= range_set_remove(&pool, image.base, image.size);
	CHECK(fits);
}

void pages_leave_to_td(uint64_t memory_size)
{
	struct memory_range ranges[TD_MAX_RAM_RANGES];
	size_t count = td_ram_ranges(memory_size, ranges);

	for (size_t i = 0; i < count; i++) {
		const struct memory_range *r = &ranges[i];

		if (r->base < TD_RAM_FROM)
			continue;
		if (!range_set_has(&pool, r->base, r->size))
			fail("The machine has too little memory for a TD of %lu MiB.",
			     memory_size >> 20);
		CHECK(range_set_remove(&pool, r->base, r->size));
	}
}

/* The last place in a range where such a block fits: single pages come from the first ranges. */
static bool place(const struct memory_range *range, uint64_t size, uint64_t align, uint64_t *base)
{
	if (range->size < size)
		return false;
	*base = align_down(range_end(range) - size, align);
	return *base >= range->base;
}

static bool take(uint64_t size, uint64_t align, uint64_t *base)
{
	for (unsigned int i = 0; i < pool.count; i++)
		if (place(&pool.ranges[i], size, align, base))
			return range_set_remove(&pool, *base, size);
	return false;
}

struct hpa pages_alloc(uint64_t size, uint64_t align)
{
	uint64_t base;

	size = align_up(size, PAGE_SIZE);
	if (!take(size, align, &base))
		fail("The machine has too little memory for the VMM: %lu KiB more are needed.",
		     size >> 10);
	memset(phys_ptr(hpa(base)), 0, size);
	return hpa(base);
}

bool page_alloc(struct hpa *page)
{
	if (free_list) {
		*page = hpa(free_list);
		free_list = *(uint64_t *)phys_ptr(*page);
		return true;
	}
	for (unsigned int i = 0; i < pool.count; i++) {
		struct memory_range *r = &pool.ranges[i];

		if (r->size < PAGE_SIZE)
			continue;
		*page = hpa(r->base);
		r->base += PAGE_SIZE;
		r->size -= PAGE_SIZE;
		return true;
	}
	return false;
}

void page_free(struct hpa page)
{
	*(uint64_t *)phys_ptr(page) = free_list;
	free_list = page.pa;
}

void *page_new(void)
{
	struct hpa page;

	if (!page_alloc(&page))
		fail("The machine has too little memory for the VMM.");
	return memset(phys_ptr(page), 0, PAGE_SIZE);
}
