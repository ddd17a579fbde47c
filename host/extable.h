/* SPDX-License-Identifier: MIT */
/*
 * Instructions that may fault, and where to go on when they do. The image's linker script keeps
 * section .tdx_extable between the symbols tdx_extable_start and tdx_extable_end.
 */
#ifndef HOST_EXTABLE_H
#define HOST_EXTABLE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Both are distances from the member itself, so that the table needs no relocation. */
struct tdx_extable_entry {
	int32_t instruction;
	int32_t fixup;
};

/*
 * For the image's trap handler: if the instruction at *rip has an entry, sets *rip to its fix-up
 * and *rax to the vector, and returns true.
 */
bool tdx_extable_fixup(uint64_t *rip, uint64_t *rax, unsigned int vector);

/* The same over any table: for tests. */
bool tdx_extable_search(const struct tdx_extable_entry *from, const struct tdx_extable_entry *to,
			uint64_t *rip);

#ifdef __cplusplus
}
#endif

#endif
