/* SPDX-License-Identifier: MIT */
/*
 * TDH.MNG.KEY.FREEID: gives the TD's key id back. TDX Module ABI, "TDH.MNG.KEY.FREEID".
 *
 *	in	RCX	TDR
 *
 * Changes lifecycle BLOCKED -> TEARDOWN; HKID FLUSHED -> FREE.
 */
#include "module/leaf.h"
#include "module/lock.h"
#include "module/sys.h"

static uint64_t free_id(struct tdr *tdr)
{
	struct sys_key *key = sys_key(tdr->hkid);
	uint64_t status = td_check_lifecycle(tdr, TDH_MNG_KEY_FREEID);

	if (status)
		return status;
	if (!lock_acquire(&sys.kot_lock, LOCK_EXCLUSIVE, LOCK_RANK_KOT))
		return tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_KOT);
	if (key->write_back_pending) {
		status = TDX_WBCACHE_NOT_COMPLETE;
	} else {
		key->state = HKID_FREE;
		tdr->lifecycle = TD_TEARDOWN;
	}
	lock_release(&sys.kot_lock, LOCK_EXCLUSIVE);
	return status;
}

uint64_t leaf_tdh_mng_key_freeid(struct seamcall *c)
{
	struct td_locked td;
	uint64_t status = td_lock(hpa(c->r[TDX_RCX]), TDX_OPERAND_ID_RCX, PAGE_LOCK_EXCLUSIVE, &td);

	if (status)
		return status;
	status = free_id(td.tdr);
	td_unlock(&td);
	return status;
}
