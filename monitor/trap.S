/* SPDX-License-Identifier: MIT */
/*
 * The monitor's own interrupt stubs, 16 bytes each. Exceptions (0-31) are bugs and end in monitor_trap(); interrupts are
 * only let in by svm_acknowledge_interrupt(): the stub notes the vector and returns with IF clear.
 */
	.section .text.trap, "ax"
	.balign	16
	.globl	trap_stubs
trap_stubs:
	.set	vector, 0
	.rept	256
	.balign	16
	pushq	$vector
	jmp	trap_common
	.set	vector, vector + 1
	.endr

/* (%rsp): vector, then error code for some exceptions, then RIP CS RFLAGS RSP SS */
trap_common:
	cmpq	$32, (%rsp)
	jb	1f
	pushq	%rax
	movq	8(%rsp), %rax
	movl	%eax, interrupt_vector(%rip)
	popq	%rax
	andq	$~0x200, 24(%rsp)	/* IF in the saved RFLAGS */
	addq	$8, %rsp
	iretq
1:	movq	%rsp, %rdi
	andq	$~15, %rsp
	call	monitor_trap
	ud2

	.section .bss
	.balign	4
	.globl	interrupt_vector
interrupt_vector:
	.skip	4
	.section .note.GNU-stack, "", @progbits
