/* SPDX-License-Identifier: MIT */
#include "vmm/ioapic.h"

#include "lib/bits.h"
#include "vmm/interrupts.h"
#include "vmm/io.h"
#include "vmm/lapic.h"
#include "vmm/td.h"

#define OFFSET_SELECT 0x00
#define OFFSET_WINDOW 0x10

#define REG_ID	    0x00
#define REG_VERSION 0x01
#define REG_ENTRIES 0x10 /* two for each pin */

#define ENTRY_VECTOR(low) ((uint8_t)(low))
#define ENTRY_MODE(low)	  ((low) >> 8 & 7)
#define ENTRY_READ_ONLY	  (bit(12) | bit(14))
#define ENTRY_POLARITY	  bit(13)
#define ENTRY_MASKED	  bit(16)
#define MODE_LOWEST	  1
#define DESTINATION_SHIFT 24

/* What the TD sees. */
static struct {
	uint32_t select;
	uint32_t id;
	uint32_t entry[2 * IOAPIC_PINS]; /* low and high half by turns */
} shadow;

static void machine_write(uint32_t reg, uint32_t value)
{
	mmio_write32(IOAPIC_ADDRESS + OFFSET_SELECT, reg);
	mmio_write32(IOAPIC_ADDRESS + OFFSET_WINDOW, value);
}

static uint32_t machine_read(uint32_t reg)
{
	mmio_write32(IOAPIC_ADDRESS + OFFSET_SELECT, reg);
	return mmio_read32(IOAPIC_ADDRESS + OFFSET_WINDOW);
}

/* Can the pin's interrupt be posted as the TD has set it? */
static bool is_deliverable(uint32_t low)
{
	return !(low & ENTRY_MASKED) && ENTRY_MODE(low) <= MODE_LOWEST;
}

static void set_pin(unsigned int pin)
{
	uint32_t low = shadow.entry[2 * pin];
	uint32_t machine = (VECTOR_IOAPIC + pin) | (low & ENTRY_POLARITY);

	if (!is_deliverable(low))
		machine |= ENTRY_MASKED;
	machine_write(REG_ENTRIES + 2 * pin, machine);
}

void ioapic_init(void)
{
	for (unsigned int pin = 0; pin < IOAPIC_PINS; pin++) {
		shadow.entry[2 * pin] = ENTRY_MASKED;
		set_pin(pin);
		machine_write(REG_ENTRIES + 2 * pin + 1, (uint32_t)lapic_id() << DESTINATION_SHIFT);
	}
}

static uint32_t read_register(uint32_t reg)
{
	if (reg == REG_ID)
		return shadow.id;
	if (reg == REG_VERSION)
		return machine_read(REG_VERSION);
	if (reg >= REG_ENTRIES && reg < REG_ENTRIES + 2 * IOAPIC_PINS)
		return shadow.entry[reg - REG_ENTRIES];
	return 0;
}

static void write_register(uint32_t reg, uint32_t value)
{
	uint32_t index = reg - REG_ENTRIES;

	if (reg == REG_ID)
		shadow.id = value;
	if (reg < REG_ENTRIES || index >= 2 * IOAPIC_PINS)
		return;
	if (index % 2) {
		shadow.entry[index] = value;
		return;
	}
	shadow.entry[index] = value & (uint32_t)~ENTRY_READ_ONLY;
	set_pin(index / 2);
}

uint32_t ioapic_read(uint32_t offset)
{
	if (offset == OFFSET_SELECT)
		return shadow.select;
	return offset == OFFSET_WINDOW ? read_register(shadow.select) : 0;
}

void ioapic_write(uint32_t offset, uint32_t value)
{
	if (offset == OFFSET_SELECT)
		shadow.select = value & 0xff;
	else if (offset == OFFSET_WINDOW)
		write_register(shadow.select, value);
}

void ioapic_interrupt(struct vcpu *v, unsigned int pin)
{
	uint32_t low = shadow.entry[2 * pin];

	if (is_deliverable(low))
		vcpu_post(v, ENTRY_VECTOR(low));
}
