/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.PAGE.REMOVE: takes a page from the TD. TDX Module ABI, "TDH.MEM.PAGE.REMOVE".
 *
 *	in	RCX	GPA and level (up to 1 GiB)	RDX	TDR
 *	out	RCX	the removed page; RCX and RDX the entry, when it is to blame
 *
 * Locks   TDR shared, SEPT shared, entry.
 * Changes page REG -> NDA; entry -> FREE; child count.
 */
#include "module/leaf/mem.h"
#include "module/module.h"

static const struct mem_rules rules = {
	.leaf = TDH_MEM_PAGE_REMOVE,
	.min_level = TDX_LEVEL_4K,
	.max_level = TDX_LEVEL_1G,
	.td_lock = PAGE_LOCK_SHARED,
	.sept_lock = PAGE_LOCK_SHARED,
};

static uint64_t remove_page(struct seamcall *c, struct mem_op *op)
{
	struct page_locked page;
	uint64_t status = mem_lock_target(c, op, &page);

	if (status)
		return status;
	sept_set(op->slot, SEPT_STATE_FREE, hpa(0));
	mem_return_target(c, op, &page);
	module_count(&module_counters.pages_removed, level_size(op->level) / PAGE_SIZE);
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_mem_page_remove(struct seamcall *c)
{
	return mem_run(c, &rules, remove_page);
}
