/* SPDX-License-Identifier: MIT */
#include "vmm/memory.h"

#include <string.h>

#include <tdx/status.h>

#include "host/build.h"
#include "host/tdh_phymem.h"
#include "lib/bits.h"
#include "lib/check.h"
#include "lib/hob.h"
#include "vmm/console.h"
#include "vmm/io.h"
#include "vmm/pages.h"
#include "vmm/platform.h"
#include "vmm/td.h"

#define PAGES_PER_BLOCK (SIZE_2M / PAGE_SIZE)

/* The part of a 2 MiB block that is in a window, and its first page's index there. */
struct block {
	struct td_window *w;
	uint64_t gpa, size;
	uint64_t first;
	uint8_t *large;
};

static struct block block_at(struct td_window *w, uint64_t gpa)
{
	uint64_t base = align_down(gpa, SIZE_2M);
	uint64_t end = base + SIZE_2M, window_end = w->gpa + w->size;
	uint64_t from = base > w->gpa ? base : w->gpa;

	return (struct block){
		.w = w,
		.gpa = from,
		.size = (end < window_end ? end : window_end) - from,
		.first = (from - w->gpa) / PAGE_SIZE,
		.large = &w->large[gpa / SIZE_2M - w->gpa / SIZE_2M],
	};
}

static struct hpa backing(const struct td_window *w, uint64_t gpa)
{
	return hpa(w->hpa + (gpa - w->gpa));
}

static uint8_t *page_state(const struct td_window *w, uint64_t gpa)
{
	return &w->page[(gpa - w->gpa) / PAGE_SIZE];
}

enum td_page memory_page(const struct td_window *w, uint64_t gpa)
{
	return (enum td_page) * page_state(w, gpa);
}

struct td_window *memory_window(struct td *td, uint64_t gpa)
{
	for (unsigned int i = 0; i < td->memory.count; i++)
		if (gpa - td->memory.windows[i].gpa < td->memory.windows[i].size)
			return &td->memory.windows[i];
	return NULL;
}

static void add_window(struct td *td, uint64_t gpa, uint64_t size, uint64_t backing_hpa)
{
	struct td_window *w;

	if (size == 0)
		return;
	CHECK(td->memory.count < TD_MAX_WINDOWS);
	w = &td->memory.windows[td->memory.count++];
	*w = (struct td_window){
		.gpa = gpa,
		.size = size,
		.hpa = backing_hpa,
		.page = (uint8_t *)pages_alloc(size / PAGE_SIZE, PAGE_SIZE).pa,
		.large = (uint8_t *)pages_alloc(size / SIZE_2M + 2, PAGE_SIZE).pa,
	};
}

/* The first MiB: RAM as far as the machine has it, pages of the VMM for the rest. */
static void add_low_windows(struct td *td)
{
	uint64_t own = TD_LOW_RAM_END;

	while (own && !range_set_has(&ram, 0, own))
		own -= PAGE_SIZE;
	add_window(td, 0, own, 0);
	add_window(td, own, TD_RAM_FROM - own, pages_alloc(TD_RAM_FROM - own, PAGE_SIZE).pa);
}

void memory_init(struct td *td, uint64_t memory_size, uint64_t firmware_start)
{
	struct memory_range ranges[TD_MAX_RAM_RANGES];
	size_t count = td_ram_ranges(memory_size, ranges);

	add_low_windows(td);
	for (size_t i = 0; i < count; i++)
		if (ranges[i].base >= TD_RAM_FROM)
			add_window(td, ranges[i].base, ranges[i].size, ranges[i].base);
	td->memory.shared_root = page_new();
	for (unsigned int i = 0; i < td->memory.count; i++)
		shared_ept_unmap(td, td->memory.windows[i].gpa, td->memory.windows[i].size);
	add_window(td, firmware_start, SIZE_4G - firmware_start,
		   pages_alloc(SIZE_4G - firmware_start, PAGE_SIZE).pa);
}

