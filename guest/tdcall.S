/* SPDX-License-Identifier: MIT */
/* TDCALL; guest/tdcall.h has the contract, lib/module_call.inc the code. */
#include "lib/module_call.inc"

	.text
	TDX_MODULE_CALL __tdcall, host=0
	TDX_MODULE_CALL __tdcall_ret, host=0, ret=1
	TDX_MODULE_CALL __tdcall_saved_ret, host=0, ret=1, saved=1
	TDX_MODULE_CALL __tdcall_regs, host=0, regs=1
	TDX_MODULE_CALL __tdvmcall_regs, host=0, regs=1, saved=1
	TDX_MODULE_CALL __tdvmcall_regs_ret, host=0, regs=1, saved=1, ret=1

	.section .note.GNU-stack, "", @progbits
