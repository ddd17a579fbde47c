/* SPDX-License-Identifier: MIT */
/*
 * TDG.VM.WR: writes a field of the TD. TDX Module ABI, "TDG.VM.WR".
 *
 *	in	RCX	0	RDX	field	R8	value	R9	mask
 *	out	R8	value before, 0 on failure
 */
#include "module/metadata.h"
#include "module/operand.h"

static uint64_t write(struct tdcall *c, uint64_t value)
{
	const struct metadata_scope scope = {
		.context = TDX_CONTEXT_TD,
		.accessor = METADATA_GUEST,
		.tdr = c->tdr,
		.tdcs = c->tdcs,
		.vcpu = c->vcpu,
	};

	if (c->r[TDX_RCX])
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX);
	return metadata_write(&scope, c->r[TDX_RDX], value, c->r[TDX_R9], &c->r[TDX_R8]);
}

enum tdcall_action leaf_tdg_vm_wr(struct tdcall *c)
{
	uint64_t value = c->r[TDX_R8];

	c->r[TDX_R8] = 0;
	return tdcall_return(c, write(c, value));
}
