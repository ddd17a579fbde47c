/* SPDX-License-Identifier: MIT */
/*
 * TDH.SYS.KEY.CONFIG: the module's own key, once on each package. TDX Module ABI,
 * "TDH.SYS.KEY.CONFIG". There is no memory encryption here, hence no key; what remains is the order
 * of calls.
 */
#include "module/leaf.h"
#include "module/lock.h"
#include "module/sys.h"

static uint64_t key_config(void)
{
	if (sys.state != SYS_STATE_CONFIG_DONE)
		return TDX_SYS_KEY_CONFIG_NOT_PENDING;
	if (sys.packages_configured & sys_this_package())
		return TDX_KEY_CONFIGURED;
	if (!lock_acquire(&sys.ket_lock, LOCK_EXCLUSIVE, LOCK_RANK_KET))
		return tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_KET);

	sys.packages_configured |= sys_this_package();
	if (sys.packages_configured == sys_all_packages())
		__atomic_store_n(&sys.state, SYS_STATE_READY, __ATOMIC_RELEASE);
	lock_release(&sys.ket_lock, LOCK_EXCLUSIVE);
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_sys_key_config(struct seamcall *c)
{
	uint64_t status;

	if (!lock_acquire(&sys.lock, LOCK_EXCLUSIVE, LOCK_RANK_SYS))
		return TDX_SYS_BUSY;
	status = key_config();
	lock_release(&sys.lock, LOCK_EXCLUSIVE);
	return status;
}
