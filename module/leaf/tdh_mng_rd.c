/* SPDX-License-Identifier: MIT */
/*
 * TDH.MNG.RD: reads a field of a TD. TDX Module ABI, "TDH.MNG.RD".
 *
 *	in	RCX	TDR	RDX	field
 *	out	R8	value	RDX	version 1: the next field, all ones for none
 */
#include "module/leaf.h"
#include "module/metadata.h"

static uint64_t read(struct seamcall *c, const struct td_locked *td, uint64_t field)
{
	const struct metadata_scope scope = {
		.context = TDX_CONTEXT_TD,
		.accessor = metadata_host_of(td->tdcs),
		.tdr = td->tdr,
		.tdcs = td->tdcs,
	};

	if (c->version)
		return metadata_read_next(&scope, field, &c->r[TDX_R8], &c->r[TDX_RDX]);
	return metadata_read(&scope, field, &c->r[TDX_R8]);
}

uint64_t leaf_tdh_mng_rd(struct seamcall *c)
{
	uint64_t field = c->r[TDX_RDX];
	struct td_locked td;
	uint64_t status = td_lock_for_leaf(hpa(c->r[TDX_RCX]), TDX_OPERAND_ID_RCX, PAGE_LOCK_SHARED,
					   TDH_MNG_RD, &td);

	c->r[TDX_R8] = 0;
	if (c->version)
		c->r[TDX_RDX] = TDX_FIELD_NONE;
	if (status)
		return status;
	status = read(c, &td, field);
	td_unlock(&td);
	return status;
}
