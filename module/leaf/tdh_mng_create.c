/* SPDX-License-Identifier: MIT */
/*
 * TDH.MNG.CREATE: a new TD, with its root page and a key id. TDX Module ABI, "TDH.MNG.CREATE".
 *
 *	in	RCX	page for the TDR	RDX	HKID 15:0
 *
 * Changes RCX NDA -> TDR; HKID FREE -> ASSIGNED.
 */
#include "lib/phys.h"
#include "module/leaf.h"
#include "module/lock.h"
#include "module/sys.h"

static void create(struct page_locked *page, uint16_t hkid, const uint64_t uuid[4])
{
	struct tdr *tdr = phys_ptr(page->pa);

	page_assign(page, TDX_PAGE_TDR, hpa(0));
	cpu_zero(page->pa, PAGE_SIZE);
	tdr->hkid = hkid;
	tdr->lifecycle = TD_HKID_ASSIGNED;
	for (unsigned int i = 0; i < 4; i++)
		tdr->uuid[i] = uuid[i];
	sys_key(hkid)->state = HKID_ASSIGNED;
}

static uint64_t with_page(struct page_locked *page, uint16_t hkid)
{
	uint64_t uuid[4];
	uint64_t status = TDX_SUCCESS;

	if (!lock_acquire(&sys.kot_lock, LOCK_EXCLUSIVE, LOCK_RANK_KOT))
		return tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_KOT);
	if (sys_key(hkid)->state != HKID_FREE)
		status = TDX_HKID_NOT_FREE;
	else if (!platform_random(uuid, sizeof(uuid)))
		status = TDX_RND_NO_ENTROPY;
	else
		create(page, hkid, uuid);
	lock_release(&sys.kot_lock, LOCK_EXCLUSIVE);
	return status;
}

uint64_t leaf_tdh_mng_create(struct seamcall *c)
{
	struct page_locked page;
	uint64_t status;

	if (!sys_hkid_is_private(c->r[TDX_RDX]))
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RDX);
	status = page_lock(hpa(c->r[TDX_RCX]), TDX_LEVEL_4K, TDX_PAGE_NDA, PAGE_LOCK_EXCLUSIVE,
			   TDX_OPERAND_ID_RCX, &page);
	if (status)
		return status;
	status = with_page(&page, (uint16_t)c->r[TDX_RDX]);
	page_unlock(&page);
	return status;
}
