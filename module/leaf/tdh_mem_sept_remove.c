/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.SEPT.REMOVE: takes an empty page of entries out of the secure EPT. TDX Module ABI,
 * "TDH.MEM.SEPT.REMOVE".
 *
 *	in	RCX	GPA and level of the entry that points to the page	RDX	TDR
 *	out	RCX	the removed page; RCX and RDX the entry, when it is to blame
 *		R9 R10 R11	version 1: pages of the L2 VMs' trees, all-ones: there are none
 *
 * Locks   TDR shared, SEPT exclusive.
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
	struct hpa page;
	uint64_t status = mem_check_state(c, op);

	if (status)
		return status;
	status = mem_check_tracked(c, op, TDX_OPERAND_ID_RCX);
	if (status)
		return status;
	page = sept_pa(op->slot);
	if (!sept_page_is_free(page))
		return mem_entry_error(c, op,
				       tdx_operand(TDX_EPT_PAGE_NOT_FREE, TDX_OPERAND_ID_RCX));

	sept_set(op->slot, SEPT_STATE_FREE, hpa(0));
	page_free_owned(page, TDX_LEVEL_4K);
	td_child_removed(op->td.tdr, TDX_LEVEL_4K);
	c->r[TDX_RCX] = page.pa;
	if (c->version > 0)
		c->r[TDX_R9] = c->r[TDX_R10] = c->r[TDX_R11] = UINT64_MAX;
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_mem_sept_remove(struct seamcall *c)
{
	struct mem_op op;
	uint64_t status = mem_begin(c, &rules, &op);

	if (status)
		return status;
	status = remove_page(c, &op);
	mem_end(&op);
	return status;
}
