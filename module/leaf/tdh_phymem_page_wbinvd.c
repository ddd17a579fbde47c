/* SPDX-License-Identifier: MIT */
/*
 * TDH.PHYMEM.PAGE.WBINVD: writes back what caches hold of a page under a key id. TDX Module ABI,
 * "TDH.PHYMEM.PAGE.WBINVD". One key, coherent caches: only the checks remain.
 *
 *	in	RCX	page, with HKID in the key id bits
 */
#include "lib/bits.h"
#include "module/leaf.h"
#include "module/platform.h"

uint64_t leaf_tdh_phymem_page_wbinvd(struct seamcall *c)
{
	uint64_t key_bits = bit_range(PLATFORM_MAXPA - 1, PLATFORM_HKID_SHIFT);
	struct page_locked page;
	uint64_t status = page_lock(hpa(c->r[TDX_RCX] & ~key_bits), TDX_LEVEL_4K, TDX_PAGE_NDA,
				    PAGE_LOCK_SHARED, TDX_OPERAND_ID_RCX, &page);

	if (status)
		return status;
	page_unlock(&page);
	return TDX_SUCCESS;
}