static void donated(struct td *td, uint64_t size)
{
	td->pages_donated += size / PAGE_SIZE;
}

static void returned(struct td *td, uint64_t size)
{
	td->pages_returned += size / PAGE_SIZE;
}

bool memory_add(struct td *td, struct gpa gpa, struct hpa *page)
{
	struct td_window *w = memory_window(td, gpa.pa);

	if (!w || *page_state(w, gpa.pa) != TD_PAGE_ABSENT)
		return false;
	*page = backing(w, gpa.pa);
	*page_state(w, gpa.pa) = TD_PAGE_PRIVATE;
	donated(td, PAGE_SIZE);
	return true;
}

static bool sept_page(void *context, struct hpa *page)
{
	return td_control_page(context, page);
}

/* TDH.MEM.PAGE.AUG, with the pages of entries that it needs. */
static uint64_t aug(struct td *td, uint64_t at, unsigned int level, struct hpa page)
{
	struct td_builder builder = { .tdr = td->tdr, .sept_page = sept_page, .context = td };
	struct tdx_sept_entry entry;

	for (;;) {
		uint64_t status = tdh_mem_page_aug(td->tdr, gpa(at), level, page, &entry);

		if (tdx_status_name(status) != TDX_EPT_WALK_FAILED)
			return status;
		must(td_build_sept(&builder, gpa(at), &entry), "TDH.MEM.SEPT.ADD");
	}
}

static bool is_wholly(const struct block *b, enum td_page state)
{
	for (uint64_t i = 0; i < b->size / PAGE_SIZE; i++)
		if (b->w->page[b->first + i] != state)
			return false;
	return b->size == SIZE_2M;
}

/* A block that once was in 4 KiB pages keeps its page of entries, and so its page size. */
static bool augment_large(struct td *td, const struct block *b)
{
	struct hpa page = backing(b->w, b->gpa);
	uint64_t status;

	if (!is_wholly(b, TD_PAGE_ABSENT) || !is_aligned(page.pa, SIZE_2M))
		return false;
	status = aug(td, b->gpa, TDX_LEVEL_2M, page);
	if (tdx_status_name(status) == TDX_EPT_ENTRY_STATE_INCORRECT)
		return false;
	must(status, "TDH.MEM.PAGE.AUG");
	memset(&b->w->page[b->first], TD_PAGE_PRIVATE, PAGES_PER_BLOCK);
	*b->large = true;
	donated(td, SIZE_2M);
	return true;
}

static void augment_small(struct td *td, const struct block *b)
{
	for (uint64_t at = 0; at < b->size; at += PAGE_SIZE) {
		uint8_t *state = &b->w->page[b->first + at / PAGE_SIZE];

		if (*state != TD_PAGE_ABSENT)
			continue;
		must(aug(td, b->gpa + at, TDX_LEVEL_4K, backing(b->w, b->gpa + at)),
		     "TDH.MEM.PAGE.AUG");
		*state = TD_PAGE_PRIVATE;
		donated(td, PAGE_SIZE);
	}
}

/* Blocks the entry; what uses it is out of every TLB after track(). */
static void block_entry(struct td *td, uint64_t at, unsigned int level)
{
	struct tdx_sept_entry entry;

	must(tdh_mem_range_block(td->tdr, gpa(at), level, &entry), "TDH.MEM.RANGE.BLOCK");
}

/* The VCPU is not running, so that nothing has to be sent to it. */
static void track(struct td *td)
{
	must(tdh_mem_track(td->tdr), "TDH.MEM.TRACK");
}

static void demote(struct td *td, const struct block *b)
{
	struct tdx_sept_entry entry;
	struct hpa page;

	if (!td_control_page(td, &page))
		fail("The machine has too little memory for the secure EPT.");
	block_entry(td, b->gpa, TDX_LEVEL_2M);
	track(td);
	must(tdh_mem_page_demote(td->tdr, gpa(b->gpa), TDX_LEVEL_2M, page, &entry),
	     "TDH.MEM.PAGE.DEMOTE");
	*b->large = false;
}

