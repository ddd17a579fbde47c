/* SPDX-License-Identifier: MIT */
#include "host/extable.h"

/* A hosted program has no such table. */
extern const struct tdx_extable_entry tdx_extable_start[] __attribute__((weak));
extern const struct tdx_extable_entry tdx_extable_end[] __attribute__((weak));

static uint64_t target(const int32_t *distance)
{
	return (uint64_t)(uintptr_t)distance + (uint64_t)(int64_t)*distance;
}

bool tdx_extable_search(const struct tdx_extable_entry *from, const struct tdx_extable_entry *to,
			uint64_t *rip)
{
	for (; from != to; from++) {
		if (target(&from->instruction) == *rip) {
			*rip = target(&from->fixup);
			return true;
		}
	}
	return false;
}

bool tdx_extable_fixup(uint64_t *rip, uint64_t *rax, unsigned int vector)
{
	if (!tdx_extable_search(tdx_extable_start, tdx_extable_end, rip))
		return false;
	*rax = vector;
	return true;
}
