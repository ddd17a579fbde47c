/* SPDX-License-Identifier: MIT */
/*
 * Addresses as types: a guest's address cannot be passed where the host's is wanted. All that the
 * libraries' headers need of lib/addr.h: an embedder has a PAGE_SIZE of its own.
 *
 *	struct hpa	host physical address, without key id bits
 *	struct gpa	guest physical address of a TD; may carry the SHARED bit
 */
#ifndef LIB_ADDR_TYPES_H
#define LIB_ADDR_TYPES_H

#include <stdint.h>

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

#endif
