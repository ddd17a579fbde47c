/* SPDX-License-Identifier: MIT */
/*
 * TDH.VP.*: a VCPU. tdvpr is the page given to TDH.VP.CREATE. All can return TDX_OPERAND_BUSY|TDR
 * and the statuses of the TD (host/tdh_mng.h).
 */
#ifndef HOST_TDH_VP_H
#define HOST_TDH_VP_H

#include <stdint.h>

#include <tdx/args.h>

#include "lib/addr.h"

/* Makes a free page the root of a new VCPU. */
uint64_t tdh_vp_create(struct hpa tdr, struct hpa tdvpr);

/* Gives one of the other pages that the VCPU needs. TDX_VCPU_STATE_INCORRECT,
 * TDX_TDCX_NUM_INCORRECT: it has them all. */
uint64_t tdh_vp_addcx(struct hpa tdvpr, struct hpa tdcx);

/* The VCPU starts with rcx in RCX and R8. TDX_TDCX_NUM_INCORRECT: pages are missing;
 * TDX_VCPU_STATE_INCORRECT, TDX_MAX_VCPUS_EXCEEDED. */
uint64_t tdh_vp_init(struct hpa tdvpr, uint64_t rcx);

/* Version 1: the VMM says which x2APIC id the VCPU has. */
uint64_t tdh_vp_init_x2apic(struct hpa tdvpr, uint64_t rcx, uint32_t x2apic_id);

/*
 * Runs the VCPU until a TD exit. args: in, the answer to the last TDG.VP.VMCALL; out, the guest's
 * registers (TDG.VP.VMCALL) or the exit's information. args->rcx is set here. TDX_VCPU_ASSOCIATED:
 * it belongs to another logical processor until TDH.VP.FLUSH there.
 */
uint64_t tdh_vp_enter(struct hpa tdvpr, struct tdx_module_args *args);

/* The VCPU leaves this logical processor. TDX_VCPU_NOT_ASSOCIATED. */
uint64_t tdh_vp_flush(struct hpa tdvpr);

/* One metadata field of the VCPU; associates it with this logical processor. */
uint64_t tdh_vp_rd(struct hpa tdvpr, uint64_t field, uint64_t *value);
uint64_t tdh_vp_wr(struct hpa tdvpr, uint64_t field, uint64_t value, uint64_t mask, uint64_t *old);

#endif
