/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <tdx/status.h>

#include "cpu/backend.h"
#include "lib/bits.h"
#include "lib/check.h"
#include "lib/phys.h"
#include "module/lock.h"
#include "module/page.h"
#include "module/platform.h"

#define ENTRIES_PER_BLOCK 512
#define INIT_STEP	  (4 * UINT64_C(1024) * 1024) /* bytes that one TDH.SYS.TDMR.INIT covers */

struct page_tdmrs page_tdmrs;

/* The PAMT is hidden from the VMM in the largest pieces that fit. */
static void hide_range(uint64_t base, uint64_t size)
{
	for (uint64_t pa = base; pa < base + size;) {
		unsigned int level = TDX_LEVEL_4K;

		if (is_aligned(pa, SIZE_2M) && base + size - pa >= SIZE_2M)
			level = TDX_LEVEL_2M;
		cpu_host_hide(hpa(pa), level);
		pa += level_size(level);
	}
}

void page_add_tdmr(const struct tdx_tdmr_info *info)
{
	CHECK(page_tdmrs.count < TDX_MAX_TDMRS);
	page_tdmrs.tdmr[page_tdmrs.count] = (struct tdmr){ .info = *info, .next = info->base };
	hide_range(info->pamt_1g_base, info->pamt_1g_size);
	hide_range(info->pamt_2m_base, info->pamt_2m_size);
	hide_range(info->pamt_4k_base, info->pamt_4k_size);
	page_tdmrs.count++;
}

void page_forget_tdmrs(void)
{
	page_tdmrs.count = 0;
}

static struct tdmr *tdmr_of(struct hpa pa)
{
	for (size_t i = 0; i < page_tdmrs.count; i++) {
		if (pa.pa - page_tdmrs.tdmr[i].info.base < page_tdmrs.tdmr[i].info.size)
			return &page_tdmrs.tdmr[i];
	}
	return NULL;
}

/* What TDH.SYS.TDMR.INIT has told the VMM: whole GiBs only. */
static uint64_t usable_end(const struct tdmr *t)
{
	return align_down(__atomic_load_n(&t->next, __ATOMIC_ACQUIRE), SIZE_1G);
}

static struct tdmr *usable_tdmr_of(struct hpa pa)
{
	struct tdmr *t = tdmr_of(pa);

	return t && pa.pa < usable_end(t) ? t : NULL;
}

static struct pamt_entry *entry_of(const struct tdmr *t, struct hpa pa, unsigned int level)
{
	const uint64_t bases[] = { t->info.pamt_4k_base, t->info.pamt_2m_base,
				   t->info.pamt_1g_base };
	uint64_t index = (pa.pa - t->info.base) >> level_shift(level);

	CHECK(level < ARRAY_SIZE(bases));
	return phys_ptr(hpa(bases[level] + index * sizeof(struct pamt_entry)));
}

struct pamt_entry *page_entry(struct hpa pa, unsigned int level)
{
	struct tdmr *t = usable_tdmr_of(pa);

	CHECK(t);
	return entry_of(t, pa, level);
}

static bool is_reserved(const struct tdmr *t, uint64_t pa)
{
	uint64_t offset = pa - t->info.base;

	for (size_t i = 0; i < ARRAY_SIZE(t->info.reserved); i++) {
		if (offset - t->info.reserved[i].offset < t->info.reserved[i].size)
			return true;
	}
	return false;
}

/* The entries of one 2 MiB block. */
static void init_block(const struct tdmr *t, struct hpa block)
{
	struct pamt_entry *entry = entry_of(t, block, TDX_LEVEL_4K);
	uint64_t reserved = 0;

	memset(entry, 0, ENTRIES_PER_BLOCK * sizeof(*entry));
	for (unsigned int i = 0; i < ENTRIES_PER_BLOCK; i++) {
		if (is_reserved(t, block.pa + i * PAGE_SIZE)) {
			entry[i].type = TDX_PAGE_RSVD;
			reserved++;
		}
	}
	*entry_of(t, block, TDX_LEVEL_2M) = (struct pamt_entry){ .bepoch = reserved };
	if (is_aligned(block.pa, SIZE_1G))
		*entry_of(t, block, TDX_LEVEL_1G) = (struct pamt_entry){ .type = TDX_PAGE_NDA };
}

