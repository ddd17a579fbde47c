/* SPDX-License-Identifier: MIT */
/* Instructions that need little or nothing. */
#include "guest/ve_cause.h"
#include "guest/vmcall.h"

int tdx_ve_wbinvd(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	enum tdx_ve_action action = regs->policy->wbinvd;

	if (action == TDX_VE_FAIL)
		return TDX_VE_FORBIDDEN;
	/* For WBNOINVD, which has the same exit reason, too: it writes back as well. */
	if (action == TDX_VE_ASK && !tdvmcall_ok(tdvmcall_wbinvd(false)))
		return TDX_VE_REFUSED;
	return (int)ve->instruction_length;
}

/* MWAIT without effect is a spurious wake-up, which software has to expect. */
int tdx_ve_monitor(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	if (regs->policy->monitor == TDX_VE_FAIL)
		return TDX_VE_FORBIDDEN;
	return regs->policy->monitor == TDX_VE_EMPTY ? (int)ve->instruction_length
						     : TDX_VE_UNSUPPORTED;
}

int tdx_ve_rdpmc(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	if (regs->policy->rdpmc == TDX_VE_FAIL)
		return TDX_VE_FORBIDDEN;
	if (regs->policy->rdpmc != TDX_VE_EMPTY)
		return TDX_VE_UNSUPPORTED;
	regs->gpr[TDX_RAX] = regs->gpr[TDX_RDX] = 0;
	return (int)ve->instruction_length;
}

/* KVM's convention: number in RAX, arguments in RBX RCX RDX RSI, answer in RAX. */
int tdx_ve_vmcall(struct tdx_regs *regs, const struct tdx_ve_info *ve)
{
	uint64_t *gpr = regs->gpr;

	switch (regs->policy->vmcall) {
	case TDX_VE_ASK:
		gpr[TDX_RAX] = (uint64_t)tdx_kvm_hypercall(gpr[TDX_RAX], gpr[TDX_RBX], gpr[TDX_RCX],
							   gpr[TDX_RDX], gpr[TDX_RSI]);
		return (int)ve->instruction_length;
	case TDX_VE_EMPTY:
		gpr[TDX_RAX] = (uint64_t)-TDX_KVM_ENOSYS;
		return (int)ve->instruction_length;
	case TDX_VE_FAIL:
	default:
		return TDX_VE_FORBIDDEN;
	}
}
