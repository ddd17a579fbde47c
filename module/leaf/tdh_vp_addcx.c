/* SPDX-License-Identifier: MIT */
/*
 * TDH.VP.ADDCX: one more page for a VCPU's state. TDX Module ABI, "TDH.VP.ADDCX".
 *
 *	in	RCX	page to use	RDX	TDVPR
 *
 * Changes RCX NDA -> TDCX, zeroed; TDR child count.
 */
#include "module/leaf.h"

static uint64_t add(struct vcpu_locked *v, struct hpa pa)
{
	struct page_locked page;
	uint64_t status;

	if (!vcpu_leaf_allowed(TDH_VP_ADDCX, vcpu_state(v->vcpu)))
		return TDX_VCPU_STATE_INCORRECT;
	if (v->vcpu->page_count == TDVPS_PAGES_MAX)
		return TDX_TDCX_NUM_INCORRECT;
	status = page_lock(pa, TDX_LEVEL_4K, TDX_PAGE_NDA, PAGE_LOCK_EXCLUSIVE, TDX_OPERAND_ID_RCX,
			   &page);
	if (status)
		return status;

	page_assign(&page, TDX_PAGE_TDCX, v->vcpu->tdr);
	cpu_zero(pa, PAGE_SIZE);
	v->vcpu->pages[v->vcpu->page_count++] = pa;
	td_child_added(v->td.tdr, TDX_LEVEL_4K);
	page_unlock(&page);
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_vp_addcx(struct seamcall *c)
{
	struct vcpu_locked v;
	uint64_t status = vcpu_lock_for_leaf(hpa(c->r[TDX_RDX]), TDX_OPERAND_ID_RDX,
					     PAGE_LOCK_EXCLUSIVE, TDH_VP_ADDCX, &v);

	if (status)
		return status;
	status = add(&v, hpa(c->r[TDX_RCX]));
	vcpu_unlock(&v);
	return status;
}
