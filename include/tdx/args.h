/* SPDX-License-Identifier: MIT */
/*
 * The registers of one SEAMCALL or TDCALL, in x86 register-index order, so that a VMM's own array
 * of guest registers is passed to TDH.VP.ENTER by a cast and nothing is copied.
 *
 * RAX holds the leaf and the status and travels as argument and return value; RSP and RBP are never
 * operands. Their members keep the order only and have no offset that assembly can name.
 */
#ifndef TDX_ARGS_H
#define TDX_ARGS_H

#include <stdint.h>

struct tdx_module_args {
	uint64_t rax_unused;
	uint64_t rcx;
	uint64_t rdx;
	uint64_t rbx;
	uint64_t rsp_unused;
	uint64_t rbp_unused;
	uint64_t rsi;
	uint64_t rdi;
	uint64_t r8;
	uint64_t r9;
	uint64_t r10;
	uint64_t r11;
	uint64_t r12;
	uint64_t r13;
	uint64_t r14;
	uint64_t r15;
};

/* Register numbers, as in operand ids and in the mask of TDG.VP.VMCALL. */
enum tdx_gpr {
	TDX_RAX,
	TDX_RCX,
	TDX_RDX,
	TDX_RBX,
	TDX_RSP,
	TDX_RBP,
	TDX_RSI,
	TDX_RDI,
	TDX_R8,
	TDX_R9,
	TDX_R10,
	TDX_R11,
	TDX_R12,
	TDX_R13,
	TDX_R14,
	TDX_R15,
	TDX_GPR_COUNT,
};

#endif
