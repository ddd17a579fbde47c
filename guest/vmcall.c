/* SPDX-License-Identifier: MIT */
#include "guest/vmcall.h"

#include "guest/hooks.h"
#include "lib/bits.h"

/* GPRs that TDG.VP.VMCALL shows to the VMM: RDX RBX RSI RDI R8-R15. */
#define MASK_FULL 0xffcc

static struct tdvmcall_status answer(uint64_t rax, const struct tdx_module_args *args)
{
	if (rax != TDX_SUCCESS)
		tdx_panic("TDG.VP.VMCALL failed", rax);
	return (struct tdvmcall_status){ args->r10 };
}

struct tdvmcall_status __tdx_hypercall(struct tdx_module_args *args)
{
	args->rcx = MASK_FULL;
	return answer(__tdcall_saved_ret(TDG_VP_VMCALL, args), args);
}

struct tdvmcall_status __tdvmcall(struct tdx_module_args *args)
{
	return answer(__tdcall_standard(args), args);
}

/* Most sub-functions have one output, in R11. */
static struct tdvmcall_status call_r11(struct tdx_module_args *args, uint64_t *r11)
{
	struct tdvmcall_status status = __tdvmcall(args);

	*r11 = tdvmcall_ok(status) ? args->r11 : 0;
	return status;
}

struct tdvmcall_status tdvmcall_cpuid(uint32_t leaf, uint32_t subleaf, struct tdx_cpuid_value *out)
{
	struct tdx_module_args args = { .r11 = TDVMCALL_CPUID, .r12 = leaf, .r13 = subleaf };
	struct tdvmcall_status status = __tdvmcall(&args);

	*out = (struct tdx_cpuid_value){ 0 };
	if (tdvmcall_ok(status))
		*out = (struct tdx_cpuid_value){ low32(args.r12), low32(args.r13), low32(args.r14),
						 low32(args.r15) };
	return status;
}

struct tdvmcall_status tdvmcall_hlt(bool interrupts_blocked)
{
	struct tdx_module_args args = { .r11 = TDVMCALL_HLT, .r12 = interrupts_blocked };

	return __tdvmcall(&args);
}

struct tdvmcall_status tdvmcall_io_read(uint16_t port, unsigned int size, uint32_t *value)
{
	struct tdx_module_args args = { .r11 = TDVMCALL_IO, .r12 = size, .r14 = port };
	uint64_t r11;
	struct tdvmcall_status status = call_r11(&args, &r11);

	*value = low32(r11 & byte_mask(size));
	return status;
}

struct tdvmcall_status tdvmcall_io_write(uint16_t port, unsigned int size, uint32_t value)
{
	struct tdx_module_args args = {
		.r11 = TDVMCALL_IO,
		.r12 = size,
		.r13 = 1,
		.r14 = port,
		.r15 = value & byte_mask(size),
	};

	return __tdvmcall(&args);
}

struct tdvmcall_status tdvmcall_rdmsr(uint32_t index, uint64_t *value)
{
	struct tdx_module_args args = { .r11 = TDVMCALL_RDMSR, .r12 = index };

	return call_r11(&args, value);
}

struct tdvmcall_status tdvmcall_wrmsr(uint32_t index, uint64_t value)
{
	struct tdx_module_args args = { .r11 = TDVMCALL_WRMSR, .r12 = index, .r13 = value };

	return __tdvmcall(&args);
}

struct tdvmcall_status tdvmcall_mmio_read(struct gpa gpa, unsigned int size, uint64_t *value)
{
	struct tdx_module_args args = { .r11 = TDVMCALL_MMIO, .r12 = size, .r14 = gpa.pa };
	struct tdvmcall_status status = call_r11(&args, value);

	*value &= byte_mask(size);
	return status;
}

struct tdvmcall_status tdvmcall_mmio_write(struct gpa gpa, unsigned int size, uint64_t value)
{
	struct tdx_module_args args = {
		.r11 = TDVMCALL_MMIO,
		.r12 = size,
		.r13 = 1,
		.r14 = gpa.pa,
		.r15 = value & byte_mask(size),
	};

	return __tdvmcall(&args);
}

struct tdvmcall_status tdvmcall_map_gpa(struct gpa start, uint64_t size)
{
	uint64_t at = start.pa, end = start.pa + size;
	unsigned int answers_without_progress = 0;

	for (;;) {
		struct tdx_module_args args = {
			.r11 = TDVMCALL_MAP_GPA,
			.r12 = at,
			.r13 = end - at,
		};
		struct tdvmcall_status status = __tdvmcall(&args);
		uint64_t next = args.r11;

		if (status.r10 != TDVMCALL_STATUS_RETRY)
			return status;
		if (next < at || next >= end || !is_aligned(next, PAGE_SIZE)) {
			tdx_warn("MapGPA: the VMM goes on outside of the range", next);
			return (struct tdvmcall_status){ TDVMCALL_STATUS_INVALID_OPERAND };
		}
		answers_without_progress = next == at ? answers_without_progress + 1 : 0;
		if (answers_without_progress == 3)
			return status;
		at = next;
	}
}

struct tdvmcall_status tdvmcall_get_td_vm_call_info(uint64_t leaf, struct tdvmcall_info *info)
{
	struct tdx_module_args args = { .r11 = TDVMCALL_GET_TD_VM_CALL_INFO, .r12 = leaf };
	struct tdvmcall_status status = __tdvmcall(&args);

	*info = (struct tdvmcall_info){ 0 };
	if (tdvmcall_ok(status))
		*info = (struct tdvmcall_info){ args.r11, args.r12, args.r13, args.r14 };
	return status;
}

void tdvmcall_report_fatal_error(uint32_t code, const char *message)
{
	uint64_t text[TDVMCALL_FATAL_MESSAGE_SIZE / 8] = { 0 };
	struct tdx_module_args args;

	for (unsigned int i = 0; i < sizeof(text) && message[i]; i++)
		text[i / 8] |= (uint64_t)(uint8_t)message[i] << (8 * (i % 8));
	args = (struct tdx_module_args){
		.r11 = TDVMCALL_REPORT_FATAL_ERROR,
		.r12 = code,
		.r14 = text[0],
		.r15 = text[1],
		.rbx = text[2],
		.rdi = text[3],
		.rsi = text[4],
		.r8 = text[5],
		.r9 = text[6],
		.rdx = text[7],
	};
	__tdx_hypercall(&args);
}

struct tdvmcall_status tdvmcall_setup_event_notify_interrupt(uint8_t vector)
{
	struct tdx_module_args args = {
		.r11 = TDVMCALL_SETUP_EVENT_NOTIFY_INTERRUPT,
		.r12 = vector,
	};

	return __tdvmcall(&args);
}
