/* SPDX-License-Identifier: MIT */
/*
 * Addresses as types: a guest's address cannot be passed where the host's is wanted.
 *
 *	struct hpa	host physical address, without key id bits
 *	struct gpa	guest physical address of a TD; may carry the SHARED bit
 */
#ifndef LIB_ADDR_H
#define LIB_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  UINT64_C(4096)
#define PAGE_MASK  (~(PAGE_SIZE - 1))
#define SIZE_2M	   (UINT64_C(1) << 21)
#define SIZE_1G	   (UINT64_C(1) << 30)
#define SIZE_4G	   (UINT64_C(1) << 32)

struct hpa {
	uint64_t pa;
};

struct gpa {
	uint64_t pa;
};

static inline struct hpa hpa(uint64_t pa)
{
	struct hpa a = { pa };

	return a;
}

static inline struct hpa hpa_add(struct hpa a, uint64_t bytes)
{
	return hpa(a.pa + bytes);
}

static inline struct gpa gpa(uint64_t pa)
{
	struct gpa a = { pa };

	return a;
}

static inline struct gpa gpa_add(struct gpa a, uint64_t bytes)
{
	return gpa(a.pa + bytes);
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
