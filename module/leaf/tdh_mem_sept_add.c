/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.SEPT.ADD: a page of secure EPT entries. TDX Module ABI, "TDH.MEM.SEPT.ADD".
 *
 *	in	RCX	GPA and level of the entry that will point to the page
 *		RDX	TDR; version 1: bit 0 = the page may exist already
 *		R8	page to use; version 1: all-ones when the entry has its page
 *		R9 R10 R11	version 1: pages for the trees of L2 VMs, all-ones: there are none
 *	out	RCX RDX	the entry, when it is to blame
 *		R8	version 1: all-ones when used, with bit 63 set when there is one already,
 *			else as given, and R9 to R11 as well; bit 63 of what was given counts for
 *			nothing, so that the call can be made again with these
 *
 * Never interrupted: that happens only between one page and the next.
 *
 * Locks   TDR shared, SEPT shared, entry, page exclusive.
 * Changes R8 NDA -> EPT; entry FREE -> NL_MAPPED; child count.
 */
#include "lib/bits.h"
#include "module/leaf/mem.h"

#define ALLOW_EXISTING UINT64_C(1)
#define NO_PAGE	       UINT64_MAX
#define PAGE_NOT_USED  bit(63)

static const struct mem_rules rules_v0 = {
	.leaf = TDH_MEM_SEPT_ADD,
	.min_level = TDX_LEVEL_2M,
	.max_level = TDX_LEVEL_256T,
	.td_lock = PAGE_LOCK_SHARED,
	.sept_lock = PAGE_LOCK_SHARED,
};

static const struct mem_rules rules_v1 = {
	.leaf = TDH_MEM_SEPT_ADD,
	.min_level = TDX_LEVEL_2M,
	.max_level = TDX_LEVEL_256T,
	.flags = ALLOW_EXISTING,
	.td_lock = PAGE_LOCK_SHARED,
	.sept_lock = PAGE_LOCK_SHARED,
};

/* The L1 page, locked: page->entry is null when none is to be added. */
static uint64_t find_page(struct seamcall *c, const struct mem_op *op, struct page_locked *page)
{
	uint64_t r8 = c->r[TDX_R8];

	page->entry = NULL;
	if (c->version > 0 && r8 == NO_PAGE)
		return op->state == SEPT_STATE_NL_MAPPED ? TDX_SUCCESS : mem_state_error(c, op);
	if (op->state == SEPT_STATE_FREE)
		return page_lock(hpa(r8), TDX_LEVEL_4K, TDX_PAGE_NDA, PAGE_LOCK_EXCLUSIVE,
				 TDX_OPERAND_ID_R8, page);
	if (!(op->flags & ALLOW_EXISTING))
		return mem_state_error(c, op);
	c->r[TDX_R8] = r8 | PAGE_NOT_USED;
	return TDX_SUCCESS;
}

static uint64_t check_l2_pages(const struct seamcall *c)
{
	for (unsigned int reg = TDX_R9; c->version > 0 && reg <= TDX_R11; reg++) {
		if (c->r[reg] != NO_PAGE)
			return tdx_operand(TDX_OPERAND_INVALID, reg);
	}
	return TDX_SUCCESS;
}

static void commit(struct seamcall *c, struct mem_op *op, struct page_locked *page)
{
	page_assign(page, TDX_PAGE_EPT, op->td.page.pa);
	sept_init_page(page->pa);
	td_child_added(op->td.tdr, TDX_LEVEL_4K);
	sept_set(op->slot, SEPT_STATE_NL_MAPPED, page->pa);
	if (c->version > 0)
		c->r[TDX_R8] = NO_PAGE;
}

static uint64_t add(struct seamcall *c, struct mem_op *op)
{
	struct page_locked page;
	uint64_t status = find_page(c, op, &page);

	if (status)
		return status;
	status = check_l2_pages(c);
	if (page.entry) {
		if (!status)
			commit(c, op, &page);
		page_unlock(&page);
	}
	return status;
}

uint64_t leaf_tdh_mem_sept_add(struct seamcall *c)
{
	for (unsigned int reg = TDX_R8; c->version > 0 && reg <= TDX_R11; reg++) {
		if (c->r[reg] != NO_PAGE)
			c->r[reg] &= ~PAGE_NOT_USED;
	}
	return mem_run(c, c->version > 0 ? &rules_v1 : &rules_v0, add);
}
