/* SPDX-License-Identifier: MIT */
/*
 * TDH.VP.FLUSH: this LP forgets a VCPU, which may then run on another. TDX Module ABI,
 * "TDH.VP.FLUSH".
 *
 *	in	RCX	TDVPR
 *
 * Changes the VCPU is associated with no LP.
 */
#include "module/leaf.h"
#include "module/platform.h"

static uint64_t flush(struct vcpu_locked *v)
{
	if (v->vcpu->page_count < TDVPS_PAGES)
		return TDX_TDCX_NUM_INCORRECT;
	if (v->vcpu->lp != platform_lp())
		return TDX_VCPU_NOT_ASSOCIATED;

	cpu_vcpu_flush(&v->vcpu->cpu);
	cpu_vcpu_flush_tlb(&v->vcpu->cpu);
	__atomic_sub_fetch(&v->td.tdcs->associated_count, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&v->vcpu->lp, VCPU_NOT_ASSOCIATED, __ATOMIC_RELEASE);
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_vp_flush(struct seamcall *c)
{
	struct vcpu_locked v;
	uint64_t status = vcpu_lock_for_leaf(hpa(c->r[TDX_RCX]), TDX_OPERAND_ID_RCX,
					     PAGE_LOCK_EXCLUSIVE, TDH_VP_FLUSH, &v);

	if (status)
		return status;
	status = flush(&v);
	vcpu_unlock(&v);
	return status;
}
