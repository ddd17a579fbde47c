/* SPDX-License-Identifier: MIT */
/* Bits and masks. Every helper here has a row in tests/unit/test_bits.c. */
#ifndef LIB_BITS_H
#define LIB_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Bit n, 0..63. */
static inline uint64_t bit(unsigned int n)
{
	return UINT64_C(1) << n;
}

/* Bits high..low set, 0 <= low <= high <= 63. */
static inline uint64_t bit_range(unsigned int high, unsigned int low)
{
	return (UINT64_MAX >> (63 - high)) & (UINT64_MAX << low);
}

/* The low `bytes` bytes set; 1, 2, 4 or 8 bytes (exactly 8 * bytes bits). */
static inline uint64_t byte_mask(unsigned int bytes)
{
	return UINT64_MAX >> (64 - 8 * bytes);
}

static inline uint32_t low32(uint64_t value)
{
	return (uint32_t)value;
}

static inline uint32_t high32(uint64_t value)
{
	return (uint32_t)(value >> 32);
}

static inline uint64_t make64(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

/* Index of the highest set bit; value must not be 0. */
static inline unsigned int highest_bit(uint64_t value)
{
	return 63 - (unsigned int)__builtin_clzll(value);
}

#endif
