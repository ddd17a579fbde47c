/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.SEPT.REMOVE: takes an empty page of entries out of the secure EPT. TDX Module ABI,
 * "TDH.MEM.SEPT.REMOVE".
 *
 *	in	RCX	GPA and level of the entry that points to the page	RDX	TDR
 *	out	RCX	the removed page; RCX and RDX the entry, when it is to blame
 *		R9 R10 R11	version 1: pages of the L2 VMs' trees, all-ones: there are none
 *
 * Locks   TDR shared, SEPT exclusive, entry.
 * Changes page EPT -> NDA; entry -> FREE; child count.
 */
#include "module/leaf/mem.h"

static const struct mem_rules rules = {
	.leaf = TDH_MEM_SEPT_REMOVE,
	.min_level = TDX_LEVEL_2M,
	.max_level = TDX_LEVEL_256T,
	.td_lock = PAGE_LOCK_SHARED,
	.sept_lock = PAGE_LOCK_EXCLUSIVE,
};

static uint64_t remove_page(struct seamcall *c, struct mem_op *op)
{
	struct page_locked page;
	uint64_t status = mem_lock_target(c, op, &page);

	if (status)
		return status;
	if (!sept_page_is_free(page.pa)) {
		page_unlock(&page);
		return mem_entry_error(c, op,
				       tdx_operand(TDX_EPT_PAGE_NOT_FREE, TDX_OPERAND_ID_RCX));
	}
	sept_set(op->slot, SEPT_STATE_FREE, hpa(0));
	mem_return_target(c, op, &page);
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_mem_sept_remove(struct seamcall *c)
{
	mem_no_l2_pages(c);
	return mem_run(c, &rules, remove_page);
}
