/* SPDX-License-Identifier: MIT */
/*
 * The TD's code: one page, at GUEST_CODE, with the reset vector near its end. It has no stack, no
 * IDT and no memory besides its page tables, which the VMM builds: an exception is a triple fault. A
 * VMM that may debug it can give it a stack, and GUEST_IDT for NMIs.
 *
 *	RBX  mask of the next TDG.VP.VMCALL
 */
#include <tdx/leaf.h>

#include "tests/vmm/guest.h"

#define TDCALL	     .byte 0x66, 0x0f, 0x01, 0xcc
#define AT(label)    (GUEST_CODE + label - guest_code)
#define CR0_PG	     0x80000000
#define CR4_PAE	     0x20
#define CR4_SSE	     0x600	/* OSFXSR, OSXMMEXCPT */
#define CR4_XSAVE    0x440000	/* OSXSAVE, PKE */
#define MSR_TSC_AUX  0xc0000103
#define RESET_OFFSET 0xff0
#define SELECTOR     8

	.section .rodata.guest, "a"
	.globl	guest_code
	.balign	4096
guest_code:
	.code32
	mov	%cr4, %eax
	or	$(CR4_PAE | CR4_SSE), %eax
	mov	%eax, %cr4
	mov	$GUEST_PML4, %eax
	mov	%eax, %cr3
	lgdt	AT(gdt_register)
	mov	%cr0, %eax
	or	$CR0_PG, %eax
	mov	%eax, %cr0
	ljmp	$SELECTOR, $AT(start64)

	.code64
start64:
	mov	%cr4, %rax
	or	$CR4_XSAVE, %rax
	mov	%rax, %cr4
	mov	$GUEST_MASK_DEFAULT, %ebx
next:
	xor	%eax, %eax	/* TDG.VP.VMCALL */
	mov	%ebx, %ecx
	TDCALL
	cmp	$GUEST_READ, %r10d
	je	read
	cmp	$GUEST_WRITE, %r10d
	je	write
	cmp	$GUEST_TDCALL, %r10d
	je	tdcall
	cmp	$GUEST_SET_XMM, %r10d
	je	set_xmm
	cmp	$GUEST_GET_XMM, %r10d
	je	get_xmm
	cmp	$GUEST_SET, %r10d
	je	set
	cmp	$GUEST_GET, %r10d
	je	get
	cmp	$GUEST_ACCEPT, %r10d
	je	accept
	cmp	$GUEST_MASK, %r10d
	jne	next
	mov	%r11, %rbx
	jmp	next

read:
	mov	(%r11), %r12
	jmp	next

write:
	mov	%r12, (%r11)
	jmp	next

tdcall:
	mov	%r11, %rax
	mov	%r12, %rcx
	mov	%r13, %rdx
	TDCALL
	mov	%rax, %r12
	mov	%rcx, %r13
	mov	%rdx, %r14
	jmp	next

set_xmm:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	lea	\n(%r11), %rax
	movq	%rax, %xmm\n
	punpcklqdq %xmm\n, %xmm\n
	.endr
	jmp	next

get_xmm:
	xor	%r12d, %r12d
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movq	%xmm\n, %rax
	sub	$\n, %rax
	xor	%edx, %edx
	cmp	%r11, %rax
	sete	%dl
	shl	$\n, %edx
	or	%edx, %r12d
	.endr
	jmp	next

set:
	mov	%r11d, %eax
	xor	%ecx, %ecx
	xor	%edx, %edx
	cmp	$GUEST_PKRU, %r12d
	je	2f
	ja	1f
	xsetbv
	jmp	next
2:	wrpkru
	jmp	next
1:	cmp	$GUEST_TSC_AUX, %r12d
	jne	3f
	mov	$MSR_TSC_AUX, %ecx
	wrmsr
	jmp	next
3:	mov	%r11, %dr0
	jmp	next

get:
	xor	%ecx, %ecx
	cmp	$GUEST_PKRU, %r12d
	je	2f
	ja	1f
	xgetbv
	jmp	4f
2:	rdpkru
	jmp	4f
1:	cmp	$GUEST_TSC_AUX, %r12d
	jne	3f
	mov	$MSR_TSC_AUX, %ecx
	rdmsr
4:	mov	%eax, %r12d
	jmp	next
3:	mov	%dr0, %r12
	jmp	next

accept:
	mov	$TDG_MEM_PAGE_ACCEPT, %eax
	mov	%r11, %rcx
	TDCALL
	test	%rax, %rax
	jnz	1f
	add	%r13, %r11
	dec	%r12
	jnz	accept
1:	mov	%rax, %r12
	jmp	next

	.balign	8
gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* code: 64-bit, present, accessed */
gdt_register:
	.word	. - gdt - 1
	.long	AT(gdt)

/* Tells the VMM that it is in the handler. The stack and the IDT are the VMM's to set (debug TD). */
nmi:
	push	%r10
	push	%r11
	push	%r12
	mov	$GUEST_IN_NMI, %r12d
	xor	%eax, %eax
	mov	%ebx, %ecx
	TDCALL
	pop	%r12
	pop	%r11
	pop	%r10
	iretq

	.org	guest_code + GUEST_IDT - GUEST_CODE
	.quad	0, 0, 0, 0
	.word	AT(nmi) & 0xffff, SELECTOR, 0x8e00, AT(nmi) >> 16 & 0xffff
	.quad	0

	.org	guest_code + RESET_OFFSET
	.code32
	jmp	guest_code
	.org	guest_code + 4096

	.section .note.GNU-stack, "", @progbits
