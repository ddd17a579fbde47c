/* SPDX-License-Identifier: MIT */
/*
 * TDG.VP.VMCALL: requests to the VMM. Guest-Hypervisor Communication Interface (GHCI)
 * specification, "TDG.VP.VMCALL Interface".
 *
 * A failure of the TDCALL itself is the module's doing and cannot happen with the masks used here:
 * tdx_panic(). What the VMM answers is a struct tdvmcall_status, never to be trusted and never
 * fatal by itself; on any status but success the outputs are 0.
 */
#ifndef GUEST_VMCALL_H
#define GUEST_VMCALL_H

#include <stdbool.h>
#include <stdint.h>

#include <tdx/types.h>

#include "guest/tdcall.h"
#include "lib/addr.h"

struct tdvmcall_status {
	uint64_t r10; /* TDVMCALL_STATUS_* */
};

static inline bool tdvmcall_ok(struct tdvmcall_status status)
{
	return status.r10 == TDVMCALL_STATUS_SUCCESS;
}

/*
 * The full set: exposes RDX RBX RSI RDI R8-R15 (mask 0xffcc), in and out. The standard set: R10-R15
 * (mask 0xfc00). Members of args that a request does not use must be 0.
 */
struct tdvmcall_status __tdx_hypercall(struct tdx_module_args *args);
struct tdvmcall_status __tdvmcall(struct tdx_module_args *args);

struct tdvmcall_status tdvmcall_cpuid(uint32_t leaf, uint32_t subleaf, struct tdx_cpuid_value *out);

/* Returns when an interrupt is pending; with interrupts_blocked only an NMI counts as one. */
struct tdvmcall_status tdvmcall_hlt(bool interrupts_blocked);

/* size: 1, 2 or 4 bytes. Values are cut to the size in both directions. */
struct tdvmcall_status tdvmcall_io_read(uint16_t port, unsigned int size, uint32_t *value);
struct tdvmcall_status tdvmcall_io_write(uint16_t port, unsigned int size, uint32_t value);

struct tdvmcall_status tdvmcall_rdmsr(uint32_t index, uint64_t *value);
struct tdvmcall_status tdvmcall_wrmsr(uint32_t index, uint64_t value);

/* gpa carries the SHARED bit. size: 1, 2, 4 or 8 bytes. */
struct tdvmcall_status tdvmcall_mmio_read(struct gpa gpa, unsigned int size, uint64_t *value);
struct tdvmcall_status tdvmcall_mmio_write(struct gpa gpa, unsigned int size, uint64_t value);

/*
 * Asks the VMM to make [start, start + size) shared (SHARED bit set in start) or private. Carries
 * on while the VMM says RETRY and makes progress: an address outside of what was asked for is
 * refused (TDVMCALL_STATUS_INVALID_OPERAND), three answers without progress are the end
 * (TDVMCALL_STATUS_RETRY). After a failure part of the range may have changed. Private pages must
 * be accepted before use.
 */
struct tdvmcall_status tdvmcall_map_gpa(struct gpa start, uint64_t size);

struct tdvmcall_info {
	uint64_t r11, r12, r13, r14;
};

struct tdvmcall_status tdvmcall_get_td_vm_call_info(uint64_t leaf, struct tdvmcall_info *info);

#define TDVMCALL_FATAL_MESSAGE_SIZE 64

/* message: printable text; what is beyond 64 bytes is cut off. A sane VMM does not return. */
void tdvmcall_report_fatal_error(uint32_t code, const char *message);

struct tdvmcall_status tdvmcall_setup_event_notify_interrupt(uint8_t vector);

#endif
