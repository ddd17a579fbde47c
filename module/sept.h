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

/*
 * Locks. The tree's keeps pages of entries: leaves that take one away have it exclusively, all
 * other leaves of the VMM shared. A lock in each entry keeps the entry. The TD's side has no tree
 * lock: TLB tracking lets no page of entries go while a VCPU is inside that may have walked it.
 */

/* One entry, found by a walk. */
struct sept_slot {
	uint64_t *entry;
	unsigned int level; /* of the entry: what it maps, or would map */
};

/*
 * Walks to the entry of that level. False when the walk ended above it, at an entry that is not
 * NL_MAPPED; slot is then that entry.
 */
bool sept_walk(const struct tdr *tdr, struct gpa gpa, unsigned int level, struct sept_slot *slot);

enum sept_state sept_state(struct sept_slot slot);
struct hpa sept_pa(struct sept_slot slot);
/*
 * How many 4 KiB pages TDG.MEM.PAGE.ACCEPT has cleared of the large page that a PENDING entry maps.
 * Whatever else changes the entry makes it none.
 */
unsigned int sept_accepted(struct sept_slot slot);
void sept_set_accepted(struct sept_slot slot, unsigned int pages);
/* Sets state and address in one store; an entry that is locked stays so. */
void sept_set(struct sept_slot slot, enum sept_state state, struct hpa pa);

/*
 * The VMM's side: false when another has the lock; the VMM is then the first to get it. The TD's:
 * OPERAND_BUSY, or OPERAND_BUSY_HOST_PRIORITY when the lock is free but the VMM has asked first.
 */
bool sept_lock_host(struct sept_slot slot);
uint64_t sept_lock_guest(struct sept_slot slot);
void sept_unlock(struct sept_slot slot);

/* Fills a page of entries: FREE ones; or those of level, in this state, of consecutive memory. */
void sept_init_page(struct hpa page);
void sept_fill_page(struct hpa page, enum sept_state state, struct hpa first, unsigned int level);
bool sept_page_is_free(struct hpa page);
bool sept_is_leaf(enum sept_state state); /* MAPPED, BLOCKED, PENDING ... */
bool sept_is_blocked(enum sept_state state);
/* The state that blocking, or unblocking, makes of one; a state that is so already stays. */
enum sept_state sept_blocked(enum sept_state state);
enum sept_state sept_unblocked(enum sept_state state);

/* Is leaf allowed on an entry in this state? (septstate.def; leaf TDH_* or TDG accept below) */
#define SEPT_LEAF_TDG_MEM_PAGE_ACCEPT  0x100
#define SEPT_LEAF_TDG_MEM_PAGE_ATTR_RD 0x101
#define SEPT_LEAF_TDG_MEM_PAGE_ATTR_WR 0x102
bool sept_leaf_allowed(unsigned int leaf, enum sept_state state);

/* The architectural entry and the level | state << 8 word that TDH.MEM.* return in RCX and RDX. */
uint64_t sept_arch_entry(struct sept_slot slot);
uint64_t sept_arch_info(struct sept_slot slot);
enum tdx_sept_public_state sept_public_state(enum sept_state state);

/*
 * RCX of a TDH.MEM leaf: level within min..max, reserved bits, GPA private and aligned to the
 * level: OPERAND_INVALID|RCX otherwise.
 */
uint64_t sept_operand(const struct tdcs *tdcs, uint64_t rcx, unsigned int min, unsigned int max,
		      struct gpa *gpa, unsigned int *level);

#endif
