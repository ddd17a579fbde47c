/* SPDX-License-Identifier: MIT */
#include "vmm/lapic.h"

#include "lib/bits.h"
#include "vmm/interrupts.h"
#include "vmm/io.h"

#define REG_ID			 0x020
#define REG_TPR			 0x080
#define REG_EOI			 0x0b0
#define REG_SPURIOUS		 0x0f0
#define REG_LVT_TIMER		 0x320
#define REG_LVT_THERMAL		 0x330
#define REG_LVT_PERF		 0x340
#define REG_LVT_LINT0		 0x350
#define REG_LVT_LINT1		 0x360
#define REG_LVT_ERROR		 0x370
#define REG_INITIAL		 0x380
#define REG_CURRENT		 0x390
#define REG_DIVIDE		 0x3e0
#define SPURIOUS_ENABLE		 bit(8)
#define LVT_PERIODIC		 bit(17)
#define LVT_MASKED		 bit(16)
/* Holds back vectors 16..31, which a device can be told to send but which are exceptions here. */
#define TPR_NO_EXCEPTION_VECTORS 0x1f
#define DIVIDE_BY_1		 0xb

static uint32_t reg(uint32_t offset)
{
	return mmio_read32(LAPIC_ADDRESS + offset);
}

static void set_reg(uint32_t offset, uint32_t value)
{
	mmio_write32(LAPIC_ADDRESS + offset, value);
}

void lapic_init(void)
{
	static const uint32_t masked[] = { REG_LVT_THERMAL, REG_LVT_PERF, REG_LVT_LINT0,
					   REG_LVT_LINT1, REG_LVT_ERROR };

	for (unsigned int i = 0; i < ARRAY_SIZE(masked); i++)
		set_reg(masked[i], LVT_MASKED);
	set_reg(REG_INITIAL, 0);
	set_reg(REG_DIVIDE, DIVIDE_BY_1);
	set_reg(REG_LVT_TIMER, LVT_PERIODIC | VECTOR_TIMER);
	set_reg(REG_TPR, TPR_NO_EXCEPTION_VECTORS);
	set_reg(REG_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
}

uint8_t lapic_id(void)
{
	return (uint8_t)(reg(REG_ID) >> 24);
}

void lapic_eoi(void)
{
	set_reg(REG_EOI, 0);
}

void lapic_timer_start(uint32_t ticks)
{
	set_reg(REG_INITIAL, ticks);
}

uint32_t lapic_timer_count(void)
{
	return reg(REG_CURRENT);
}
