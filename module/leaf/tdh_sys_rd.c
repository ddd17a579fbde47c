/* SPDX-License-Identifier: MIT */
/*
 * TDH.SYS.RD: reads a field of the module. TDX Module ABI, "TDH.SYS.RD".
 *
 *	in	RDX	field, all ones for the first
 *	out	RDX	the next field	R8	value
 */
#include "module/leaf.h"
#include "module/metadata.h"
#include "module/sys.h"

uint64_t leaf_tdh_sys_rd(struct seamcall *c)
{
	const struct metadata_scope scope = { .context = TDX_CONTEXT_SYS };
	uint64_t status = sys_require_lp_init();

	if (!status)
		return metadata_read_next(&scope, c->r[TDX_RDX], &c->r[TDX_R8], &c->r[TDX_RDX]);
	c->r[TDX_RDX] = TDX_FIELD_NONE;
	c->r[TDX_R8] = 0;
	return status;
}
