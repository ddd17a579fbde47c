/* SPDX-License-Identifier: MIT */
/*
 * TDH.MR.EXTEND: measures 256 bytes of a page that was added. TDX Module ABI, "TDH.MR.EXTEND".
 *
 *	in	RCX	GPA, 256-aligned	RDX	TDR
 *	out	RCX RDX	the entry, when it is to blame
 *
 * Locks   TDR exclusive, which keeps everybody out of the secure EPT as well.
 * Changes MRTD, by GPA and contents.
 */
#include "module/leaf.h"
#include "module/measure.h"
#include "module/sept.h"

static uint64_t entry_error(struct seamcall *c, struct sept_slot slot, uint64_t status)
{
	c->r[TDX_RCX] = sept_arch_entry(slot);
	c->r[TDX_RDX] = sept_arch_info(slot);
	return status;
}

/* Down to the leaf, whatever its size. */
static uint64_t extend_mapped(struct seamcall *c, const struct td_locked *td, struct gpa gpa)
{
	struct sept_slot slot;
	uint64_t offset;

	if (!sept_walk(td->tdr, gpa, TDX_LEVEL_4K, &slot) && !sept_is_leaf(sept_state(slot)))
		return entry_error(c, slot,
				   tdx_operand(TDX_EPT_ENTRY_NOT_PRESENT, TDX_OPERAND_ID_RCX));
	if (!sept_leaf_allowed(TDH_MR_EXTEND, sept_state(slot)))
		return entry_error(c, slot, TDX_EPT_ENTRY_NOT_PRESENT);
	offset = gpa.pa & (level_size(slot.level) - 1);
	measure_extend(td->tdcs, gpa, phys_ptr(hpa_add(sept_pa(slot), offset)));
	return TDX_SUCCESS;
}

static uint64_t extend(struct seamcall *c, const struct td_locked *td, struct gpa gpa)
{
	if (!is_aligned(gpa.pa, MEASURE_CHUNK) || !td_gpa_is_private(td->tdcs, gpa))
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RCX);
	return extend_mapped(c, td, gpa);
}

uint64_t leaf_tdh_mr_extend(struct seamcall *c)
{
	struct td_locked td;
	struct gpa where = gpa(c->r[TDX_RCX]);
	uint64_t status = td_lock_for_leaf(hpa(c->r[TDX_RDX]), TDX_OPERAND_ID_RDX,
					   PAGE_LOCK_EXCLUSIVE, TDH_MR_EXTEND, &td);

	c->r[TDX_RCX] = c->r[TDX_RDX] = 0;
	if (status)
		return status;
	status = extend(c, &td, where);
	td_unlock(&td);
	return status;
}
