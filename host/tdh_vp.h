/* SPDX-License-Identifier: MIT */
/*
 * TDH.VP.*: a VCPU. tdvpr is the page given to TDH.VP.CREATE. All can return TDX_OPERAND_BUSY|TDR
 * and the statuses of the TD (host/tdh_mng.h).
 */
#ifndef HOST_TDH_VP_H
#define HOST_TDH_VP_H

#include <stdint.h>

#include <tdx/args.h>

#include "lib/addr_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Makes a free page the root of a new VCPU. */
uint64_t tdh_vp_create(struct hpa tdr, struct hpa tdvpr);

/* Gives one of the other pages that the VCPU needs. TDX_VCPU_STATE_INCORRECT,
 * TDX_TDCX_NUM_INCORRECT: it has them all. */
uint64_t tdh_vp_addcx(struct hpa tdvpr, struct hpa tdcx);

/* The VCPU starts with rcx in RCX and R8. TDX_TDCX_NUM_INCORRECT: pages are missing;
 * TDX_VCPU_STATE_INCORRECT, TDX_MAX_VCPUS_EXCEEDED. */
uint64_t tdh_vp_init(struct hpa tdvpr, uint64_t rcx);

/* Version 1: the VMM says which x2APIC id the VCPU has. TDX_X2APIC_ID_NOT_UNIQUE: another one of
 * the TD has it. */
uint64_t tdh_vp_init_x2apic(struct hpa tdvpr, uint64_t rcx, uint32_t x2apic_id);

/*
 * Runs the VCPU until a TD exit. args: in, the answer to the last TDG.VP.VMCALL; out, the guest's
 * registers (TDG.VP.VMCALL) or the exit's information: a VMM's own array of a VCPU's registers, by
 * a cast. args->rcx is set here. The return value is a status whose details are a VMX exit reason.
 *
 *	TDX_VCPU_ASSOCIATED		the caller: the VCPU belongs to another logical processor
 *					until TDH.VP.FLUSH there
 *	TDX_VCPU_STATE_INCORRECT	the caller, or a TD that ended in a triple fault
 *	TDX_OPERAND_BUSY | TD_EPOCH, | SEPT_TREE, | TDR		try again
 *	TDX_NON_RECOVERABLE_*		the TD's doing: it cannot go on (TDX_FATAL: all of it)
 *	TDX_INCONSISTENT_MSR, TDX_TSC_ROLLBACK, TDX_INCORRECT_MSR_VALUE		this host was
 *					changed since the module was initialised
 *
 * A TD may select XMM registers in TDG.VP.VMCALL: it reads what the caller leaves in them and
 * writes them. They, and what else the module does not keep (Intel's ABI, "Host State after
 * TDH.VP.ENTER"), are the caller's to clear and reload; RBP is cleared and kept here.
 */
uint64_t tdh_vp_enter(struct hpa tdvpr, struct tdx_module_args *args);

/* With flags: TDX_VP_ENTER_HOST_RECOVERABILITY_HINT answers the hint of a status,
 * TDX_VP_ENTER_RESUME_L1 resumes the TD itself instead of its nested VM. */
#define TDX_VP_ENTER_HOST_RECOVERABILITY_HINT (UINT64_C(1) << 52)
#define TDX_VP_ENTER_RESUME_L1		      (UINT64_C(1) << 53)

uint64_t tdh_vp_enter_flags(struct hpa tdvpr, uint64_t flags, struct tdx_module_args *args);

/* The VCPU leaves this logical processor. TDX_VCPU_NOT_ASSOCIATED. */
uint64_t tdh_vp_flush(struct hpa tdvpr);

/*
 * One metadata field of the VCPU; associates it with this logical processor (TDX_VCPU_ASSOCIATED:
 * it is another's). rd_next is version 1, as tdh_mng_rd_next(). *old: the field before.
 * TDX_METADATA_FIELD_ID_INCORRECT, _NOT_READABLE, _NOT_WRITABLE, _VALUE_NOT_VALID: the caller.
 */
uint64_t tdh_vp_rd(struct hpa tdvpr, uint64_t field, uint64_t *value);
uint64_t tdh_vp_rd_next(struct hpa tdvpr, uint64_t field, uint64_t *value, uint64_t *next);
uint64_t tdh_vp_wr(struct hpa tdvpr, uint64_t field, uint64_t value, uint64_t mask, uint64_t *old);

#ifdef __cplusplus
}
#endif

#endif
