/* SPDX-License-Identifier: MIT */
#include <tdx/field.h>
#include <tdx/leaf.h>

#include "host/tdh_vp.h"
#include "vmm/console.h"
#include "vmm/interrupts.h"
#include "vmm/vmcall.h"

#define INTERRUPTS_BLOCKED 1 /* R12: the TD will take no interrupt */

/* An interrupt that the module holds for the VCPU. Only the VCPU itself can change that. */
static bool has_deliverable(struct vcpu *v)
{
	uint64_t details;

	must(tdh_vp_rd(v->tdvpr, TDX_FIELD_VP_STATE_DETAILS, &details), "TDH.VP.RD");
	return details & TDX_VCPU_STATE_VMXIP;
}

/*
 * Until an interrupt waits for the VCPU, whatever its own interrupt flag is: Linux halts with
 * interrupts off and turns them on afterwards.
 */
uint64_t vmcall_hlt(struct vcpu *v)
{
	if (v->gpr[TDX_R12] > INTERRUPTS_BLOCKED)
		return TDVMCALL_STATUS_INVALID_OPERAND;
	if (v->gpr[TDX_R12] == INTERRUPTS_BLOCKED) {
		td_set_end(v->td,
			   TD_HALTED); /* only an NMI could wake it, and there is no source */
		return TDVMCALL_STATUS_SUCCESS;
	}
	if (vcpu_has_posted(v) || has_deliverable(v))
		return TDVMCALL_STATUS_SUCCESS;
	while (!vcpu_has_posted(v))
		interrupts_wait();
	return TDVMCALL_STATUS_SUCCESS;
}
