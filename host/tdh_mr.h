/* SPDX-License-Identifier: MIT */
/* TDH.MR.*: the measurement of a TD under construction. */
#ifndef HOST_TDH_MR_H
#define HOST_TDH_MR_H

#include <stdint.h>

#include "host/tdh_mem.h"
#include "lib/addr_types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TDX_MR_EXTEND_SIZE 256 /* bytes that one TDH.MR.EXTEND measures */

/* Measures 256 bytes of an added page, 256-aligned. TDX_EPT_ENTRY_NOT_PRESENT. */
uint64_t tdh_mr_extend(struct hpa tdr, struct gpa gpa, struct tdx_sept_entry *entry);

/* Ends the construction: the TD can run. TDX_NO_VCPUS. */
uint64_t tdh_mr_finalize(struct hpa tdr);

#ifdef __cplusplus
}
#endif

#endif
