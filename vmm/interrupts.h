/* SPDX-License-Identifier: MIT */
/*
 * Interrupts of the machine. They arrive in two ways: as TD exits, and while the VMM waits in
 * interrupts_wait(); at no other time does the VMM let them in. Handlers only post to a VCPU.
 *
 * Vectors that are not the VMM's own are devices' messages (MSI): the TD chose the vector.
 */
#ifndef VMM_INTERRUPTS_H
#define VMM_INTERRUPTS_H

#include <stdint.h>

/* The VMM's own vectors, above what a TD gives to its devices. */
#define VECTOR_IOAPIC	 0xd0 /* one for each pin */
#define VECTOR_TIMER	 0xf0
#define VECTOR_NOTIFY	 0xf1 /* posted-interrupt notification: to a VCPU on another processor */
#define VECTOR_SPURIOUS	 0xff
#define IRQ_FIRST_VECTOR 32

struct vcpu;

/* IDT; masks the 8259s, which the machine's firmware leaves on vectors of exceptions. */
void interrupts_init(void);
/* The VCPU that gets the machine's interrupts. */
void interrupts_set_target(struct vcpu *v);
/* An interrupt that has been acknowledged; ends it at the local APIC too. */
void interrupts_handle(uint8_t vector);
/* Waits for one interrupt and handles it. Interrupts that were pending are not missed. */
void interrupts_wait(void);

#endif
