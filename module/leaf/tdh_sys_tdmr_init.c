/* SPDX-License-Identifier: MIT */
/*
 * TDH.SYS.TDMR.INIT: initialises the metadata of the next pages of a TDMR. TDX Module ABI,
 * "TDH.SYS.TDMR.INIT".
 *
 *	in	RCX	base of the TDMR
 *	out	RDX	pages below it may be used; the TDMR's end when finished
 */
#include "lib/bits.h"
#include "module/leaf.h"
#include "module/platform.h"

uint64_t leaf_tdh_sys_tdmr_init(struct seamcall *c)
{
	uint64_t base = c->r[TDX_RCX];

	c->r[TDX_RDX] = 0;
	if (!is_aligned(base, SIZE_1G) || base >= bit(PLATFORM_HKID_SHIFT))
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX);
	return page_init_tdmr(hpa(base), &c->r[TDX_RDX]);
}
