/* SPDX-License-Identifier: MIT */
/*
 * TDG.VP.VMCALL: requests to the VMM. Guest-Hypervisor Communication Interface (GHCI)
 * specification, "TDG.VP.VMCALL Interface".
 *
 * Two can fail. The TDCALL itself (RAX, a uint64_t of TDX_*): the module's doing, which cannot
 * happen with the masks used here and is tdx_panic(). The VMM (R10, a struct tdvmcall_status):
 * never to be trusted and never fatal by itself. On any status but success all outputs are 0; on
 * success they are whatever the VMM likes, cut to the width that the request has. Any function here
 * can return
 *
 *	TDVMCALL_STATUS_INVALID_OPERAND		the VMM does not like an operand; old VMMs: or
 *						does not know the request
 *	TDVMCALL_STATUS_SUBFUNC_UNSUPPORTED	it does not know the request
 *
 * and any other value. All of them may take as long as the VMM wants. Registers that a request does
 * not use carry 0 or are not exposed.
 */
#ifndef GUEST_VMCALL_H
#define GUEST_VMCALL_H

#include <stdbool.h>
#include <stdint.h>

#include <tdx/types.h>

#include "guest/tdcall.h"
#include "lib/addr_types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tdvmcall_status {
	uint64_t r10; /* TDVMCALL_STATUS_* */
};

static inline bool tdvmcall_ok(struct tdvmcall_status status)
{
	return status.r10 == TDVMCALL_STATUS_SUCCESS;
}

/*
 * With all registers in memory. The full set: exposes RDX RBX RSI RDI R8-R15 (mask 0xffcc), in and
 * out. The standard set: R10-R15 (mask 0xfc00). Members of args that a request does not use must be
 * 0; outputs are as the VMM wrote them, even on failure. args->rcx is set here.
 */
struct tdvmcall_status __tdx_hypercall(struct tdx_module_args *args);
struct tdvmcall_status __tdvmcall(struct tdx_module_args *args);

/* Sub-function fn of the standard set with R12-R15: without output, or with one (R11; 0 unless the
 * status is success). */
struct tdvmcall_status _tdx_hypercall(uint64_t fn, uint64_t r12, uint64_t r13, uint64_t r14,
				      uint64_t r15);
struct tdvmcall_status tdvmcall(uint64_t fn, uint64_t r12, uint64_t r13, uint64_t r14, uint64_t r15,
				uint64_t *out);

/*
 * A hypercall of KVM's, for when CPUID 0x40000000 says that the VMM is KVM. nr: KVM_HC_*, not 0.
 * Returns KVM's answer, negative for its errors; -TDX_KVM_ENOSYS for nr 0 without asking, which
 * would be no vendor call.
 */
#define TDX_KVM_ENOSYS 1000

int64_t tdx_kvm_hypercall(uint64_t nr, uint64_t p1, uint64_t p2, uint64_t p3, uint64_t p4);

struct tdvmcall_status tdvmcall_cpuid(uint32_t leaf, uint32_t subleaf, struct tdx_cpuid_value *out);

/* Returns when an interrupt is pending; with interrupts_blocked only an NMI counts as one. */
struct tdvmcall_status tdvmcall_hlt(bool interrupts_blocked);

/* size: 1, 2 or 4 bytes. Values are cut to the size in both directions. */
struct tdvmcall_status tdvmcall_io_read(uint16_t port, unsigned int size, uint32_t *value);
struct tdvmcall_status tdvmcall_io_write(uint16_t port, unsigned int size, uint32_t value);

struct tdvmcall_status tdvmcall_rdmsr(uint32_t index, uint64_t *value);
struct tdvmcall_status tdvmcall_wrmsr(uint32_t index, uint64_t value);

/* gpa carries the SHARED bit. size: 1, 2, 4 or 8 bytes. Values are cut to the size in both
 * directions. */
struct tdvmcall_status tdvmcall_mmio_read(struct gpa gpa, unsigned int size, uint64_t *value);
struct tdvmcall_status tdvmcall_mmio_write(struct gpa gpa, unsigned int size, uint64_t value);

