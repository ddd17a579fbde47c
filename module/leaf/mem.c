/* SPDX-License-Identifier: MIT */
#include "module/leaf/mem.h"
#include "lib/check.h"
#include "module/lock.h"

static bool try_lock_tree(struct mem_op *op)
{
	return lock_acquire(&op->td.tdcs->sept_lock, (enum lock_mode)op->rules->sept_lock,
			    LOCK_RANK_SEPT_TREE);
}

static void unlock_tree(struct mem_op *op)
{
	lock_release(&op->td.tdcs->sept_lock, (enum lock_mode)op->rules->sept_lock);
}

/* The part that runs with the TD locked. */
static uint64_t find_entry(struct seamcall *c, uint64_t rcx, struct mem_op *op)
{
	bool found;
	uint64_t status;

	status = sept_operand(op->td.tdcs, rcx, op->rules->min_level, op->rules->max_level,
			      &op->gpa, &op->level);
	if (status)
		return status;
	if (!try_lock_tree(op))
		return tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_SEPT_TREE);
	found = sept_walk(op->td.tdr, op->gpa, op->level, &op->slot);
	op->state = sept_state(op->slot);
	if (found)
		return TDX_SUCCESS;
	status = mem_entry_error(c, op, tdx_operand(TDX_EPT_WALK_FAILED, TDX_OPERAND_ID_RCX));
	unlock_tree(op);
	return status;
}

uint64_t mem_begin(struct seamcall *c, const struct mem_rules *rules, struct mem_op *op)
{
	uint64_t rcx = c->r[TDX_RCX];
	uint64_t rdx = c->r[TDX_RDX];
	uint64_t status;

	c->r[TDX_RCX] = c->r[TDX_RDX] = 0;
	op->rules = rules;
	op->flags = rdx & rules->flags;
	status = td_lock_for_leaf(hpa(rdx & ~rules->flags), TDX_OPERAND_ID_RDX, rules->td_lock,
				  rules->leaf, &op->td);
	if (status)
		return status;
	status = find_entry(c, rcx, op);
	if (status)
		td_unlock(&op->td);
	return status;
}

void mem_end(struct mem_op *op)
{
	unlock_tree(op);
	td_unlock(&op->td);
}

uint64_t mem_entry_error(struct seamcall *c, const struct mem_op *op, uint64_t status)
{
	c->r[TDX_RCX] = sept_arch_entry(op->slot);
	c->r[TDX_RDX] = sept_arch_info(op->slot);
	return status;
}

uint64_t mem_check_state(struct seamcall *c, const struct mem_op *op)
{
	if (sept_leaf_allowed(op->rules->leaf, op->state))
		return TDX_SUCCESS;
	return mem_entry_error(c, op,
			       tdx_operand(TDX_EPT_ENTRY_STATE_INCORRECT, TDX_OPERAND_ID_RCX));
}

static bool is_blocked(enum sept_state state)
{
	return state == SEPT_STATE_BLOCKED || state == SEPT_STATE_PENDING_BLOCKED ||
	       state == SEPT_STATE_NL_BLOCKED;
}

uint64_t mem_check_tracked(struct seamcall *c, const struct mem_op *op, uint32_t operand)
{
	if (!td_tracking_required(op->td.tdcs))
		return TDX_SUCCESS;
	if (!is_blocked(op->state))
		return mem_entry_error(c, op,
				       tdx_operand(TDX_GPA_RANGE_NOT_BLOCKED, TDX_OPERAND_ID_RCX));
	if (!td_is_tracked(op->td.tdcs, mem_target(op)->bepoch))
		return mem_entry_error(c, op, tdx_operand(TDX_TLB_TRACKING_NOT_DONE, operand));
	return TDX_SUCCESS;
}

struct pamt_entry *mem_target(const struct mem_op *op)
{
	unsigned int level = sept_is_leaf(op->state) ? op->level : TDX_LEVEL_4K;

	CHECK(op->state != SEPT_STATE_FREE);
	return page_entry(sept_pa(op->slot), level);
}
