/* SPDX-License-Identifier: MIT */
/* Offsets for seamcall.S. RAX, RSP and RBP are never operands and have none. */
#include <tdx/args.h>

#include "lib/offsets.h"

void host_offsets(void);

void host_offsets(void)
{
	OFFSET(TDX_ARGS_RCX, tdx_module_args, rcx);
	OFFSET(TDX_ARGS_RDX, tdx_module_args, rdx);
	OFFSET(TDX_ARGS_RBX, tdx_module_args, rbx);
	OFFSET(TDX_ARGS_RSI, tdx_module_args, rsi);
	OFFSET(TDX_ARGS_RDI, tdx_module_args, rdi);
	OFFSET(TDX_ARGS_R8, tdx_module_args, r8);
	OFFSET(TDX_ARGS_R9, tdx_module_args, r9);
	OFFSET(TDX_ARGS_R10, tdx_module_args, r10);
	OFFSET(TDX_ARGS_R11, tdx_module_args, r11);
	OFFSET(TDX_ARGS_R12, tdx_module_args, r12);
	OFFSET(TDX_ARGS_R13, tdx_module_args, r13);
	OFFSET(TDX_ARGS_R14, tdx_module_args, r14);
	OFFSET(TDX_ARGS_R15, tdx_module_args, r15);
}
