/* SPDX-License-Identifier: MIT */
/*
 * One stub for each vector: makes the stack the same for all (an error code, the vector), and goes
 * to trap_handle() with struct trap_frame.
 */
#include "vmm/traps.h"

#define VECTORS_WITH_ERROR 0x60227d00 /* 8, 10-14, 17, 21, 29, 30 */

	.text
	.globl	trap_stubs
	.balign	TRAP_STUB_SIZE
trap_stubs:
	vector = 0
	.rept	TRAP_COUNT
	.balign	TRAP_STUB_SIZE
	has_error = 0
	.if	vector < 32
	has_error = (VECTORS_WITH_ERROR >> vector) & 1
	.endif
	.if	!has_error
	push	$0
	.endif
	push	$vector
	jmp	trap_common
	vector = vector + 1
	.endr
	.balign	TRAP_STUB_SIZE

trap_common:
	push	%rax
	push	%rcx
	push	%rdx
	push	%rbx
	push	%rbp
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	cld
	mov	%rsp, %rdi
	mov	%rsp, %rbx
	and	$-16, %rsp
	call	trap_handle
	mov	%rbx, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rbp
	pop	%rbx
	pop	%rdx
	pop	%rcx
	pop	%rax
	add	$16, %rsp
	iretq

	.section .note.GNU-stack, "", @progbits
