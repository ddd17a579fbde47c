/* SPDX-License-Identifier: MIT */
/*
 * TDH.MNG.KEY.CONFIG: the TD's key, once on each package. TDX Module ABI, "TDH.MNG.KEY.CONFIG".
 *
 *	in	RCX	TDR
 *
 * Changes the package's bit; with the last one, lifecycle HKID_ASSIGNED -> KEYS_CONFIGURED.
 */
#include "module/leaf.h"
#include "module/lock.h"
#include "module/sys.h"

static uint64_t key_config(struct tdr *tdr)
{
	uint64_t status = td_check_lifecycle(tdr, TDH_MNG_KEY_CONFIG);

	if (status)
		return status;
	if (tdr->packages_configured & sys_this_package())
		return TDX_KEY_CONFIGURED;
	if (!lock_acquire(&sys.ket_lock, LOCK_EXCLUSIVE, LOCK_RANK_KET))
		return tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_KET);

	tdr->packages_configured |= sys_this_package();
	if (tdr->packages_configured == sys_all_packages())
		tdr->lifecycle = TD_KEYS_CONFIGURED;
	lock_release(&sys.ket_lock, LOCK_EXCLUSIVE);
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_mng_key_config(struct seamcall *c)
{
	struct td_locked td;
	uint64_t status = td_lock(hpa(c->r[TDX_RCX]), TDX_OPERAND_ID_RCX, PAGE_LOCK_EXCLUSIVE, &td);

	if (status)
		return status;
	status = key_config(td.tdr);
	td_unlock(&td);
	return status;
}
