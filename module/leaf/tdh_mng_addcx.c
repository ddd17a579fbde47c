/* SPDX-License-Identifier: MIT */
/*
 * TDH.MNG.ADDCX: one more page for the TD's control structure. TDX Module ABI, "TDH.MNG.ADDCX".
 *
 *	in	RCX	page to use	RDX	TDR
 *
 * Changes RCX NDA -> TDCX; its contents by its number: MSR bitmap all ones, SEPT root all FREE,
 * others zero.
 */
#include <string.h>

#include "lib/phys.h"
#include "module/leaf.h"
#include "module/sept.h"

static uint64_t check(const struct td_locked *td)
{
	uint64_t status = td_check_lifecycle(td->tdr, TDH_MNG_ADDCX);

	if (status)
		return status;
	if (td->tdr->tdcx_count == TDCX_PAGES_MAX)
		return TDX_TDCX_NUM_INCORRECT;
	return TDX_SUCCESS;
}

static void init_contents(struct hpa page, uint32_t number)
{
	cpu_zero(page, PAGE_SIZE);
	if (number == TDCX_MSR_BITMAP)
		memset(phys_ptr(page), 0xff, PAGE_SIZE);
	if (number == TDCX_SEPT_ROOT)
		sept_init_page(page);
}

static void commit(struct td_locked *td, struct page_locked *page)
{
	page_assign(page, TDX_PAGE_TDCX, td->page.pa);
	init_contents(page->pa, td->tdr->tdcx_count);
	td->tdr->tdcx[td->tdr->tdcx_count++] = page->pa;
	td_child_added(td->tdr, TDX_LEVEL_4K);
}

/* The op state is in the TDCS, which the first pages make. */
static uint64_t add(struct td_locked *td, struct hpa pa)
{
	struct page_locked page;
	uint64_t status = page_lock(pa, TDX_LEVEL_4K, TDX_PAGE_NDA, PAGE_LOCK_EXCLUSIVE,
				    TDX_OPERAND_ID_RCX, &page);

	if (status)
		return status;
	if (td->tdcs && !td_leaf_allowed(TDH_MNG_ADDCX, td->tdcs->op_state))
		status = TDX_OP_STATE_INCORRECT;
	else
		commit(td, &page);
	page_unlock(&page);
	return status;
}

uint64_t leaf_tdh_mng_addcx(struct seamcall *c)
{
	struct td_locked td;
	uint64_t status = td_lock(hpa(c->r[TDX_RDX]), TDX_OPERAND_ID_RDX, PAGE_LOCK_EXCLUSIVE, &td);

	if (status)
		return status;
	status = check(&td);
	if (!status)
		status = add(&td, hpa(c->r[TDX_RCX]));
	td_unlock(&td);
	return status;
}
