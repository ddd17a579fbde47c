/* SPDX-License-Identifier: MIT */
/*
 * TDH.MNG.WR: writes a field of a TD. TDX Module ABI, "TDH.MNG.WR".
 *
 *	in	RCX	TDR	RDX	field	R8	value	R9	mask
 *	out	R8	value before
 */
#include "module/leaf.h"
#include "module/metadata.h"

static uint64_t write(struct seamcall *c, const struct td_locked *td, uint64_t value)
{
	const struct metadata_scope scope = {
		.context = TDX_CONTEXT_TD,
		.accessor = metadata_host_of(td->tdcs),
		.tdr = td->tdr,
		.tdcs = td->tdcs,
	};

	return metadata_write(&scope, c->r[TDX_RDX], value, c->r[TDX_R9], &c->r[TDX_R8]);
}

uint64_t leaf_tdh_mng_wr(struct seamcall *c)
{
	uint64_t value = c->r[TDX_R8];
	struct td_locked td;
	uint64_t status = td_lock_for_leaf(hpa(c->r[TDX_RCX]), TDX_OPERAND_ID_RCX, PAGE_LOCK_SHARED,
					   TDH_MNG_WR, &td);

	c->r[TDX_R8] = 0;
	if (status)
		return status;
	status = write(c, &td, value);
	td_unlock(&td);
	return status;
}
