/* SPDX-License-Identifier: MIT */
/*
 * SEAMCALL over struct tdx_module_args. host/seamcall.h has the contract.
 *
 *	RDI  leaf, goes to RAX		RSI  struct tdx_module_args *	RAX  status
 *
 *	            in                           out
 *	plain       RCX RDX R8-R11               -
 *	ret         RCX RDX R8-R11               the same
 *	saved       RCX RDX RBX RSI RDI R8-R15   the same
 *
 * After TDH.VP.ENTER every register may hold what the TD put there, RBP included when the TD was
 * made without NO_RBP_MOD: it goes to memory, callee-saved registers come back from the stack, and
 * the others are cleared before anything can use them speculatively.
 */
#include <tdx/status.h>

#include "host/offsets.h"

#define SEAMCALL .byte 0x66, 0x0f, 0x01, 0xcf

	.macro TDX_MODULE_CALL name:req, ret=0, saved=0
	.globl	\name
	.type	\name, @function
\name:
	.if \saved
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rsi
	.endif
	mov	%rdi, %rax
	mov	TDX_ARGS_RCX(%rsi), %rcx
	mov	TDX_ARGS_RDX(%rsi), %rdx
	mov	TDX_ARGS_R8(%rsi), %r8
	mov	TDX_ARGS_R9(%rsi), %r9
	mov	TDX_ARGS_R10(%rsi), %r10
	mov	TDX_ARGS_R11(%rsi), %r11
	.if \saved
	mov	TDX_ARGS_RBX(%rsi), %rbx
	mov	TDX_ARGS_RDI(%rsi), %rdi
	mov	TDX_ARGS_R12(%rsi), %r12
	mov	TDX_ARGS_R13(%rsi), %r13
	mov	TDX_ARGS_R14(%rsi), %r14
	mov	TDX_ARGS_R15(%rsi), %r15
	mov	TDX_ARGS_RSI(%rsi), %rsi
	.endif
.Lcall\@:
	SEAMCALL
	jc	.Lfailed\@
.Ldone\@:
	.if \saved
	/* No register is free: RSI and then the pointer change places on the stack. */
	push	%rsi
	mov	8(%rsp), %rsi
	mov	%rbx, TDX_ARGS_RBX(%rsi)
	mov	%rdi, TDX_ARGS_RDI(%rsi)
	mov	%r12, TDX_ARGS_R12(%rsi)
	mov	%r13, TDX_ARGS_R13(%rsi)
	mov	%r14, TDX_ARGS_R14(%rsi)
	mov	%r15, TDX_ARGS_R15(%rsi)
	pop	%rdi
	mov	%rdi, TDX_ARGS_RSI(%rsi)
	.endif
	.if \ret
	mov	%rcx, TDX_ARGS_RCX(%rsi)
	mov	%rdx, TDX_ARGS_RDX(%rsi)
	mov	%r8, TDX_ARGS_R8(%rsi)
	mov	%r9, TDX_ARGS_R9(%rsi)
	mov	%r10, TDX_ARGS_R10(%rsi)
	mov	%r11, TDX_ARGS_R11(%rsi)
	.endif
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	.if \saved
	xor	%edi, %edi
	pop	%rsi
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	.endif
	ret
.Lfailed\@:
	movabs	$TDX_SEAMCALL_VMFAILINVALID, %rax
	jmp	.Ldone\@
.Ltrap\@:	/* RAX is the vector: TDX_SEAMCALL_UD and _GP are TDX_SW_ERROR with it */
	push	%rdi
	movabs	$TDX_SW_ERROR, %rdi
	or	%rdi, %rax
	pop	%rdi
	jmp	.Ldone\@
	.size	\name, . - \name

	.pushsection .tdx_extable, "a", @progbits
	.long	.Lcall\@ - .
	.long	.Ltrap\@ - .
	.popsection
	.endm

	.text
	TDX_MODULE_CALL __seamcall
	TDX_MODULE_CALL __seamcall_ret, ret=1
	TDX_MODULE_CALL __seamcall_saved_ret, ret=1, saved=1

	.section .note.GNU-stack, "", @progbits
