/* SPDX-License-Identifier: MIT */
/*
 * TDG.MEM.PAGE.ATTR.RD: how a private GPA is mapped. TDX Module ABI, "TDG.MEM.PAGE.ATTR.RD".
 *
 *	in	RCX	GPA
 *	out	RCX	GPA of the page, level, pending	  RDX	attributes for each VM: a TD without
 *			L2 VMs has none
 *
 * What is not mapped goes to the VMM with a TD exit, as an access would.
 *
 * Locks   entry.
 */
#include "module/exit.h"
#include "module/leaf/attr.h"
#include "module/operand.h"
#include "module/sept.h"

static enum tdcall_action read_entry(struct tdcall *c, struct gpa gpa, struct sept_slot slot)
{
	enum sept_state state = sept_state(slot);

	if (!sept_leaf_allowed(SEPT_LEAF_TDG_MEM_PAGE_ATTR_RD, state)) {
		td_exit_memory(c->exit, TDX_EXIT_EPT_VIOLATION, 0, gpa, TDX_EEQ_NONE);
		return TDCALL_EXIT;
	}
	return attr_return(c, gpa, slot.level, state);
}

enum tdcall_action leaf_tdg_mem_page_attr_rd(struct tdcall *c)
{
	struct gpa where = gpa(c->r[TDX_RCX]);
	enum tdcall_action action;
	struct sept_slot slot;
	uint64_t status;

	if (!td_gpa_is_private(c->tdcs, where))
		return attr_refuse(c, tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX));
	(void)sept_walk(c->tdr, where, TDX_LEVEL_4K, &slot);
	status = sept_lock_guest(slot);
	if (status)
		return attr_refuse(c, tdx_operand(status, TDX_OPERAND_ID_RCX));
	action = read_entry(c, where, slot);
	sept_unlock(slot);
	return action;
}
