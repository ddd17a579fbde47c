/* SPDX-License-Identifier: MIT */
/*
 * The parts of a VCPU's x2APIC that the module leaves to the VMM: timer, interrupt command, local
 * vector table. (TPR, EOI, ISR, IRR and self-IPI are the module's.) They arrive as RDMSR and WRMSR
 * calls. TDX Module Base Architecture specification, "Interrupt Handling and APIC Virtualization".
 *
 * The timer counts the TD's crystal, 25 MHz, of which the TD's time-stamp counter is a multiple.
 */
#ifndef VMM_GUEST_APIC_H
#define VMM_GUEST_APIC_H

#include <stdbool.h>
#include <stdint.h>

#define X2APIC_FIRST_MSR 0x800
#define X2APIC_REGISTERS 0x40

struct vcpu;

struct guest_apic {
	uint32_t reg[X2APIC_REGISTERS]; /* as written, by MSR - X2APIC_FIRST_MSR */
	uint64_t icr;
	/* The timer, in ticks of the machine's time-stamp counter; deadline 0: it does not run. */
	uint64_t deadline, period;
	uint64_t tsc_deadline; /* MSR 0x6E0, in ticks of the TD's */
};

void guest_apic_reset(struct guest_apic *apic);

/* False: there is no such register, or it does not take this value. */
bool guest_apic_read(struct vcpu *v, uint32_t msr, uint64_t *value);
bool guest_apic_write(struct vcpu *v, uint32_t msr, uint64_t value);

uint64_t guest_tsc_deadline_read(const struct vcpu *v);
void guest_tsc_deadline_write(struct vcpu *v, uint64_t value);

/* Posts the timer's interrupt when it is due, and sets the machine's timer. Also starts the latter,
 * which must run whenever a VCPU does. */
void guest_timer_check(struct vcpu *v);

#endif
