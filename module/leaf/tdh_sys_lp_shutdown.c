/* SPDX-License-Identifier: MIT */
/* TDH.SYS.LP.SHUTDOWN: of older modules; succeeds and does nothing. TDX Module ABI,
 * "TDH.SYS.LP.SHUTDOWN". */
#include "module/leaf.h"

uint64_t leaf_tdh_sys_lp_shutdown(struct seamcall *c)
{
	return TDX_SUCCESS;
}
