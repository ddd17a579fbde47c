/* SPDX-License-Identifier: MIT */
#include "guest/ve_cause.h"
#include "guest/vmcall.h"
#include "lib/bits.h"

int tdx_rdmsr_safe(const struct tdx_ve_policy *policy, uint32_t index, uint64_t *value)
{
	enum tdx_ve_action action = tdx_ve_lookup(&policy->rdmsr, index);

	*value = 0;
	if (action == TDX_VE_FAIL)
		return TDX_VE_FORBIDDEN;
	if (action == TDX_VE_EMPTY)
		return 0;
	return tdvmcall_ok(tdvmcall_rdmsr(index, value)) ? 0 : TDX_VE_REFUSED;
}

int tdx_wrmsr_safe(const struct tdx_ve_policy *policy, uint32_t index, uint64_t value)
{
	enum tdx_ve_action action = tdx_ve_lookup(&policy->wrmsr, index);

	if (action == TDX_VE_FAIL)
		return TDX_VE_FORBIDDEN;
	if (action == TDX_VE_EMPTY)
		return 0;
	return tdvmcall_ok(tdvmcall_wrmsr(index, value)) ? 0 : TDX_VE_REFUSED;
}

int tdx_ve_rdmsr(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	uint64_t value;
	int error = tdx_rdmsr_safe(regs->policy, low32(regs->gpr[TDX_RCX]), &value);

	if (error)
		return error;
	regs->gpr[TDX_RAX] = low32(value);
	regs->gpr[TDX_RDX] = high32(value);
	return (int)ve->instruction_length;
}

int tdx_ve_wrmsr(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	uint64_t value = make64(low32(regs->gpr[TDX_RDX]), low32(regs->gpr[TDX_RAX]));
	int error = tdx_wrmsr_safe(regs->policy, low32(regs->gpr[TDX_RCX]), value);

	return error ? error : (int)ve->instruction_length;
}
