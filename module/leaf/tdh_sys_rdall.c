/* SPDX-License-Identifier: MIT */
/*
 * TDH.SYS.RDALL: reads all fields of the module. TDX Module ABI, "TDH.SYS.RDALL".
 *
 *	in	RDX	page for the metadata list	R8	first field, all ones for the first
 *of all out	R8	field to go on with, all ones at the end
 */
#include "module/leaf.h"
#include "module/metadata.h"
#include "module/sys.h"

static uint64_t read_all(uint64_t rdx, uint64_t first, uint64_t *next)
{
	const struct metadata_scope scope = { .context = TDX_CONTEXT_SYS };
	uint64_t status = sys_require_lp_init();
	struct hpa page;

	if (!status)
		status = vmm_operand(rdx, PAGE_SIZE, PAGE_SIZE, TDX_OPERAND_ID_RDX, &page);
	if (status)
		return status;
	return metadata_list(&scope, first, page, vmm_write, next);
}

uint64_t leaf_tdh_sys_rdall(struct seamcall *c)
{
	uint64_t first = c->r[TDX_R8];

	c->r[TDX_R8] = TDX_FIELD_NONE;
	return read_all(c->r[TDX_RDX], first, &c->r[TDX_R8]);
}
