/* SPDX-License-Identifier: MIT */
/* Instructions that C has no word for, one a function. */
#ifndef SVM_INSTRUCTIONS_H
#define SVM_INSTRUCTIONS_H

#include <stdint.h>

#include "lib/bits.h"

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return make64(high, low);
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"(low32(value)), "d"(high32(value)) : "memory");
}

static inline uint64_t read_cr4(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr4, %0" : "=r"(value));
	return value;
}

static inline void write_cr4(uint64_t value)
{
	__asm__ volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

static inline void xsetbv(uint32_t index, uint64_t value)
{
	__asm__ volatile("xsetbv" : : "c"(index), "a"(low32(value)), "d"(high32(value)) : "memory");
}

static inline void xsave(void *area, uint64_t mask)
{
	__asm__ volatile("xsave64 (%0)"
			 :
			 : "r"(area), "a"(low32(mask)), "d"(high32(mask))
			 : "memory");
}

static inline void xrstor(const void *area, uint64_t mask)
{
	__asm__ volatile("xrstor64 (%0)"
			 :
			 : "r"(area), "a"(low32(mask)), "d"(high32(mask))
			 : "memory");
}

static inline uint32_t rdpkru(void)
{
	uint32_t eax, edx;

	__asm__ volatile("rdpkru" : "=a"(eax), "=d"(edx) : "c"(0));
	return eax;
}

static inline void wrpkru(uint32_t value)
{
	__asm__ volatile("wrpkru" : : "a"(value), "c"(0), "d"(0) : "memory");
}

static inline void read_dr0_3(uint64_t values[4])
{
	__asm__ volatile("mov %%dr0, %0" : "=r"(values[0]));
	__asm__ volatile("mov %%dr1, %0" : "=r"(values[1]));
	__asm__ volatile("mov %%dr2, %0" : "=r"(values[2]));
	__asm__ volatile("mov %%dr3, %0" : "=r"(values[3]));
}

static inline void write_dr0_3(const uint64_t values[4])
{
	__asm__ volatile("mov %0, %%dr0" : : "r"(values[0]));
	__asm__ volatile("mov %0, %%dr1" : : "r"(values[1]));
	__asm__ volatile("mov %0, %%dr2" : : "r"(values[2]));
	__asm__ volatile("mov %0, %%dr3" : : "r"(values[3]));
}

static inline void clgi(void)
{
	__asm__ volatile("clgi" : : : "memory");
}

static inline void sti(void)
{
	__asm__ volatile("sti" : : : "memory");
}

#endif
