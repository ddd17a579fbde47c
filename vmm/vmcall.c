/* SPDX-License-Identifier: MIT */
#include "vmm/vmcall.h"

#include <tdx/leaf.h>

#define KVM_SIGNATURE_LEAF 0x40000000
#define KVM_FEATURE_LEAF   0x40000001
#define VENDOR_UNSUPPORTED (-(uint64_t)1000) /* as KVM answers calls that it does not know */

#define INFO_BASE	      0
#define INFO_SUBFUNCTIONS     1
#define INFO_HAS_EVENT_NOTIFY (UINT64_C(1) << 1)
#define EVENT_VECTOR_FIRST    32
#define EVENT_VECTOR_LAST     255

const char *const vmcall_names[VMCALL_COUNT] = {
	[VMCALL_CPUID] = "cpuid",
	[VMCALL_HLT] = "hlt",
	[VMCALL_IO] = "io",
	[VMCALL_RDMSR] = "rdmsr",
	[VMCALL_WRMSR] = "wrmsr",
	[VMCALL_MMIO] = "mmio",
	[VMCALL_MAP_GPA] = "map_gpa",
	[VMCALL_GET_TD_VM_CALL_INFO] = "get_td_vm_call_info",
	[VMCALL_REPORT_FATAL_ERROR] = "report_fatal_error",
	[VMCALL_SETUP_EVENT_NOTIFY_INTERRUPT] = "setup_event_notify_interrupt",
	[VMCALL_UNKNOWN] = "unknown",
};

/*
 * The leaves that the module does not answer itself. KVM's signature tells Linux that the x2APIC
 * may be used without interrupt remapping; no feature of KVM is offered with it.
 */
static uint64_t cpuid(struct vcpu *v)
{
	uint64_t *r = v->gpr;
	bool signature = (uint32_t)r[TDX_R12] == KVM_SIGNATURE_LEAF;

	r[TDX_R12] = signature ? KVM_FEATURE_LEAF : 0;
	r[TDX_R13] = signature ? 0x4b4d564b : 0; /* "KVMKVMKVM" */
	r[TDX_R14] = signature ? 0x564b4d56 : 0;
	r[TDX_R15] = signature ? 0x0000004d : 0;
	return TDVMCALL_STATUS_SUCCESS;
}

static uint64_t get_td_vm_call_info(struct vcpu *v)
{
	uint64_t *r = v->gpr;

	if (r[TDX_R12] > INFO_SUBFUNCTIONS)
		return TDVMCALL_STATUS_INVALID_OPERAND;
	r[TDX_R11] = r[TDX_R12] == INFO_BASE ? 0 : INFO_HAS_EVENT_NOTIFY;
	r[TDX_R12] = r[TDX_R13] = r[TDX_R14] = 0;
	return TDVMCALL_STATUS_SUCCESS;
}

static uint64_t setup_event_notify_interrupt(struct vcpu *v)
{
	uint64_t vector = v->gpr[TDX_R12];

	if (vector < EVENT_VECTOR_FIRST || vector > EVENT_VECTOR_LAST)
		return TDVMCALL_STATUS_INVALID_OPERAND;
	v->event_notify_vector = (uint8_t)vector;
	return TDVMCALL_STATUS_SUCCESS;
}

static uint64_t unknown(struct vcpu *v)
{
	return TDVMCALL_STATUS_SUBFUNC_UNSUPPORTED;
}

typedef uint64_t vmcall_function(struct vcpu *v);

static vmcall_function *const functions[VMCALL_COUNT] = {
	[VMCALL_CPUID] = cpuid,
	[VMCALL_HLT] = vmcall_hlt,
	[VMCALL_IO] = vmcall_io,
	[VMCALL_RDMSR] = vmcall_rdmsr,
	[VMCALL_WRMSR] = vmcall_wrmsr,
	[VMCALL_MMIO] = vmcall_mmio,
	[VMCALL_MAP_GPA] = vmcall_map_gpa,
	[VMCALL_GET_TD_VM_CALL_INFO] = get_td_vm_call_info,
	[VMCALL_REPORT_FATAL_ERROR] = vmcall_report_fatal_error,
	[VMCALL_SETUP_EVENT_NOTIFY_INTERRUPT] = setup_event_notify_interrupt,
	[VMCALL_UNKNOWN] = unknown,
};

static enum vmcall_kind kind(uint64_t subfunction)
{
	switch (subfunction) {
	case TDVMCALL_CPUID:
		return VMCALL_CPUID;
	case TDVMCALL_HLT:
		return VMCALL_HLT;
	case TDVMCALL_IO:
		return VMCALL_IO;
	case TDVMCALL_RDMSR:
		return VMCALL_RDMSR;
	case TDVMCALL_WRMSR:
		return VMCALL_WRMSR;
	case TDVMCALL_MMIO:
		return VMCALL_MMIO;
	case TDVMCALL_MAP_GPA:
		return VMCALL_MAP_GPA;
	case TDVMCALL_GET_TD_VM_CALL_INFO:
		return VMCALL_GET_TD_VM_CALL_INFO;
	case TDVMCALL_REPORT_FATAL_ERROR:
		return VMCALL_REPORT_FATAL_ERROR;
	case TDVMCALL_SETUP_EVENT_NOTIFY_INTERRUPT:
		return VMCALL_SETUP_EVENT_NOTIFY_INTERRUPT;
	default:
		return VMCALL_UNKNOWN;
	}
}

void vmcall_handle(struct vcpu *v)
{
	bool vendor = v->gpr[TDX_R10] != 0;
	enum vmcall_kind k = vendor ? VMCALL_UNKNOWN : kind(v->gpr[TDX_R11]);

	if (v->td->progress == TD_PROGRESS_KERNEL)
		td_set_progress(v->td, TD_PROGRESS_GUEST);
	v->td->vmcalls[k]++;
	v->gpr[TDX_R10] = vendor ? VENDOR_UNSUPPORTED : functions[k](v);
	v->last_violation = 0;
}
