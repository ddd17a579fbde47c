/* SPDX-License-Identifier: MIT */
/*
 * TDG.MEM.PAGE.ATTR.WR: attributes of a private page for L2 VMs. TDX Module ABI,
 * "TDG.MEM.PAGE.ATTR.WR". A TD without L2 VMs has none to set: it learns how the page is mapped.
 *
 *	in	RCX	GPA and level (up to 1 GiB)	RDX	attributes	R8	masks; both
 *0 out	RCX RDX	as of TDG.MEM.PAGE.ATTR.RD
 *
 * What is mapped in another way goes to the VMM with a TD exit that tells what was asked for.
 *
 * Locks   entry.
 */
#include "module/exit.h"
#include "module/leaf/attr.h"

#define VMS	 4
#define VM_SHIFT 16
#define VM_MASK	 UINT64_C(0xffff)

/* By VM, attributes before mask. */
static uint64_t check_attributes(const struct tdcall *c)
{
	for (unsigned int vm = 0; vm < VMS; vm++) {
		if (c->r[TDX_RDX] >> (VM_SHIFT * vm) & VM_MASK)
			return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RDX);
		if (c->r[TDX_R8] >> (VM_SHIFT * vm) & VM_MASK)
			return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_R8);
	}
	return TDX_SUCCESS;
}

static enum tdcall_action ask_vmm(struct tdcall *c, struct gpa gpa, unsigned int level,
				  struct sept_slot slot)
{
	td_exit_entry(c->exit, TDX_EEQ_ATTR_WR, gpa, level, slot.level, sept_state(slot));
	return TDCALL_EXIT;
}

/* The entry is of the level that was asked for, and locked. */
static enum tdcall_action decide(struct tdcall *c, struct gpa gpa, struct sept_slot slot)
{
	enum sept_state state = sept_state(slot);

	if (state != SEPT_STATE_FREE && !sept_is_leaf(state))
		return attr_refuse(c, tdx_operand(TDX_PAGE_SIZE_MISMATCH, slot.level));
	if (!sept_leaf_allowed(SEPT_LEAF_TDG_MEM_PAGE_ATTR_WR, state))
		return ask_vmm(c, gpa, slot.level, slot);
	return attr_return(c, gpa, slot.level, state);
}

enum tdcall_action leaf_tdg_mem_page_attr_wr(struct tdcall *c)
{
	uint64_t status = check_attributes(c);
	enum tdcall_action action;
	struct sept_slot slot;
	unsigned int level;
	struct gpa gpa;

	if (!status)
		status = sept_operand(c->tdcs, c->r[TDX_RCX], TDX_LEVEL_4K, TDX_LEVEL_1G, &gpa,
				      &level);
	if (status)
		return attr_refuse(c, status);
	if (!sept_walk(c->tdr, gpa, level, &slot))
		return ask_vmm(c, gpa, level, slot);
	status = sept_lock_guest(slot);
	if (status)
		return attr_refuse(c, tdx_operand(status, TDX_OPERAND_ID_RCX));
	action = decide(c, gpa, slot);
	sept_unlock(slot);
	return action;
}
