/* SPDX-License-Identifier: MIT */
/*
 * TDH.VP.RD: reads a field of a VCPU. TDX Module ABI, "TDH.VP.RD".
 *
 *	in	RCX	TDVPR	RDX	field
 *	out	R8	value	RDX	version 1: the next field, all ones for none
 *
 * Changes the VCPU is associated with this LP.
 */
#include "module/leaf.h"
#include "module/metadata.h"

static uint64_t read(struct seamcall *c, struct vcpu_locked *v, uint64_t field)
{
	const struct metadata_scope scope = {
		.context = TDX_CONTEXT_VP,
		.accessor = metadata_host_of(v->td.tdcs),
		.tdr = v->td.tdr,
		.tdcs = v->td.tdcs,
		.vcpu = v->vcpu,
	};
	uint64_t status = vcpu_check(v->vcpu, TDH_VP_RD);

	if (!status)
		status = vcpu_associate(v);
	if (status)
		return status;
	if (c->version)
		return metadata_read_next(&scope, field, &c->r[TDX_R8], &c->r[TDX_RDX]);
	return metadata_read(&scope, field, &c->r[TDX_R8]);
}

uint64_t leaf_tdh_vp_rd(struct seamcall *c)
{
	uint64_t field = c->r[TDX_RDX];
	struct vcpu_locked v;
	uint64_t status = vcpu_lock_for_leaf(hpa(c->r[TDX_RCX]), TDX_OPERAND_ID_RCX,
					     PAGE_LOCK_SHARED, TDH_VP_RD, &v);

	c->r[TDX_R8] = 0;
	if (c->version)
		c->r[TDX_RDX] = TDX_FIELD_NONE;
	if (status)
		return status;
	status = read(c, &v, field);
	vcpu_unlock(&v);
	return status;
}
