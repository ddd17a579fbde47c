/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.*: the private memory of a TD. gpa is private and aligned to the size of level (4 KiB
 * where there is none), tdr the TD's root page. All can return
 *
 *	TDX_OPERAND_BUSY | SEPT_TREE, | RCX	try again
 *	TDX_EPT_WALK_FAILED | RCX		an entry above is absent, or a leaf
 *	TDX_EPT_ENTRY_STATE_INCORRECT | RCX	the entry is in a state that forbids it
 *
 * and the statuses of the TD (host/tdh_mng.h): the first is a race with the TD or another logical
 * processor, the others the caller's. *entry is the one at which the walk ended, 0 where it did
 * not begin. Leaf 42, TDH.MEM.SEPT.WR, has no wrapper: no module has it, its operands were never
 * said.
 */
#ifndef HOST_TDH_MEM_H
#define HOST_TDH_MEM_H

#include <stdbool.h>
#include <stdint.h>

#include <tdx/types.h>

#include "lib/addr_types.h"

#ifdef __cplusplus
extern "C" {
#endif

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

/*
 * The pages of secure EPT entries of a TD with nested VMs: [0] the TD's own, [1] to [3] of its VMs.
 * An address, or TDX_NO_PAGE. A page that was given but not taken comes back with
 * TDX_PAGE_NOT_USED.
 */
#define TDX_NO_PAGE	  UINT64_MAX
#define TDX_PAGE_NOT_USED (UINT64_C(1) << 63)

struct tdx_sept_pages {
	uint64_t page[4];
};

/* Gives a page for the entries below the one of level at gpa (1 or more). */
uint64_t tdh_mem_sept_add(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa page,
			  struct tdx_sept_entry *entry);

/* Version 1: for the TD ([0], none if it exists already and allow_existing is set) and its VMs at
 * once. TDX_INTERRUPTED_RESUMABLE: call again with the same. TDX_L2_SEPT_WALK_FAILED,
 * TDX_L2_SEPT_ENTRY_NOT_FREE. */
uint64_t tdh_mem_sept_add_l2(struct hpa tdr, struct gpa gpa, unsigned int level,
			     bool allow_existing, struct tdx_sept_pages *pages,
			     struct tdx_sept_entry *entry);

/* Takes a page of entries, all free, back: *page, 0 after an error. Blocked and tracked when the TD
 * may run. TDX_EPT_PAGE_NOT_FREE, TDX_GPA_RANGE_NOT_BLOCKED, TDX_TLB_TRACKING_NOT_DONE. Version 1:
 * those of the TD's VMs, too. */
uint64_t tdh_mem_sept_remove(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa *page);
uint64_t tdh_mem_sept_remove_l2(struct hpa tdr, struct gpa gpa, unsigned int level,
				struct tdx_sept_pages *pages);

/* The entry of level at gpa. The second form gives the attributes that nested VMs have there as
 * well, of a debuggable TD. */
uint64_t tdh_mem_sept_rd(struct hpa tdr, struct gpa gpa, unsigned int level,
			 struct tdx_sept_entry *entry);
uint64_t tdh_mem_sept_rd_l2(struct hpa tdr, struct gpa gpa, unsigned int level,
			    struct tdx_sept_entry *entry, uint64_t *attributes);

/* Before TDH.MR.FINALIZE: a 4 KiB page with a copy of source, accepted. The address is measured,
 * the contents are not (tdh_mr_extend()). */
uint64_t tdh_mem_page_add(struct hpa tdr, struct gpa gpa, struct hpa page, struct hpa source,
			  struct tdx_sept_entry *entry);

/* A page of 4 KiB or 2 MiB that the TD must accept before it can use it. */
uint64_t tdh_mem_page_aug(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa page,
			  struct tdx_sept_entry *entry);

/*
 * Splits the page of level (1 or 2), blocked and tracked, with a page for the new entries; for a TD
 * with nested VMs with theirs ([1] to [3] of *pages), or, with sparse, with those that there are.
 * TDX_INTERRUPTED_RESTARTABLE: call again. TDX_GPA_RANGE_NOT_BLOCKED, TDX_TLB_TRACKING_NOT_DONE,
 * TDX_L2_SEPT_PAGE_NOT_PROVIDED.
 */
uint64_t tdh_mem_page_demote(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa sept,
			     struct tdx_sept_entry *entry);
uint64_t tdh_mem_page_demote_l2(struct hpa tdr, struct gpa gpa, unsigned int level, bool sparse,
				struct tdx_sept_pages *pages, struct tdx_sept_entry *entry);

/*
 * Merges 512 pages to one of level (1 or 2): the entry above them blocked and tracked, all of them
 * accepted or none, contiguous. *sept: the page of entries that came free, 0 after an error; in
 * version 1 [0], with those of the TD's VMs. TDX_EPT_INVALID_PROMOTE_CONDITIONS,
 * TDX_INTERRUPTED_RESTARTABLE (call again), TDX_GPA_RANGE_NOT_BLOCKED, TDX_TLB_TRACKING_NOT_DONE.
 */
uint64_t tdh_mem_page_promote(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa *sept);
uint64_t tdh_mem_page_promote_l2(struct hpa tdr, struct gpa gpa, unsigned int level,
				 struct tdx_sept_pages *pages);

/* Moves a 4 KiB page, blocked and tracked, to another page and unblocks it; *old: where it was, 0
 * after an error. TDX_OPERAND_INVALID | R8: it is there already. */
uint64_t tdh_mem_page_relocate(struct hpa tdr, struct gpa gpa, struct hpa page, struct hpa *old);

/* Takes a page back: *page is its address, 0 after an error. Blocked and tracked when the TD may
 * run. TDX_GPA_RANGE_NOT_BLOCKED, TDX_TLB_TRACKING_NOT_DONE. */
uint64_t tdh_mem_page_remove(struct hpa tdr, struct gpa gpa, unsigned int level, struct hpa *page);

/* Eight bytes of the private memory of a debuggable TD; gpa 8-byte aligned. *old: before the
 * write. TDX_TD_NON_DEBUG, TDX_EPT_ENTRY_NOT_PRESENT. */
uint64_t tdh_mem_rd(struct hpa tdr, struct gpa gpa, uint64_t *value);
uint64_t tdh_mem_wr(struct hpa tdr, struct gpa gpa, uint64_t value, uint64_t *old);

/* No new translations through this entry (TDX_GPA_RANGE_ALREADY_BLOCKED, no error), or again.
 * TDX_TLB_TRACKING_NOT_DONE from unblock. */
uint64_t tdh_mem_range_block(struct hpa tdr, struct gpa gpa, unsigned int level,
			     struct tdx_sept_entry *entry);
uint64_t tdh_mem_range_unblock(struct hpa tdr, struct gpa gpa, unsigned int level,
			       struct tdx_sept_entry *entry);

/* A new TLB epoch: VCPUs that enter from now on know nothing blocked before.
 * TDX_PREVIOUS_TLB_EPOCH_BUSY: a VCPU runs since the epoch before the last one. */
uint64_t tdh_mem_track(struct hpa tdr);

#ifdef __cplusplus
}
#endif

#endif
