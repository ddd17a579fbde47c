/* SPDX-License-Identifier: MIT */
/*
 * TDH.VP.ENTER: runs a VCPU until the VMM is needed. TDX Module ABI, "TDH.VP.ENTER".
 *
 *	in	RCX	TDVPR 51:12, bit 52 for the guest after HOST_PRIORITY_BUSY_TIMEOUT
 *		others	answer to TDG.VP.VMCALL, if that was the last TD
 *exit out	all	exit.h; TDG.VP.VMCALL's operands
 *
 * Locks   TDVPR and TDR shared for as long as the guest runs; another LP is kept out by the
 *	   association.
 * Changes the VCPU is associated with this LP and holds a reference on the TD epoch meanwhile.
 */
#include "lib/bits.h"
#include "module/leaf.h"
#include "module/lock.h"
#include "module/platform.h"
#include "module/run.h"
#include "module/sameness.h"

#define RCX_TDVPR     bit_range(51, 12)
#define RCX_HINT      bit(52) /* HOST_RECOVERABILITY_HINT, after a TD exit of that kind */
#define STATUS_HINT   bit(60)
#define RCX_RESUME_L1 bit(53) /* after an exit from an L2 VM: there are none */

/* From now on TDH.MEM.TRACK waits for this VCPU; what was blocked before is out of its TLB. */
static uint64_t enter_epoch(struct vcpu *v, struct tdcs *tdcs)
{
	uint64_t epoch;

	if (!lock_acquire(&tdcs->epoch_lock, LOCK_SHARED, LOCK_RANK_EPOCH))
		return tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_TD_EPOCH);
	epoch = __atomic_load_n(&tdcs->epoch, __ATOMIC_ACQUIRE);
	__atomic_add_fetch(&tdcs->epoch_refcount[epoch & 1], 1, __ATOMIC_ACQUIRE);
	lock_release(&tdcs->epoch_lock, LOCK_SHARED);
	if (v->epoch != epoch) {
		v->epoch = epoch;
		cpu_vcpu_flush_tlb(&v->cpu);
		cpu_shared_forget(&v->cpu);
	}
	return TDX_SUCCESS;
}

static void leave_epoch(const struct vcpu *v, struct tdcs *tdcs)
{
	__atomic_sub_fetch(&tdcs->epoch_refcount[v->epoch & 1], 1, __ATOMIC_RELEASE);
}

/* Registers that TDG.VP.VMCALL may expose; RBP as the TD is configured. */
static const uint8_t exposable[] = { TDX_RDX, TDX_RBX, TDX_RBP, TDX_RSI, TDX_RDI, TDX_R8, TDX_R9,
				     TDX_R10, TDX_R11, TDX_R12, TDX_R13, TDX_R14, TDX_R15 };

/* The guest is still in its TDG.VP.VMCALL: RCX keeps the mask, RAX says that the leaf succeeded. */
static void answer_vmcall(struct vcpu *v, const uint64_t *r)
{
	if (!v->vmcall_pending)
		return;
	v->vmcall_pending = false;
	v->cpu.gpr[TDX_RAX] = TDX_SUCCESS;
	for (unsigned int i = 0; i < ARRAY_SIZE(exposable); i++)
		if (v->vmcall_mask & bit(exposable[i]))
			v->cpu.gpr[exposable[i]] = r[exposable[i]];
	cpu_vcpu_import_xmm(&v->cpu, (uint16_t)(v->vmcall_mask >> 16));
}

/* After a trap-like TD exit the guest's TDCALL has its status already; the hint is the VMM's. */
static void pass_hint(struct vcpu *v, bool hint)
{
	if (v->trap_exit)
		v->cpu.gpr[TDX_RAX] |= hint ? STATUS_HINT : 0;
	v->trap_exit = false;
}

static uint64_t to_vmm(struct vcpu *v, const struct td_exit *exit, uint64_t *r)
{
	r[TDX_RCX] = exit->gpr[TDX_RCX];
	for (unsigned int i = 0; i < ARRAY_SIZE(exposable); i++)
		if (exposable[i] != TDX_RBP || !exit->keep_rbp)
			r[exposable[i]] = exit->gpr[exposable[i]];
	cpu_vcpu_export_xmm(&v->cpu, exit->xmm_mask);
	return exit->gpr[TDX_RAX];
}

/* What the VMM may have done to this LP's clock. */
static uint64_t check_tsc(const struct vcpu *v)
{
	uint64_t status = sameness_of_tsc();

	if (!status && platform_tsc() < v->last_exit_tsc)
		status = TDX_TSC_ROLLBACK;
	return status;
}

static uint64_t enter(struct seamcall *c, struct vcpu_locked *locked, uint64_t flags)
{
	struct vcpu *v = locked->vcpu;
	const struct guest g = { v, locked->td.tdr, locked->td.tdcs };
	struct td_exit exit;
	uint64_t status;

	status = vcpu_check(v, TDH_VP_ENTER);
	if (!status)
		status = vcpu_associate(locked);
	if (status)
		return status;
	if ((flags & RCX_HINT && !v->trap_exit) || (flags & RCX_RESUME_L1))
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX);
	status = check_tsc(v);
	if (!status)
		status = enter_epoch(v, g.tdcs);
	if (status)
		return status;

	vcpu_set_state(v, VCPU_ACTIVE);
	pass_hint(v, flags & RCX_HINT);
	answer_vmcall(v, c->r);
	run_guest(&g, &exit);
	if (vcpu_state(v) == VCPU_ACTIVE)
		vcpu_set_state(v, VCPU_READY);
	v->last_exit_tsc = platform_tsc();
	leave_epoch(v, g.tdcs);
	return to_vmm(v, &exit, c->r);
}

uint64_t leaf_tdh_vp_enter(struct seamcall *c)
{
	uint64_t rcx = c->r[TDX_RCX];
	struct vcpu_locked v;
	uint64_t status = sameness_of_maxval();

	if (status)
		return status;
	if (rcx & ~(RCX_TDVPR | RCX_HINT | RCX_RESUME_L1))
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX);
	status = vcpu_lock_for_leaf(hpa(rcx & RCX_TDVPR), TDX_OPERAND_ID_RCX, PAGE_LOCK_SHARED,
				    TDH_VP_ENTER, &v);
	if (status)
		return status;
	status = enter(c, &v, rcx & ~RCX_TDVPR);
	vcpu_unlock(&v);
	return status;
}
