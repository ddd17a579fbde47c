/* SPDX-License-Identifier: MIT */
/*
 * TDG.MEM.PAGE.ACCEPT: makes a pending private page the guest's, zeroed. TDX Module ABI,
 * "TDG.MEM.PAGE.ACCEPT".
 *
 *	in	RCX	GPA and level, 4 KiB or 2 MiB
 *
 * What cannot be accepted as it is goes to the VMM, with a TD exit that tells what was asked for;
 * the guest then executes the TDCALL again. So it does after an interrupt, which leaves in the
 * entry how far a large page has got.
 *
 * Locks   entry.
 * Changes entry PENDING -> MAPPED.
 */
#include "module/exit.h"
#include "module/module.h"
#include "module/operand.h"
#include "module/sept.h"

/* Pages that are cleared before an interrupt is looked for. */
#define STEP 64

/* False when an interrupt came before all was done. */
static bool clear(struct sept_slot slot)
{
	unsigned int total = (unsigned int)(level_size(slot.level) / PAGE_SIZE);
	unsigned int done = sept_accepted(slot);

	for (;;) {
		unsigned int pages = total - done < STEP ? total - done : STEP;

		cpu_zero(hpa_add(sept_pa(slot), done * PAGE_SIZE), pages * PAGE_SIZE);
		done += pages;
		if (done == total)
			return true;
		if (cpu_interrupt_pending(false)) {
			sept_set_accepted(slot, done);
			return false;
		}
	}
}

static enum tdcall_action accept(struct tdcall *c, struct sept_slot slot)
{
	if (!clear(slot))
		return TDCALL_RESTART;
	sept_set(slot, SEPT_STATE_MAPPED, sept_pa(slot));
	module_count(&module_counters.pages_accepted, level_size(slot.level) / PAGE_SIZE);
	return tdcall_return(c, TDX_SUCCESS);
}

static enum tdcall_action already_accepted(struct tdcall *c, struct sept_slot slot)
{
	return tdcall_return(c, tdx_operand(TDX_PAGE_ALREADY_ACCEPTED, slot.level));
}

static enum tdcall_action ask_vmm(struct tdcall *c, struct gpa gpa, unsigned int level,
				  struct sept_slot slot, enum sept_state state)
{
	td_exit_entry(c->exit, TDX_EEQ_ACCEPT, gpa, level, slot.level, state);
	return TDCALL_EXIT;
}

/* The walk ended above. */
static enum tdcall_action decide_above(struct tdcall *c, struct gpa gpa, unsigned int level,
				       struct sept_slot slot)
{
	enum sept_state state = sept_state(slot);

	if (state == SEPT_STATE_MAPPED)
		return already_accepted(c, slot);
	return ask_vmm(c, gpa, level, slot, state);
}

/* The entry is of the level that was asked for, and locked. */
static enum tdcall_action decide(struct tdcall *c, struct gpa gpa, struct sept_slot slot)
{
	enum sept_state state = sept_state(slot);

	if (state == SEPT_STATE_MAPPED)
		return already_accepted(c, slot);
	if (state != SEPT_STATE_FREE && !sept_is_leaf(state))
		return tdcall_return(c, tdx_operand(TDX_PAGE_SIZE_MISMATCH, slot.level));
	if (!sept_leaf_allowed(SEPT_LEAF_TDG_MEM_PAGE_ACCEPT, state))
		return ask_vmm(c, gpa, slot.level, slot, state);
	return accept(c, slot);
}

enum tdcall_action leaf_tdg_mem_page_accept(struct tdcall *c)
{
	enum tdcall_action action;
	struct sept_slot slot;
	unsigned int level;
	struct gpa gpa;
	uint64_t status =
		sept_operand(c->tdcs, c->r[TDX_RCX], TDX_LEVEL_4K, TDX_LEVEL_2M, &gpa, &level);

	if (status)
		return tdcall_return(c, status);
	if (!sept_walk(c->tdr, gpa, level, &slot))
		return decide_above(c, gpa, level, slot);
	status = sept_lock_guest(slot);
	if (status)
		return tdcall_return(c, tdx_operand(status, TDX_OPERAND_ID_RCX));
	action = decide(c, gpa, slot);
	sept_unlock(slot);
	return action;
}
