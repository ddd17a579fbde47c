/* SPDX-License-Identifier: MIT */
/* What instructions compute, with flags. Intel SDM volume 2, each instruction's "Operation". */
#ifndef GUEST_ARITHMETIC_H
#define GUEST_ARITHMETIC_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/insn.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Values of `size` bytes (1, 2, 4, 8), upper bits 0. In: memory, reg, accumulator, rflags. Out: the
 * same after the instruction, and which of them it writes; rflags keeps all bits but the arithmetic
 * ones. Flags that the manual leaves undefined are as processors have them: AF is 0 after logic,
 * BT and its like write CF only.
 */
struct tdx_operands {
	uint64_t memory, reg, accumulator, rflags;
	bool writes_memory, writes_reg, writes_accumulator;
};

/* operation: INSN_ADD to INSN_CMPXCHG. to_register: INSN_ACCESS_TO_REGISTER. */
void tdx_compute(enum insn_operation operation, unsigned int size, bool to_register,
		 struct tdx_operands *o);

#ifdef __cplusplus
}
#endif

#endif
