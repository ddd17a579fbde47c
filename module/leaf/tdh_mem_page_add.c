/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.PAGE.ADD: a 4 KiB private page with contents, while the TD is built. TDX Module ABI,
 * "TDH.MEM.PAGE.ADD".
 *
 *	in	RCX	GPA and level (4 KiB)	RDX	TDR	R8	page to use
 *		R9	source, memory of the VMM; may be the page itself
 *	out	RCX RDX	the entry, when it is to blame
 *
 * Locks   TDR exclusive, SEPT shared, entry, page exclusive.
 * Changes R8 NDA -> REG; entry FREE -> MAPPED; child count; MRTD, by the GPA only.
 */
#include "lib/phys.h"
#include "module/leaf/mem.h"
#include "module/measure.h"
#include "module/module.h"

static const struct mem_rules rules = {
	.leaf = TDH_MEM_PAGE_ADD,
	.min_level = TDX_LEVEL_4K,
	.max_level = TDX_LEVEL_4K,
	.td_lock = PAGE_LOCK_EXCLUSIVE,
	.sept_lock = PAGE_LOCK_SHARED,
};

static void commit(struct mem_op *op, struct page_locked *page, struct hpa source)
{
	page_assign(page, TDX_PAGE_REG, op->td.page.pa);
	if (source.pa != page->pa.pa)
		vmm_read(source, phys_ptr(page->pa), PAGE_SIZE);
	td_child_added(op->td.tdr, TDX_LEVEL_4K);
	measure_page_add(op->td.tdcs, op->gpa);
	sept_set(op->slot, SEPT_STATE_MAPPED, page->pa);
	module_count(&module_counters.pages_added, 1);
}

static uint64_t add(struct seamcall *c, struct mem_op *op)
{
	struct page_locked page;
	struct hpa source;
	uint64_t status =
		vmm_operand(c->r[TDX_R9], PAGE_SIZE, PAGE_SIZE, TDX_OPERAND_ID_R9, &source);
	if (status)
		return status;
	status = page_lock(hpa(c->r[TDX_R8]), TDX_LEVEL_4K, TDX_PAGE_NDA, PAGE_LOCK_EXCLUSIVE,
			   TDX_OPERAND_ID_R8, &page);
	if (status)
		return status;
	commit(op, &page, source);
	page_unlock(&page);
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_mem_page_add(struct seamcall *c)
{
	return mem_run(c, &rules, add);
}