static uint64_t init_step(struct tdmr *t, uint64_t *next)
{
	uint64_t pa = t->next;
	uint64_t end = t->info.base + t->info.size;

	if (pa == end) {
		*next = end;
		return TDX_TDMR_ALREADY_INITIALIZED;
	}
	for (uint64_t offset = 0; offset < INIT_STEP; offset += SIZE_2M)
		init_block(t, hpa(pa + offset));
	__atomic_store_n(&t->next, pa + INIT_STEP, __ATOMIC_RELEASE);
	*next = usable_end(t);
	return TDX_SUCCESS;
}

uint64_t page_init_tdmr(struct hpa base, uint64_t *next)
{
	struct tdmr *t = tdmr_of(base);
	uint64_t status;

	if (!t || t->info.base != base.pa)
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX);
	if (!lock_acquire(&t->init_lock, LOCK_EXCLUSIVE, LOCK_RANK_TDMR))
		return tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_RCX);
	status = init_step(t, next);
	lock_release(&t->init_lock, LOCK_EXCLUSIVE);
	return status;
}

static enum lock_rank rank_of(enum tdx_page_type type)
{
	if (type == TDX_PAGE_TDVPR)
		return LOCK_RANK_TDVPR;
	return type == TDX_PAGE_TDR ? LOCK_RANK_TDR : LOCK_RANK_PAGE;
}

static void unlock(struct pamt_entry *entry, enum page_lock lock)
{
	lock_release(&entry->lock, (enum lock_mode)lock);
}

static enum tdx_page_type type_of(const struct pamt_entry *entry)
{
	return (enum tdx_page_type)__atomic_load_n(&entry->type, __ATOMIC_ACQUIRE);
}

static void set_type(struct pamt_entry *entry, enum tdx_page_type type)
{
	__atomic_store_n(&entry->type, (uint8_t)type, __ATOMIC_RELEASE);
}

/* A 2 MiB block of NDA counts as a page when all of its pages are NDA. */
static bool is_type(const struct pamt_entry *entry, unsigned int level, enum tdx_page_type expected)
{
	if (level == TDX_LEVEL_2M && expected == TDX_PAGE_NDA &&
	    __atomic_load_n(&entry->bepoch, __ATOMIC_ACQUIRE) != 0)
		return false;
	return type_of(entry) == expected;
}

static uint64_t lock_typed(struct pamt_entry *entry, unsigned int level,
			   enum tdx_page_type expected, enum page_lock lock, enum lock_rank rank)
{
	/* A large page is looked at before, too: one with a page of this call's own TD in it is no
	 * busy one. */
	if (level != TDX_LEVEL_4K && !is_type(entry, level, expected))
		return TDX_PAGE_METADATA_INCORRECT;
	if (!lock_acquire(&entry->lock, (enum lock_mode)lock, rank))
		return TDX_OPERAND_BUSY;
	if (is_type(entry, level, expected))
		return TDX_SUCCESS;
	unlock(entry, lock);
	return TDX_PAGE_METADATA_INCORRECT;
}

static void unlock_larger(const struct tdmr *t, struct hpa pa, unsigned int level)
{
	while (level++ < TDX_LEVEL_1G)
		unlock(entry_of(t, pa, level), PAGE_LOCK_SHARED);
}

static uint64_t lock_range(struct pamt_entry *range, enum lock_rank rank)
{
	if (!lock_acquire(&range->lock, LOCK_SHARED, rank))
		return TDX_OPERAND_BUSY;
	if (type_of(range) == TDX_PAGE_NDA)
		return TDX_SUCCESS;
	unlock(range, PAGE_LOCK_SHARED);
	return TDX_PAGE_METADATA_INCORRECT;
}

/* A page's lock comes with shared ones of the larger ranges around it, so that none of them can
 * become a page. */
static uint64_t lock_larger(const struct tdmr *t, struct hpa pa, unsigned int level,
			    enum lock_rank rank)
{
	for (unsigned int l = TDX_LEVEL_1G; l > level; l--) {
		uint64_t status = lock_range(entry_of(t, pa, l), rank);

		if (status) {
			unlock_larger(t, pa, l);
			return status;
		}
	}
	return TDX_SUCCESS;
}

static uint64_t lock_page(const struct tdmr *t, struct hpa pa, unsigned int level,
			  enum tdx_page_type expected, enum page_lock lock, enum lock_rank rank,
			  struct page_locked *page)
{
	uint64_t status = lock_larger(t, pa, level, rank);

	if (status)
		return status;
	*page = (struct page_locked){ pa, level, entry_of(t, pa, level), lock };
	status = lock_typed(page->entry, level, expected, lock, rank);
	if (status)
		unlock_larger(t, pa, level);
	return status;
}

