/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.RANGE.BLOCK: the TD loses access to a page or to all below an entry. TDX Module ABI,
 * "TDH.MEM.RANGE.BLOCK".
 *
 *	in	RCX	GPA and level	RDX	TDR
 *	out	RCX RDX	the entry, when it is to blame
 *
 * Locks   TDR shared, SEPT exclusive, entry.
 * Changes entry -> the same, blocked; BEPOCH of what it maps = the TD's epoch.
 */
#include "module/leaf/mem.h"

static const struct mem_rules rules = {
	.leaf = TDH_MEM_RANGE_BLOCK,
	.min_level = TDX_LEVEL_4K,
	.max_level = TDX_LEVEL_256T,
	.if_blocked = TDX_GPA_RANGE_ALREADY_BLOCKED | TDX_OPERAND_ID_RCX,
	.td_lock = PAGE_LOCK_SHARED,
	.sept_lock = PAGE_LOCK_EXCLUSIVE,
};

static uint64_t block(struct seamcall *c, struct mem_op *op)
{
	struct pamt_entry *target = mem_target(op);
	uint64_t epoch;

	/* A VCPU that enters in an epoch after the one that is noted must find the entry blocked:
	 * the epoch is read last, and written, so that TDH.MEM.TRACK comes before or after. */
	sept_set(op->slot, sept_blocked(op->state), sept_pa(op->slot));
	epoch = __atomic_fetch_add(&op->td.tdcs->epoch, 0, __ATOMIC_ACQ_REL);
	__atomic_store_n(&target->bepoch, epoch, __ATOMIC_RELEASE);
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_mem_range_block(struct seamcall *c)
{
	return mem_run(c, &rules, block);
}
