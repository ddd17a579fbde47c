/* SPDX-License-Identifier: MIT */
/*
 * What must be so on every logical processor: CPUID and a few MSRs. TDX Module Base specification,
 * "Enumeration of CPU Features". TDH.SYS.INIT samples those of its LP, TDH.SYS.LP.INIT compares.
 */
#ifndef MODULE_SAMENESS_H
#define MODULE_SAMENESS_H

#include <stdint.h>

/* The CPUID leaf that displeased; all zero when none did. Registers EAX EBX ECX EDX. */
struct cpuid_complaint {
	uint32_t leaf, subleaf;
	uint32_t mask[4];     /* the bits in question */
	uint32_t expected[4]; /* their value; only from sameness_sample() */
};

/*
 * Can the module run on this LP's CPU? LIMIT_CPUID_MAXVAL_SET, CPUID_LEAF_NOT_SUPPORTED|leaf,
 * INCORRECT_CPUID_VALUE. Then remembers what the others must have.
 */
uint64_t sameness_sample(struct cpuid_complaint *complaint);

/* Is this LP as the sampled one? INCONSISTENT_CPUID_FIELD, INCONSISTENT_MSR|msr. */
uint64_t sameness_compare(struct cpuid_complaint *complaint);

/* INCONSISTENT_MSR|IA32_TSC_ADJUST when the VMM has changed it on this LP since. */
uint64_t sameness_of_tsc(void);
/* LIMIT_CPUID_MAXVAL_SET: the VMM makes CPUID lie. */
uint64_t sameness_of_maxval(void);

#endif
