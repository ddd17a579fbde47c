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

/* With the entry locked. */
static uint64_t act_on_state(struct seamcall *c, struct mem_op *op, mem_body *body)
{
	op->state = sept_state(op->slot);
	if (sept_leaf_allowed(op->rules->leaf, op->state))
		return body(c, op);
	if (op->rules->if_blocked && sept_is_blocked(op->state))
		return mem_entry_error(c, op, op->rules->if_blocked);
	return mem_state_error(c, op);
}

/* With the tree locked. */
static uint64_t act_on_entry(struct seamcall *c, struct mem_op *op, mem_body *body)
{
	uint64_t status;

	if (!sept_walk(op->td.tdr, op->gpa, op->level, &op->slot))
		return mem_entry_error(c, op, tdx_operand(TDX_EPT_WALK_FAILED, TDX_OPERAND_ID_RCX));
	if (!sept_lock_host(op->slot))
		return mem_entry_error(c, op, tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_RCX));
	status = act_on_state(c, op, body);
	sept_unlock(op->slot);
	return status;
}

/* With the TD locked. */
static uint64_t act_on_tree(struct seamcall *c, struct mem_op *op, mem_body *body)
{
	const struct tdcs *tdcs = op->td.tdcs;
	uint64_t status;

	if ((op->flags & op->rules->debug_flags) && !(tdcs->attributes & TDX_ATTR_DEBUG))
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RDX);
	status = sept_operand(tdcs, op->rcx, op->rules->min_level, op->rules->max_level, &op->gpa,
			      &op->level);
	if (status)
		return status;
	if (!try_lock_tree(op))
		return tdx_operand(TDX_OPERAND_BUSY, TDX_OPERAND_ID_SEPT_TREE);
	status = act_on_entry(c, op, body);
	unlock_tree(op);
	return status;
}

uint64_t mem_run(struct seamcall *c, const struct mem_rules *rules, mem_body *body)
{
	struct mem_op op = { .rules = rules, .rcx = c->r[TDX_RCX], .rdx = c->r[TDX_RDX] };
	uint64_t status;

	op.flags = op.rdx & rules->flags;
	c->r[TDX_RCX] = c->r[TDX_RDX] = 0;
	status = td_lock_for_leaf(hpa(op.rdx & ~rules->flags), TDX_OPERAND_ID_RDX, rules->td_lock,
				  rules->leaf, &op.td);
	if (status)
		return status;
	status = act_on_tree(c, &op, body);
	td_unlock(&op.td);
	return status;
}

uint64_t mem_entry_error(struct seamcall *c, const struct mem_op *op, uint64_t status)
{
	c->r[TDX_RCX] = sept_arch_entry(op->slot);
	c->r[TDX_RDX] = sept_arch_info(op->slot);
	return status;
}

uint64_t mem_state_error(struct seamcall *c, const struct mem_op *op)
{
	return mem_entry_error(c, op,
			       tdx_operand(TDX_EPT_ENTRY_STATE_INCORRECT, TDX_OPERAND_ID_RCX));
}

uint64_t mem_check_tracked(struct seamcall *c, const struct mem_op *op, uint32_t operand)
{
	if (!td_tracking_required(op->td.tdcs))
		return TDX_SUCCESS;
	if (!sept_is_blocked(op->state))
		return mem_entry_error(c, op,
				       tdx_operand(TDX_GPA_RANGE_NOT_BLOCKED, TDX_OPERAND_ID_RCX));
	if (!td_is_tracked(op->td.tdcs, __atomic_load_n(&mem_target(op)->bepoch, __ATOMIC_ACQUIRE)))
		return tdx_operand(TDX_TLB_TRACKING_NOT_DONE, operand);
	return TDX_SUCCESS;
}

static unsigned int target_level(const struct mem_op *op)
{
	CHECK(op->state != SEPT_STATE_FREE);
	return sept_is_leaf(op->state) ? op->level : TDX_LEVEL_4K;
}

struct pamt_entry *mem_target(const struct mem_op *op)
{
	return page_entry(sept_pa(op->slot), target_level(op));
}

uint64_t mem_lock_target(struct seamcall *c, const struct mem_op *op, struct page_locked *page)
{
	enum tdx_page_type type = sept_is_leaf(op->state) ? TDX_PAGE_REG : TDX_PAGE_EPT;
	uint64_t status = page_lock(sept_pa(op->slot), target_level(op), type, PAGE_LOCK_EXCLUSIVE,
				    TDX_OPERAND_ID_RCX, page);

	if (status)
		return status;
	status = mem_check_tracked(c, op, TDX_OPERAND_ID_RCX);
	if (status)
		page_unlock(page);
	return status;
}

void mem_return_target(struct seamcall *c, const struct mem_op *op, struct page_locked *page)
{
	page_free_now(page);
	td_child_removed(op->td.tdr, page->level);
	c->r[TDX_RCX] = page->pa.pa;
	page_unlock(page);
}

uint64_t mem_check_interrupt(struct seamcall *c, const struct mem_op *op)
{
	if (!cpu_interrupt_pending(true))
		return TDX_SUCCESS;
	c->r[TDX_RCX] = op->rcx;
	c->r[TDX_RDX] = op->rdx;
	return TDX_INTERRUPTED_RESTARTABLE;
}

void mem_no_l2_pages(struct seamcall *c)
{
	if (c->version > 0)
		c->r[TDX_R9] = c->r[TDX_R10] = c->r[TDX_R11] = UINT64_MAX;
}
