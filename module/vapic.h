/* SPDX-License-Identifier: MIT */
/*
 * The virtual local APIC of a VCPU: the part that TDX gives to the guest without a #VE. Priorities,
 * EOI and self-IPI; all else (timer, ICR, LVT) is the VMM's. Intel SDM, "APIC Virtualization and
 * Virtual Interrupts": the registers lie in TDVPS page 2, register n of x2APIC MSR 0x800 + n at 16
 * n.
 *
 * The back end has always been offered the highest interrupt that may be delivered.
 */
#ifndef MODULE_VAPIC_H
#define MODULE_VAPIC_H

#include <stdbool.h>
#include <stdint.h>

#include "module/vcpu.h"

/* Takes what the VMM has posted (posted-interrupt descriptor). Vectors below 32 are dropped: only
 * the module raises exceptions in a TD. */
void vapic_merge_posted(struct vcpu *v);

/* The guest has taken the interrupt that was offered. */
void vapic_interrupt_taken(struct vcpu *v);

/* Does a virtual interrupt wait that priority does not hold back? */
bool vapic_is_pending(const struct vcpu *v);

/* x2APIC MSRs 0x808..0x83F that are the guest's own; false: #GP. */
bool vapic_read(const struct vcpu *v, uint32_t msr, uint64_t *value);
bool vapic_write(struct vcpu *v, uint32_t msr, uint64_t value);

/* CR8, the priority class of TPR. */
uint64_t vapic_cr8(const struct vcpu *v);
bool vapic_set_cr8(struct vcpu *v, uint64_t value);

#endif
