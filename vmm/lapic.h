/* SPDX-License-Identifier: MIT */
/* The machine's own local APIC, through its MMIO page (Intel SDM, "Advanced Programmable Interrupt
 * Controller"). The TD's is in guest_apic.h. */
#ifndef VMM_LAPIC_H
#define VMM_LAPIC_H

#include <stdint.h>

#define LAPIC_ADDRESS UINT64_C(0xfee00000)

/* Masks all local interrupts but the timer. */
void lapic_init(void);
uint8_t lapic_id(void);
void lapic_eoi(void);

/* VECTOR_TIMER after so many ticks, again and again; 0 stops the timer. */
void lapic_timer_start(uint32_t ticks);
uint32_t lapic_timer_count(void);

#endif
