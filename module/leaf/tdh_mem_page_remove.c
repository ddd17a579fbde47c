/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.PAGE.REMOVE: takes a page from the TD. TDX Module ABI, "TDH.MEM.PAGE.REMOVE".
 *
 *	in	RCX	GPA and level (up to 1 GiB)	RDX	TDR
 *	out	RCX	the removed page; RCX and RDX the entry, when it is to blame
 *
 * Locks   TDR shared, SEPT exclusive.
 * Changes page REG -> NDA; entry -> FREE; child count.
 */
#include "module/leaf/mem.h"
#include "module/module.h"

static const struct mem_rules rules = {
	.leaf = TDH_MEM_PAGE_REMOVE,
	.min_level = TDX_LEVEL_4K,
	.max_level = TDX_LEVEL_1G,
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
	sept_set(op->slot, SEPT_STATE_FREE, hpa(0));
	page_free_owned(page, op->level);
	td_child_removed(op->td.tdr, op->level);
	module_count(&module_counters.pages_removed, level_size(op->level) / PAGE_SIZE);
	c->r[TDX_RCX] = page.pa;
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_mem_page_remove(struct seamcall *c)
{
	struct mem_op op;
	uint64_t status = mem_begin(c, &rules, &op);

	if (status)
		return status;
	status = remove_page(c, &op);
	mem_end(&op);
	return status;
}
