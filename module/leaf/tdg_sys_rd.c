/* SPDX-License-Identifier: MIT */
/*
 * TDG.SYS.RD: reads a field of the module. TDX Module ABI, "TDG.SYS.RD".
 *
 *	in	RDX	field, all ones for the first
 *	out	RDX	the next field	R8	value
 */
#include "module/metadata.h"
#include "module/operand.h"

enum tdcall_action leaf_tdg_sys_rd(struct tdcall *c)
{
	const struct metadata_scope scope = {
		.context = TDX_CONTEXT_SYS,
		.accessor = METADATA_GUEST,
	};

	return tdcall_return(
		c, metadata_read_next(&scope, c->r[TDX_RDX], &c->r[TDX_R8], &c->r[TDX_RDX]));
}
