/* SPDX-License-Identifier: MIT */
#ifndef VMM_TRAPS_H
#define VMM_TRAPS_H

#define TRAP_COUNT     256
#define TRAP_STUB_SIZE 16

#ifndef __ASSEMBLER__
#include <stdint.h>

/* What the stubs leave on the stack, lowest address first. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};

extern const uint8_t trap_stubs[]; /* TRAP_COUNT of TRAP_STUB_SIZE bytes */

void trap_handle(struct trap_frame *frame);
#endif

#endif