static bool is_operand(struct hpa pa, unsigned int level)
{
	return is_aligned(pa.pa, level_size(level)) && pa.pa < bit(PLATFORM_HKID_SHIFT);
}

uint64_t page_lock(struct hpa pa, unsigned int level, enum tdx_page_type expected,
		   enum page_lock lock, uint32_t operand, struct page_locked *page)
{
	const struct tdmr *t;
	uint64_t status;

	if (!is_operand(pa, level))
		return tdx_operand(TDX_OPERAND_INVALID, operand);
	t = usable_tdmr_of(pa);
	if (!t || type_of(entry_of(t, pa, TDX_LEVEL_4K)) == TDX_PAGE_RSVD)
		return tdx_operand(TDX_OPERAND_ADDR_RANGE_ERROR, operand);
	status = lock_page(t, pa, level, expected, lock, rank_of(expected), page);
	return status ? tdx_operand(status, operand) : TDX_SUCCESS;
}

/* The size of the page that pa is in, now. */
static unsigned int level_at(const struct tdmr *t, struct hpa pa)
{
	unsigned int level = TDX_LEVEL_1G;

	while (level > TDX_LEVEL_4K && type_of(entry_of(t, pa, level)) == TDX_PAGE_NDA)
		level--;
	return level;
}

uint64_t page_lock_any(struct hpa pa, enum page_lock lock, uint32_t operand,
		       struct page_locked *page)
{
	const struct tdmr *t;
	unsigned int level;

	if (!is_operand(pa, TDX_LEVEL_4K))
		return tdx_operand(TDX_OPERAND_INVALID, operand);
	t = usable_tdmr_of(pa);
	if (!t)
		return tdx_operand(TDX_OPERAND_ADDR_RANGE_ERROR, operand);
	level = level_at(t, pa);
	/* Only a page that has changed meanwhile has another type. */
	if (lock_page(t, hpa(align_down(pa.pa, level_size(level))), level,
		      type_of(entry_of(t, pa, level)), lock, LOCK_RANK_NAMED, page))
		return tdx_operand(TDX_OPERAND_BUSY, operand);
	return TDX_SUCCESS;
}

void page_unlock(struct page_locked *page)
{
	unlock(page->entry, page->lock);
	unlock_larger(usable_tdmr_of(page->pa), page->pa, page->level);
	page->entry = NULL;
}

void page_assign(struct page_locked *page, enum tdx_page_type type, struct hpa owner_tdr)
{
	CHECK(page->lock == PAGE_LOCK_EXCLUSIVE && type_of(page->entry) == TDX_PAGE_NDA);
	cpu_host_hide(page->pa, page->level);
	page->entry->owner = (uint32_t)(owner_tdr.pa >> PAGE_SHIFT);
	page->entry->bepoch = 0;
	set_type(page->entry, type);
	if (page->level == TDX_LEVEL_4K)
		__atomic_add_fetch(&page_entry(page->pa, TDX_LEVEL_2M)->bepoch, 1,
				   __ATOMIC_RELEASE);
}

static void forget_owner(struct hpa pa, unsigned int level)
{
	struct pamt_entry *entry = page_entry(pa, level);

	CHECK(type_of(entry) != TDX_PAGE_NDA && type_of(entry) != TDX_PAGE_RSVD);
	entry->owner = 0;
	entry->bepoch = 0;
	set_type(entry, TDX_PAGE_NDA);
	if (level == TDX_LEVEL_4K)
		__atomic_sub_fetch(&page_entry(pa, TDX_LEVEL_2M)->bepoch, 1, __ATOMIC_RELEASE);
}

void page_free(struct page_locked *page)
{
	CHECK(page->lock == PAGE_LOCK_EXCLUSIVE);
	cpu_host_show_zeroed(page->pa, page->level);
	forget_owner(page->pa, page->level);
}

void page_free_now(struct page_locked *page)
{
	CHECK(page->lock == PAGE_LOCK_EXCLUSIVE);
	cpu_zero(page->pa, level_size(page->level));
	cpu_host_show(page->pa, page->level);
	forget_owner(page->pa, page->level);
}

struct hpa page_owner(const struct page_locked *page)
{
	return hpa((uint64_t)page->entry->owner << PAGE_SHIFT);
}

static void set_entry(struct pamt_entry *entry, enum tdx_page_type type, uint32_t owner,
		      uint64_t bepoch)
{
	entry->owner = owner;
	entry->bepoch = bepoch;
	set_type(entry, type);
}

