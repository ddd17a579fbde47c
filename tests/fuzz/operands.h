/* SPDX-License-Identifier: MIT */
/*
 * From the bytes of an input to registers. An operand is one byte as a rule: most values of it
 * choose something plausible of the kind that the leaf wants, some of them something odd, and 0xff
 * is followed by eight bytes that are taken as they are. Beyond its end an input is all zeroes.
 */
#ifndef TESTS_FUZZ_OPERANDS_H
#define TESTS_FUZZ_OPERANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tdx/args.h>

#include "tests/lib/invariants.h"

struct input {
	const uint8_t *next, *end;
};

uint8_t input_byte(struct input *in);
uint64_t input_word(struct input *in);
static inline bool input_ended(const struct input *in)
{
	return in->next == in->end;
}

enum operand_kind {
	OPERAND_JUNK, /* not looked at by the leaf: the same odd value always, no byte is taken */
	OPERAND_ZERO,
	OPERAND_SMALL,
	OPERAND_SIZE, /* of a buffer */
	OPERAND_VALUE,
	OPERAND_MASK,	      /* of registers that TDG.VP.VMCALL exposes */
	OPERAND_PAGE,	      /* NDA page, or block of them, according to the level of an entry */
	OPERAND_PAGE_OR_NONE, /* all ones mostly */
	OPERAND_USED,	      /* page that is not NDA */
	OPERAND_TDR,
	OPERAND_TDR_FLAG, /* with bit 0 set now and then */
	OPERAND_TDVPR,
	OPERAND_ENTRY_4K, /* GPA and level */
	OPERAND_ENTRY_2M,
	OPERAND_ENTRY_ANY,
	OPERAND_ADDRESS, /* GPA with an offset into its page, private or shared */
	OPERAND_FIELD_SYS,
	OPERAND_FIELD_TD,
	OPERAND_FIELD_VP,
	OPERAND_VMM, /* memory of the VMM */
	OPERAND_PARAMS,
	OPERAND_TDMRS,
	OPERAND_TDMR,
	OPERAND_HKID,
};

struct leaf_operands {
	uint16_t leaf, outputs; /* a bit each by register number */
	enum operand_kind kinds[4];
};

/* All operands unknown and all outputs possible where there is no row. */
const struct leaf_operands *seamcall_operands(unsigned int leaf);
const struct leaf_operands *tdcall_operands(unsigned int leaf);

/* Fills RCX, RDX, R8 and R9, and for a SEAMCALL R10 and R11. The other registers are junk. */
void operands_load(struct input *in, const struct inventory *inventory,
		   const struct leaf_operands *leaf, bool seamcall, uint64_t regs[TDX_GPR_COUNT]);
/* One operand. */
uint64_t operand_value(struct input *in, const struct inventory *inventory, enum operand_kind kind);

#endif
