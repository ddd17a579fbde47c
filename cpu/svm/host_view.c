/* SPDX-License-Identifier: MIT */
/*
 * The VMM's nested page table: every address maps to itself, up to 512 GiB, except the monitor's
 * memory and whatever the module owns at the moment. RAM is mapped in 2 MiB blocks, split where a 4
 * KiB page is taken. The page of entries for a block is allocated when first needed, from a pool
 * that has one for every block of RAM: it cannot run out.
 */
#include <string.h>

#include "cpu/svm/svm.h"
#include "lib/bits.h"
#include "lib/check.h"
#include "lib/phys.h"

#define PTE_PRESENT bit(0)
#define PTE_FLAGS                                                                                  \
	(bit(0) | bit(1) | bit(2) | bit(5) | bit(6)) /* present writable user accessed dirty */
#define PTE_LARGE  bit(7)
#define PTE_STALE  bit(9) /* not present: the VMM\'s, but still to be zeroed */
#define PTE_ADDR   bit_range(51, 12)
#define ENTRIES	   512
#define VIEW_LIMIT (ENTRIES * SIZE_1G)

static uint64_t pml4[ENTRIES] __attribute__((aligned(4096)));
static uint64_t pdpt[ENTRIES] __attribute__((aligned(4096)));

uint64_t host_view_root(void)
{
	return phys_of(pml4).pa;
}

static uint64_t *table_of(uint64_t entry)
{
	return phys_ptr(hpa(entry & PTE_ADDR));
}

static uint64_t *new_table(void)
{
	return phys_new_page();
}

static uint64_t table_pa(const uint64_t *table)
{
	return phys_of(table).pa;
}

/* Entry for the 2 MiB block, with the 1 GiB entry above it split if need be. */
static uint64_t *block_entry(uint64_t pa)
{
	uint64_t *gib = &pdpt[pa / SIZE_1G];

	if (*gib & PTE_LARGE) {
		uint64_t *blocks = new_table();
		uint64_t base = align_down(pa, SIZE_1G);

		for (unsigned int i = 0; i < ENTRIES; i++)
			blocks[i] = (base + i * SIZE_2M) | PTE_FLAGS | PTE_LARGE;
		*gib = table_pa(blocks) | PTE_FLAGS;
	}
	return &table_of(*gib)[pa / SIZE_2M % ENTRIES];
}

static bool is_table(uint64_t entry)
{
	return (entry & PTE_PRESENT) && !(entry & PTE_LARGE);
}

/* What an entry says of its memory, wherever that lies; 0 hides it. */
static uint64_t kind_of(uint64_t entry)
{
	return entry & PTE_PRESENT ? PTE_FLAGS : entry & PTE_STALE;
}

static uint64_t entry_for(uint64_t pa, uint64_t kind)
{
	return kind == PTE_FLAGS ? pa | PTE_FLAGS : kind;
}

static void fill(uint64_t *pages, uint64_t base, uint64_t kind)
{
	for (unsigned int i = 0; i < ENTRIES; i++)
		pages[i] = entry_for(base + i * PAGE_SIZE, kind);
}

static uint64_t *page_entry_4k(uint64_t pa)
{
	uint64_t *block = block_entry(pa);

	if (!is_table(*block)) {
		uint64_t *pages = new_table();

		fill(pages, align_down(pa, SIZE_2M), kind_of(*block));
		*block = table_pa(pages) | PTE_FLAGS;
	}
	return &table_of(*block)[pa / PAGE_SIZE % ENTRIES];
}

static void set_block(uint64_t pa, uint64_t kind)
{
	uint64_t *block = block_entry(pa);

	if (is_table(*block))
		fill(table_of(*block), pa, kind);
	else
		*block = entry_for(pa, kind) | (kind == PTE_FLAGS ? PTE_LARGE : 0);
}

static void set_kind(struct hpa pa, unsigned int level, uint64_t kind)
{
	CHECK(pa.pa < VIEW_LIMIT && level <= 2);
	if (level == 0)
		*page_entry_4k(pa.pa) = entry_for(pa.pa, kind);
	for (uint64_t offset = 0; level && offset < level_size(level); offset += SIZE_2M)
		set_block(pa.pa + offset, kind);
	host_flush_tlb();
}

void cpu_host_hide(struct hpa pa, unsigned int level)
{
	set_kind(pa, level, 0);
	shared_cache_flush();
}

void cpu_host_show(struct hpa pa, unsigned int level)
{
	set_kind(pa, level, PTE_FLAGS);
}

/* Most of what a TD leaves behind is never looked at again, and zeroing the code that it ran is
 * dear in an emulator. */
void cpu_host_show_zeroed(struct hpa pa, unsigned int level)
{
	set_kind(pa, level, PTE_STALE);
}

bool host_view_refresh(struct hpa page)
{
	uint64_t entry;

	if (page.pa >= VIEW_LIMIT || !phys_is_ram(page))
		return false;
	entry = *block_entry(page.pa);
	if (is_table(entry))
		entry = *page_entry_4k(page.pa);
	if (kind_of(entry) != PTE_STALE)
		return false;
	cpu_zero(page, PAGE_SIZE);
	set_kind(page, 0, PTE_FLAGS);
	return true;
}

bool cpu_host_can_access(struct hpa page)
{
	uint64_t pa;

	return phys_is_ram(page) &&
	       (host_view_refresh(page) || svm_nested_walk(host_view_root(), page.pa, &pa));
}

bool host_view_block(struct hpa pa)
{
	uint64_t entry = pdpt[pa.pa / SIZE_1G];

	if (pa.pa >= VIEW_LIMIT || (entry & PTE_LARGE) || !phys_is_ram(pa))
		return false;
	entry = table_of(entry)[pa.pa / SIZE_2M % ENTRIES];
	return (entry & PTE_PRESENT) && (entry & PTE_LARGE);
}

void host_view_init(struct memory_range monitor)
{
	pml4[0] = phys_of(pdpt).pa | PTE_FLAGS;
	for (unsigned int i = 0; i < ENTRIES; i++)
		pdpt[i] = i * SIZE_1G | PTE_FLAGS | PTE_LARGE;
	for (uint64_t offset = 0; offset < monitor.size; offset += SIZE_2M)
		set_block(monitor.base + offset, 0);
}
