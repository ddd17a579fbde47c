/* SPDX-License-Identifier: MIT */
/* Ports of the TD: the machine's, but for the VMM's own. */
#include "vmm/io.h"

#include <tdx/leaf.h>

#include "lib/bits.h"
#include "lib/handoff.h"
#include "vmm/console.h"
#include "vmm/vmcall.h"

#define PORT_RESET_CONTROL 0xcf9
#define RESET_CPU	   bit(2)
#define PORT_KEYBOARD	   0x64
#define KEYBOARD_RESET	   0xfe
#define PORT_FAST_A20	   0x92
#define FAST_RESET	   bit(0)
#define FAST_A20_ON	   bit(1)
#define PM1_SLEEP_ENABLE   bit(13)

/* Ports that read as all ones and take no writes: what the VMM or the monitor owns. */
static const struct {
	uint16_t first, last;
} hidden[] = {
	{ 0x20, 0x21 },
	{ 0xa0, 0xa1 },	  /* 8259s: masked for good */
	{ 0xb2, 0xb3 },	  /* system management interrupts */
	{ 0x4d0, 0x4d1 }, /* 8259s: edge or level */
	{ PORT_MONITOR_CONSOLE, PORT_MONITOR_CONSOLE },
	{ PORT_VMM_CONSOLE, PORT_VMM_CONSOLE },
	{ PORT_MACHINE_EXIT, PORT_MACHINE_EXIT + 3 },
	{ 0x510, 0x51b }, /* firmware configuration: the VMM's files */
};

static bool is_hidden(uint16_t port, unsigned int size)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(hidden); i++)
		if (port <= hidden[i].last && port + size > hidden[i].first)
			return true;
	return false;
}

static void progress(struct td *td, uint32_t value)
{
	if (value >= TD_PROGRESS_SHIM && value <= TD_PROGRESS_KERNEL)
		td_set_progress(td, (enum td_progress)value);
}

/* 16 bits wide it is the power management register of the machine, which OVMF and others know. */
static void sleep_control(struct td *td, unsigned int size, uint32_t value)
{
	if (size == 1 ? value == TD_POWER_OFF_VALUE : (value & PM1_SLEEP_ENABLE) != 0)
		td_set_end(td, TD_POWEROFF);
}

/* Ports that the VMM serves itself. True: this was one. */
static bool own_write(struct td *td, uint16_t port, unsigned int size, uint32_t value)
{
	switch (port) {
	case PORT_TD_POWER:
		sleep_control(td, size, value);
		return true;
	case PORT_TD_STATUS:
		return true;
	case PORT_TD_RESET:
		if (value == TD_RESET_VALUE)
			td_set_end(td, TD_RESET);
		return true;
	case PORT_TD_PROGRESS:
		progress(td, value);
		return true;
	case PORT_RESET_CONTROL:
		if (value & RESET_CPU)
			td_set_end(td, TD_RESET);
		return true;
	case PORT_FAST_A20:
		if (value & FAST_RESET)
			td_set_end(td, TD_RESET);
		return true;
	case PORT_KEYBOARD:
		if (value == KEYBOARD_RESET)
			td_set_end(td, TD_RESET);
		return value == KEYBOARD_RESET;
	default:
		return false;
	}
}

static bool own_read(uint16_t port, uint32_t *value)
{
	switch (port) {
	case PORT_FAST_A20:
		*value = FAST_A20_ON;
		return true;
	case PORT_TD_POWER:
	case PORT_TD_STATUS:
	case PORT_TD_RESET:
	case PORT_TD_PROGRESS:
	case PORT_RESET_CONTROL:
		*value = 0;
		return true;
	default:
		return false;
	}
}

static uint32_t port_in(uint16_t port, unsigned int size)
{
	uint32_t value;

	if (own_read(port, &value))
		return value;
	if (is_hidden(port, size))
		return UINT32_MAX;
	return size == 1 ? inb(port) : size == 2 ? inw(port) : inl(port);
}

static void port_out(struct td *td, uint16_t port, unsigned int size, uint32_t value)
{
	if (own_write(td, port, size, value) || is_hidden(port, size))
		return;
	if (size == 1)
		outb((uint8_t)value, port);
	else if (size == 2)
		outw((uint16_t)value, port);
	else
		outl(value, port);
}

/* Some guests send and expect one bit more than the access has: the size decides. */
uint64_t vmcall_io(struct vcpu *v)
{
	uint64_t *r = v->gpr;
	uint64_t size = r[TDX_R12], port = r[TDX_R14];

	if ((size != 1 && size != 2 && size != 4) || r[TDX_R13] > 1 || port > UINT16_MAX)
		return TDVMCALL_STATUS_INVALID_OPERAND;
	if (r[TDX_R13])
		port_out(v->td, (uint16_t)port, (unsigned int)size,
			 (uint32_t)(r[TDX_R15] & byte_mask((unsigned int)size)));
	else
		r[TDX_R11] =
			port_in((uint16_t)port, (unsigned int)size) & byte_mask((unsigned int)size);
	return TDVMCALL_STATUS_SUCCESS;
}
