/* SPDX-License-Identifier: MIT */
/*
 * TDH.SYS.LP.INIT: makes the calling logical processor ready, once on each. TDX Module ABI,
 * "TDH.SYS.LP.INIT".
 *
 *	out	RCX RDX R8	zero; with INCONSISTENT_CPUID_FIELD the leaf 31:0 and sub-leaf
 *63:32, and the bits that differ from the first LP's: EAX 31:0 and EBX 63:32, ECX and EDX
 */
#include "cpu/backend.h"
#include "lib/bits.h"
#include "lib/check.h"
#include "module/leaf.h"
#include "module/lock.h"
#include "module/sameness.h"
#include "module/sys.h"

#define MAX_PACKAGES 64

/* For the field PKG_FMS. The LPs of a package have the same. */
static void note_package(unsigned int package)
{
	uint32_t leaf[4];

	cpu_cpuid(1, 0, leaf);
	if (package < SYS_MAX_FMS)
		__atomic_store_n(&sys.package_fms[package], leaf[0], __ATOMIC_RELAXED);
}

static uint64_t compare_cpu(struct seamcall *c)
{
	struct cpuid_complaint complaint;
	uint64_t status = sameness_compare(&complaint);

	c->r[TDX_RCX] = make64(complaint.subleaf, complaint.leaf);
	c->r[TDX_RDX] = make64(complaint.mask[1], complaint.mask[0]);
	c->r[TDX_R8] = make64(complaint.mask[3], complaint.mask[2]);
	return status;
}

static uint64_t lp_init(struct seamcall *c)
{
	unsigned int lp = platform_lp();
	uint64_t status;

	CHECK(lp < SYS_MAX_LPS);
	if (sys.state != SYS_STATE_INIT_DONE)
		return TDX_SYS_LP_INIT_NOT_PENDING;
	if (sys.lp_initialized[lp])
		return TDX_SYS_LP_INIT_DONE;
	if (platform_package(lp) >= MAX_PACKAGES)
		return TDX_INVALID_PKG_ID;
	status = compare_cpu(c);
	if (status)
		return status;

	note_package(platform_package(lp));
	__atomic_store_n(&sys.lp_initialized[lp], true, __ATOMIC_RELEASE);
	__atomic_add_fetch(&sys.lps_initialized, 1, __ATOMIC_RELEASE);
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_sys_lp_init(struct seamcall *c)
{
	uint64_t status;

	c->r[TDX_RCX] = c->r[TDX_RDX] = c->r[TDX_R8] = 0;
	if (!lock_acquire(&sys.lock, LOCK_SHARED, LOCK_RANK_SYS))
		return TDX_SYS_BUSY;
	status = lp_init(c);
	lock_release(&sys.lock, LOCK_SHARED);
	return status;
}
