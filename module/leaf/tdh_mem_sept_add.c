/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.SEPT.ADD: a page of secure EPT entries. TDX Module ABI, "TDH.MEM.SEPT.ADD".
 *
 *	in	RCX	GPA and level of the entry that will point to the page
 *		RDX	TDR; version 1: bit 0 = the page may exist already
 *		R8	page to use; version 1: all-ones when the entry has its page
 *		R9 R10 R11	version 1: pages for the trees of L2 VMs, all-ones: there are none
 *	out	RCX RDX	the entry, when it is to blame
 *		R8	version 1: all-ones when used, else with bit 63 set
 *
 * Locks   TDR shared, SEPT exclusive, page exclusive.
 * Changes R8 NDA -> EPT; entry FREE -> NL_MAPPED; child count.
 */
#include "lib/bits.h"
#include "module/leaf/mem.h"

#define ALLOW_EXISTING UINT64_C(1)
#define NO_PAGE	       UINT64_MAX
#define PAGE_NOT_USED  bit(63)

static const struct mem_rules rules_v0 = {
	.leaf = TDH_MEM_SEPT_ADD,
	.min_level = TDX_LEVEL_2M,
	.max_level = TDX_LEVEL_256T,
	.td_lock = PAGE_LOCK_SHARED,
	.sept_lock = PAGE_LOCK_EXCLUSIVE,
};

static const struct mem_rules rules_v1 = {
	.leaf = TDH_MEM_SEPT_ADD,
	.min_level = TDX_LEVEL_2M,
	.max_level = TDX_LEVEL_256T,
	.flags = ALLOW_EXISTING,
	.td_lock = PAGE_LOCK_SHARED,
	.sept_lock = PAGE_LOCK_EXCLUSIVE,
};

static uint64_t add_page(struct mem_op *op, struct hpa pa)
{
	struct page_locked page;
	uint64_t status = page_lock(pa, TDX_LEVEL_4K, TDX_PAGE_NDA, PAGE_LOCK_EXCLUSIVE,
				    TDX_OPERAND_ID_R8, &page);

	if (status)
		return status;
	page_assign(&page, TDX_PAGE_EPT, op->td.page.pa);
	sept_init_page(pa);
	td_child_added(op->td.tdr, TDX_LEVEL_4K);
	sept_set(op->slot, SEPT_STATE_NL_MAPPED, pa);
	page_unlock(&page);
	return TDX_SUCCESS;
}

/* The entry has its page; that is right when the caller says so or allows it. */
static uint64_t keep_page(struct seamcall *c, const struct mem_op *op)
{
	if (c->version > 0 && c->r[TDX_R8] == NO_PAGE)
		return TDX_SUCCESS;
	if (!(op->flags & ALLOW_EXISTING))
		return mem_entry_error(
			c, op, tdx_operand(TDX_EPT_ENTRY_STATE_INCORRECT, TDX_OPERAND_ID_RCX));
	c->r[TDX_R8] |= PAGE_NOT_USED;
	return TDX_SUCCESS;
}

static uint64_t add(struct seamcall *c, struct mem_op *op)
{
	uint64_t status = mem_check_state(c, op);

	if (status)
		return status;
	if (op->state == SEPT_STATE_NL_MAPPED)
		return keep_page(c, op);
	if (c->version > 0 && c->r[TDX_R8] == NO_PAGE)
		return mem_entry_error(
			c, op, tdx_operand(TDX_EPT_ENTRY_STATE_INCORRECT, TDX_OPERAND_ID_RCX));
	status = add_page(op, hpa(c->r[TDX_R8]));
	if (!status && c->version > 0)
		c->r[TDX_R8] = NO_PAGE;
	return status;
}

static uint64_t check_l2_pages(const struct seamcall *c)
{
	for (unsigned int reg = TDX_R9; reg <= TDX_R11; reg++) {
		if (c->version > 0 && c->r[reg] != NO_PAGE)
			return tdx_operand(TDX_OPERAND_INVALID, reg);
	}
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_mem_sept_add(struct seamcall *c)
{
	struct mem_op op;
	uint64_t status = mem_begin(c, c->version > 0 ? &rules_v1 : &rules_v0, &op);

	if (status)
		return status;
	status = check_l2_pages(c);
	if (!status)
		status = add(c, &op);
	mem_end(&op);
	return status;
}
