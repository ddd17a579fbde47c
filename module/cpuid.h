/* SPDX-License-Identifier: MIT */
/*
 * CPUID as a TD sees it. TDX Module ABI, "CPUID Virtualization": a table of leaves, computed from
 * the CPU's own values once and from TD_PARAMS for each TD; what is not in it is a #VE.
 */
#ifndef MODULE_CPUID_H
#define MODULE_CPUID_H

#include <stdbool.h>
#include <stdint.h>

#include <tdx/types.h>

#include "module/td.h"
#include "module/vcpu.h"

#define CPUID_CONFIG_COUNT 12	      /* leaves that TD_PARAMS.CPUID_VALUES configures */
#define CPUID_NO_SUBLEAF   UINT32_MAX /* as in struct tdx_cpuid_config */

/* Samples the CPU; once, before the first TD. */
void cpuid_init_module(void);

/* XFAM_FIXED0: the extended features that a TD may have on this CPU. */
uint64_t cpuid_xfam_supported(void);

/* The leaves that TD_PARAMS configures, in its order, with the bits that may be set. */
void cpuid_config_list(struct tdx_cpuid_config out[CPUID_CONFIG_COUNT]);

/*
 * TDH.MNG.INIT: fills TDCX page 1. OPERAND_INVALID|CPUID_CONFIG when params ask for what cannot be;
 * *bad_leaf is then the leaf in 31:0 and the sub-leaf in 63:32. params->xfam has been checked.
 */
uint64_t cpuid_init_td(struct tdr *tdr, const struct tdx_td_params *params, uint64_t *bad_leaf);

/*
 * The CPUID instruction, executed by this VCPU now. False: it is a #VE.
 */
bool cpuid_execute(const struct vcpu *v, const struct tdr *tdr, uint32_t leaf, uint32_t subleaf,
		   struct tdx_cpuid_value *value);

/* The TD's value of a leaf without what depends on the VCPU; false when the table lacks it. */
bool cpuid_td_value(const struct tdr *tdr, uint32_t leaf, uint32_t subleaf,
		    struct tdx_cpuid_value *value);
/* Is a bit of a leaf set for this TD? reg: 0..3 for EAX EBX ECX EDX. */
bool cpuid_td_has(const struct tdr *tdr, uint32_t leaf, unsigned int reg, unsigned int bit);

/* Rows of the table, for the metadata fields that list it: 0..cpuid_row_count()-1. */
unsigned int cpuid_row_count(void);
void cpuid_row(unsigned int row, uint32_t *leaf, uint32_t *subleaf);

#endif
