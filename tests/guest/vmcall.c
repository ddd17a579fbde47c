/* SPDX-License-Identifier: MIT */
/* TDG.VP.VMCALL: the mask, registers that it hides, the VMM's statuses. TDX Module ABI
 * specification; GHCI specification. */
#include <tdx/args.h>
#include <tdx/types.h>

#include "tests/guest/runtime.h"

#define MASK_STANDARD 0xfc00
#define MASK_FULL     0xffcc

/* A request for CPUID 0x40000000, whose answer fills R10 to R15. */
static struct tdx_module_args cpuid_request(uint64_t mask)
{
	return (struct tdx_module_args){
		.rcx = mask,
		.rdx = 0x22,
		.rbx = 0x33,
		.rsi = 0x66,
		.rdi = 0x77,
		.r8 = 0x88,
		.r9 = 0x99,
		.r11 = TDVMCALL_CPUID,
		.r12 = 0x40000000,
		.r14 = 0xee,
		.r15 = 0xff,
	};
}

static void test_bad_mask(uint64_t mask, const char *name)
{
	struct tdx_module_args args = cpuid_request(mask);

	is(__tdcall_saved_ret(TDG_VP_VMCALL, &args), TDX_OPERAND_INVALID | TDX_RCX, "%s", name);
	is(args.r12, 0x40000000, "%s: nothing has happened", name);
}

static void test_mask(void)
{
	test_bad_mask(MASK_STANDARD | 1 << TDX_RAX, "RAX cannot be exposed");
	test_bad_mask(MASK_STANDARD | 1 << TDX_RCX, "nor RCX");
	test_bad_mask(MASK_STANDARD | 1 << TDX_RSP, "nor RSP");
	test_bad_mask(MASK_STANDARD | 1 << TDX_RBP, "nor RBP, in this TD");
	test_bad_mask(MASK_STANDARD | UINT64_C(1) << 32, "bits 63:32 are 0");
}

static void test_hidden_registers(void)
{
	struct tdx_module_args args = cpuid_request(MASK_STANDARD);

	is(__tdcall_saved_ret(TDG_VP_VMCALL, &args), TDX_SUCCESS, "a request with R10-R15");
	is(args.r10, TDVMCALL_STATUS_SUCCESS, "the VMM's answer");
	is(args.rcx, MASK_STANDARD, "RCX is the mask");
	ok(args.rdx == 0x22 && args.rbx == 0x33 && args.rsi == 0x66 && args.rdi == 0x77 &&
		   args.r8 == 0x88 && args.r9 == 0x99,
	   "the others keep their values");

	args = cpuid_request(1 << TDX_R10 | 1 << TDX_R11 | 1 << TDX_R12);
	is(__tdcall_saved_ret(TDG_VP_VMCALL, &args), TDX_SUCCESS, "a request with R10-R12");
	ok(args.r13 == 0 && args.r14 == 0xee && args.r15 == 0xff, "R13-R15 keep their values");

	/* With R11 hidden the VMM sees sub-function 0. */
	args = cpuid_request(1 << TDX_R10);
	is(__tdcall_saved_ret(TDG_VP_VMCALL, &args), TDX_SUCCESS, "a request with R10 only");
	is(args.r10, TDVMCALL_STATUS_SUBFUNC_UNSUPPORTED, "a hidden register reads as 0");
}

static void test_unknown(void)
{
	struct tdx_module_args args = { .r11 = 0x12345 };

	is(__tdvmcall(&args).r10, TDVMCALL_STATUS_SUBFUNC_UNSUPPORTED, "an unknown sub-function");
	args = (struct tdx_module_args){ .r11 = TDVMCALL_MIGTD };
	is(__tdx_hypercall(&args).r10, TDVMCALL_STATUS_SUBFUNC_UNSUPPORTED, "MigTD");
	args = (struct tdx_module_args){ .r10 = 0x7777, .r11 = TDVMCALL_CPUID };
	ok(__tdvmcall(&args).r10 != TDVMCALL_STATUS_SUCCESS, "an unknown vendor call");
}

static void test_operands(void)
{
	struct tdx_module_args args = { .r11 = TDVMCALL_IO, .r12 = 3, .r14 = 0x80 };
	uint64_t value;

	is(__tdvmcall(&args).r10, TDVMCALL_STATUS_INVALID_OPERAND, "IO of three bytes");
	args = (struct tdx_module_args){ .r11 = TDVMCALL_IO, .r12 = 1, .r13 = 2, .r14 = 0x80 };
	is(__tdvmcall(&args).r10, TDVMCALL_STATUS_INVALID_OPERAND, "IO in a third direction");
	is(tdvmcall_rdmsr(0xdeadbeef, &value).r10, TDVMCALL_STATUS_INVALID_OPERAND,
	   "RDMSR of an unknown register");
	is(tdvmcall_wrmsr(0xdeadbeef, 0).r10, TDVMCALL_STATUS_INVALID_OPERAND,
	   "WRMSR of an unknown register");
	is(tdvmcall_mmio_read(gpa(0xfec00000), 4, &value).r10, TDVMCALL_STATUS_INVALID_OPERAND,
	   "MMIO at a private address");
	is(tdvmcall_setup_event_notify_interrupt(31).r10, TDVMCALL_STATUS_INVALID_OPERAND,
	   "event-notify vector 31");
	is(tdvmcall_setup_event_notify_interrupt(32).r10, TDVMCALL_STATUS_SUCCESS,
	   "event-notify vector 32");
}

static void test_services(void)
{
	struct tdx_cpuid_value cpuid;
	struct tdvmcall_info info;
	uint64_t io_apic = 0xfec00000 | tdx_shared_bit(&vp_info), value;

	is(tdvmcall_cpuid(0x40000000, 0, &cpuid).r10, TDVMCALL_STATUS_SUCCESS, "CPUID");
	ok(cpuid.ebx == 0x4b4d564b && cpuid.ecx == 0x564b4d56 && cpuid.edx == 0x4d,
	   "a hypervisor that lets Linux keep its x2APIC");
	is(tdvmcall_get_td_vm_call_info(0, &info).r10, TDVMCALL_STATUS_SUCCESS,
	   "GetTdVmCallInfo 0");
	ok(!(info.r11 | info.r12 | info.r13 | info.r14), "the base set is there");
	is(tdvmcall_get_td_vm_call_info(1, &info).r10, TDVMCALL_STATUS_SUCCESS,
	   "GetTdVmCallInfo 1");
	is(info.r11, 2, "SetupEventNotifyInterrupt is there");
	is(tdvmcall_get_td_vm_call_info(2, &info).r10, TDVMCALL_STATUS_INVALID_OPERAND,
	   "GetTdVmCallInfo 2");
	is(tdvmcall_rdmsr(0x1b, &value).r10, TDVMCALL_STATUS_SUCCESS, "RDMSR APIC_BASE");
	is(value, 0xfee00d00, "the first VCPU's x2APIC is on");
	is(tdvmcall_mmio_write(gpa(io_apic), 4, 1).r10, TDVMCALL_STATUS_SUCCESS, "MMIO write");
	is(tdvmcall_mmio_read(gpa(io_apic + 0x10), 4, &value).r10, TDVMCALL_STATUS_SUCCESS,
	   "MMIO read");
	is(value & 0xff, 0x20, "I/O APIC version");
}

void guest_test(void)
{
	test_mask();
	test_hidden_registers();
	test_unknown();
	test_operands();
	test_services();
}
