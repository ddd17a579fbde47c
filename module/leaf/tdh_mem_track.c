/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.TRACK: begins a new TLB epoch of the TD. TDX Module ABI, "TDH.MEM.TRACK".
 *
 *	in	RCX	TDR
 *
 * Locks   TDR shared, epoch exclusive.
 * Changes the epoch, unless VCPUs still run that entered in the one before the present one.
 */
#include "module/leaf.h"
#include "module/lock.h"

static uint64_t track(struct tdcs *tdcs)
{
	uint64_t status = TDX_SUCCESS;
	uint64_t epoch;

	if (!lock_acquire(&tdcs->epoch_lock, LOCK_EXCLUSIVE, LOCK_RANK_EPOCH))
		return tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_TD_EPOCH);
	epoch = __atomic_load_n(&tdcs->epoch, __ATOMIC_RELAXED);
	if (__atomic_load_n(&tdcs->epoch_refcount[(epoch - 1) & 1], __ATOMIC_ACQUIRE))
		status = TDX_PREVIOUS_TLB_EPOCH_BUSY;
	else
		__atomic_fetch_add(&tdcs->epoch, 1, __ATOMIC_ACQ_REL);
	lock_release(&tdcs->epoch_lock, LOCK_EXCLUSIVE);
	return status;
}

uint64_t leaf_tdh_mem_track(struct seamcall *c)
{
	struct td_locked td;
	uint64_t status = td_lock_for_leaf(hpa(c->r[TDX_RCX]), TDX_OPERAND_ID_RCX, PAGE_LOCK_SHARED,
					   TDH_MEM_TRACK, &td);

	if (status)
		return status;
	status = track(td.tdcs);
	td_unlock(&td);
	return status;
}
