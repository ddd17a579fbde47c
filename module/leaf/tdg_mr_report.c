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

static uint64_t check_alignment(const struct tdcall *c)
{
	if (!is_aligned(c->r[TDX_RCX], report_rule.align))
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX);
	return operand_check(c, c->r[TDX_RDX], &data_rule);
}

static uint64_t make_report(struct tdcs *tdcs, const struct guest_operand *from,
			    struct tdx_report *report)
{
	uint8_t data[TDX_REPORT_DATA_SIZE];

	if (!lock_acquire(&tdcs->rtmr_lock, LOCK_SHARED, LOCK_RANK_RTMR))
		return tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_RTMR);
	operand_read(from, data, sizeof(data));
	measure_report(tdcs, data, report);
	lock_release(&tdcs->rtmr_lock, LOCK_SHARED);
	return TDX_SUCCESS;
}

/* The buffer's memory is looked at last, when there is something to write to it. */
static enum tdcall_action deliver(struct tdcall *c, const struct tdx_report *report)
{
	struct guest_operand to;
	enum tdcall_action action;
	uint64_t status;

	if (cpu_interrupt_pending(false))
		return TDCALL_RESTART;
	status = operand_check(c, c->r[TDX_RCX], &report_rule);
	if (status)
		return tdcall_return(c, status);
	if (!operand_find(c, c->r[TDX_RCX], &report_rule, &to, &action))
		return action;
	operand_write(&to, report, sizeof(*report));
	return tdcall_return(c, TDX_SUCCESS);
}

enum tdcall_action leaf_tdg_mr_report(struct tdcall *c)
{
	struct tdx_report report;
	struct guest_operand from;
	enum tdcall_action action;
	uint64_t status = check_alignment(c);

	if (status)
		return tdcall_return(c, status);
	if (!operand_find(c, c->r[TDX_RDX], &data_rule, &from, &action))
		return action;
	if (c->r[TDX_R8] != 0)
		status = tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_R8);
	else
		status = make_report(c->tdcs, &from, &report);
	return status ? tdcall_return(c, status) : deliver(c, &report);
}
