/* SPDX-License-Identifier: MIT */
/*
 * TDH.PHYMEM.CACHE.WB: writes back the caches of the caller's package for all FLUSHED key ids. TDX
 * Module ABI, "TDH.PHYMEM.CACHE.WB". Caches are coherent here: a block of them is nothing to do,
 * but between blocks the call can be interrupted.
 *
 *	in	RCX	0 start, 1 resume
 *
 * Locks   the package's, KOT shared.
 * Changes at the end: the package's bit of the keys that were FLUSHED at the start.
 */
#include "cpu/backend.h"
#include "lib/bits.h"
#include "module/leaf.h"
#include "module/lock.h"
#include "module/sys.h"

#define RESUME 1
#define BLOCKS 4

static uint64_t flushed_keys(void)
{
	uint64_t keys = 0;

	_Static_assert(PLATFORM_HKID_COUNT <= 64, "a bit each");
	for (unsigned int i = 0; i < PLATFORM_HKID_COUNT; i++)
		keys |= sys.keys[i].state == HKID_FLUSHED ? bit(i) : 0;
	return keys;
}

static void finish(struct sys_write_back *w)
{
	w->next = 0;
	for (; w->keys; w->keys &= w->keys - 1)
		__atomic_fetch_and(&sys.keys[__builtin_ctzll(w->keys)].write_back_pending,
				   ~sys_this_package(), __ATOMIC_RELAXED);
}

static uint64_t write_back(struct sys_write_back *w, uint64_t command)
{
	if (command == RESUME && w->next == 0)
		return TDX_WBCACHE_RESUME_ERROR;
	if (command != RESUME) {
		w->next = 0;
		w->keys = flushed_keys();
	}
	if (!w->keys)
		return TDX_NO_HKID_READY_TO_WBCACHE;
	while (++w->next < BLOCKS) {
		if (cpu_interrupt_pending(true))
			return TDX_INTERRUPTED_RESUMABLE;
	}
	finish(w);
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_phymem_cache_wb(struct seamcall *c)
{
	struct sys_write_back *w = &sys.write_back[platform_package(platform_lp())];
	uint64_t status;

	if (c->r[TDX_RCX] > RESUME)
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX);
	if (!lock_acquire(&w->lock, LOCK_EXCLUSIVE, LOCK_RANK_WRITE_BACK))
		return tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_WBCACHE);
	if (lock_acquire(&sys.kot_lock, LOCK_SHARED, LOCK_RANK_KOT)) {
		status = write_back(w, c->r[TDX_RCX]);
		lock_release(&sys.kot_lock, LOCK_SHARED);
	} else {
		status = tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_KOT);
	}
	lock_release(&w->lock, LOCK_EXCLUSIVE);
	return status;
}
