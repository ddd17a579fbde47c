/* SPDX-License-Identifier: MIT */
/*
 * What the TDH.MEM leaves that act on one entry of the secure EPT have in common. RCX is level and
 * GPA, RDX the TDR with the leaf's flags in its low bits. On errors about an entry RCX and RDX tell
 * about it; on all other outcomes they are zero unless the leaf says otherwise.
 */
#ifndef MODULE_LEAF_MEM_H
#define MODULE_LEAF_MEM_H

#include "module/leaf.h"
#include "module/sept.h"

struct mem_rules {
	unsigned int leaf; /* TDH_* */
	unsigned int min_level, max_level;
	uint64_t flags;	      /* bits of RDX that are not the TDR's */
	uint64_t debug_flags; /* those of them that only a debug TD allows */
	uint64_t if_blocked;  /* status of a blocked entry where another is not the leaf's; or 0 */
	enum page_lock td_lock, sept_lock;
};

/* The operands of one call: TD, SEPT tree and entry locked. */
struct mem_op {
	const struct mem_rules *rules;
	struct td_locked td;
	struct gpa gpa;
	unsigned int level;
	uint64_t flags;
	uint64_t rcx, rdx; /* as they came */
	struct sept_slot slot;
	enum sept_state state; /* of slot */
};

/* The part of a leaf that is its own: its further checks, and the change. */
typedef uint64_t mem_body(struct seamcall *c, struct mem_op *op);

/*
 * A leaf, by its rules. In this order: TD checks; flags may only be rules->flags (else the TDR is
 * misaligned), rules->debug_flags need a debug TD: OPERAND_INVALID|RDX; RCX;
 * OPERAND_BUSY|SEPT_TREE; EPT_WALK_FAILED|RCX; OPERAND_BUSY|RCX, of the entry;
 * EPT_ENTRY_STATE_INCORRECT|RCX unless the leaf may act on the entry's state (septstate.def); the
 * body.
 */
uint64_t mem_run(struct seamcall *c, const struct mem_rules *rules, mem_body *body);

/* A status about the entry: fills RCX and RDX. */
uint64_t mem_entry_error(struct seamcall *c, const struct mem_op *op, uint64_t status);
/* EPT_ENTRY_STATE_INCORRECT|RCX */
uint64_t mem_state_error(struct seamcall *c, const struct mem_op *op);
/* The PAMT entry of what the entry maps or points to. */
struct pamt_entry *mem_target(const struct mem_op *op);
/*
 * Where TLB tracking is required: is the entry blocked (GPA_RANGE_NOT_BLOCKED|RCX), and is what it
 * maps out of every TLB (TLB_TRACKING_NOT_DONE with operand)?
 */
uint64_t mem_check_tracked(struct seamcall *c, const struct mem_op *op, uint32_t operand);
/*
 * For a leaf that takes away what the entry maps or points to: locks that page, exclusively
 * (OPERAND_BUSY|RCX), then mem_check_tracked().
 */
uint64_t mem_lock_target(struct seamcall *c, const struct mem_op *op, struct page_locked *page);
/* Gives it, which no entry names any more, back to the VMM; RCX tells which it was. */
void mem_return_target(struct seamcall *c, const struct mem_op *op, struct page_locked *page);

/* INTERRUPTED_RESTARTABLE, with RCX and RDX as they were, when the VMM has an interrupt to take:
 * the last check of a leaf that is long. */
uint64_t mem_check_interrupt(struct seamcall *c, const struct mem_op *op);

/* Version 1 of a leaf that returns pages of entries, those of L2 VMs in R9 to R11: of a TD without
 * L2 VMs all-ones, whatever the leaf's outcome. */
void mem_no_l2_pages(struct seamcall *c);

#endif
