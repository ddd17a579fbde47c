/* SPDX-License-Identifier: MIT */
/*
 * TDH.PHYMEM.PAGE.RECLAIM: gives a page of a TD that has ended back to the VMM. TDX Module ABI,
 * "TDH.PHYMEM.PAGE.RECLAIM".
 *
 *	in	RCX	page, aligned to its size
 *	out	RCX	type	RDX	owner's TDR, or 0	R8	size	R9 R10 R11	0
 *
 * Changes RCX -> NDA; the owner's child count. The TDR goes last.
 */
#include "lib/phys.h"
#include "module/leaf.h"

static uint64_t reclaim_tdr(struct page_locked *page)
{
	const struct tdr *tdr = phys_ptr(page->pa);

	uint64_t status = td_check_lifecycle(tdr, TDH_PHYMEM_PAGE_RECLAIM);

	if (status)
		return status;
	if (tdr->child_count)
		return TDX_TD_ASSOCIATED_PAGES_EXIST;
	page_free(page);
	return TDX_SUCCESS;
}

static uint64_t reclaim_child(struct page_locked *page)
{
	struct td_locked td;
	uint64_t status = td_lock(page_owner(page), TDX_OPERAND_ID_TDR, PAGE_LOCK_SHARED, &td);

	if (status)
		return status;
	status = td_check_lifecycle(td.tdr, TDH_PHYMEM_PAGE_RECLAIM);
	if (!status) {
		td_child_removed(td.tdr, page->level);
		page_free(page);
	}
	td_unlock(&td);
	return status;
}

/* Once the page is one of a TD, the outputs tell what it is, also when it cannot be had. */
static uint64_t reclaim(struct seamcall *c, struct page_locked *page, struct hpa pa)
{
	if (page->entry->type == TDX_PAGE_NDA || page->entry->type == TDX_PAGE_RSVD)
		return tdx_operand(TDX_PAGE_METADATA_INCORRECT, TDX_OPERAND_ID_RCX);
	c->r[TDX_RCX] = page->entry->type;
	c->r[TDX_RDX] = page_owner(page).pa;
	c->r[TDX_R8] = page->level;
	if (page->pa.pa != pa.pa)
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX);
	return page->entry->type == TDX_PAGE_TDR ? reclaim_tdr(page) : reclaim_child(page);
}

uint64_t leaf_tdh_phymem_page_reclaim(struct seamcall *c)
{
	struct page_locked page;
	struct hpa pa = hpa(c->r[TDX_RCX]);
	uint64_t status;

	c->r[TDX_RCX] = c->r[TDX_RDX] = c->r[TDX_R8] = 0;
	c->r[TDX_R9] = c->r[TDX_R10] = c->r[TDX_R11] = 0;
	status = page_lock_any(pa, PAGE_LOCK_EXCLUSIVE, TDX_OPERAND_ID_RCX, &page);
	if (status)
		return status;
	status = reclaim(c, &page, pa);
	page_unlock(&page);
	return status;
}
