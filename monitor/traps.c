/* SPDX-License-Identifier: MIT */
#include "monitor/monitor.h"

extern const uint8_t trap_stubs[256][16];

struct gate {
	uint16_t offset_low, selector, type, offset_middle;
	uint32_t offset_high, reserved;
};

static struct gate idt[256];

void monitor_trap(const uint64_t *frame);

void monitor_trap(const uint64_t *frame)
{
	uint64_t cr2;

	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	panic("exception %lu in the monitor: %lx %lx %lx, CR2 %lx", frame[0], frame[1], frame[2],
	      frame[3], cr2);
}

void traps_init(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) pointer = { sizeof(idt) - 1, (uint64_t)idt };

	for (unsigned int i = 0; i < 256; i++) {
		uint64_t address = (uint64_t)trap_stubs[i];

		idt[i] = (struct gate){
			.offset_low = (uint16_t)address,
			.selector = 8,
			.type = 0x8e00,
			.offset_middle = (uint16_t)(address >> 16),
			.offset_high = (uint32_t)(address >> 32),
		};
	}
	__asm__ volatile("lidt %0" : : "m"(pointer));
}
