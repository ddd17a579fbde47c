/* SPDX-License-Identifier: MIT */
/*
 * String instructions, element by element. Registers are worked on as copies; they are committed
 * together, and after a failure only when something has been done: then the instruction is to be
 * resumed, and fails again with its registers as they are.
 */
#ifndef GUEST_VE_STRING_H
#define GUEST_VE_STRING_H

#include "guest/ve_cause.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Elements in one go, after which interrupts get a chance. */
#define TDX_VE_STRING_BATCH 64

struct tdx_ve_string {
	const struct insn *insn;
	unsigned int size;
	uint64_t base; /* of the source's segment */
	uint64_t rsi, rdi, rcx, rax;
	bool backwards;
};

/* Returns 0, or an error of tdx_ve_segment_bases(). */
int tdx_ve_string_begin(struct tdx_ve_string *s, const struct tdx_regs *regs,
			const struct insn *insn, unsigned int size);

/* Linear addresses of this element. */
uint64_t tdx_ve_string_source(const struct tdx_ve_string *s);
uint64_t tdx_ve_string_destination(const struct tdx_ve_string *s);

/* Elements that remain. */
uint64_t tdx_ve_string_count(const struct tdx_ve_string *s);

/* One element is done; which of the registers moved. */
void tdx_ve_string_next(struct tdx_ve_string *s, bool source, bool destination);

/*
 * Commits. done: elements; error: of the element behind them, or 0. Returns what the handler is to
 * return.
 */
int tdx_ve_string_end(const struct tdx_ve_string *s, struct tdx_regs *regs, unsigned int done,
		      int error);

#ifdef __cplusplus
}
#endif

#endif
