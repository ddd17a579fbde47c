/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.PAGE.AUG: a private page that the TD must accept before use. TDX Module ABI,
 * "TDH.MEM.PAGE.AUG".
 *
 *	in	RCX	GPA and level (4 KiB, 2 MiB)	RDX	TDR	R8	page to use
 *	out	RCX RDX	the entry, when it is to blame
 *
 * Locks   TDR shared, SEPT shared, entry, page exclusive.
 * Changes R8 NDA -> REG; entry FREE -> PENDING; child count. TDG.MEM.PAGE.ACCEPT clears the page.
 */
#include "module/leaf/mem.h"
#include "module/module.h"

static const struct mem_rules rules = {
	.leaf = TDH_MEM_PAGE_AUG,
	.min_level = TDX_LEVEL_4K,
	.max_level = TDX_LEVEL_2M,
	.td_lock = PAGE_LOCK_SHARED,
	.sept_lock = PAGE_LOCK_SHARED,
};

static uint64_t augment(struct seamcall *c, struct mem_op *op)
{
	struct page_locked page;
	uint64_t status = page_lock(hpa(c->r[TDX_R8]), op->level, TDX_PAGE_NDA, PAGE_LOCK_EXCLUSIVE,
				    TDX_OPERAND_ID_R8, &page);

	if (status)
		return status;

	page_assign(&page, TDX_PAGE_REG, op->td.page.pa);
	td_child_added(op->td.tdr, op->level);
	sept_set(op->slot, SEPT_STATE_PENDING, page.pa);
	page_unlock(&page);
	module_count(&module_counters.pages_augmented, level_size(op->level) / PAGE_SIZE);
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_mem_page_aug(struct seamcall *c)
{
	return mem_run(c, &rules, augment);
}
