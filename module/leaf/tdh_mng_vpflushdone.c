/* SPDX-License-Identifier: MIT */
/*
 * TDH.MNG.VPFLUSHDONE: no logical processor holds state of this TD any more. TDX Module ABI,
 * "TDH.MNG.VPFLUSHDONE".
 *
 *	in	RCX	TDR
 *
 * Changes lifecycle -> BLOCKED; HKID ASSIGNED -> FLUSHED, with caches to write back on each
 * package. The TD ends here: its measurements go to the run's report.
 */
#include <string.h>

#include "module/leaf.h"
#include "module/lock.h"
#include "module/module.h"
#include "module/sys.h"

static void note_measurements(const struct tdcs *tdcs)
{
	memcpy(module_counters.mrtd, tdcs->mrtd, sizeof(module_counters.mrtd));
	memcpy(module_counters.rtmr, tdcs->rtmr, sizeof(module_counters.rtmr));
}

static uint64_t flush_done(struct td_locked *td)
{
	struct sys_key *key = sys_key(td->tdr->hkid);
	uint64_t status = td_check_lifecycle(td->tdr, TDH_MNG_VPFLUSHDONE);

	if (status)
		return status;
	if (td->tdcs && td->tdcs->associated_count)
		return TDX_FLUSHVP_NOT_DONE;

	key->state = HKID_FLUSHED;
	key->write_back_pending = sys_all_packages();
	td->tdr->lifecycle = TD_BLOCKED;
	if (td->tdcs)
		note_measurements(td->tdcs);
	module_count(&module_counters.td_ended, 1);
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_mng_vpflushdone(struct seamcall *c)
{
	struct td_locked td;
	uint64_t status = td_lock(hpa(c->r[TDX_RCX]), TDX_OPERAND_ID_RCX, PAGE_LOCK_EXCLUSIVE, &td);

	if (status)
		return status;
	if (lock_acquire(&sys.kot_lock, LOCK_EXCLUSIVE, LOCK_RANK_KOT)) {
		status = flush_done(&td);
		lock_release(&sys.kot_lock, LOCK_EXCLUSIVE);
	} else {
		status = tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_KOT);
	}
	td_unlock(&td);
	return status;
}
