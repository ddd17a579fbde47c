/* SPDX-License-Identifier: MIT */
/* Device memory of the TD: the machine's, but for the interrupt controllers. */
#include <tdx/leaf.h>

#include "lib/bits.h"
#include "vmm/ioapic.h"
#include "vmm/lapic.h"
#include "vmm/pages.h"
#include "vmm/vmcall.h"

/* Devices below 4 GiB: this machine (q35) has its PCI configuration space here, and no RAM above.
 */
#define DEVICES_FROM UINT64_C(0xb0000000)
/* The VMM's page tables map so much. */
#define MAPPED_END   (UINT64_C(512) * SIZE_1G)

/* Devices above 4 GiB begin behind all RAM. */
static bool is_device(uint64_t address, unsigned int size)
{
	uint64_t ram_end = ram.count ? range_end(&ram.ranges[ram.count - 1]) : 0;

	if (address >= DEVICES_FROM && address + size <= SIZE_4G)
		return true;
	return address >= SIZE_4G && address >= ram_end && address + size <= MAPPED_END;
}

static bool is_in_page(uint64_t address, uint64_t page)
{
	return align_down(address, PAGE_SIZE) == page;
}

static uint64_t device_read(uint64_t address, unsigned int size)
{
	switch (size) {
	case 1:
		return *(volatile uint8_t *)address;
	case 2:
		return *(volatile uint16_t *)address;
	case 4:
		return *(volatile uint32_t *)address;
	default:
		return *(volatile uint64_t *)address;
	}
}

static void device_write(uint64_t address, unsigned int size, uint64_t value)
{
	switch (size) {
	case 1:
		*(volatile uint8_t *)address = (uint8_t)value;
		break;
	case 2:
		*(volatile uint16_t *)address = (uint16_t)value;
		break;
	case 4:
		*(volatile uint32_t *)address = (uint32_t)value;
		break;
	default:
		*(volatile uint64_t *)address = value;
	}
}

/* The TD's local APIC has no MMIO page, and the machine's is the VMM's. */
static uint64_t read(uint64_t address, unsigned int size)
{
	if (is_in_page(address, LAPIC_ADDRESS) || !is_device(address, size))
		return UINT64_MAX;
	if (is_in_page(address, IOAPIC_ADDRESS))
		return ioapic_read((uint32_t)(address - IOAPIC_ADDRESS));
	return device_read(address, size);
}

static void write(uint64_t address, unsigned int size, uint64_t value)
{
	if (is_in_page(address, LAPIC_ADDRESS) || !is_device(address, size))
		return;
	if (is_in_page(address, IOAPIC_ADDRESS))
		ioapic_write((uint32_t)(address - IOAPIC_ADDRESS), low32(value));
	else
		device_write(address, size, value);
}

uint64_t vmcall_mmio(struct vcpu *v)
{
	uint64_t *r = v->gpr;
	unsigned int size = (unsigned int)r[TDX_R12];
	uint64_t address = r[TDX_R14] & ~TD_SHARED_BIT;

	if ((r[TDX_R12] != 1 && r[TDX_R12] != 2 && r[TDX_R12] != 4 && r[TDX_R12] != 8) ||
	    r[TDX_R13] > 1 || !(r[TDX_R14] & TD_SHARED_BIT) || address >= TD_SHARED_BIT ||
	    address % PAGE_SIZE + size > PAGE_SIZE || memory_window(v->td, address))
		return TDVMCALL_STATUS_INVALID_OPERAND;
	if (r[TDX_R13])
		write(address, size, r[TDX_R15] & byte_mask(size));
	else
		r[TDX_R11] = read(address, size) & byte_mask(size);
	return TDVMCALL_STATUS_SUCCESS;
}
