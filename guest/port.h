/* SPDX-License-Identifier: MIT */
/*
 * Port I/O without a #VE. The stubs take and return what the instructions do: port in DX, value in
 * AL, AX or EAX; IN EAX clears the upper half of RAX, the others leave it. Every other register is
 * kept, RFLAGS too, so that a CALL of one can replace IN or OUT with DX (with 16-byte stack
 * alignment or without). No policy applies. When the VMM refuses, IN gives all ones and OUT does
 * nothing, as a machine does without such a port; a failure of the module is tdx_panic().
 */
#ifndef GUEST_PORT_H
#define GUEST_PORT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Not C functions. */
extern const char __tdx_inb[], __tdx_inw[], __tdx_inl[];
extern const char __tdx_outb[], __tdx_outw[], __tdx_outl[];

/* The stack below RSP may be the caller's own red zone. */
#define TDX_PORT_CALL(name) "lea -128(%%rsp), %%rsp; call " name "; lea 128(%%rsp), %%rsp"

static inline uint8_t tdx_inb(uint16_t port)
{
	uint8_t value;

	__asm__ volatile(TDX_PORT_CALL("__tdx_inb") : "=a"(value) : "d"(port) : "memory");
	return value;
}

static inline uint16_t tdx_inw(uint16_t port)
{
	uint16_t value;

	__asm__ volatile(TDX_PORT_CALL("__tdx_inw") : "=a"(value) : "d"(port) : "memory");
	return value;
}

static inline uint32_t tdx_inl(uint16_t port)
{
	uint32_t value;

	__asm__ volatile(TDX_PORT_CALL("__tdx_inl") : "=a"(value) : "d"(port) : "memory");
	return value;
}

static inline void tdx_outb(uint16_t port, uint8_t value)
{
	__asm__ volatile(TDX_PORT_CALL("__tdx_outb") : : "d"(port), "a"(value) : "memory");
}

static inline void tdx_outw(uint16_t port, uint16_t value)
{
	__asm__ volatile(TDX_PORT_CALL("__tdx_outw") : : "d"(port), "a"(value) : "memory");
}

static inline void tdx_outl(uint16_t port, uint32_t value)
{
	__asm__ volatile(TDX_PORT_CALL("__tdx_outl") : : "d"(port), "a"(value) : "memory");
}

#ifdef __cplusplus
}
#endif

#endif
