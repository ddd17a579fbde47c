/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.*: the private memory of a TD. gpa is aligned to the size of level. All can return
 *
 *	TDX_OPERAND_BUSY | SEPT_TREE, | RCX	try again
 *	TDX_EPT_WALK_FAILED | RCX		an entry above is absent, or a leaf
 *	TDX_EPT_ENTRY_STATE_INCORRECT | RCX	the entry is in a state that forbids it
 *
 * and the statuses of the TD (host/tdh_mng.h).
 */
#ifndef HOST_TDH_MEM_H
#define HOST_TDH_MEM_H

#include <stdint.h>

#include <tdx/types.h>

#include "lib/addr.h"

/* The secure EPT entry at which a walk ended. */
struct tdx_sept_entry {
	uint64_t entry; /* architectural format, tdx/types.h TDX_EPT_* */
	uint64_t info;	/* level 2:0, enum tdx_sept_public_state 15:8 */
};

static inline unsigned int tdx_sept_level(const struct tdx_sept_entry *e)
{
	return e->info & TDX_GPA_LEVEL_MASK;
}

static inline enum tdx_sept_public_state tdx_sept_state(const struct tdx_sept_entry *e)
{
	return (enum tdx_sept_public_state)(e->info >> 8 & 0xff);
}

/* Gives a page for the entries below the one of level at gpa (1 or more). */
uint64_t tdh_mem_sept_add(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa page,
			  struct tdx_sept_entry *entry);

/* Takes a page of entries, all free, back: *page. Blocked and tracked when the TD may run.
 * TDX_EPT_PAGE_NOT_FREE, TDX_GPA_RANGE_NOT_BLOCKED, TDX_TLB_TRACKING_NOT_DONE. */
uint64_t tdh_mem_sept_remove(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa *page);

/* The entry of level at gpa. */
uint64_t tdh_mem_sept_rd(struct hpa tdr, struct gpa gpa, unsigned int level,
			 struct tdx_sept_entry *entry);

/* Before TDH.MR.FINALIZE: a 4 KiB page with a copy of source, accepted. The address is measured,
 * the contents are not (tdh_mr_extend()). */
uint64_t tdh_mem_page_add(struct hpa tdr, struct gpa gpa, struct hpa page, struct hpa source,
			  struct tdx_sept_entry *entry);

/* A page of 4 KiB or 2 MiB that the TD must accept before it can use it. */
uint64_t tdh_mem_page_aug(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa page,
			  struct tdx_sept_entry *entry);

/* Splits the page of level (1), blocked and tracked, with a page for the new entries. */
uint64_t tdh_mem_page_demote(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa sept,
			     struct tdx_sept_entry *entry);

/* Takes a page back: *page is its address. Blocked and tracked when the TD may run.
 * TDX_GPA_RANGE_NOT_BLOCKED, TDX_TLB_TRACKING_NOT_DONE. */
uint64_t tdh_mem_page_remove(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa *page);

/* No new translations through this entry. TDX_GPA_RANGE_ALREADY_BLOCKED (no error). */
uint64_t tdh_mem_range_block(struct hpa tdr, struct gpa gpa, unsigned int level,
			     struct tdx_sept_entry *entry);
uint64_t tdh_mem_range_unblock(struct hpa tdr, struct gpa gpa, unsigned int level,
			       struct tdx_sept_entry *entry);

/* A new TLB epoch: VCPUs that enter from now on know nothing blocked before.
 * TDX_PREVIOUS_TLB_EPOCH_BUSY: a VCPU runs since the epoch before the last one. */
uint64_t tdh_mem_track(struct hpa tdr);

#endif
