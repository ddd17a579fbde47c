/* SPDX-License-Identifier: MIT */
/* SEAMCALL; host/seamcall.h has the contract, lib/module_call.inc the code. */
#include "lib/module_call.inc"

	.text
	TDX_MODULE_CALL __seamcall, host=1
	TDX_MODULE_CALL __seamcall_ret, host=1, ret=1
	TDX_MODULE_CALL __seamcall_saved_ret, host=1, ret=1, saved=1

	.section .note.GNU-stack, "", @progbits
