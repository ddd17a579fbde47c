/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.PAGE.DEMOTE: splits a large page. TDX Module ABI, "TDH.MEM.PAGE.DEMOTE".
 *
 *	in	RCX	GPA and level (2 MiB, 1 GiB) of the page
 *		RDX	TDR; bit 0 = how to treat L2 VMs, of which there are none (R9 R10 R11 too)
 *		R8	page for the new entries
 *	out	RCX RDX	the entry, when it is to blame
 *
 * Locks   TDR shared, SEPT shared, entry, R8 exclusive.
 * Changes R8 NDA -> EPT; the page's PAMT entry into 512; entry -> NL_MAPPED, and below it the
 *	   page's state, not blocked; child count.
 */
#include "module/leaf/mem.h"

#define SPARSE_L2_MODE UINT64_C(1)

static const struct mem_rules rules = {
	.leaf = TDH_MEM_PAGE_DEMOTE,
	.min_level = TDX_LEVEL_2M,
	.max_level = TDX_LEVEL_1G,
	.flags = SPARSE_L2_MODE,
	.td_lock = PAGE_LOCK_SHARED,
	.sept_lock = PAGE_LOCK_SHARED,
};

/* The new page of entries is complete before the tree shows it. */
static void commit(struct mem_op *op, struct page_locked *table, struct hpa page)
{
	page_assign(table, TDX_PAGE_EPT, op->td.page.pa);
	sept_fill_page(table->pa, sept_unblocked(op->state), page, op->level - 1);
	td_child_added(op->td.tdr, TDX_LEVEL_4K);
	sept_set(op->slot, SEPT_STATE_NL_MAPPED, table->pa);
}

static uint64_t demote(struct seamcall *c, struct mem_op *op)
{
	struct hpa page = sept_pa(op->slot);
	struct page_locked table;
	uint64_t status = mem_check_tracked(c, op, TDX_OPERAND_ID_RCX);

	if (status)
		return status;
	status = page_lock(hpa(c->r[TDX_R8]), TDX_LEVEL_4K, TDX_PAGE_NDA, PAGE_LOCK_EXCLUSIVE,
			   TDX_OPERAND_ID_R8, &table);
	if (status)
		return status;
	status = mem_check_interrupt(c, op);
	if (!status && !page_split(page, op->level))
		status = tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_RCX);
	if (!status)
		commit(op, &table, page);
	page_unlock(&table);
	return status;
}

uint64_t leaf_tdh_mem_page_demote(struct seamcall *c)
{
	return mem_run(c, &rules, demote);
}
