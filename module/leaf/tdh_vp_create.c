/* SPDX-License-Identifier: MIT */
/*
 * TDH.VP.CREATE: a new VCPU, with its root page. TDX Module ABI, "TDH.VP.CREATE".
 *
 *	in	RCX	page for the TDVPR	RDX	TDR
 *
 * Changes RCX NDA -> TDVPR; TDR child count.
 */
#include "module/leaf.h"

static void create(struct td_locked *td, struct page_locked *page)
{
	struct vcpu *v = phys_ptr(page->pa);

	page_assign(page, TDX_PAGE_TDVPR, td->page.pa);
	cpu_zero(page->pa, PAGE_SIZE);
	v->tdr = td->page.pa;
	v->lp = VCPU_NOT_ASSOCIATED;
	v->pages[0] = page->pa;
	v->page_count = 1;
	td_child_added(td->tdr, TDX_LEVEL_4K);
}

uint64_t leaf_tdh_vp_create(struct seamcall *c)
{
	struct page_locked page;
	struct td_locked td;
	uint64_t status;

	status = td_lock_for_leaf(hpa(c->r[TDX_RDX]), TDX_OPERAND_ID_RDX, PAGE_LOCK_SHARED,
				  TDH_VP_CREATE, &td);
	if (status)
		return status;
	status = page_lock(hpa(c->r[TDX_RCX]), TDX_LEVEL_4K, TDX_PAGE_NDA, PAGE_LOCK_EXCLUSIVE,
			   TDX_OPERAND_ID_RCX, &page);
	if (!status) {
		create(&td, &page);
		page_unlock(&page);
	}
	td_unlock(&td);
	return status;
}
