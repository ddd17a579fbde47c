/* SPDX-License-Identifier: MIT */
/*
 * Exceptions and interrupts, vectors 0 to TRAP_VECTORS - 1: each builds a struct trap_frame
 * (trap.h) and calls trap().
 *
 *	low   RAX RCX RDX RBX RSP RBP RSI RDI R8 ... R15   registers in number order
 *	      vector   error code (0 where there is none)
 *	high  RIP CS RFLAGS RSP SS                         pushed by the CPU
 */
#include "shim/trap_vectors.h"

	.section .text.trap, "ax"
	.balign	TRAP_STUB_SIZE
	.globl	trap_stubs
trap_stubs:
	.set	vector, 0
	.rept	TRAP_VECTORS
	.balign	TRAP_STUB_SIZE
	.ifeq	(TRAP_ERROR_CODES >> vector) & 1
	push	$0
	.endif
	push	$vector
	jmp	trap_common
	.set	vector, vector + 1
	.endr

trap_common:
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%r11
	push	%r10
	push	%r9
	push	%r8
	push	%rdi
	push	%rsi
	push	%rbp
	push	%rsp
	push	%rbx
	push	%rdx
	push	%rcx
	push	%rax
	cld
	mov	%rsp, %rdi
	mov	%rsp, %rbx
	and	$-16, %rsp
	call	trap
	mov	%rbx, %rsp
	pop	%rax
	pop	%rcx
	pop	%rdx
	pop	%rbx
	pop	%rbp /* the slot of RSP, which IRET restores */
	pop	%rbp
	pop	%rsi
	pop	%rdi
	pop	%r8
	pop	%r9
	pop	%r10
	pop	%r11
	pop	%r12
	pop	%r13
	pop	%r14
	pop	%r15
	add	$16, %rsp
	iretq

	.section .note.GNU-stack, "", @progbits
