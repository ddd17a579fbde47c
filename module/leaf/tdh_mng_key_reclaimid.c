/* SPDX-License-Identifier: MIT */
/* TDH.MNG.KEY.RECLAIMID: of older modules; succeeds and does nothing. TDX Module ABI,
 * "TDH.MNG.KEY.RECLAIMID". */
#include "module/leaf.h"

uint64_t leaf_tdh_mng_key_reclaimid(struct seamcall *c)
{
	return TDX_SUCCESS;
}
