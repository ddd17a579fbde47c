/* SPDX-License-Identifier: MIT */
/*
 * TDG.MR.REPORT: the TD's report for a local verifier. TDX Module ABI, "TDG.MR.REPORT".
 *
 *	in	RCX	GPA of TDREPORT_STRUCT to fill, 1024-aligned
 *		RDX	GPA of REPORTDATA, 64 bytes, 64-aligned; may lie inside the report
 *		R8	sub-type, 0
 *
 * With an interrupt waiting the guest takes that first, and executes the TDCALL again.
 */
#include "module/lock.h"
#include "module/measure.h"
#include "module/operand.h"

static const struct operand_rule report_rule = {
	.id = TDX_OPERAND_ID_RCX,
	.align = TDX_REPORT_SIZE,
	.shared_allowed = true,
	.write = true,
};

static const struct operand_rule data_rule = {
	.id = TDX_OPERAND_ID_RDX,
	.align = TDX_REPORT_DATA_SIZE,
	.shared_allowed = true,
};

static uint64_t check(const struct tdcall *c)
{
	uint64_t status = operand_check(c, c->r[TDX_RCX], &report_rule);

	if (!status)
		status = operand_check(c, c->r[TDX_RDX], &data_rule);
	if (!status && c->r[TDX_R8] != 0)
		status = tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_R8);
	return status;
}

static uint64_t report(struct tdcs *tdcs, const struct guest_operand *to,
		       const struct guest_operand *from)
{
	uint8_t data[TDX_REPORT_DATA_SIZE];
	struct tdx_report result;

	if (!lock_acquire(&tdcs->rtmr_lock, LOCK_SHARED, LOCK_RANK_RTMR))
		return tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_RTMR);
	operand_read(from, data, sizeof(data));
	measure_report(tdcs, data, &result);
	lock_release(&tdcs->rtmr_lock, LOCK_SHARED);
	operand_write(to, &result, sizeof(result));
	return TDX_SUCCESS;
}

enum tdcall_action leaf_tdg_mr_report(struct tdcall *c)
{
	struct guest_operand to, from;
	enum tdcall_action action;
	uint64_t status = check(c);

	if (status)
		return tdcall_return(c, status);
	if (!operand_find(c, c->r[TDX_RCX], &report_rule, &to, &action) ||
	    !operand_find(c, c->r[TDX_RDX], &data_rule, &from, &action))
		return action;
	if (cpu_interrupt_pending(false))
		return TDCALL_RESTART;
	return tdcall_return(c, report(c->tdcs, &to, &from));
}
