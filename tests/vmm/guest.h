/* SPDX-License-Identifier: MIT */
/*
 * A TD that does what it is told. At each TDG.VP.VMCALL it tells the outcome of the last command
 * and takes the next:
 *
 *	        to the TD                          from the TD
 *	R10     command                            -
 *	R11     first operand
 *	R12     second                             outcome
 *	R13     third                              RCX after GUEST_TDCALL
 *	R14                                        RDX after GUEST_TDCALL
 *
 * It sees the first GiB of private memory at its own address, that of shared memory behind it, and
 * behind that the second GiB of private memory.
 */
#ifndef TESTS_VMM_GUEST_H
#define TESTS_VMM_GUEST_H

#define GUEST_READ    0 /* outcome: the word at R11 */
#define GUEST_WRITE   1 /* the word at R11 becomes R12 */
#define GUEST_TDCALL  2 /* leaf R11 with RCX = R12, RDX = R13; outcome: RAX */
#define GUEST_SET_XMM 3 /* both halves of XMMn become R11 + n */
#define GUEST_GET_XMM 4 /* outcome: bit n set when XMMn is R11 + n */
#define GUEST_MASK    5 /* what later TDG.VP.VMCALLs expose: R11 */
#define GUEST_SET     6 /* R11 to one of the registers below, 31:0; R12 says which */
#define GUEST_GET     7 /* outcome: the register that R12 names */
#define GUEST_ACCEPT  8 /* R12 pages of size R13 from R11, GPA and level, on; outcome: last RAX */

/* Registers that a TD exit does not save by itself. */
#define GUEST_XCR0    0
#define GUEST_PKRU    1
#define GUEST_TSC_AUX 2
#define GUEST_DR0     3

#define GUEST_MASK_DEFAULT 0xfc00 /* R10-R15 */

/* GPAs of its image, all private. */
#define GUEST_IMAGE	0xffffa000
#define GUEST_PD_SHARED 0xffffa000
#define GUEST_PD_LOW	0xffffb000
#define GUEST_PD_TOP	0xffffc000
#define GUEST_PDPT	0xffffd000
#define GUEST_PML4	0xffffe000
#define GUEST_CODE	0xfffff000

#define GUEST_IDT 0xfffffe00 /* three gates */

#define GUEST_IN_NMI 0x4e4d49 /* R12 of the TDG.VP.VMCALL in its NMI handler */

#define GUEST_SHARED 0x40000000 /* linear address of the shared GPA 0 */
#define GUEST_SECOND 0x80000000 /* of the private GPA 1 GiB */

#ifndef __ASSEMBLER__
#include <stdint.h>

extern const uint8_t guest_code[4096];
#endif

#endif
