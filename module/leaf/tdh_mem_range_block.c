/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.RANGE.BLOCK: the TD loses access to a page or to all below an entry. TDX Module ABI,
 * "TDH.MEM.RANGE.BLOCK".
 *
 *	in	RCX	GPA and level	RDX	TDR
 *	out	RCX RDX	the entry, when it is to blame
 *
 * Locks   TDR shared, SEPT exclusive.
 * Changes entry -> the same, blocked; BEPOCH of what it maps = the TD's epoch.
 */
#include "module/leaf/mem.h"

static const struct mem_rules rules = {
	.leaf = TDH_MEM_RANGE_BLOCK,
	.min_level = TDX_LEVEL_4K,
	.max_level = TDX_LEVEL_256T,
	.td_lock = PAGE_LOCK_SHARED,
	.sept_lock = PAGE_LOCK_EXCLUSIVE,
};

static const enum sept_state blocked[SEPT_STATE_COUNT] = {
	[SEPT_STATE_NL_MAPPED] = SEPT_STATE_NL_BLOCKED,
	[SEPT_STATE_MAPPED] = SEPT_STATE_BLOCKED,
	[SEPT_STATE_PENDING] = SEPT_STATE_PENDING_BLOCKED,
};

static uint64_t block(struct seamcall *c, struct mem_op *op)
{
	uint64_t status;

	if (op->state == SEPT_STATE_NL_BLOCKED || op->state == SEPT_STATE_BLOCKED ||
	    op->state == SEPT_STATE_PENDING_BLOCKED)
		return mem_entry_error(
			c, op, tdx_operand(TDX_GPA_RANGE_ALREADY_BLOCKED, TDX_OPERAND_ID_RCX));
	status = mem_check_state(c, op);
	if (status)
		return status;

	mem_target(op)->bepoch = __atomic_load_n(&op->td.tdcs->epoch, __ATOMIC_ACQUIRE);
	sept_set(op->slot, blocked[op->state], sept_pa(op->slot));
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_mem_range_block(struct seamcall *c)
{
	struct mem_op op;
	uint64_t status = mem_begin(c, &rules, &op);

	if (status)
		return status;
	status = block(c, &op);
	mem_end(&op);
	return status;
}
