/* SPDX-License-Identifier: MIT */
/*
 * TDH.VP.INIT: a VCPU's initial state. TDX Module ABI, "TDH.VP.INIT" and "Initial State of Guest
 * GPRs".
 *
 *	in	RCX	TDVPR	RDX	what the guest finds in RCX and R8
 *		R8	version 1: x2APIC id, 31:0, another for each VCPU
 *
 * Changes VCPU UNINITIALIZED -> READY, with the next index; it is associated with this LP.
 */
#include "lib/bits.h"
#include "module/cpuid.h"
#include "module/leaf.h"
#include "module/msr.h"
#include "module/sameness.h"
#include "module/topology.h"

static void init_registers(struct vcpu *v, const struct td_locked *td, uint64_t rcx)
{
	struct tdx_cpuid_value version;

	(void)cpuid_td_value(td->tdr, 1, 0, &version);
	v->cpu.gpr[TDX_RBX] = td->tdcs->gpaw;
	v->cpu.gpr[TDX_RCX] = v->cpu.gpr[TDX_R8] = rcx;
	v->cpu.gpr[TDX_RDX] = version.eax;
	v->cpu.gpr[TDX_RSI] = v->index;
}

static void init(struct vcpu_locked *locked, uint32_t index, uint64_t rcx)
{
	struct vcpu *v = locked->vcpu;

	v->index = index;
	v->offered_vector = -1;
	v->cpu.hw_pa = v->pages[TDVPS_HW];
	v->cpu.xstate_pa = v->pages[TDVPS_XSTATE];
	v->cpu.sept_root = td_sept_root(locked->td.tdr);
	cpu_vcpu_reset(&v->cpu, locked->td.tdcs->tsc_offset);
	msr_init_vcpu(v);
	init_registers(v, &locked->td, rcx);
	vcpu_set_state(v, VCPU_READY);
}

static uint64_t check_and_init(struct seamcall *c, struct vcpu_locked *v)
{
	uint64_t id = c->version ? c->r[TDX_R8] : TOPOLOGY_NO_ID;
	uint64_t status = vcpu_check(v->vcpu, TDH_VP_INIT);
	uint32_t index;

	if (status)
		return status;
	if (c->version && id > TOPOLOGY_HIGHEST_ID)
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_R8);
	status = sameness_of_tsc();
	if (!status)
		status = topology_add(v->td.tdr, v->td.tdcs, low32(id), &index);
	if (status)
		return status;

	init(v, index, c->r[TDX_RDX]);
	return vcpu_associate(v);
}

uint64_t leaf_tdh_vp_init(struct seamcall *c)
{
	struct vcpu_locked v;
	uint64_t status = vcpu_lock_for_leaf(hpa(c->r[TDX_RCX]), TDX_OPERAND_ID_RCX,
					     PAGE_LOCK_EXCLUSIVE, TDH_VP_INIT, &v);

	if (status)
		return status;
	status = check_and_init(c, &v);
	vcpu_unlock(&v);
	return status;
}
