/* SPDX-License-Identifier: MIT */
/*
 * The only crossing between the monitor and the worlds below it.
 *
 * The monitor runs with GIF = 0 and IF = 1: no interrupt reaches it, and while a guest runs (VMRUN sets GIF) a physical
 * interrupt ends the run whatever the guest's own flag.
 *
 *	gpr[]:	RAX 0  RCX 8  RDX 16  RBX 24  RSP 32  RBP 40  RSI 48  RDI 56  R8 64 ... R15 120
 *	RAX and RSP travel in the VMCB.
 */
	.section .text.svm_vmrun, "ax"

/* void svm_vmrun(rdi: VMCB, rsi: gpr, rdx: VMCB of the monitor's own VMLOAD state) */
	.globl	svm_vmrun
	.type	svm_vmrun, @function
svm_vmrun:
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdx
	push	%rsi
	mov	%rdi, %rax
	mov	8(%rsi), %rcx
	mov	16(%rsi), %rdx
	mov	24(%rsi), %rbx
	mov	40(%rsi), %rbp
	mov	56(%rsi), %rdi
	mov	64(%rsi), %r8
	mov	72(%rsi), %r9
	mov	80(%rsi), %r10
	mov	88(%rsi), %r11
	mov	96(%rsi), %r12
	mov	104(%rsi), %r13
	mov	112(%rsi), %r14
	mov	120(%rsi), %r15
	mov	48(%rsi), %rsi
	vmload	%rax
	vmrun	%rax
	vmsave	%rax
	pop	%rax
	mov	%rcx, 8(%rax)
	mov	%rdx, 16(%rax)
	mov	%rbx, 24(%rax)
	mov	%rbp, 40(%rax)
	mov	%rsi, 48(%rax)
	mov	%rdi, 56(%rax)
	mov	%r8, 64(%rax)
	mov	%r9, 72(%rax)
	mov	%r10, 80(%rax)
	mov	%r11, 88(%rax)
	mov	%r12, 96(%rax)
	mov	%r13, 104(%rax)
	mov	%r14, 112(%rax)
	mov	%r15, 120(%rax)
	pop	%rax
	vmload	%rax
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret
	.size	svm_vmrun, . - svm_vmrun

/*
 * int svm_acknowledge_interrupt(void): STGI lets the pending interrupt in; its stub (monitor/trap.S) puts the vector
 * into interrupt_vector and clears IF in its own return frame, so that no second one follows. PAUSE is where an
 * emulator looks for interrupts at the latest.
 */
	.section .text.svm_acknowledge_interrupt, "ax"
	.globl	svm_acknowledge_interrupt
	.type	svm_acknowledge_interrupt, @function
svm_acknowledge_interrupt:
	movl	$-1, interrupt_vector(%rip)
	stgi
	pause
	clgi
	sti
	mov	interrupt_vector(%rip), %eax
	ret
	.size	svm_acknowledge_interrupt, . - svm_acknowledge_interrupt
	.section .note.GNU-stack, "", @progbits
