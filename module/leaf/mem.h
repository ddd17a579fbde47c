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
	uint64_t flags; /* bits of RDX that are not the TDR's */
	enum page_lock td_lock, sept_lock;
};

/* The operands of one call, TD and SEPT tree locked. */
struct mem_op {
	const struct mem_rules *rules;
	struct td_locked td;
	struct gpa gpa;
	unsigned int level;
	uint64_t flags;
	struct sept_slot slot;
	enum sept_state state; /* of slot */
};

/*
 * In this order: TD checks; flags may only be rules->flags (else the TDR is misaligned); RCX;
 * OPERAND_BUSY|SEPT_TREE; EPT_WALK_FAILED|RCX. Nothing stays locked on failure.
 */
uint64_t mem_begin(struct seamcall *c, const struct mem_rules *rules, struct mem_op *op);
void mem_end(struct mem_op *op);

/* A status about the entry: fills RCX and RDX. */
uint64_t mem_entry_error(struct seamcall *c, const struct mem_op *op, uint64_t status);
/* EPT_ENTRY_STATE_INCORRECT|RCX unless the leaf may act on the entry's state (septstate.def). */
uint64_t mem_check_state(struct seamcall *c, const struct mem_op *op);
/*
 * Where TLB tracking is required: is the entry blocked (GPA_RANGE_NOT_BLOCKED|RCX), and is what it
 * maps out of every TLB (TLB_TRACKING_NOT_DONE with operand)?
 */
uint64_t mem_check_tracked(struct seamcall *c, const struct mem_op *op, uint32_t operand);
/* The PAMT entry of what the entry maps or points to. */
struct pamt_entry *mem_target(const struct mem_op *op);

#endif
