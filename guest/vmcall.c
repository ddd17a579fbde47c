/* SPDX-License-Identifier: MIT */
#include "guest/vmcall.h"

#include "guest/hooks.h"
#include "guest/warn.h"
#include "lib/addr.h"
#include "lib/bits.h"

/* GPRs that TDG.VP.VMCALL shows to the VMM: RDX RBX RSI RDI R8-R15, and R10-R15. */
#define MASK_FULL     0xffcc
#define MASK_STANDARD 0xfc00

#define MAP_GPA_ATTEMPTS 3 /* answers without progress */

#define FATAL_ERROR_PAGE bit(63)

/* R12 of the requests of migration TDs. */
#define MIGTD_VERSION_1 (1 << 16)
enum migtd { MIGTD_WAIT_FOR_REQUEST = 1, MIGTD_REPORT_STATUS, MIGTD_SEND, MIGTD_RECEIVE };

static struct tdvmcall_status answer(uint64_t rax, uint64_t r10)
{
	if (__builtin_expect(rax != TDX_SUCCESS, 0))
		tdx_panic("TDG.VP.VMCALL failed", rax);
	return (struct tdvmcall_status){ r10 };
}

struct tdvmcall_status __tdx_hypercall(struct tdx_module_args *args)
{
	uint64_t rax;

	args->rcx = MASK_FULL;
	rax = __tdcall_saved_ret(TDG_VP_VMCALL, args);
	return answer(rax, args->r10);
}

struct tdvmcall_status __tdvmcall(struct tdx_module_args *args)
{
	uint64_t rax;

	args->rcx = MASK_STANDARD;
	rax = __tdcall_saved_ret(TDG_VP_VMCALL, args);
	return answer(rax, args->r10);
}

struct tdvmcall_status _tdx_hypercall(uint64_t fn, uint64_t r12, uint64_t r13, uint64_t r14,
				      uint64_t r15)
{
	struct tdvmcall_registers r = __tdvmcall_regs(fn, r12, r13, r14, r15);

	return answer(r.rax, r.r10);
}

struct tdvmcall_status tdvmcall(uint64_t fn, uint64_t r12, uint64_t r13, uint64_t r14, uint64_t r15,
				uint64_t *out)
{
	struct tdvmcall_registers r = __tdvmcall_regs_ret(fn, r12, r13, r14, r15, out);
	struct tdvmcall_status status = answer(r.rax, r.r10);

	if (!tdvmcall_ok(status))
		*out = 0;
	return status;
}

int64_t tdx_kvm_hypercall(uint64_t nr, uint64_t p1, uint64_t p2, uint64_t p3, uint64_t p4)
{
	struct tdx_module_args args = { .r10 = nr, .r11 = p1, .r12 = p2, .r13 = p3, .r14 = p4 };

	if (nr == 0)
		return -TDX_KVM_ENOSYS;
	return (int64_t)__tdvmcall(&args).r10;
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
	return _tdx_hypercall(TDVMCALL_HLT, interrupts_blocked, 0, 0, 0);
}

struct tdvmcall_status tdvmcall_io_read(uint16_t port, unsigned int size, uint32_t *value)
{
	uint64_t r11;
	struct tdvmcall_status status = tdvmcall(TDVMCALL_IO, size, 0, port, 0, &r11);

	*value = low32(r11 & byte_mask(size));
	return status;
}

struct tdvmcall_status tdvmcall_io_write(uint16_t port, unsigned int size, uint32_t value)
{
	return _tdx_hypercall(TDVMCALL_IO, size, 1, port, value & byte_mask(size));
}

struct tdvmcall_status tdvmcall_rdmsr(uint32_t index, uint64_t *value)
{
	return tdvmcall(TDVMCALL_RDMSR, index, 0, 0, 0, value);
}

struct tdvmcall_status tdvmcall_wrmsr(uint32_t index, uint64_t value)
{
	return _tdx_hypercall(TDVMCALL_WRMSR, index, value, 0, 0);
}

struct tdvmcall_status tdvmcall_mmio_read(struct gpa gpa, unsigned int size, uint64_t *value)
{
	struct tdvmcall_status status = tdvmcall(TDVMCALL_MMIO, size, 0, gpa.pa, 0, value);

	*value &= byte_mask(size);
	return status;
}

struct tdvmcall_status tdvmcall_mmio_write(struct gpa gpa, unsigned int size, uint64_t value)
{
	return _tdx_hypercall(TDVMCALL_MMIO, size, 1, gpa.pa, value & byte_mask(size));
}

struct tdvmcall_status tdvmcall_wbinvd(bool keep)
{
	return _tdx_hypercall(TDVMCALL_WBINVD, keep, 0, 0, 0);
}