/* WBINVD or, with keep, WBNOINVD. Many VMMs refuse: caches need no such care in a TD. */
struct tdvmcall_status tdvmcall_wbinvd(bool keep);

/* PCONFIG with EAX = leaf and RBX RCX RDX; *eax: its EAX. The registers of this request are as
 * drafts of GHCI have them: no VMM is known to answer it. */
struct tdvmcall_status tdvmcall_pconfig(uint32_t leaf, uint64_t rbx, uint64_t rcx, uint64_t rdx,
					uint32_t *eax);

struct tdvmcall_info {
	uint64_t r11, r12, r13, r14;
};

/* leaf 0: success says that the base set is there. leaf 1: feature bits in r11, TDVMCALL_INFO_*. */
struct tdvmcall_status tdvmcall_get_td_vm_call_info(uint64_t leaf, struct tdvmcall_info *info);

#define TDVMCALL_INFO_EVENT_NOTIFY_INTERRUPT (UINT64_C(1) << 1)

/*
 * Asks the VMM to make [start, start + size) shared (SHARED bit set in start) or private. Both are
 * multiples of 4 KiB: TDVMCALL_STATUS_ALIGN_ERROR if not, TDVMCALL_STATUS_INVALID_OPERAND for an
 * empty range or one that wraps, both without asking. Carries on while the VMM says RETRY and makes
 * progress: an address outside of what is left is refused (TDVMCALL_STATUS_INVALID_OPERAND and
 * tdx_warn()), three answers without progress are the end (TDVMCALL_STATUS_RETRY). After a failure
 * any part of the range may have changed. Private pages must be accepted before use;
 * guest/convert.h does both.
 */
struct tdvmcall_status tdvmcall_map_gpa(struct gpa start, uint64_t size);

/* Queues the report in a shared buffer of size bytes (4 KiB-aligned, both) for a quote;
 * guest/quote.h does all of it. TDVMCALL_STATUS_GPA_INUSE, _ALIGN_ERROR, _RETRY. */
struct tdvmcall_status tdvmcall_get_quote(struct gpa buffer, uint64_t size);

#define TDVMCALL_FATAL_MESSAGE_SIZE 64

/*
 * The TD cannot go on. message: printable text; what is beyond 64 bytes is cut off. The second form
 * gives more in a shared page of text as well; code is 63 bits then. A sane VMM does not return:
 * the caller must be ready for it.
 */
void tdvmcall_report_fatal_error(uint32_t code, const char *message);
void tdvmcall_report_fatal_error_page(uint64_t code, const char *message, struct gpa page);

/* The VMM may post this vector, 32..255, when something asked for has happened (a quote). */
struct tdvmcall_status tdvmcall_setup_event_notify_interrupt(uint8_t vector);

/*
 * A request to a service of the VMM in a shared command buffer (4 KiB-aligned), the answer in
 * another. vector: 0 to wait for it, or 32..255. timeout: in the service's unit, 0 for none. Only
 * the VMM's taking of the request has a status here.
 */
struct tdvmcall_status tdvmcall_service(struct gpa command, struct gpa response, uint8_t vector,
					uint64_t timeout);

/*
 * For a migration TD, API version 1. buffer: shared, 4 KiB-aligned; length: in bytes; vector:
 * posted when it is done. request: the id that came with wait_for_request.
 */
struct tdvmcall_status tdvmcall_migtd_wait_for_request(struct gpa buffer, uint64_t length,
						       uint8_t vector);
struct tdvmcall_status tdvmcall_migtd_report_status(uint64_t request, uint64_t status,
						    struct gpa buffer, uint64_t length,
						    uint8_t vector);
struct tdvmcall_status tdvmcall_migtd_send(uint64_t request, struct gpa buffer, uint64_t length,
					   uint8_t vector);
struct tdvmcall_status tdvmcall_migtd_receive(uint64_t request, struct gpa buffer, uint64_t length,
					      uint8_t vector);

#ifdef __cplusplus
}
#endif

#endif
