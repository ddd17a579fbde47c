/* SPDX-License-Identifier: MIT */
/* A set of addresses as ranges, ascending and apart from each other. */
#ifndef VMM_RANGES_H
#define VMM_RANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/handoff.h"

#define RANGE_SET_MAX 64

struct range_set {
	unsigned int count;
	struct memory_range ranges[RANGE_SET_MAX];
};

static inline uint64_t range_end(const struct memory_range *range)
{
	return range->base + range->size;
}

/* Ranges are added in ascending order; one that touches the last is joined to it. False: full. */
bool range_set_append(struct range_set *set, uint64_t base, uint64_t size);
/* Takes addresses out, whether they are in it or not. False: the set would need too many ranges. */
bool range_set_remove(struct range_set *set, uint64_t base, uint64_t size);
/* Are all of these addresses in the set? */
bool range_set_has(const struct range_set *set, uint64_t base, uint64_t size);

#endif
