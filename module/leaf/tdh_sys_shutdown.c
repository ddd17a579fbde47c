/* SPDX-License-Identifier: MIT */
/*
 * TDH.SYS.SHUTDOWN: no more leaves. TDX Module ABI, "TDH.SYS.SHUTDOWN".
 *
 *	in	RCX	handoff version 15:0; there is only version 0
 */
#include "module/leaf.h"
#include "module/lock.h"
#include "module/sys.h"

#define HANDOFF_VERSION 0

uint64_t leaf_tdh_sys_shutdown(struct seamcall *c)
{
	if (c->r[TDX_RCX] != HANDOFF_VERSION)
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX);
	if (!lock_acquire(&sys.lock, LOCK_EXCLUSIVE, LOCK_RANK_SYS))
		return TDX_SYS_BUSY;
	__atomic_store_n(&sys.state, SYS_STATE_SHUTDOWN, __ATOMIC_RELEASE);
	lock_release(&sys.lock, LOCK_EXCLUSIVE);
	return TDX_SUCCESS;
}
