/* SPDX-License-Identifier: MIT */
#include "shim/trap.h"

#include <stddef.h>

#include "lib/bits.h"
#include "shim/start.h"

#define GATE_INTERRUPT 0x8e00 /* present, DPL 0, 64-bit interrupt gate */

struct gate {
	uint16_t offset_low;
	uint16_t selector;
	uint16_t type;
	uint16_t offset_middle;
	uint32_t offset_high;
	uint32_t reserved;
};

struct idt_register {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

extern const char trap_stubs[];

static struct gate idt[TRAP_VECTORS];

static void load_idt(const void *base, size_t size)
{
	struct idt_register idtr = { (uint16_t)(size - 1), (uintptr_t)base };

	__asm__ volatile("lidt %0" : : "m"(idtr) : "memory");
}

void trap_init(void)
{
	for (unsigned int i = 0; i < TRAP_VECTORS; i++) {
		uint64_t stub = (uintptr_t)trap_stubs + i * TRAP_STUB_SIZE;

		idt[i] = (struct gate){
			.offset_low = (uint16_t)stub,
			.selector = SELECTOR_CODE,
			.type = GATE_INTERRUPT,
			.offset_middle = (uint16_t)(stub >> 16),
			.offset_high = high32(stub),
		};
	}
	load_idt(idt, sizeof(idt));
}

_Noreturn void trap_die(void)
{
	load_idt(NULL, 1);
	for (;;)
		__asm__ volatile("ud2");
}
