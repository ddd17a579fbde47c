/* SPDX-License-Identifier: MIT */
/* Offsets of struct tdx_module_args for lib/module_call.inc. RAX, RSP and RBP have none: a misuse
 * does not build (tests/libraries/offsets.sh). */
#include <tdx/args.h>

#include "lib/define_offset.h"

void args_offsets(void);

void args_offsets(void)
{
	OFFSET(ARGS_RCX, tdx_module_args, rcx);
	OFFSET(ARGS_RDX, tdx_module_args, rdx);
	OFFSET(ARGS_RBX, tdx_module_args, rbx);
	OFFSET(ARGS_RSI, tdx_module_args, rsi);
	OFFSET(ARGS_RDI, tdx_module_args, rdi);
	OFFSET(ARGS_R8, tdx_module_args, r8);
	OFFSET(ARGS_R9, tdx_module_args, r9);
	OFFSET(ARGS_R10, tdx_module_args, r10);
	OFFSET(ARGS_R11, tdx_module_args, r11);
	OFFSET(ARGS_R12, tdx_module_args, r12);
	OFFSET(ARGS_R13, tdx_module_args, r13);
	OFFSET(ARGS_R14, tdx_module_args, r14);
	OFFSET(ARGS_R15, tdx_module_args, r15);
}
