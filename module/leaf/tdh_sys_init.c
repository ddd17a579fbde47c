/* SPDX-License-Identifier: MIT */
/*
 * TDH.SYS.INIT: starts the module, once, on any logical processor. TDX Module ABI, "TDH.SYS.INIT".
 *
 *	in	RCX	attributes, must be zero
 *	out	RCX RDX R8 R9 R10	zero; with INCORRECT_CPUID_VALUE the leaf 31:0 and sub-leaf
 *63:32, the bits in question and what they should be: EAX 31:0 and EBX 63:32, ECX and EDX
 */
#include "lib/bits.h"
#include "lib/check.h"
#include "module/cpuid.h"
#include "module/leaf.h"
#include "module/lock.h"
#include "module/msr.h"
#include "module/sameness.h"
#include "module/sys.h"

static bool cmrs_are_valid(void)
{
	struct tdx_cmr_info cmrs[TDX_MAX_CMRS];
	size_t count = platform_cmrs(cmrs);
	uint64_t end = 0;

	CHECK(count <= TDX_MAX_CMRS);
	for (size_t i = 0; i < count; i++) {
		if (cmrs[i].base < end || cmrs[i].base + cmrs[i].size < cmrs[i].base ||
		    !is_aligned(cmrs[i].base | cmrs[i].size, PAGE_SIZE))
			return false;
		end = cmrs[i].base + cmrs[i].size;
	}
	return true;
}

static uint64_t check_cpu(struct seamcall *c)
{
	struct cpuid_complaint complaint;
	uint64_t status = sameness_sample(&complaint);

	c->r[TDX_RCX] = make64(complaint.subleaf, complaint.leaf);
	c->r[TDX_RDX] = make64(complaint.mask[1], complaint.mask[0]);
	c->r[TDX_R8] = make64(complaint.mask[3], complaint.mask[2]);
	c->r[TDX_R9] = make64(complaint.expected[1], complaint.expected[0]);
	c->r[TDX_R10] = make64(complaint.expected[3], complaint.expected[2]);
	return status;
}

static uint64_t init(struct seamcall *c, uint64_t attributes)
{
	uint64_t status;

	if (attributes)
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX);
	if (sys.state != SYS_STATE_INIT_PENDING)
		return TDX_SYS_INIT_NOT_PENDING;
	status = check_cpu(c);
	if (status)
		return status;
	if (!cmrs_are_valid())
		return TDX_CMR_LIST_INVALID;

	cpuid_init_module();
	msr_init_module();
	__atomic_store_n(&sys.state, SYS_STATE_INIT_DONE, __ATOMIC_RELEASE);
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_sys_init(struct seamcall *c)
{
	uint64_t attributes = c->r[TDX_RCX];
	uint64_t status;

	c->r[TDX_RCX] = c->r[TDX_RDX] = c->r[TDX_R8] = c->r[TDX_R9] = c->r[TDX_R10] = 0;
	if (!lock_acquire(&sys.lock, LOCK_EXCLUSIVE, LOCK_RANK_SYS))
		return TDX_SYS_BUSY;
	status = init(c, attributes);
	lock_release(&sys.lock, LOCK_EXCLUSIVE);
	return status;
}
