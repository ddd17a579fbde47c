/* SPDX-License-Identifier: MIT */
/*
 * A TD's first instructions, and the entry of #VE. A VCPU starts in 32-bit protected mode, without
 * paging, ESI = its number (TDX Module ABI specification, "VCPU Initial State").
 */
#define CR0_PG	 0x80000000
#define CR4_PAE	 0x20

	.section .reset, "ax" /* link.lds puts it where a TD starts */
	.code32
	.globl	reset
reset:
	jmp	start

	.text
start:
	test	%esi, %esi
	jnz	. /* this kernel uses one VCPU */
	mov	$pml4, %eax
	mov	%eax, %cr3
	mov	%cr4, %eax
	or	$CR4_PAE, %eax
	mov	%eax, %cr4
	lgdt	gdt_register
	mov	%cr0, %eax
	or	$CR0_PG, %eax /* with EFER.LME, which is set: 64-bit mode */
	mov	%eax, %cr0
	ljmp	$8, $start64

	.code64
start64:
	xor	%eax, %eax /* data segments do nothing, and IRET takes a null SS */
	mov	%eax, %ss
	lea	stack_end(%rip), %rsp
	call	hello
	ud2

/* Pushes a struct frame (td.c) below what the CPU has pushed. */
	.globl	ve_entry
ve_entry:
	push	$0 /* #VE has no error code */
	.irp	register, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rsp, rbx, rdx, rcx, rax
	push	%\register
	.endr
	cld
	mov	%rsp, %rdi
	call	handle_ve
	.irp	register, rax, rcx, rdx, rbx, rbp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	pop	%\register /* RSP's into RBP, which comes next: IRET restores RSP */
	.endr
	add	$8, %rsp
	iretq

	.data
	.balign	8
gdt:
	.quad	0
	.quad	0x00af9b000000ffff /* code: 64-bit, present, accessed */
gdt_register:
	.word	. - gdt - 1
	.long	gdt

	.bss
	.balign	16
	.skip	16384
stack_end:

	.section .note.GNU-stack, "", @progbits
