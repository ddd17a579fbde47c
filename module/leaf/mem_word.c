/* SPDX-License-Identifier: MIT */
#include "module/leaf/mem_word.h"
#include "module/lock.h"
#include "module/sept.h"

#define WORD 8

static uint64_t entry_error(struct seamcall *c, struct sept_slot slot, uint64_t status)
{
	c->r[TDX_RCX] = sept_arch_entry(slot);
	c->r[TDX_RDX] = sept_arch_info(slot);
	return tdx_operand(status, TDX_OPERAND_ID_RCX);
}

/* With the tree locked. */
static uint64_t act_on_word(struct seamcall *c, unsigned int leaf, const struct td_locked *td,
			    struct gpa where, uint64_t value, mem_word_access *access)
{
	uint64_t status = TDX_SUCCESS;
	struct sept_slot slot;

	if (!td_gpa_is_private(td->tdcs, where))
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX);
	(void)sept_walk(td->tdr, where, TDX_LEVEL_4K, &slot);
	if (sept_state(slot) != SEPT_STATE_MAPPED)
		return entry_error(c, slot, TDX_EPT_ENTRY_NOT_PRESENT);
	if (!sept_lock_host(slot))
		return entry_error(c, slot, TDX_OPERAND_BUSY);
	if (sept_leaf_allowed(leaf, sept_state(slot))) {
		uint64_t offset = where.pa & (level_size(slot.level) - 1);

		c->r[TDX_R8] = access(phys_ptr(hpa_add(sept_pa(slot), offset)), value);
	} else {
		status = entry_error(c, slot, TDX_EPT_ENTRY_STATE_INCORRECT);
	}
	sept_unlock(slot);
	return status;
}

/* With the TD locked. */
static uint64_t act_on_tree(struct seamcall *c, unsigned int leaf, const struct td_locked *td,
			    struct gpa where, uint64_t value, mem_word_access *access)
{
	uint64_t status;

	if (!(td->tdcs->attributes & TDX_ATTR_DEBUG))
		return TDX_TD_NON_DEBUG;
	if (!is_aligned(where.pa, WORD))
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX);
	if (!lock_acquire(&td->tdcs->sept_lock, LOCK_SHARED, LOCK_RANK_SEPT_TREE))
		return tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_SEPT_TREE);
	status = act_on_word(c, leaf, td, where, value, access);
	lock_release(&td->tdcs->sept_lock, LOCK_SHARED);
	return status;
}

uint64_t mem_word(struct seamcall *c, unsigned int leaf, mem_word_access *access)
{
	struct gpa where = gpa(c->r[TDX_RCX]);
	struct hpa tdr = hpa(c->r[TDX_RDX]);
	uint64_t value = c->r[TDX_R8];
	struct td_locked td;
	uint64_t status;

	c->r[TDX_RCX] = c->r[TDX_RDX] = c->r[TDX_R8] = 0;
	status = td_lock_for_leaf(tdr, TDX_OPERAND_ID_RDX, PAGE_LOCK_SHARED, leaf, &td);
	if (status)
		return status;
	status = act_on_tree(c, leaf, &td, where, value, access);
	td_unlock(&td);
	return status;
}
