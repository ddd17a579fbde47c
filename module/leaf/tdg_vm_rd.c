/* SPDX-License-Identifier: MIT */
/*
 * TDG.VM.RD: reads a field of the TD. TDX Module ABI, "TDG.VM.RD".
 *
 *	in	RCX	0	RDX	field
 *	out	R8	value, 0 on failure	RDX	version 1: the next field, all ones for none
 */
#include "module/metadata.h"
#include "module/operand.h"

static uint64_t read(struct tdcall *c, uint64_t field)
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
	if (c->version)
		return metadata_read_next(&scope, field, &c->r[TDX_R8], &c->r[TDX_RDX]);
	return metadata_read(&scope, field, &c->r[TDX_R8]);
}

enum tdcall_action leaf_tdg_vm_rd(struct tdcall *c)
{
	uint64_t field = c->r[TDX_RDX];

	c->r[TDX_R8] = 0;
	if (c->version)
		c->r[TDX_RDX] = TDX_FIELD_NONE;
	return tdcall_return(c, read(c, field));
}
