/* SPDX-License-Identifier: MIT */
/*
 * Is an interrupt waiting? The local APIC tells, without acknowledging it (Intel SDM, "Task and
 * Processor Priorities"): its highest request is above what it serves and above the task priority.
 */
#include "cpu/svm/instructions.h"
#include "cpu/svm/svm.h"
#include "lib/bits.h"
#include "lib/phys.h"

#define MSR_APIC_BASE	 0x1b
#define APIC_ENABLED	 bit(11)
#define APIC_X2APIC	 bit(10)
#define APIC_BASE	 bit_range(51, 12)
#define MSR_X2APIC	 0x800
#define APIC_PPR	 0x0a /* registers by their x2APIC numbers */
#define APIC_IRR	 0x20
#define IRR_WORDS	 8
#define PRIORITY(vector) ((vector) >> 4)

static uint32_t apic_read(uint64_t base, unsigned int reg)
{
	if (base & APIC_X2APIC)
		return (uint32_t)rdmsr(MSR_X2APIC + reg);
	return *(volatile uint32_t *)phys_ptr(hpa((base & APIC_BASE) + 16 * reg));
}

static bool apic_has_interrupt(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	for (unsigned int i = IRR_WORDS; (base & APIC_ENABLED) && i-- > 0;) {
		uint32_t requests = apic_read(base, APIC_IRR + i);

		if (requests) {
			unsigned int vector = 32 * i + 31 - (unsigned int)__builtin_clz(requests);

			return PRIORITY(vector) > PRIORITY(apic_read(base, APIC_PPR));
		}
	}
	return false;
}

bool cpu_interrupt_pending(bool for_host)
{
	return (!for_host || host_takes_interrupts()) && apic_has_interrupt();
}
