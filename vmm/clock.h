/* SPDX-License-Identifier: MIT */
/* How fast the machine's clocks tick, measured once against the PIT. */
#ifndef VMM_CLOCK_H
#define VMM_CLOCK_H

#include <stdint.h>

void clock_init(void);

/* Nearest multiple of 25 MHz to the time-stamp counter's rate, in that unit: TD_PARAMS. */
uint16_t clock_tsc_frequency(void);
/* Ticks of the time-stamp counter in so many microseconds. */
uint64_t clock_tsc_ticks(uint64_t microseconds);
/* Ticks of the local APIC timer in so many ticks of the time-stamp counter, at most 2^31, at
 * least 1. */
uint32_t clock_apic_ticks(uint64_t tsc_ticks);

#endif
