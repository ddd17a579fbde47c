/* SPDX-License-Identifier: MIT */
/* The shared EPT: the VMM's own tables, in the architectural format (tdx/types.h). */
#include "lib/bits.h"
#include "lib/phys.h"
#include "vmm/memory.h"
#include "vmm/pages.h"
#include "vmm/td.h"

#define ENTRIES	  512
#define TOP_LEVEL TDX_LEVEL_512G

static bool is_present(uint64_t entry)
{
	return entry & TDX_EPT_RWX;
}

static bool is_table(uint64_t entry)
{
	return is_present(entry) && !(entry & TDX_EPT_LARGE);
}

static uint64_t *table(uint64_t entry)
{
	return phys_ptr(hpa(entry & TDX_EPT_ADDR));
}

/* What entry i of a table must be that stands for one entry of the level above. */
static uint64_t part(uint64_t entry, unsigned int level, unsigned int i)
{
	if (!is_present(entry))
		return entry;
	if (level == TDX_LEVEL_4K)
		entry &= ~TDX_EPT_LARGE;
	return entry + i * level_size(level);
}

static uint64_t *split(uint64_t *entry, unsigned int level)
{
	uint64_t *parts = page_new();

	for (unsigned int i = 0; i < ENTRIES; i++)
		parts[i] = part(*entry, level, i);
	*entry = hpa_of(parts).pa | TDX_EPT_RWX;
	return parts;
}

static void free_tables(uint64_t entry, unsigned int level)
{
	if (level == TDX_LEVEL_4K || !is_table(entry))
		return;
	for (unsigned int i = 0; i < ENTRIES; i++)
		free_tables(table(entry)[i], level - 1);
	page_free(hpa(entry & TDX_EPT_ADDR));
}

/* Sets the entry of that level for gpa, whatever was there. */
static void set(struct td *td, uint64_t gpa, unsigned int level, uint64_t value)
{
	uint64_t *entries = td->memory.shared_root;
	unsigned int at = TOP_LEVEL;

	for (;; at--) {
		uint64_t *entry = &entries[(gpa | TD_SHARED_BIT) / level_size(at) % ENTRIES];

		if (at == level) {
			free_tables(*entry, level);
			*entry = value;
			return;
		}
		entries = is_table(*entry) ? table(*entry) : split(entry, at - 1);
	}
}

/* The largest entry that can begin at these addresses. */
static unsigned int fitting_level(uint64_t gpa, uint64_t hpa, uint64_t size)
{
	if (is_aligned(gpa | hpa, SIZE_1G) && size >= SIZE_1G)
		return TDX_LEVEL_1G;
	if (is_aligned(gpa | hpa, SIZE_2M) && size >= SIZE_2M)
		return TDX_LEVEL_2M;
	return TDX_LEVEL_4K;
}

void shared_ept_map(struct td *td, uint64_t gpa, uint64_t size, struct hpa hpa, bool writable)
{
	uint64_t flags = TDX_EPT_READ | TDX_EPT_TYPE_WB | (writable ? TDX_EPT_WRITE : 0);

	for (uint64_t at = 0; at < size;) {
		unsigned int level = fitting_level(gpa + at, hpa.pa + at, size - at);

		set(td, gpa + at, level, (hpa.pa + at) | flags | (level ? TDX_EPT_LARGE : 0));
		at += level_size(level);
	}
}

void shared_ept_unmap(struct td *td, uint64_t gpa, uint64_t size)
{
	for (uint64_t at = 0; at < size;) {
		unsigned int level = fitting_level(gpa + at, 0, size - at);

		set(td, gpa + at, level, TDX_EPT_SUPPRESS_VE);
		at += level_size(level);
	}
}
