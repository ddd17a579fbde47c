/* SPDX-License-Identifier: MIT */
/*
 * From the multiboot loader (32-bit protected mode, paging off, EAX magic, EBX information) to C in long mode.
 * Runs at the load address; symbols are virtual, so physical = symbol - VIRTUAL_BASE + LOAD_ADDRESS.
 */
#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 0x00010002 /* load addresses below, memory map wanted */
#define LOAD_ADDRESS	0x200000
/* symbol - VIRTUAL_BASE + LOAD_ADDRESS: the assembler takes one addend only (addresses wrap at 2^64) */
#define PHYS(symbol)	(symbol + 0x80000000 + LOAD_ADDRESS)

#define CR0_PG		0x80000000
#define CR0_WP		0x00010000
#define CR0_NE		0x00000020
#define CR4_PAE		0x00000020
#define MSR_EFER	0xc0000080
#define EFER_LME_NXE	0x00000900

	.section .boot, "awx"
	.balign	4
header:
	.long	MULTIBOOT_MAGIC
	.long	MULTIBOOT_FLAGS
	.long	-(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
	.long	PHYS(header)
	.long	PHYS(image_start)
	.long	PHYS(image_load_end)
	.long	PHYS(image_end)
	.long	PHYS(start)

	.code32
	.globl	start
start:
	cli
	cld
	/* early tables: the first 4 GiB at their own address, the image's 2 MiB page at VIRTUAL_BASE */
	movl	$(PHYS(early_pdpt_low) + 3), PHYS(early_pml4)
	movl	$(PHYS(early_pdpt_high) + 3), PHYS(early_pml4) + 511 * 8
	movl	$0x00000083, PHYS(early_pdpt_low)
	movl	$0x40000083, PHYS(early_pdpt_low) + 8
	movl	$0x80000083, PHYS(early_pdpt_low) + 16
	movl	$0xc0000083, PHYS(early_pdpt_low) + 24
	movl	$(PHYS(early_pd_high) + 3), PHYS(early_pdpt_high) + 510 * 8
	movl	$(LOAD_ADDRESS + 0x83), PHYS(early_pd_high)
	movl	$PHYS(early_pml4), %eax
	movl	%eax, %cr3
	movl	%cr4, %eax
	orl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME_NXE, %eax
	wrmsr
	movl	%cr0, %eax
	orl	$(CR0_PG | CR0_WP | CR0_NE), %eax
	movl	%eax, %cr0
	lgdt	PHYS(gdt_pointer_low)
	ljmp	$8, $PHYS(start64)

	.code64
start64:
	movl	$16, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	lgdt	gdt_pointer
	movq	$stack_top, %rsp
	movl	%ebx, %edi
	movq	$monitor_main, %rax
	call	*%rax
1:	hlt
	jmp	1b

	.balign	8
gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* 8: 64-bit code */
	.quad	0x00cf93000000ffff	/* 16: data */
gdt_end:
gdt_pointer_low:
	.word	gdt_end - gdt - 1
	.long	PHYS(gdt)
	.balign	8
gdt_pointer:
	.word	gdt_end - gdt - 1
	.quad	gdt

/*
 * void move_image(rdi: to, rsi: from, rdx: bytes, rcx: new CR3): copies the image (a multiple of 8 bytes), stack
 * included, and goes on in the copy, at the same virtual addresses.
 */
	.section .text.move_image, "ax"
	.globl	move_image
	.type	move_image, @function
move_image:
	movq	%rcx, %rax
	movq	%rdx, %rcx
	shrq	$3, %rcx
	rep movsq
	movq	%rax, %cr3
	ret
	.size	move_image, . - move_image

	.section .bss
	.balign	4096
early_pml4:
	.skip	4096
early_pdpt_low:
	.skip	4096
early_pdpt_high:
	.skip	4096
early_pd_high:
	.skip	4096
	.globl	stack_bottom, stack_top
stack_bottom:
	.skip	32768
stack_top:
	.section .note.GNU-stack, "", @progbits
