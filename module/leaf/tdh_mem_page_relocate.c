/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.PAGE.RELOCATE: moves a page of the TD to another page of memory. TDX Module ABI,
 * "TDH.MEM.PAGE.RELOCATE".
 *
 *	in	RCX	GPA and level (4 KiB)	RDX	TDR	R8	page to use
 *	out	RCX	the page that it was; RCX and RDX the entry, when it is to blame
 *
 * Locks   TDR shared, SEPT shared, entry, both pages exclusive.
 * Changes R8 NDA -> REG, with the contents of the old page (but for a pending one, which
 *	   TDG.MEM.PAGE.ACCEPT clears); entry -> R8, not blocked; the old page REG -> NDA.
 */
#include <string.h>

#include "module/leaf/mem.h"

static const struct mem_rules rules = {
	.leaf = TDH_MEM_PAGE_RELOCATE,
	.min_level = TDX_LEVEL_4K,
	.max_level = TDX_LEVEL_4K,
	.td_lock = PAGE_LOCK_SHARED,
	.sept_lock = PAGE_LOCK_SHARED,
};

static void commit(struct mem_op *op, const struct page_locked *old, struct page_locked *page)
{
	enum sept_state state = sept_unblocked(op->state);

	page_assign(page, TDX_PAGE_REG, op->td.page.pa);
	if (state != SEPT_STATE_PENDING)
		memcpy(phys_ptr(page->pa), phys_ptr(old->pa), PAGE_SIZE);
	td_child_added(op->td.tdr, TDX_LEVEL_4K);
	sept_set(op->slot, state, page->pa);
}

static uint64_t relocate(struct seamcall *c, struct mem_op *op)
{
	struct hpa target = hpa(c->r[TDX_R8]);
	struct page_locked old, page;
	uint64_t status;

	if (target.pa == sept_pa(op->slot).pa)
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_R8);
	status = mem_lock_target(c, op, &old);
	if (status)
		return status;
	status = page_lock(target, TDX_LEVEL_4K, TDX_PAGE_NDA, PAGE_LOCK_EXCLUSIVE,
			   TDX_OPERAND_ID_R8, &page);
	if (status) {
		page_unlock(&old);
		return status;
	}
	commit(op, &old, &page);
	page_unlock(&page);
	mem_return_target(c, op, &old);
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_mem_page_relocate(struct seamcall *c)
{
	return mem_run(c, &rules, relocate);
}
