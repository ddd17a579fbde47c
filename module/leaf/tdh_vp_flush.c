/* SPDX-License-Identifier: MIT */
/*
 * TDH.VP.FLUSH: this LP forgets a VCPU, which may then run on another. TDX Module ABI,
 * "TDH.VP.FLUSH".
 *
 *	in	RCX	TDVPR
 *
 * A TD that is fatal must be able to end: neither that nor the op state is looked at.
 *
 * Changes the VCPU is associated with no LP.
 */
#include "lib/phys.h"
#include "module/leaf.h"
#include "module/platform.h"

static uint64_t flush(struct vcpu *v, struct td_locked *td)
{
	if (td->tdr->lifecycle != TD_KEYS_CONFIGURED)
		return TDX_TD_KEYS_NOT_CONFIGURED;
	if (v->page_count < TDVPS_PAGES)
		return TDX_TDCX_NUM_INCORRECT;
	if (v->lp != platform_lp())
		return TDX_VCPU_NOT_ASSOCIATED;

	cpu_vcpu_flush(&v->cpu);
	cpu_vcpu_flush_tlb(&v->cpu);
	__atomic_sub_fetch(&td->tdcs->associated_count, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&v->lp, VCPU_NOT_ASSOCIATED, __ATOMIC_RELEASE);
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_vp_flush(struct seamcall *c)
{
	struct page_locked page;
	struct td_locked td;
	uint64_t status = page_lock(hpa(c->r[TDX_RCX]), TDX_LEVEL_4K, TDX_PAGE_TDVPR,
				    PAGE_LOCK_EXCLUSIVE, TDX_OPERAND_ID_RCX, &page);

	if (status)
		return status;
	status = td_lock(page_owner(&page), TDX_OPERAND_ID_TDR, PAGE_LOCK_SHARED, &td);
	if (!status) {
		status = flush(phys_ptr(page.pa), &td);
		td_unlock(&td);
	}
	page_unlock(&page);
	return status;
}
