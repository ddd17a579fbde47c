/* SPDX-License-Identifier: MIT */
/*
 * TDH.VP.WR: writes a field of a VCPU. TDX Module ABI, "TDH.VP.WR".
 *
 *	in	RCX	TDVPR	RDX	field	R8	value	R9	mask
 *	out	R8	value before
 *
 * Changes the VCPU is associated with this LP.
 */
#include "module/leaf.h"
#include "module/metadata.h"

static uint64_t write(struct seamcall *c, struct vcpu_locked *v, uint64_t value)
{
	const struct metadata_scope scope = {
		.context = TDX_CONTEXT_VP,
		.accessor = metadata_host_of(v->td.tdcs),
		.tdr = v->td.tdr,
		.tdcs = v->td.tdcs,
		.vcpu = v->vcpu,
	};
	uint64_t status = vcpu_check(v->vcpu, TDH_VP_WR);

	if (!status)
		status = vcpu_associate(v);
	if (status)
		return status;
	return metadata_write(&scope, c->r[TDX_RDX], value, c->r[TDX_R9], &c->r[TDX_R8]);
}

uint64_t leaf_tdh_vp_wr(struct seamcall *c)
{
	uint64_t value = c->r[TDX_R8];
	struct vcpu_locked v;
	uint64_t status = vcpu_lock_for_leaf(hpa(c->r[TDX_RCX]), TDX_OPERAND_ID_RCX,
					     PAGE_LOCK_SHARED, TDH_VP_WR, &v);

	c->r[TDX_R8] = 0;
	if (status)
		return status;
	status = write(c, &v, value);
	vcpu_unlock(&v);
	return status;
}
