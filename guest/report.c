/* SPDX-License-Identifier: MIT */
#include "guest/report.h"

#include "guest/hooks.h"
#include "guest/leaf.h"
#include "guest/tsc.h"

#define BUSY_ATTEMPTS 1000

void tdx_report(struct gpa report, struct gpa data)
{
	uint64_t status = tdg_mr_report(report, data, 0);

	for (unsigned int i = 1; i < BUSY_ATTEMPTS && tdx_status_name(status) == TDX_OPERAND_BUSY;
	     i++) {
		tdx_pause();
		status = tdg_mr_report(report, data, 0);
	}
	if (status != TDX_SUCCESS)
		tdx_panic("TDG.MR.REPORT failed", status);
}

void tdx_rtmr_extend(struct gpa data, unsigned int index)
{
	uint64_t status = tdg_mr_rtmr_extend(data, index);

	for (unsigned int i = 1; i < BUSY_ATTEMPTS && tdx_status_name(status) == TDX_OPERAND_BUSY;
	     i++) {
		tdx_pause();
		status = tdg_mr_rtmr_extend(data, index);
	}
	if (status != TDX_SUCCESS)
		tdx_panic("TDG.MR.RTMR.EXTEND failed", status);
}
