/* SPDX-License-Identifier: MIT */
#include "vmm/ranges.h"

#include <string.h>

bool range_set_append(struct range_set *set, uint64_t base, uint64_t size)
{
	struct memory_range *last = set->count ? &set->ranges[set->count - 1] : NULL;

	if (size == 0)
		return true;
	if (last && range_end(last) == base) {
		last->size += size;
		return true;
	}
	if (set->count == RANGE_SET_MAX)
		return false;
	set->ranges[set->count++] = (struct memory_range){ base, size };
	return true;
}

bool range_set_remove(struct range_set *set, uint64_t base, uint64_t size)
{
	struct range_set old = *set;
	uint64_t end = base + size;
	bool fits = true;

	set->count = 0;
	for (unsigned int i = 0; i < old.count; i++) {
		const struct memory_range *r = &old.ranges[i];
		uint64_t below = r->base < base ? base : r->base; /* end of what stays below */
		uint64_t above = range_end(r) > end ? end : range_end(r);

		if (below > range_end(r))
			below = range_end(r);
		if (above < r->base)
			above = r->base;
		if (below >= above) { /* nothing in common */
			fits &= range_set_append(set, r->base, r->size);
			continue;
		}
		fits &= range_set_append(set, r->base, below - r->base);
		fits &= range_set_append(set, above, range_end(r) - above);
	}
	return fits;
}

bool range_set_has(const struct range_set *set, uint64_t base, uint64_t size)
{
	for (unsigned int i = 0; i < set->count; i++) {
		const struct memory_range *r = &set->ranges[i];

		if (base >= r->base && base - r->base < r->size &&
		    size <= r->size - (base - r->base))
			return true;
	}
	return false;
}
