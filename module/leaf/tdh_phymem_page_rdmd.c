/* SPDX-License-Identifier: MIT */
/*
 * TDH.PHYMEM.PAGE.RDMD: what a page is, from the PAMT. TDX Module ABI, "TDH.PHYMEM.PAGE.RDMD".
 *
 *	in	RCX	page
 *	out	RCX	type	RDX	owner's TDR, or 0	R8	size	R9	BEPOCH of
 *REG and EPT R10 R11	0
 */
#include "module/leaf.h"

uint64_t leaf_tdh_phymem_page_rdmd(struct seamcall *c)
{
	struct page_locked page;
	struct hpa pa = hpa(c->r[TDX_RCX]);
	uint64_t status;

	c->r[TDX_RCX] = c->r[TDX_RDX] = c->r[TDX_R8] = 0;
	c->r[TDX_R9] = c->r[TDX_R10] = c->r[TDX_R11] = 0;
	status = page_lock_any(pa, PAGE_LOCK_SHARED, TDX_OPERAND_ID_RCX, &page);
	if (status)
		return status;
	c->r[TDX_RCX] = page.entry->type;
	c->r[TDX_RDX] = page_owner(&page).pa;
	c->r[TDX_R8] = page.level;
	if (page.entry->type == TDX_PAGE_REG || page.entry->type == TDX_PAGE_EPT)
		c->r[TDX_R9] = __atomic_load_n(&page.entry->bepoch, __ATOMIC_ACQUIRE);
	page_unlock(&page);
	return TDX_SUCCESS;
}
