/* SPDX-License-Identifier: MIT */
/*
 * TDH.MR.FINALIZE: the TD is built; it may run. TDX Module ABI, "TDH.MR.FINALIZE".
 *
 *	in	RCX	TDR
 *
 * Changes MRTD, final; op state INITIALIZED -> RUNNABLE.
 */
#include "module/leaf.h"
#include "module/measure.h"

uint64_t leaf_tdh_mr_finalize(struct seamcall *c)
{
	struct td_locked td;
	uint64_t status = td_lock_for_leaf(hpa(c->r[TDX_RCX]), TDX_OPERAND_ID_RCX,
					   PAGE_LOCK_EXCLUSIVE, TDH_MR_FINALIZE, &td);

	if (status)
		return status;
	if (td.tdcs->vcpu_count == 0) {
		status = TDX_NO_VCPUS;
	} else {
		measure_finalize(td.tdcs);
		td.tdcs->op_state = TD_OP_RUNNABLE;
	}
	td_unlock(&td);
	return status;
}
