/* SPDX-License-Identifier: MIT */
/*
 * Who links both libraries and has nothing else: the hooks, a PAGE_SIZE of its own, and a use of
 * each header's functions. C11 and C++17.
 */
#include "guest/accept.h"
#include "guest/convert.h"
#include "guest/hooks.h"
#include "guest/leaf.h"
#include "guest/port.h"
#include "guest/quote.h"
#include "guest/report.h"
#include "guest/tdcall.h"
#include "guest/ve.h"
#include "guest/vmcall.h"
#include "host/build.h"
#include "host/extable.h"
#include "host/seamcall.h"
#include "host/tdh.h"
#include "lib/insn.h"
#include "lib/status_name.h"
#include "lib/tdvf.h"

#define PAGE_SIZE 4096

#ifdef __cplusplus
extern "C" {
#endif

void embedder_start(void);
void *phys_ptr(struct hpa pa);

void tdx_panic(const char *what, uint64_t status)
{
	(void)what, (void)status;
	for (;;)
		__asm__ volatile("hlt");
}

void tdx_warn(const char *what, uint64_t value, uint64_t suppressed)
{
	(void)what, (void)value, (void)suppressed;
}

void *phys_ptr(struct hpa pa)
{
	return (void *)(uintptr_t)pa.pa;
}

static void exception(void)
{
	static uint64_t gpr[TDX_GPR_COUNT];
	struct tdx_ve_info ve;
	struct tdx_regs regs;

	regs.gpr = gpr;
	regs.rip = regs.rflags = 0;
	regs.user = false;
	regs.policy = &tdx_ve_default_policy;
	if (tdg_vp_veinfo_get(&ve) == TDX_SUCCESS && tdx_handle_ve_early(&regs, &ve) < 0)
		tdx_handle_ve(&regs, &ve);
	tdx_outb(0x80, tdx_inb(0x80));
}

static void guest(void)
{
	static uint8_t buffer[8192] __attribute__((aligned(4096)));
	struct tdx_vp_info info;
	struct tdx_quote quote;
	uint32_t length;
	uint64_t value;

	tdg_vp_info(&info);
	tdg_vm_rd(0, &value);
	tdx_accept_range(gpa(0), PAGE_SIZE);
	tdx_make_shared(gpa(0), PAGE_SIZE, tdx_shared_bit(&info));
	tdx_report(gpa(0), gpa(1024));
	if (tdx_quote_init(&quote, buffer, gpa(0), sizeof(buffer)))
		tdx_quote_wait(&quote, 1, buffer, sizeof(buffer), &length);
	if (!tdvmcall_ok(tdvmcall_rdmsr(0, &value)))
		tdvmcall_report_fatal_error(1, "text");
	tdx_kvm_hypercall(1, 2, 3, 4, 5);
	__tdx_module_call(0, 0, 0, 0, 0, (struct tdx_module_output *)0);
}

static void host(const struct td_builder *builder)
{
	uint64_t rip = 0, rax = 0, value;
	struct tdx_servtd_binding binding;
	struct tdx_page_metadata metadata;
	struct tdx_sept_entry entry;

	tdh_sys_init();
	tdh_mng_rd(hpa(0), 0, &value);
	tdh_vp_rd(hpa(0), 0, &value);
	tdh_mr_extend(hpa(0), gpa(0), &entry);
	tdh_mem_sept_rd(hpa(0), gpa(0), 0, &entry);
	tdh_phymem_page_rdmd(hpa(0), &metadata);
	tdh_servtd_bind(hpa(0), hpa(0), 0, 0, 0, &binding);
	tdh_export_pause(hpa(0));
	td_build_page(builder, gpa(0), (const void *)0, 0, false);
	tdx_extable_fixup(&rip, &rax, 6);
}

void embedder_start(void)
{
	static struct td_builder builder;

	exception();
	guest();
	host(&builder);
	for (;;)
		__asm__ volatile("hlt");
}

#ifdef __cplusplus
}
#endif
