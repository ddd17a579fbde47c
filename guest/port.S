/* SPDX-License-Identifier: MIT */
/*
 * Port I/O as requests to the VMM; guest/port.h has the contract.
 *
 *	RDX  port (15:0)	RAX  value, out for IN
 *
 * TDG.VP.VMCALL with mask 0xfc00: R10 0, R11 sub-function, R12 size, R13 direction (0 IN), R14 port, R15 value. All other
 * registers are the caller's, RFLAGS too.
 */
#include <tdx/leaf.h>

#include "lib/module_call.inc"

	.macro PORT name:req, size:req, out:req
	.globl	\name
	.type	\name, @function
\name:
	pushfq
	push	%rcx
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rax
	xor	%r10d, %r10d
	mov	$TDVMCALL_IO, %r11d
	mov	$\size, %r12d
	mov	$\out, %r13d
	movzwl	%dx, %r14d
	.if !\out
	xor	%r15d, %r15d
	.elseif \size == 1
	movzbl	%al, %r15d
	.elseif \size == 2
	movzwl	%ax, %r15d
	.else
	mov	%eax, %r15d
	.endif
	mov	$0xfc00, %ecx
	xor	%eax, %eax
	TDCALL
	test	%rax, %rax
	jnz	.Lfailed
	.if !\out
	/* All ones when the VMM refuses. */
	mov	$-1, %rcx
	test	%r10, %r10
	cmovnz	%rcx, %r11
	.if \size == 1
	mov	%r11b, (%rsp)
	.elseif \size == 2
	mov	%r11w, (%rsp)
	.else
	mov	%r11d, %r11d
	mov	%r11, (%rsp)
	.endif
	.endif
	pop	%rax
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%rcx
	popfq
	ret
	.size	\name, . - \name
	.endm

	.text
	PORT __tdx_inb, 1, 0
	PORT __tdx_inw, 2, 0
	PORT __tdx_inl, 4, 0
	PORT __tdx_outb, 1, 1
	PORT __tdx_outw, 2, 1
	PORT __tdx_outl, 4, 1

.Lfailed:
	lea	.Lwhat(%rip), %rdi
	mov	%rax, %rsi
	and	$-16, %rsp
	call	tdx_panic
	ud2

	.section .rodata.port, "a", @progbits
.Lwhat:
	.asciz	"TDG.VP.VMCALL failed"

	.section .note.GNU-stack, "", @progbits
