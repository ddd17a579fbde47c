/* SPDX-License-Identifier: MIT */
/* Sizes of pages, and alignment; with the types of addresses. */
#ifndef LIB_ADDR_H
#define LIB_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr_types.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE  UINT64_C(4096)
#define PAGE_MASK  (~(PAGE_SIZE - 1))
#define SIZE_2M	   (UINT64_C(1) << 21)
#define SIZE_1G	   (UINT64_C(1) << 30)
#define SIZE_4G	   (UINT64_C(1) << 32)

/* Bits of an address within what an entry of this level maps. */
static inline unsigned int level_shift(unsigned int level)
{
	return PAGE_SHIFT + 9 * level;
}

/* Bytes that an entry of this level maps: 4 KiB, 2 MiB, 1 GiB, ... */
static inline uint64_t level_size(unsigned int level)
{
	return PAGE_SIZE << (9 * level);
}

static inline bool is_aligned(uint64_t value, uint64_t power_of_two)
{
	return (value & (power_of_two - 1)) == 0;
}

static inline uint64_t align_down(uint64_t value, uint64_t power_of_two)
{
	return value & ~(power_of_two - 1);
}

static inline uint64_t align_up(uint64_t value, uint64_t power_of_two)
{
	return align_down(value + power_of_two - 1, power_of_two);
}

#endif
