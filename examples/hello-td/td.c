/* SPDX-License-Identifier: MIT */
/* What makes a kernel a TDX guest: devices in shared memory, a handler of #VE, and two hooks. */
#include "td.h"

#include <string.h>

#include "guest/hooks.h"
#include "guest/leaf.h"
#include "guest/ve.h"
#include "guest/vmcall.h"

#define GIB	       (UINT64_C(1) << 30)
#define TABLE	       0x03 /* present, writable */
#define PAGE_1G	       0x83
#define CODE_SELECTOR  8      /* in start.S */
#define INTERRUPT_GATE 0x8e00 /* present, DPL 0; interrupts are off behind it */

/*
 * Page tables, which start.S loads. The first 4 GiB are private memory at its own addresses; behind
 * them the same addresses once more as shared memory, when td_init() knows the SHARED bit.
 */
static uint64_t pdpt[512] __attribute__((aligned(4096))) = {
	0 * GIB + PAGE_1G,
	1 * GIB + PAGE_1G,
	2 * GIB + PAGE_1G,
	3 * GIB + PAGE_1G,
};
uint64_t pml4[512] __attribute__((aligned(4096))) = { (uintptr_t)pdpt + TABLE };

volatile void *td_device(uint64_t address)
{
	return (volatile void *)(4 * GIB + address);
}

/* The IDT has one entry: any other exception becomes a triple fault and ends the TD. */
static struct {
	uint16_t offset_low, selector, type, offset_middle;
	uint32_t offset_high, reserved;
} idt[TDX_VE_VECTOR + 1];

extern const char ve_entry[]; /* start.S */

static void catch_ve(void)
{
	uint64_t entry = (uintptr_t)ve_entry;
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr = { sizeof(idt) - 1, (uintptr_t)idt };

	idt[TDX_VE_VECTOR].offset_low = (uint16_t)entry;
	idt[TDX_VE_VECTOR].offset_middle = (uint16_t)(entry >> 16);
	idt[TDX_VE_VECTOR].offset_high = (uint32_t)(entry >> 32);
	idt[TDX_VE_VECTOR].selector = CODE_SELECTOR;
	idt[TDX_VE_VECTOR].type = INTERRUPT_GATE;
	__asm__ volatile("lidt %0" : : "m"(idtr));
}

/* What may be asked of the VMM. td_init() adds to the library's choice what MMIO needs. */
static struct tdx_ve_policy policy;

/* The code at RIP, for MMIO: all of memory is mapped here. */
static size_t fetch_code(void *context, uint64_t linear, uint8_t *to, size_t count)
{
	memcpy(to, (const void *)linear, count);
	return count;
}

void td_init(void)
{
	struct tdx_vp_info info;

	tdg_vp_info(&info);
	policy = tdx_ve_default_policy;
	policy.shared_bit = tdx_shared_bit(&info);
	policy.fetch = fetch_code;
	for (unsigned int i = 0; i < 4; i++)
		pdpt[4 + i] = pdpt[i] | policy.shared_bit;
	catch_ve();
}

/* As ve_entry pushes it. */
struct frame {
	uint64_t gpr[TDX_GPR_COUNT];
	uint64_t error, rip, cs, rflags, rsp, ss;
};

void handle_ve(struct frame *frame);

/* The cause comes first: until it is fetched, another #VE is a double fault. */
void handle_ve(struct frame *frame)
{
	struct tdx_regs regs = {
		.gpr = frame->gpr, .rip = frame->rip, .rflags = frame->rflags, .policy = &policy
	};
	struct tdx_ve_info ve;
	uint64_t status = tdg_vp_veinfo_get(&ve);
	int length;

	if (status != TDX_SUCCESS)
		tdx_panic("#VE without a cause", status);
	frame->gpr[TDX_RSP] = frame->rsp; /* what was pushed is ve_entry's own */
	length = tdx_handle_ve(&regs, &ve);
	if (length < 0)
		tdx_panic("#VE that is not handled", ve.exit_reason);
	frame->rip += (unsigned int)length;
	frame->rflags = regs.rflags;
}

/* The hooks of libtdx-guest (guest/hooks.h). A kernel with a log writes what tdx_warn() is told. */

_Noreturn void tdx_panic(const char *what, uint64_t status)
{
	tdvmcall_report_fatal_error((uint32_t)status, what);
	for (;;)
		tdvmcall_hlt(true);
}

void tdx_warn(const char *what, uint64_t value, uint64_t suppressed)
{
}
