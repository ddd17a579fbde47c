/* SPDX-License-Identifier: MIT */
	.section .rodata.dsdt, "a"
	.globl	dsdt_start, dsdt_end
dsdt_start:
	.incbin	"shim/dsdt.aml"
dsdt_end:

	.section .note.GNU-stack, "", @progbits
