/* SPDX-License-Identifier: MIT */
/*
 * TDG.MEM.PAGE.ACCEPT: makes a pending private page the guest's, zeroed. TDX Module ABI,
 * "TDG.MEM.PAGE.ACCEPT".
 *
 *	in	RCX	GPA and level, 4 KiB or 2 MiB
 *
 * What cannot be accepted as it is goes to the VMM, with a TD exit that tells what was asked for;
 * the guest then executes the TDCALL again.
 *
 * Locks   SEPT tree exclusive. While the VMM holds it the TDCALL starts again.
 * Changes SEPT entry PENDING -> MAPPED.
 */
#include "module/exit.h"
#include "module/lock.h"
#include "module/module.h"
#include "module/operand.h"
#include "module/sept.h"

/* Any write that finds no page is as good as this one. */
#define ACCEPT_QUALIFICATION TDX_EPT_QUAL_WRITE

static void accept(struct sept_slot slot)
{
	uint64_t size = level_size(slot.level);

	cpu_zero(sept_pa(slot), size);
	sept_set(slot, SEPT_STATE_MAPPED, sept_pa(slot));
	__atomic_add_fetch(&module_counters.pages_accepted, size / PAGE_SIZE, __ATOMIC_RELAXED);
}

static enum tdcall_action ask_vmm(struct tdcall *c, struct gpa gpa, unsigned int level,
				  struct sept_slot slot)
{
	td_exit_memory(c->exit, TDX_EXIT_EPT_VIOLATION, ACCEPT_QUALIFICATION, gpa,
		       td_exit_accept_details(level, slot.level, sept_state(slot)));
	return TDCALL_EXIT;
}

static enum tdcall_action decide(struct tdcall *c, struct gpa gpa, unsigned int level)
{
	struct sept_slot slot;
	bool reached = sept_walk(c->tdr, gpa, level, &slot);
	enum sept_state state = sept_state(slot);

	if (state == SEPT_STATE_MAPPED)
		return tdcall_return(c, tdx_operand(TDX_PAGE_ALREADY_ACCEPTED, slot.level));
	if (reached && sept_leaf_allowed(SEPT_LEAF_TDG_MEM_PAGE_ACCEPT, state)) {
		accept(slot);
		return tdcall_return(c, TDX_SUCCESS);
	}
	if (reached && (state == SEPT_STATE_NL_MAPPED || state == SEPT_STATE_NL_BLOCKED))
		return tdcall_return(c, tdx_operand(TDX_PAGE_SIZE_MISMATCH, slot.level));
	return ask_vmm(c, gpa, level, slot);
}

enum tdcall_action leaf_tdg_mem_page_accept(struct tdcall *c)
{
	enum tdcall_action action;
	unsigned int level;
	struct gpa gpa;
	uint64_t status =
		sept_operand(c->tdcs, c->r[TDX_RCX], TDX_LEVEL_4K, TDX_LEVEL_2M, &gpa, &level);

	if (status)
		return tdcall_return(c, status);
	if (!lock_acquire(&c->tdcs->sept_lock, LOCK_EXCLUSIVE, LOCK_RANK_SEPT_TREE))
		return TDCALL_RESTART;
	action = decide(c, gpa, level);
	lock_release(&c->tdcs->sept_lock, LOCK_EXCLUSIVE);
	return action;
}
