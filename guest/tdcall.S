/* SPDX-License-Identifier: MIT */
/*
 * TDCALL over struct tdx_module_args. guest/tdcall.h has the contract.
 *
 *	RDI  leaf, goes to RAX		RSI  struct tdx_module_args *	RAX  status
 *
 *	            in                           out             scrubbed afterwards
 *	plain       RCX RDX R8-R11               -               -
 *	ret         RCX RDX R8-R11               the same        -
 *	saved       RCX RDX RBX RSI RDI R8-R15   the same        RCX RDX RSI RDI R8-R11
 *	standard    R10-R15 (RCX = 0xfc00)       R10-R15         R10 R11
 *
 * Only TDG.VP.VMCALL lets the VMM write registers, those of its mask. The last two variants serve
 * it: what the VMM wrote goes to memory and leaves the registers before anything can use it
 * speculatively. Callee-saved registers come back from the stack.
 */
#include "guest/offsets.h"

#define TDCALL .byte 0x66, 0x0f, 0x01, 0xcc

	.macro TDX_MODULE_CALL name:req, ret=0, saved=0
	.globl	\name
	.type	\name, @function
\name:
	.if \saved
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rsi
	.endif
	mov	%rdi, %rax
	mov	ARGS_RCX(%rsi), %rcx
	mov	ARGS_RDX(%rsi), %rdx
	mov	ARGS_R8(%rsi), %r8
	mov	ARGS_R9(%rsi), %r9
	mov	ARGS_R10(%rsi), %r10
	mov	ARGS_R11(%rsi), %r11
	.if \saved
	mov	ARGS_RBX(%rsi), %rbx
	mov	ARGS_RDI(%rsi), %rdi
	mov	ARGS_R12(%rsi), %r12
	mov	ARGS_R13(%rsi), %r13
	mov	ARGS_R14(%rsi), %r14
	mov	ARGS_R15(%rsi), %r15
	mov	ARGS_RSI(%rsi), %rsi
	.endif
	TDCALL
	.if \saved
	/* No register is free: RSI and then the pointer change places on the stack. */
	push	%rsi
	mov	8(%rsp), %rsi
	mov	%rbx, ARGS_RBX(%rsi)
	mov	%rdi, ARGS_RDI(%rsi)
	mov	%r12, ARGS_R12(%rsi)
	mov	%r13, ARGS_R13(%rsi)
	mov	%r14, ARGS_R14(%rsi)
	mov	%r15, ARGS_R15(%rsi)
	pop	%rdi
	mov	%rdi, ARGS_RSI(%rsi)
	.endif
	.if \ret
	mov	%rcx, ARGS_RCX(%rsi)
	mov	%rdx, ARGS_RDX(%rsi)
	mov	%r8, ARGS_R8(%rsi)
	mov	%r9, ARGS_R9(%rsi)
	mov	%r10, ARGS_R10(%rsi)
	mov	%r11, ARGS_R11(%rsi)
	.endif
	.if \saved
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%rsi
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	.endif
	ret
	.size	\name, . - \name
	.endm

	.text
	TDX_MODULE_CALL __tdcall
	TDX_MODULE_CALL __tdcall_ret, ret=1
	TDX_MODULE_CALL __tdcall_saved_ret, ret=1, saved=1

/* uint64_t __tdcall_standard(struct tdx_module_args *args): TDG.VP.VMCALL with mask 0xfc00. */
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
