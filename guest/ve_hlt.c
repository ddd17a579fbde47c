/* SPDX-License-Identifier: MIT */
#include "guest/ve_cause.h"
#include "guest/vmcall.h"
#include "lib/bits.h"

#define RFLAGS_IF bit(9)

/*
 * An interrupt that arrives between HLT and the call stays pending as long as interrupts are off
 * here: the VMM is told what the interrupted context has, finds it, and returns at once. With
 * interrupts on it would be delivered before the call, which then waits for another.
 */
int tdx_ve_hlt(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	if (tdx_interrupts_on())
		return TDX_VE_INTERRUPTS;
	if (!tdvmcall_ok(tdvmcall_hlt(!(regs->rflags & RFLAGS_IF))))
		return TDX_VE_REFUSED;
	return (int)ve->instruction_length;
}
