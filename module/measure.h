/* SPDX-License-Identifier: MIT */
/*
 * Measurement registers and the local attestation report. TDX Module Base specification,
 * "Measurement and Attestation".
 */
#ifndef MODULE_MEASURE_H
#define MODULE_MEASURE_H

#include <stdint.h>

#include <tdx/report.h>

#include "module/td.h"

#define MEASURE_CHUNK 256 /* bytes that one TDH.MR.EXTEND measures */

/* MRTD, while the TD is built: TDH.MNG.INIT, TDH.MEM.PAGE.ADD, TDH.MR.EXTEND, TDH.MR.FINALIZE. */
void measure_start(struct tdcs *tdcs);
void measure_page_add(struct tdcs *tdcs, struct gpa gpa);
void measure_extend(struct tdcs *tdcs, struct gpa gpa, const void *chunk);
void measure_finalize(struct tdcs *tdcs);

/* RTMR[index] = SHA-384(RTMR[index] | digest); index below TDX_RTMR_COUNT, rtmr_lock held. */
void measure_rtmr_extend(struct tdcs *tdcs, unsigned int index, const uint8_t digest[TDX_MR_SIZE]);

/*
 * TDREPORT_STRUCT of the TD. report_data is read before report is written, so they may overlap;
 * rtmr_lock held. The MAC is HMAC-SHA256 over the first 224 bytes with the platform's report key.
 */
void measure_report(const struct tdcs *tdcs, const uint8_t report_data[TDX_REPORT_DATA_SIZE],
		    struct tdx_report *report);

/*
 * Did measure_report() of this machine make it? INVALID_CPUSVN when it names another security
 * version of the CPU, INVALID_REPORTMACSTRUCT when it was changed or made elsewhere.
 */
uint64_t measure_verify_report(const struct tdx_report_mac *mac);

#endif
