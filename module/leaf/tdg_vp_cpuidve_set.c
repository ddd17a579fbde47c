/* SPDX-License-Identifier: MIT */
/*
 * TDG.VP.CPUIDVE.SET: the guest wants a #VE for every CPUID. TDX Module ABI, "TDG.VP.CPUIDVE.SET".
 *
 *	in	RCX	bit 0: at CPL 0	bit 1: at CPL 1 to 3
 */
#include "lib/bits.h"
#include "module/operand.h"

enum tdcall_action leaf_tdg_vp_cpuidve_set(struct tdcall *c)
{
	uint64_t rcx = c->r[TDX_RCX];

	if (rcx & ~bit_range(1, 0))
		return tdcall_return(c, tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX));
	c->vcpu->cpuid_supervisor_ve = rcx & 1;
	c->vcpu->cpuid_user_ve = rcx >> 1;
	return tdcall_return(c, TDX_SUCCESS);
}
