/* SPDX-License-Identifier: MIT */
/*
 * The secure EPT: from private GPA to page. TDX Module ABI, "Secure EPT". Entries are in the back
 * end's encoding (cpu/backend.h), their states in enum sept_state; which leaf may act on which
 * state is a matrix, septstate.def.
 */
#ifndef MODULE_SEPT_H
#define MODULE_SEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/backend.h"
#include "module/td.h"

/* One entry, found by a walk. */
struct sept_slot {
	uint64_t *entry;
	unsigned int level; /* of the entry: what it maps, or would map */
};

/*
 * Walks to the entry of that level. False when the walk ended above it, at an entry that is not
 * NL_MAPPED; slot is then that entry. The caller holds the SEPT lock.
 */
bool sept_walk(const struct tdr *tdr, struct gpa gpa, unsigned int level, struct sept_slot *slot);

enum sept_state sept_state(struct sept_slot slot);
struct hpa sept_pa(struct sept_slot slot);
/* Sets state and address in one store. */
void sept_set(struct sept_slot slot, enum sept_state state, struct hpa pa);
/* Fills a page of entries with FREE ones. */
void sept_init_page(struct hpa page);
bool sept_page_is_free(struct hpa page);
bool sept_is_leaf(enum sept_state state); /* MAPPED, BLOCKED, PENDING ... */
bool sept_is_blocked(enum sept_state state);
/* The state that blocking, or unblocking, makes of one; a state that is so already stays. */
enum sept_state sept_blocked(enum sept_state state);
enum sept_state sept_unblocked(enum sept_state state);

/* Is leaf allowed on an entry in this state? (septstate.def; leaf TDH_* or TDG accept below) */
#define SEPT_LEAF_TDG_MEM_PAGE_ACCEPT 0x100
bool sept_leaf_allowed(unsigned int leaf, enum sept_state state);

/* The architectural entry and the level | state << 8 word that TDH.MEM.* return in RCX and RDX. */
uint64_t sept_arch_entry(struct sept_slot slot);
uint64_t sept_arch_info(struct sept_slot slot);

/*
 * RCX of a TDH.MEM leaf: level within min..max, reserved bits, GPA private and aligned to the
 * level: OPERAND_INVALID|RCX otherwise.
 */
uint64_t sept_operand(const struct tdcs *tdcs, uint64_t rcx, unsigned int min, unsigned int max,
		      struct gpa *gpa, unsigned int *level);

#endif
