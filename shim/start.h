/* SPDX-License-Identifier: MIT */
/* An image that starts at a TD's reset vector: what start.S and the linker script give it. */
#ifndef SHIM_START_H
#define SHIM_START_H

/* Segments of start.S; Linux' 64-bit boot protocol prescribes them. */
#define SELECTOR_CODE 0x10
#define SELECTOR_DATA 0x18

#ifndef __ASSEMBLER__
#include <stdint.h>

/*
 * The image's own. 64-bit mode, interrupts off, no IDT, the first 4 GiB mapped one to one, bss
 * cleared. hob_gpa: what the VMM says, unchecked.
 */
_Noreturn void image_main(uint64_t hob_gpa);

extern uint64_t pml4[512]; /* the page tables' root; entry 0 is in use */

/* Boundaries of what the VMM has added: working memory, TD HOB, image (up to 4 GiB). */
extern uint8_t memory_start[], hob_start[], image_start[];
#endif

#endif
