/* SPDX-License-Identifier: MIT */
#ifndef VMM_TD_PARAMS_H
#define VMM_TD_PARAMS_H

#include <stdint.h>

#include <tdx/types.h>

/* What the TD is to be, out of what the module allows (TDH.SYS.INFO). */
void td_params_fill(struct tdx_td_params *params, const struct tdx_sysinfo *info,
		    uint64_t attributes, uint16_t tsc_frequency);

#endif