bool page_split(struct hpa pa, unsigned int level)
{
	struct pamt_entry *large = page_entry(pa, level);
	struct pamt_entry *small = page_entry(pa, level - 1);

	CHECK(type_of(large) == TDX_PAGE_REG);
	if (!lock_acquire(&large->lock, LOCK_EXCLUSIVE, LOCK_RANK_PAGE))
		return false;
	for (unsigned int i = 0; i < ENTRIES_PER_BLOCK; i++)
		set_entry(&small[i], TDX_PAGE_REG, large->owner, 0);
	set_entry(large, TDX_PAGE_NDA, 0, level == TDX_LEVEL_2M ? ENTRIES_PER_BLOCK : 0);
	lock_release(&large->lock, LOCK_EXCLUSIVE);
	return true;
}

bool page_merge(struct hpa pa, unsigned int level)
{
	struct pamt_entry *large = page_entry(pa, level);
	struct pamt_entry *small = page_entry(pa, level - 1);
	uint32_t owner = small->owner;

	CHECK(type_of(large) == TDX_PAGE_NDA);
	if (!lock_acquire(&large->lock, LOCK_EXCLUSIVE, LOCK_RANK_PAGE))
		return false;
	for (unsigned int i = 0; i < ENTRIES_PER_BLOCK; i++) {
		CHECK(type_of(&small[i]) == TDX_PAGE_REG && small[i].owner == owner);
		set_entry(&small[i], TDX_PAGE_NDA, 0, 0);
	}
	set_entry(large, TDX_PAGE_REG, owner, 0);
	lock_release(&large->lock, LOCK_EXCLUSIVE);
	return true;
}

/*
 * For as long as a copy lasts, the page must stay the VMM's: another logical processor may be about
 * to give it to the module. Outside the TDMRs and in their reserved areas nobody can.
 */
static bool hold(struct hpa page, struct page_locked *held)
{
	struct tdmr *t = usable_tdmr_of(page);

	held->entry = NULL;
	if (t && type_of(entry_of(t, page, TDX_LEVEL_4K)) != TDX_PAGE_RSVD &&
	    page_lock(page, TDX_LEVEL_4K, TDX_PAGE_NDA, PAGE_LOCK_SHARED, 0, held)) {
		held->entry = NULL;
		return false;
	}
	return cpu_host_can_access(page);
}

static void let_go(struct page_locked *held)
{
	if (held->entry)
		page_unlock(held);
}

static uint64_t rest_of_page(struct hpa pa, uint64_t size)
{
	uint64_t rest = PAGE_SIZE - pa.pa % PAGE_SIZE;

	return size < rest ? size : rest;
}

void vmm_read(struct hpa pa, void *to, uint64_t size)
{
	uint8_t *out = to;

	while (size) {
		uint64_t part = rest_of_page(pa, size);
		struct page_locked held;

		if (hold(hpa(pa.pa & PAGE_MASK), &held))
			memcpy(out, phys_ptr(pa), part);
		else
			memset(out, 0xff, part);
		let_go(&held);
		pa = hpa_add(pa, part);
		out += part;
		size -= part;
	}
}

void vmm_write(struct hpa pa, const void *from, uint64_t size)
{
	const uint8_t *in = from;

	while (size) {
		uint64_t part = rest_of_page(pa, size);
		struct page_locked held;

		if (hold(hpa(pa.pa & PAGE_MASK), &held))
			memcpy(phys_ptr(pa), in, part);
		let_go(&held);
		pa = hpa_add(pa, part);
		in += part;
		size -= part;
	}
}

uint64_t vmm_fetch_and(struct hpa pa, uint64_t mask)
{
	struct page_locked held;
	uint64_t old = 0;

	CHECK(is_aligned(pa.pa, sizeof(old)));
	if (hold(hpa(pa.pa & PAGE_MASK), &held))
		old = __atomic_fetch_and((uint64_t *)phys_ptr(pa), mask, __ATOMIC_ACQ_REL);
	let_go(&held);
	return old;
}

uint64_t vmm_operand(uint64_t value, uint64_t align, uint64_t size, uint32_t operand,
		     struct hpa *pa)
{
	uint64_t limit = bit(PLATFORM_HKID_SHIFT);
	uint64_t address = value & (limit - 1);

	if (!is_aligned(value, align) || value >= bit(PLATFORM_MAXPA) ||
	    (value >> PLATFORM_HKID_SHIFT) >= PLATFORM_PRIVATE_HKID || size > limit - address)
		return tdx_operand(TDX_OPERAND_INVALID, operand);
	*pa = hpa(address);
	return TDX_SUCCESS;
}
