/* SPDX-License-Identifier: MIT */
#include "vmm/interrupts.h"

#include <stddef.h>

#include "host/extable.h"
#include "vmm/console.h"
#include "vmm/guest_apic.h"
#include "vmm/io.h"
#include "vmm/ioapic.h"
#include "vmm/lapic.h"
#include "vmm/td.h"
#include "vmm/traps.h"

#define PIC_MASTER_MASK 0x21
#define PIC_SLAVE_MASK	0xa1
#define GATE_INTERRUPT	0x8e00
#define CODE_SELECTOR	8

struct gate {
	uint16_t offset_low;
	uint16_t selector;
	uint16_t attributes;
	uint16_t offset_middle;
	uint32_t offset_high;
	uint32_t reserved;
};

static struct gate idt[TRAP_COUNT] __attribute__((aligned(16)));
static struct vcpu *target;

static struct gate gate(uint64_t handler)
{
	return (struct gate){
		.offset_low = (uint16_t)handler,
		.selector = CODE_SELECTOR,
		.attributes = GATE_INTERRUPT,
		.offset_middle = (uint16_t)(handler >> 16),
		.offset_high = (uint32_t)(handler >> 32),
	};
}

void interrupts_init(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) pointer = { sizeof(idt) - 1, (uint64_t)idt };

	for (unsigned int i = 0; i < TRAP_COUNT; i++)
		idt[i] = gate((uint64_t)trap_stubs + i * TRAP_STUB_SIZE);
	__asm__ volatile("lidt %0" : : "m"(pointer));
	outb(0xff, PIC_MASTER_MASK);
	outb(0xff, PIC_SLAVE_MASK);
}

void interrupts_set_target(struct vcpu *v)
{
	target = v;
}

static void dispatch(uint8_t vector)
{
	if (!target)
		return;
	if (vector == VECTOR_TIMER)
		guest_timer_check(target);
	else if (vector >= VECTOR_IOAPIC && vector < VECTOR_IOAPIC + IOAPIC_PINS)
		ioapic_interrupt(target, vector - VECTOR_IOAPIC);
	else if (vector != VECTOR_NOTIFY)
		vcpu_post(target, vector);
}

void interrupts_handle(uint8_t vector)
{
	if (vector == VECTOR_SPURIOUS)
		return;
	dispatch(vector);
	lapic_eoi();
}

/* STI holds interrupts off for one instruction more, so that none can slip in before HLT. */
void interrupts_wait(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

/* Called by the stubs of traps.S, with interrupts off. */
void trap_handle(struct trap_frame *frame)
{
	uint8_t vector = (uint8_t)frame->vector;

	if (vector >= IRQ_FIRST_VECTOR)
		interrupts_handle(vector);
	else if (!tdx_extable_fixup(&frame->rip, &frame->rax, vector))
		fail("The VMM took exception %u (error %lx) at %lx.", vector, frame->error,
		     frame->rip);
}
