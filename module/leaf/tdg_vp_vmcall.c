/* SPDX-License-Identifier: MIT */
/*
 * TDG.VP.VMCALL: the guest calls the VMM. TDX Module ABI, "TDG.VP.VMCALL".
 *
 *	in	RCX	registers to expose: GPRs 15:0, XMMs 31:16; not RAX, RCX, RSP, and not RBP
 *when CONFIG_FLAGS.NO_RBP_MOD out	RAX and the exposed registers, at the next TDH.VP.ENTER
 *
 * The TD exit is trap-like: the guest goes on behind the TDCALL.
 */
#include "lib/bits.h"
#include "module/exit.h"
#include "module/operand.h"

#define GPR_MASK bit_range(15, 0)
#define NEVER	 (bit(TDX_RAX) | bit(TDX_RCX) | bit(TDX_RSP) | bit_range(63, 32))

enum tdcall_action leaf_tdg_vp_vmcall(struct tdcall *c)
{
	bool keep_rbp = c->tdcs->config_flags & TDX_CONFIG_NO_RBP_MOD;
	uint64_t mask = c->r[TDX_RCX];

	if (mask & (NEVER | (keep_rbp ? bit(TDX_RBP) : 0)))
		return tdcall_return(c, tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX));

	td_exit_with(c->exit, TDX_EXIT_TDCALL);
	for (uint64_t rest = mask & GPR_MASK; rest; rest &= rest - 1) {
		unsigned int gpr = (unsigned int)__builtin_ctzll(rest);

		c->exit->gpr[gpr] = c->r[gpr];
	}
	c->exit->gpr[TDX_RCX] = mask;
	c->exit->keep_rbp = keep_rbp;
	c->exit->xmm_mask = (uint16_t)(mask >> 16);
	c->vcpu->vmcall_pending = true;
	c->vcpu->vmcall_mask = mask;
	cpu_vcpu_skip(&c->vcpu->cpu, TDCALL_LENGTH);
	return TDCALL_EXIT;
}
