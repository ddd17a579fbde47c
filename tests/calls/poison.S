/* SPDX-License-Identifier: MIT */
/* A call with poison in every register and on the stack below; tests/calls/trap.h has the contract. */

#define BYTES	4096
#define PATTERN 0xdeadbeef000000ff

	.text
	.globl	poison_stack
	.type	poison_stack, @function
poison_stack:
	movabs	$PATTERN, %rax
	mov	$BYTES / 8, %ecx
	lea	-BYTES(%rsp), %rdi
	rep stosq
	ret
	.size	poison_stack, . - poison_stack

/* RAX RCX RDX RBX RSP RBP RSI RDI R8-R15, as in struct tdx_module_args. */
	.globl	poison_call
	.type	poison_call, @function
poison_call:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rdi, current(%rip)
	mov	%rdi, %rdx
	call	poison_stack
	mov	%rdx, %rdi
	mov	256(%rdi), %rax
	mov	%rax, function(%rip)
	mov	0(%rdi), %rax
	mov	8(%rdi), %rcx
	mov	16(%rdi), %rdx
	mov	24(%rdi), %rbx
	mov	40(%rdi), %rbp
	mov	48(%rdi), %rsi
	mov	64(%rdi), %r8
	mov	72(%rdi), %r9
	mov	80(%rdi), %r10
	mov	88(%rdi), %r11
	mov	96(%rdi), %r12
	mov	104(%rdi), %r13
	mov	112(%rdi), %r14
	mov	120(%rdi), %r15
	mov	56(%rdi), %rdi
	call	*function(%rip)
	push	%rdi
	mov	current(%rip), %rdi
	mov	%rax, 128(%rdi)
	mov	%rcx, 136(%rdi)
	mov	%rdx, 144(%rdi)
	mov	%rbx, 152(%rdi)
	mov	%rbp, 168(%rdi)
	mov	%rsi, 176(%rdi)
	mov	%r8, 192(%rdi)
	mov	%r9, 200(%rdi)
	mov	%r10, 208(%rdi)
	mov	%r11, 216(%rdi)
	mov	%r12, 224(%rdi)
	mov	%r13, 232(%rdi)
	mov	%r14, 240(%rdi)
	mov	%r15, 248(%rdi)
	pop	%rax
	mov	%rax, 184(%rdi)
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.size	poison_call, . - poison_call

	.bss
	.align	8
current:
	.zero	8
function:
	.zero	8

	.section .note.GNU-stack, "", @progbits
