/* SPDX-License-Identifier: MIT */
/* The machine's images, for tools/images.h; the assembler looks for them in the output folder. */

	.section .rodata

	.macro	image name, file
	.balign	16
	.global	image_\name, image_\name\()_end
image_\name:
	.incbin	"\file"
image_\name\()_end:
	.endm

	image	monitor, monitor.bin
	image	vmm, vmm.elf
	image	shim, shim.fd
	image	hello_td, hello-td.fd

	.section .note.GNU-stack, "", @progbits
