/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.PAGE.PROMOTE: makes one page of 512 smaller ones. TDX Module ABI,
 * "TDH.MEM.PAGE.PROMOTE".
 *
 *	in	RCX	GPA and level (2 MiB, 1 GiB) of the page to be	RDX	TDR
 *	out	RCX	the page of entries that is left over; RCX and RDX the entry, when it is to
 *			blame
 *		R9 R10 R11	version 1: pages of the L2 VMs' trees, all-ones: there are none
 *
 * Locks   TDR shared, SEPT exclusive, entry, the page of entries exclusive.
 * Changes the pages' PAMT entries into one; entry -> what all those below it were, MAPPED or
 *	   PENDING; the page of entries EPT -> NDA; child count.
 */
#include "module/leaf/mem.h"

#define ENTRIES 512

static const struct mem_rules rules = {
	.leaf = TDH_MEM_PAGE_PROMOTE,
	.min_level = TDX_LEVEL_2M,
	.max_level = TDX_LEVEL_1G,
	.td_lock = PAGE_LOCK_SHARED,
	.sept_lock = PAGE_LOCK_EXCLUSIVE,
};

static struct sept_slot child(struct hpa table, const struct mem_op *op, unsigned int i)
{
	uint64_t *entries = phys_ptr(table);

	return (struct sept_slot){ &entries[i], op->level - 1 };
}

/* Leaves of one state that the TD can have, or accept, and of memory that is one large page. */
static bool can_merge(struct hpa table, const struct mem_op *op)
{
	struct sept_slot first = child(table, op, 0);
	enum sept_state state = sept_state(first);
	uint64_t base = sept_pa(first).pa;

	if ((state != SEPT_STATE_MAPPED && state != SEPT_STATE_PENDING) ||
	    !is_aligned(base, level_size(op->level)))
		return false;
	for (unsigned int i = 1; i < ENTRIES; i++) {
		struct sept_slot slot = child(table, op, i);

		if (sept_state(slot) != state ||
		    sept_pa(slot).pa != base + i * level_size(slot.level))
			return false;
	}
	return true;
}

static uint64_t merge(struct seamcall *c, struct mem_op *op, struct page_locked *table)
{
	struct sept_slot first = child(table->pa, op, 0);
	enum sept_state state = sept_state(first);
	struct hpa page = sept_pa(first);
	uint64_t status;

	if (!can_merge(table->pa, op))
		return mem_entry_error(
			c, op, tdx_operand(TDX_EPT_INVALID_PROMOTE_CONDITIONS, TDX_OPERAND_ID_RCX));
	status = mem_check_interrupt(c, op);
	if (status)
		return status;
	if (!page_merge(page, op->level))
		return tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_RCX);
	sept_set(op->slot, state, page);
	return TDX_SUCCESS;
}

static uint64_t promote(struct seamcall *c, struct mem_op *op)
{
	struct page_locked table;
	uint64_t status = mem_lock_target(c, op, &table);

	if (status)
		return status;
	status = merge(c, op, &table);
	if (status)
		page_unlock(&table);
	else
		mem_return_target(c, op, &table);
	return status;
}

uint64_t leaf_tdh_mem_page_promote(struct seamcall *c)
{
	mem_no_l2_pages(c);
	return mem_run(c, &rules, promote);
}
