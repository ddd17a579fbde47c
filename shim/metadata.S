/* SPDX-License-Identifier: MIT */
/* The image's TDVF descriptor (include/tdx/tdvf.h): three sections, of which the code is measured. */
#define SIGNATURE	  0x46564454
#define VERSION		  1
#define SECTION_BFV	  0
#define SECTION_TD_HOB	  2
#define SECTION_TEMP_MEM  3
#define MR_EXTEND	  1

	.section .tdvf, "a"
	.balign	16
	.globl	tdvf_descriptor
tdvf_descriptor:
	.long	SIGNATURE
	.long	tdvf_descriptor_end - tdvf_descriptor
	.long	VERSION
	.long	3

	.long	0, image_size
	.quad	image_start, image_size
	.long	SECTION_BFV, MR_EXTEND

	.long	0, 0
	.quad	hob_start, hob_size
	.long	SECTION_TD_HOB, 0

	.long	0, 0
	.quad	memory_start, memory_size
	.long	SECTION_TEMP_MEM, 0
tdvf_descriptor_end:

	.section .note.GNU-stack, "", @progbits