struct tdvmcall_status tdvmcall_pconfig(uint32_t leaf, uint64_t rbx, uint64_t rcx, uint64_t rdx,
					uint32_t *eax)
{
	uint64_t r11;
	struct tdvmcall_status status = tdvmcall(TDVMCALL_PCONFIG, leaf, rbx, rcx, rdx, &r11);

	*eax = low32(r11);
	return status;
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

/* Is this where the VMM may say that it goes on? */
static bool map_gpa_continues(uint64_t at, uint64_t end, uint64_t next)
{
	return next >= at && next < end && is_aligned(next, PAGE_SIZE);
}

static struct tdvmcall_status map_gpa(uint64_t at, uint64_t end)
{
	for (unsigned int stuck = 0; stuck < MAP_GPA_ATTEMPTS;) {
		struct tdx_module_args args = {
			.r11 = TDVMCALL_MAP_GPA,
			.r12 = at,
			.r13 = end - at,
		};
		struct tdvmcall_status status = __tdvmcall(&args);

		if (status.r10 != TDVMCALL_STATUS_RETRY)
			return status;
		if (!map_gpa_continues(at, end, args.r11)) {
			tdx_warn_limited("MapGPA: the VMM goes on outside of the range", args.r11);
			return (struct tdvmcall_status){ TDVMCALL_STATUS_INVALID_OPERAND };
		}
		stuck = args.r11 == at ? stuck + 1 : 0;
		at = args.r11;
	}
	return (struct tdvmcall_status){ TDVMCALL_STATUS_RETRY };
}

struct tdvmcall_status tdvmcall_map_gpa(struct gpa start, uint64_t size)
{
	if (!is_aligned(start.pa | size, PAGE_SIZE))
		return (struct tdvmcall_status){ TDVMCALL_STATUS_ALIGN_ERROR };
	if (size == 0 || start.pa + size < start.pa)
		return (struct tdvmcall_status){ TDVMCALL_STATUS_INVALID_OPERAND };
	return map_gpa(start.pa, start.pa + size);
}

struct tdvmcall_status tdvmcall_get_quote(struct gpa buffer, uint64_t size)
{
	return _tdx_hypercall(TDVMCALL_GET_QUOTE, buffer.pa, size, 0, 0);
}

static void report_fatal_error(uint64_t code, const char *message, struct gpa page)
{
	uint64_t text[TDVMCALL_FATAL_MESSAGE_SIZE / 8] = { 0 };
	struct tdx_module_args args;

	for (unsigned int i = 0; i < sizeof(text) && message[i]; i++)
		text[i / 8] |= (uint64_t)(uint8_t)message[i] << (8 * (i % 8));
	args = (struct tdx_module_args){
		.r11 = TDVMCALL_REPORT_FATAL_ERROR,
		.r12 = code,
		.r13 = page.pa,
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

void tdvmcall_report_fatal_error(uint32_t code, const char *message)
{
	report_fatal_error(code, message, gpa(0));
}

void tdvmcall_report_fatal_error_page(uint64_t code, const char *message, struct gpa page)
{
	report_fatal_error(code | FATAL_ERROR_PAGE, message, page);
}

struct tdvmcall_status tdvmcall_setup_event_notify_interrupt(uint8_t vector)
{
	return _tdx_hypercall(TDVMCALL_SETUP_EVENT_NOTIFY_INTERRUPT, vector, 0, 0, 0);
}

struct tdvmcall_status tdvmcall_service(struct gpa command, struct gpa response, uint8_t vector,
					uint64_t timeout)
{
	return _tdx_hypercall(TDVMCALL_SERVICE, command.pa, response.pa, vector, timeout);
}

struct tdvmcall_status tdvmcall_migtd_wait_for_request(struct gpa buffer, uint64_t length,
						       uint8_t vector)
{
	return _tdx_hypercall(TDVMCALL_MIGTD, MIGTD_WAIT_FOR_REQUEST | MIGTD_VERSION_1, length,
			      buffer.pa, vector);
}

struct tdvmcall_status tdvmcall_migtd_report_status(uint64_t request, uint64_t status,
						    struct gpa buffer, uint64_t length,
						    uint8_t vector)
{
	struct tdx_module_args args = {
		.r11 = TDVMCALL_MIGTD,
		.r12 = MIGTD_REPORT_STATUS | MIGTD_VERSION_1,
		.r13 = request,
		.r14 = status,
		.r15 = length,
		.rbx = buffer.pa,
		.rdi = vector,
	};

	return __tdx_hypercall(&args);
}

static struct tdvmcall_status migtd_transfer(enum migtd leaf, uint64_t request, struct gpa buffer,
					     uint64_t length, uint8_t vector)
{
	struct tdx_module_args args = {
		.r11 = TDVMCALL_MIGTD,
		.r12 = (uint64_t)leaf | MIGTD_VERSION_1,
		.r13 = request,
		.r14 = length,
		.r15 = buffer.pa,
		.rbx = vector,
	};

	return __tdx_hypercall(&args);
}

struct tdvmcall_status tdvmcall_migtd_send(uint64_t request, struct gpa buffer, uint64_t length,
					   uint8_t vector)
{
	return migtd_transfer(MIGTD_SEND, request, buffer, length, vector);
}

struct tdvmcall_status tdvmcall_migtd_receive(uint64_t request, struct gpa buffer, uint64_t length,
					      uint8_t vector)
{
	return migtd_transfer(MIGTD_RECEIVE, request, buffer, length, vector);
}
