/* SPDX-License-Identifier: MIT */
/*
 * TDG.VP.RD: reads a field of this VCPU. TDX Module ABI, "TDG.VP.RD".
 *
 *	in	RCX	0	RDX	field
 *	out	R8	value, 0 on failure
 */
#include "module/metadata.h"
#include "module/operand.h"

static uint64_t read(struct tdcall *c)
{
	const struct metadata_scope scope = {
		.context = TDX_CONTEXT_VP,
		.accessor = METADATA_GUEST,
		.tdr = c->tdr,
		.tdcs = c->tdcs,
		.vcpu = c->vcpu,
	};

	if (c->r[TDX_RCX])
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX);
	return metadata_read(&scope, c->r[TDX_RDX], &c->r[TDX_R8]);
}

enum tdcall_action leaf_tdg_vp_rd(struct tdcall *c)
{
	c->r[TDX_R8] = 0;
	return tdcall_return(c, read(c));
}
