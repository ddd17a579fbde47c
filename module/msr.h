/* SPDX-License-Identifier: MIT */
/* RDMSR and WRMSR in a TD. TDX Module ABI, "MSR Virtualization": the table is msr.def. */
#ifndef MODULE_MSR_H
#define MODULE_MSR_H

#include <stdint.h>

#include "module/guest.h"

enum msr_result {
	MSR_DONE, /* the instruction completes */
	MSR_GP,	  /* #GP(0) */
	MSR_VE,	  /* #VE, exit reason RDMSR or WRMSR */
};

/* Lets the guest access at once what this CPU virtualises by itself; once, before the first TD. */
void msr_init_module(void);

/* IA32_ARCH_CAPABILITIES of a TD whose TD_PARAMS configured nothing. */
uint64_t msr_arch_capabilities(const struct tdcs *tdcs);

/* Values at TDH.VP.INIT of the MSRs that the module keeps. */
void msr_init_vcpu(struct vcpu *v);

enum msr_result msr_read(const struct guest *g, uint32_t msr, uint64_t *value);
enum msr_result msr_write(const struct guest *g, uint32_t msr, uint64_t value);

#endif
