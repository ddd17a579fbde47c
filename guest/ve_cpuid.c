/* SPDX-License-Identifier: MIT */
#include "guest/ve_cause.h"
#include "guest/vmcall.h"
#include "lib/bits.h"

int tdx_ve_cpuid(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	struct tdx_cpuid_value value = { 0 };
	uint32_t leaf = low32(regs->gpr[TDX_RAX]);
	enum tdx_ve_action action = tdx_ve_lookup(&regs->policy->cpuid, leaf);

	if (action == TDX_VE_FAIL)
		return TDX_VE_FORBIDDEN;
	if (action == TDX_VE_ASK &&
	    !tdvmcall_ok(tdvmcall_cpuid(leaf, low32(regs->gpr[TDX_RCX]), &value)))
		return TDX_VE_REFUSED;
	regs->gpr[TDX_RAX] = value.eax;
	regs->gpr[TDX_RBX] = value.ebx;
	regs->gpr[TDX_RCX] = value.ecx;
	regs->gpr[TDX_RDX] = value.edx;
	return (int)ve->instruction_length;
}
