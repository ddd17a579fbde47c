/* SPDX-License-Identifier: MIT */
/*
 * What the TD is: reports and run-time measurements. TDX Module ABI specification, TDG.MR.REPORT
 * and TDG.MR.RTMR.EXTEND. Other VCPUs that do the same, and the VMM, may hold the module's lock for
 * a while: these try again. A module that refuses for good is tdx_panic(): a TD that could not
 * measure or report must not go on as if it had.
 */
#ifndef GUEST_REPORT_H
#define GUEST_REPORT_H

#include <stdint.h>

#include <tdx/report.h>

#include "lib/addr_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A struct tdx_report at report (1024-aligned) that contains the 64 bytes at data (64-aligned).
 * Caller's errors (alignment) are tdx_panic() as well. */
void tdx_report(struct gpa report, struct gpa data);

/* RTMR[index] = SHA-384(RTMR[index] | the 48 bytes at data); data private and 64-aligned, index
 * 0..3. Caller's errors are tdx_panic() as well. */
void tdx_rtmr_extend(struct gpa data, unsigned int index);

#ifdef __cplusplus
}
#endif

#endif
