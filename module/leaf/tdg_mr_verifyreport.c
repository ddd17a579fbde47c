/* SPDX-License-Identifier: MIT */
/*
 * TDG.MR.VERIFYREPORT: was this report made on this machine? TDX Module ABI,
 * "TDG.MR.VERIFYREPORT".
 *
 *	in	RCX	private GPA of REPORTMACSTRUCT, 256-aligned
 *
 * INVALID_CPUSVN, INVALID_REPORTMACSTRUCT. The hashes in it are the caller's to check.
 */
#include "module/measure.h"
#include "module/operand.h"

static const struct operand_rule mac_rule = {
	.id = TDX_OPERAND_ID_RCX,
	.align = sizeof(struct tdx_report_mac),
};

_Static_assert(sizeof(struct tdx_report_mac) == 256, "its alignment is its size");

enum tdcall_action leaf_tdg_mr_verifyreport(struct tdcall *c)
{
	struct tdx_report_mac mac;
	struct guest_operand from;
	enum tdcall_action action;
	uint64_t status = operand_check(c, c->r[TDX_RCX], &mac_rule);

	if (status)
		return tdcall_return(c, status);
	if (!operand_find(c, c->r[TDX_RCX], &mac_rule, &from, &action))
		return action;
	operand_read(&from, &mac, sizeof(mac));
	return tdcall_return(c, measure_verify_report(&mac));
}
