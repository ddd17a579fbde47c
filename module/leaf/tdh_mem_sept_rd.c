/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.SEPT.RD: reads an entry of the secure EPT. TDX Module ABI, "TDH.MEM.SEPT.RD".
 *
 *	in	RCX	GPA and level	RDX	TDR; bit 0 = attributes of L2 VMs too (debug TDs)
 *	out	RCX RDX	the entry	R8	attributes of L2 VMs, if asked for: there are none
 */
#include "module/leaf/mem.h"

#define READ_L2_ATTRIBUTES UINT64_C(1)

static const struct mem_rules rules = {
	.leaf = TDH_MEM_SEPT_RD,
	.min_level = TDX_LEVEL_4K,
	.max_level = TDX_LEVEL_256T,
	.flags = READ_L2_ATTRIBUTES,
	.debug_flags = READ_L2_ATTRIBUTES,
	.td_lock = PAGE_LOCK_SHARED,
	.sept_lock = PAGE_LOCK_SHARED,
};

static uint64_t read_entry(struct seamcall *c, struct mem_op *op)
{
	if (op->flags & READ_L2_ATTRIBUTES)
		c->r[TDX_R8] = 0;
	return mem_entry_error(c, op, TDX_SUCCESS);
}

uint64_t leaf_tdh_mem_sept_rd(struct seamcall *c)
{
	return mem_run(c, &rules, read_entry);
}
