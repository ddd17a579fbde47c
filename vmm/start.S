/* SPDX-License-Identifier: MIT */
/*
 * From the monitor (lib/handoff.h: RDI = struct vmm_boot, 64-bit mode, interrupts off, page tables
 * set up) to C, with a GDT and a stack of the VMM's own.
 */
#define CODE_SELECTOR 8
#define DATA_SELECTOR 16

	.section .text.start, "ax"
	.globl	vmm_start
vmm_start:
	cli
	cld
	lgdt	gdt_pointer(%rip)
	mov	$DATA_SELECTOR, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	lea	stack_top(%rip), %rsp
	push	$CODE_SELECTOR
	lea	1f(%rip), %rax
	push	%rax
	lretq
1:	xor	%ebp, %ebp
	call	vmm_main
2:	cli
	hlt
	jmp	2b

	.section .rodata
	.balign	8
gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* 8: 64-bit code */
	.quad	0x00cf93000000ffff	/* 16: data */
gdt_pointer:
	.word	. - gdt - 1
	.quad	gdt

	.section .bss
	.balign	16
	.skip	65536
stack_top:

	.section .note.GNU-stack, "", @progbits
