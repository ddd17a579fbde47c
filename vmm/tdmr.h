/* SPDX-License-Identifier: MIT */
/*
 * TDMRs: which memory TDs can be made of. They cover the CMRs in whole GiB; what in them is no CMR
 * or holds page metadata (PAMT) is a reserved area. TDX Module Base Architecture specification,
 * "TDMR and PAMT".
 */
#ifndef VMM_TDMR_H
#define VMM_TDMR_H

#include <stdint.h>

#include <tdx/types.h>

#include "lib/addr.h"

struct tdmr_list {
	unsigned int count;
	struct tdx_tdmr_info *info[TDX_MAX_TDMRS];
	struct hpa list; /* of the addresses of info[], for TDH.SYS.CONFIG */
};

/* pamt_entry_size: bytes. Takes the memory for the PAMTs out of the VMM's. */
void tdmr_build(const struct tdx_cmr_info *cmrs, uint64_t cmr_count, uint64_t pamt_entry_size,
		struct tdmr_list *list);

#endif
