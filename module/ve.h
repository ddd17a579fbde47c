/* SPDX-License-Identifier: MIT */
/* The virtualisation exception. TDX Module Base specification, "#VE Injected by the TDX Module". */
#ifndef MODULE_VE_H
#define MODULE_VE_H

#include <stdbool.h>
#include <stdint.h>

#include "module/vcpu.h"

#define VECTOR_UD 6
#define VECTOR_DF 8
#define VECTOR_GP 13
#define VECTOR_PF 14

/*
 * Latches the information and injects vector 20; or #DF(0) when the guest has not fetched the
 * information of the #VE before it. Replaces an event that waits for injection.
 */
void ve_raise(struct vcpu *v, const struct tdx_ve_info *info);
/* The same for an instruction that the guest must emulate. */
void ve_raise_instruction(struct vcpu *v, enum tdx_exit_reason reason, uint64_t qualification,
			  unsigned int length);

/* TDG.VP.VEINFO.GET: hands the information out once. */
bool ve_take(struct vcpu *v, struct tdx_ve_info *info);

/* Exceptions that the module raises itself; as ve_raise() they replace an event that waits. */
void raise_df(struct vcpu *v);
void raise_gp(struct vcpu *v);
void raise_ud(struct vcpu *v);
/* #PF with the reserved-bit cause. */
void raise_reserved_pf(struct vcpu *v, uint64_t linear, bool write, bool fetch);

/* An exit interrupted the delivery of this event: it is delivered again at the next entry. */
void reinject(struct vcpu *v, const struct cpu_exit *exit);

#endif
