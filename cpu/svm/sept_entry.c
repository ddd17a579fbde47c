/* SPDX-License-Identifier: MIT */
/*
 * Secure EPT entries in the format of AMD's nested page tables. The CPU walks only present entries;
 * the state is in bits that it ignores, offset by one so that all-zero is no state.
 *
 *	0 present  1 writable  2 user  5 accessed  6 dirty  7 large   10:9 the module's marks
 *	51:12 address   58:52 state + 1   63 no-execute
 */
#include "cpu/backend.h"
#include "lib/bits.h"

#define PTE_PRESENT  bit(0)
#define PTE_WRITABLE bit(1)
#define PTE_USER     bit(2)
#define PTE_ACCESSED bit(5)
#define PTE_DIRTY    bit(6)
#define PTE_LARGE    bit(7)
#define PTE_MARK(n)  bit(9 + (n))
#define PTE_STATE    bit_range(58, 52)
#define STATE_SHIFT  52

uint64_t cpu_sept_encode(enum sept_state state, struct hpa pa, unsigned int level)
{
	uint64_t entry = pa.pa | (uint64_t)(state + 1) << STATE_SHIFT;

	if (state == SEPT_STATE_MAPPED || state == SEPT_STATE_NL_MAPPED)
		entry |= PTE_PRESENT | PTE_WRITABLE | PTE_USER | PTE_ACCESSED;
	if (state == SEPT_STATE_MAPPED)
		entry |= PTE_DIRTY | (level ? PTE_LARGE : 0);
	return entry;
}

uint64_t cpu_sept_mark(enum sept_mark mark)
{
	return PTE_MARK(mark);
}

enum sept_state cpu_sept_state(uint64_t entry)
{
	return (enum sept_state)(((entry & PTE_STATE) >> STATE_SHIFT) - 1);
}

struct hpa cpu_sept_pa(uint64_t entry)
{
	return hpa(entry & bit_range(51, 12));
}
