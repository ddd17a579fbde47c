/* SPDX-License-Identifier: MIT */
/*
 * TDG.SYS.RDALL: reads all fields of the module. TDX Module ABI, "TDG.SYS.RDALL".
 *
 *	in	RDX	private GPA of a page for the metadata list
 *		R8	first field, all ones for the first of all
 *	out	R8	field to go on with, all ones at the end
 */
#include <string.h>

#include "lib/phys.h"
#include "module/metadata.h"
#include "module/operand.h"

static const struct operand_rule page_rule = {
	.id = TDX_OPERAND_ID_RDX,
	.align = TDX_PAGE_SIZE,
	.write = true,
};

static void put(struct hpa to, const void *from, uint64_t size)
{
	memcpy(phys_ptr(to), from, size);
}

enum tdcall_action leaf_tdg_sys_rdall(struct tdcall *c)
{
	const struct metadata_scope scope = {
		.context = TDX_CONTEXT_SYS,
		.accessor = METADATA_GUEST,
	};
	struct guest_operand page;
	enum tdcall_action action;
	uint64_t first = c->r[TDX_R8];
	uint64_t status = operand_check(c, c->r[TDX_RDX], &page_rule);

	if (status) {
		c->r[TDX_R8] = TDX_FIELD_NONE;
		return tdcall_return(c, status);
	}
	if (!operand_find(c, c->r[TDX_RDX], &page_rule, &page, &action))
		return action;
	return tdcall_return(c, metadata_list(&scope, first, page.pa, put, &c->r[TDX_R8]));
}
