/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.RANGE.UNBLOCK: undoes TDH.MEM.RANGE.BLOCK. TDX Module ABI, "TDH.MEM.RANGE.UNBLOCK".
 *
 *	in	RCX	GPA and level	RDX	TDR
 *	out	RCX RDX	the entry, when it is to blame
 *
 * Locks   TDR shared, SEPT exclusive, entry.
 * Changes entry -> the same, not blocked.
 */
#include "module/leaf/mem.h"

static const struct mem_rules rules = {
	.leaf = TDH_MEM_RANGE_UNBLOCK,
	.min_level = TDX_LEVEL_4K,
	.max_level = TDX_LEVEL_256T,
	.td_lock = PAGE_LOCK_SHARED,
	.sept_lock = PAGE_LOCK_EXCLUSIVE,
};

static uint64_t unblock(struct seamcall *c, struct mem_op *op)
{
	uint64_t status = mem_check_tracked(c, op, TDX_OPERAND_ID_SEPT_TREE);
	if (status)
		return status;
	sept_set(op->slot, sept_unblocked(op->state), sept_pa(op->slot));
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_mem_range_unblock(struct seamcall *c)
{
	return mem_run(c, &rules, unblock);
}
