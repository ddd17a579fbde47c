/* SPDX-License-Identifier: MIT */
/* TDCALL; guest/tdcall.h has the contract, lib/module_call.inc the code of all but the last. */
#include "lib/module_call.inc"

	.text
	TDX_MODULE_CALL __tdcall, host=0
	TDX_MODULE_CALL __tdcall_ret, host=0, ret=1
	TDX_MODULE_CALL __tdcall_saved_ret, host=0, ret=1, saved=1

/* uint64_t __tdcall_standard(struct tdx_module_args *args): TDG.VP.VMCALL with mask 0xfc00: the VMM may
 * have written R10-R15 and nothing else. */
	.globl	__tdcall_standard
	.type	__tdcall_standard, @function
__tdcall_standard:
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	xor	%eax, %eax
	mov	$0xfc00, %ecx
	mov	ARGS_R10(%rdi), %r10
	mov	ARGS_R11(%rdi), %r11
	mov	ARGS_R12(%rdi), %r12
	mov	ARGS_R13(%rdi), %r13
	mov	ARGS_R14(%rdi), %r14
	mov	ARGS_R15(%rdi), %r15
	TDCALL
	mov	%r10, ARGS_R10(%rdi)
	mov	%r11, ARGS_R11(%rdi)
	mov	%r12, ARGS_R12(%rdi)
	mov	%r13, ARGS_R13(%rdi)
	mov	%r14, ARGS_R14(%rdi)
	mov	%r15, ARGS_R15(%rdi)
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	ret
	.size	__tdcall_standard, . - __tdcall_standard

	.section .note.GNU-stack, "", @progbits
