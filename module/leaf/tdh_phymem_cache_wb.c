/* SPDX-License-Identifier: MIT */
/*
 * TDH.PHYMEM.CACHE.WB: writes back the caches of the caller's package for all FLUSHED key ids. TDX
 * Module ABI, "TDH.PHYMEM.CACHE.WB". Caches are coherent here, so the call is never interrupted and
 * there is nothing to resume.
 *
 *	in	RCX	0 start, 1 resume
 */
#include "module/leaf.h"
#include "module/lock.h"
#include "module/sys.h"

#define RESUME 1

static uint64_t write_back(uint64_t command)
{
	uint64_t package = sys_this_package();
	bool any = false;

	if (command == RESUME)
		return TDX_WBCACHE_RESUME_ERROR;
	for (unsigned int i = 0; i < PLATFORM_HKID_COUNT; i++) {
		if (sys.keys[i].state == HKID_FLUSHED) {
			sys.keys[i].write_back_pending &= ~package;
			any = true;
		}
	}
	return any ? TDX_SUCCESS : TDX_NO_HKID_READY_TO_WBCACHE;
}

uint64_t leaf_tdh_phymem_cache_wb(struct seamcall *c)
{
	uint64_t status;

	if (c->r[TDX_RCX] > RESUME)
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX);
	if (!lock_acquire(&sys.write_back_lock, LOCK_EXCLUSIVE, LOCK_RANK_WRITE_BACK))
		return tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_WBCACHE);
	if (lock_acquire(&sys.kot_lock, LOCK_EXCLUSIVE, LOCK_RANK_KOT)) {
		status = write_back(c->r[TDX_RCX]);
		lock_release(&sys.kot_lock, LOCK_EXCLUSIVE);
	} else {
		status = tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_KOT);
	}
	lock_release(&sys.write_back_lock, LOCK_EXCLUSIVE);
	return status;
}
