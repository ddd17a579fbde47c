/* SPDX-License-Identifier: MIT */
/*
 * TDH.SYS.UPDATE: takes over from the module before this one, in place of TDH.SYS.CONFIG. TDX
 * Module ABI, "TDH.SYS.UPDATE". No module is ever before this one, so there is never anything to
 * take.
 */
#include "module/leaf.h"
#include "module/lock.h"
#include "module/platform.h"
#include "module/sys.h"

static uint64_t update(void)
{
	if (sys.state != SYS_STATE_INIT_DONE || sys.lps_initialized < platform_lp_count())
		return TDX_SYS_STATE_INCORRECT;
	return TDX_SYS_INVALID_HANDOFF;
}

uint64_t leaf_tdh_sys_update(struct seamcall *c)
{
	uint64_t status;

	if (!lock_acquire(&sys.lock, LOCK_EXCLUSIVE, LOCK_RANK_SYS))
		return TDX_SYS_BUSY;
	status = update();
	lock_release(&sys.lock, LOCK_EXCLUSIVE);
	return status;
}
