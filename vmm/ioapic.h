/* SPDX-License-Identifier: MIT */
/*
 * The I/O APIC, shared by the machine and the TD (Intel 82093AA). The TD reads and writes a shadow;
 * the machine's entries have the VMM's own vectors, one for each pin, are always edge-triggered and
 * come to this processor. An interrupt is posted with the vector that the TD gave to the pin.
 *
 * The module ends level-triggered interrupts without telling the VMM, so a TD has to treat lines as
 * edge-triggered too.
 */
#ifndef VMM_IOAPIC_H
#define VMM_IOAPIC_H

#include <stdint.h>

#define IOAPIC_ADDRESS UINT64_C(0xfec00000)
#define IOAPIC_PINS    24

struct vcpu;

void ioapic_init(void);
/* A 32-bit access of the TD's to the page; offset 0..0xfff. */
uint32_t ioapic_read(uint32_t offset);
void ioapic_write(uint32_t offset, uint32_t value);
/* The machine's interrupt of that pin. */
void ioapic_interrupt(struct vcpu *v, unsigned int pin);

#endif
