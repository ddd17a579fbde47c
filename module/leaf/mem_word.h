/* SPDX-License-Identifier: MIT */
/*
 * TDH.MEM.RD and TDH.MEM.WR: eight bytes of a debug TD's private memory. TDX Module ABI, leaves of
 * these names.
 *
 *	in	RCX	GPA, 8-aligned	RDX	TDR	R8	WR: what to write
 *	out	R8	what was there	RCX RDX	the entry, when it is to blame
 *
 * Locks   TDR shared, SEPT shared, entry.
 */
#ifndef MODULE_LEAF_MEM_WORD_H
#define MODULE_LEAF_MEM_WORD_H

#include "module/leaf.h"

/* Does the access; value is R8 on entry, the result R8 on return. */
typedef uint64_t mem_word_access(uint64_t *word, uint64_t value);

/*
 * In this order: TD checks; TD_NON_DEBUG; alignment, OPERAND_BUSY|SEPT_TREE and whether the GPA is
 * private, OPERAND_INVALID|RCX; EPT_ENTRY_NOT_PRESENT|RCX unless the TD could access it;
 * OPERAND_BUSY|RCX, of the entry.
 */
uint64_t mem_word(struct seamcall *c, unsigned int leaf, mem_word_access *access);

#endif
