/* SPDX-License-Identifier: MIT */
/*
 * TDG.VP.INFO: what the guest must know to begin. TDX Module ABI, "TDG.VP.INFO".
 *
 *	out	RCX	GPA width, 5:0		RDX	ATTRIBUTES
 *		R8	VCPUs 31:0, maximum 63:32	R9	index of this VCPU
 *		R10	bit 0: TDG.SYS.RD and TDG.SYS.RDALL exist	R11	0
 */
#include "lib/bits.h"
#include "module/operand.h"

enum tdcall_action leaf_tdg_vp_info(struct tdcall *c)
{
	c->r[TDX_RCX] = c->tdcs->gpaw;
	c->r[TDX_RDX] = c->tdcs->attributes;
	c->r[TDX_R8] = make64(c->tdcs->max_vcpus, c->tdcs->vcpu_count);
	c->r[TDX_R9] = c->vcpu->index;
	c->r[TDX_R10] = 1;
	c->r[TDX_R11] = 0;
	return tdcall_return(c, TDX_SUCCESS);
}
