/* SPDX-License-Identifier: MIT */
/*
 * From the reset vector to image_main() in 64-bit mode. TDX Module ABI specification, "VCPU Initial
 * State": 32-bit protected mode without paging, flat segments, EFER.LME set and not writable,
 * ECX = GPA of the TD HOB, ESI = VCPU index.
 *
 * The first 4 GiB are mapped one to one. Nothing is known about the contents of working memory:
 * it is not measured, so it is cleared here.
 */
#include "shim/start.h"

#define CR0_PG	   0x80000000
#define CR4_PAE	   0x20
#define PTE_TABLE  0x03 /* present, writable */
#define PTE_2M	   0x83

	.section .reset, "ax"
	.code32
	.long	tdvf_descriptor_distance
	.balign	16
	.globl	reset
reset:
	jmp	start32
	.balign	16

	.section .text.start, "ax"
start32:
	cli
	cld
	test	%esi, %esi
	jnz	park
	mov	%ecx, %ebp

	mov	$memory_start, %edi
	mov	$bss_words, %ecx
	xor	%eax, %eax
	rep stosl

	movl	$pdpt + PTE_TABLE, pml4
	mov	$pdpt, %edi
	mov	$pd + PTE_TABLE, %eax
1:	mov	%eax, (%edi)
	add	$8, %edi
	add	$0x1000, %eax
	cmp	$pd + 0x4000 + PTE_TABLE, %eax
	jne	1b
	mov	$pd, %edi
	mov	$PTE_2M, %eax
2:	mov	%eax, (%edi)
	add	$8, %edi
	add	$0x200000, %eax
	jnc	2b /* carry at 4 GiB */

	mov	$pml4, %eax
	mov	%eax, %cr3
	mov	%cr4, %eax
	or	$CR4_PAE, %eax
	mov	%eax, %cr4
	lgdt	gdt_register
	mov	%cr0, %eax
	or	$CR0_PG, %eax
	mov	%eax, %cr0
	ljmp	$SELECTOR_CODE, $start64

/* Only the first VCPU has work here. */
park:
	pause
	jmp	park

	.code64
start64:
	mov	$SELECTOR_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
	lea	stack_end(%rip), %rsp
	mov	%ebp, %edi
	xor	%ebp, %ebp
	call	image_main
	ud2

	.section .data.gdt, "aw"
	.balign	8
gdt:
	.quad	0
	.quad	0
	.quad	0x00af9b000000ffff /* code: 64-bit, present, accessed */
	.quad	0x00cf93000000ffff /* data */
gdt_register:
	.word	. - gdt - 1
	.long	gdt

	.section .bss.pages, "aw", @nobits
	.balign	4096
	.globl	pml4
pml4:	.skip	4096
pdpt:	.skip	4096
pd:	.skip	4 * 4096
	.skip	32768
stack_end:

	.section .note.GNU-stack, "", @progbits
