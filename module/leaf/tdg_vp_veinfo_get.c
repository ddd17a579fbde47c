/* SPDX-License-Identifier: MIT */
/*
 * TDG.VP.VEINFO.GET: the cause of the last #VE, once. TDX Module ABI, "TDG.VP.VEINFO.GET".
 *
 *	out	RCX	exit reason	RDX	exit qualification	R8	GLA	R9	GPA
 *		R10	instruction length 31:0, instruction information 63:32
 *
 * NO_VALID_VE_INFO, with all outputs zero, when there was none.
 */
#include "lib/bits.h"
#include "module/operand.h"
#include "module/ve.h"

enum tdcall_action leaf_tdg_vp_veinfo_get(struct tdcall *c)
{
	struct tdx_ve_info info = { 0 };
	bool valid = ve_take(c->vcpu, &info);

	c->r[TDX_RCX] = info.exit_reason;
	c->r[TDX_RDX] = info.exit_qualification;
	c->r[TDX_R8] = info.gla;
	c->r[TDX_R9] = info.gpa;
	c->r[TDX_R10] = make64(info.instruction_info, info.instruction_length);
	return tdcall_return(c, valid ? TDX_SUCCESS : TDX_NO_VALID_VE_INFO);
}
