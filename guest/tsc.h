/* SPDX-License-Identifier: MIT */
/* The TSC: in a TD it runs at the rate that TDH.MNG.INIT fixed and no VMM can set it. */
#ifndef GUEST_TSC_H
#define GUEST_TSC_H

#include <stdint.h>

static inline uint64_t tdx_rdtsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

static inline void tdx_pause(void)
{
	__asm__ volatile("pause" : : : "memory");
}

#endif