void memory_augment(struct td *td, struct td_window *w, uint64_t at, unsigned int largest)
{
	struct block b = block_at(w, at);

	if (*b.large && largest < TDX_LEVEL_2M)
		demote(td, &b);
	if (largest < TDX_LEVEL_2M || !augment_large(td, &b))
		augment_small(td, &b);
}

static void remove_page(struct td *td, uint64_t at, unsigned int level)
{
	struct hpa page;

	must(tdh_mem_page_remove(td->tdr, gpa(at), level, &page), "TDH.MEM.PAGE.REMOVE");
	returned(td, level_size(level));
	/* One WBINVD does for a large page what 512 leaves would do. */
	if (level == TDX_LEVEL_4K)
		must(tdh_phymem_page_wbinvd(platform_keyed(page, td->hkid)),
		     "TDH.PHYMEM.PAGE.WBINVD");
	else
		wbinvd();
}

static void take_large(struct td *td, const struct block *b)
{
	block_entry(td, b->gpa, TDX_LEVEL_2M);
	track(td);
	remove_page(td, b->gpa, TDX_LEVEL_2M);
	*b->large = false;
}

static void take_small(struct td *td, struct td_window *w, uint64_t at, uint64_t size)
{
	bool any = false;

	for (uint64_t i = 0; i < size; i += PAGE_SIZE) {
		if (*page_state(w, at + i) != TD_PAGE_PRIVATE)
			continue;
		block_entry(td, at + i, TDX_LEVEL_4K);
		any = true;
	}
	if (!any)
		return;
	track(td);
	for (uint64_t i = 0; i < size; i += PAGE_SIZE)
		if (*page_state(w, at + i) == TD_PAGE_PRIVATE)
			remove_page(td, at + i, TDX_LEVEL_4K);
}

/* Changes the pages' state; returns how many had another. */
static uint64_t set_state(struct td_window *w, uint64_t at, uint64_t size, enum td_page state)
{
	uint64_t changed = 0;

	for (uint64_t i = 0; i < size; i += PAGE_SIZE) {
		changed += *page_state(w, at + i) != state;
		*page_state(w, at + i) = (uint8_t)state;
	}
	return changed;
}

void memory_make_shared(struct td *td, struct td_window *w, uint64_t at, uint64_t size)
{
	struct block b = block_at(w, at);

	if (*b.large && size == SIZE_2M) {
		take_large(td, &b);
	} else {
		if (*b.large)
			demote(td, &b);
		take_small(td, w, at, size);
	}
	td->memory.pages_to_shared += set_state(w, at, size, TD_PAGE_SHARED);
	shared_ept_map(td, at, size, backing(w, at), true);
}

static uint64_t count_state(const struct td_window *w, uint64_t at, uint64_t size,
			    enum td_page state)
{
	uint64_t count = 0;

	for (uint64_t i = 0; i < size; i += PAGE_SIZE)
		count += *page_state(w, at + i) == state;
	return count;
}

/* The TD will accept the pages at once: they are given now, which saves it an exit for each. */
void memory_make_private(struct td *td, struct td_window *w, uint64_t at, uint64_t size)
{
	uint64_t shared = count_state(w, at, size, TD_PAGE_SHARED);

	if (shared == 0)
		return;
	shared_ept_unmap(td, at, size);
	track(td);
	for (uint64_t i = 0; i < size; i += PAGE_SIZE)
		if (*page_state(w, at + i) == TD_PAGE_SHARED)
			*page_state(w, at + i) = TD_PAGE_ABSENT;
	td->memory.pages_to_private += shared;
	memory_augment(td, w, at, TDX_LEVEL_2M);
}
