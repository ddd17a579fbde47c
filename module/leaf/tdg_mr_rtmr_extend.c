/* SPDX-License-Identifier: MIT */
/*
 * TDG.MR.RTMR.EXTEND: extends a run-time measurement register. TDX Module ABI,
 * "TDG.MR.RTMR.EXTEND".
 *
 *	in	RCX	private GPA of 48 bytes, 64-aligned	RDX	register, 0..3
 */
#include "module/lock.h"
#include "module/measure.h"
#include "module/operand.h"

static const struct operand_rule data_rule = { .id = TDX_OPERAND_ID_RCX, .align = 64 };

static uint64_t extend(struct tdcs *tdcs, uint64_t index, const struct guest_operand *data)
{
	uint8_t digest[TDX_MR_SIZE];

	if (index >= TDX_RTMR_COUNT)
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RDX);
	if (!lock_acquire(&tdcs->rtmr_lock, LOCK_EXCLUSIVE, LOCK_RANK_RTMR))
		return tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_RTMR);
	operand_read(data, digest, sizeof(digest));
	measure_rtmr_extend(tdcs, (unsigned int)index, digest);
	lock_release(&tdcs->rtmr_lock, LOCK_EXCLUSIVE);
	return TDX_SUCCESS;
}

enum tdcall_action leaf_tdg_mr_rtmr_extend(struct tdcall *c)
{
	struct guest_operand data;
	enum tdcall_action action;
	uint64_t status = operand_check(c, c->r[TDX_RCX], &data_rule);

	if (status)
		return tdcall_return(c, status);
	if (!operand_find(c, c->r[TDX_RCX], &data_rule, &data, &action))
		return action;
	return tdcall_return(c, extend(c->tdcs, c->r[TDX_RDX], &data));
}
