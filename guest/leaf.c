/* SPDX-License-Identifier: MIT */
#include "guest/leaf.h"

#include "guest/hooks.h"
#include "lib/bits.h"

void tdg_vp_info(struct tdx_vp_info *info)
{
	struct tdx_module_args args = { 0 };
	uint64_t status = __tdcall_ret(TDG_VP_INFO, &args);

	if (status != TDX_SUCCESS)
		tdx_panic("TDG.VP.INFO failed", status);
	*info = (struct tdx_vp_info){
		.gpa_width = args.rcx & 0x3f,
		.attributes = args.rdx,
		.num_vcpus = low32(args.r8),
		.max_vcpus = high32(args.r8),
		.vcpu_index = low32(args.r9),
		.sys_rd = args.r10 & 1,
	};
}

uint64_t tdg_vp_veinfo_get(struct tdx_ve_info *ve)
{
	struct tdx_module_args args = { 0 };
	uint64_t status = __tdcall_ret(TDG_VP_VEINFO_GET, &args);

	*ve = (struct tdx_ve_info){
		.exit_reason = low32(args.rcx),
		.exit_qualification = args.rdx,
		.gla = args.r8,
		.gpa = args.r9,
		.instruction_length = low32(args.r10),
		.instruction_info = high32(args.r10),
	};
	return status;
}

uint64_t tdg_mem_page_accept(struct gpa gpa, unsigned int level)
{
	struct tdx_module_args args = { .rcx = gpa.pa | level };

	return __tdcall(TDG_MEM_PAGE_ACCEPT, &args);
}

uint64_t tdg_vm_rd(uint64_t field, uint64_t *value)
{
	struct tdx_module_args args = { .rdx = field };
	uint64_t status = __tdcall_ret(TDG_VM_RD, &args);

	*value = args.r8;
	return status;
}

uint64_t tdg_vm_wr(uint64_t field, uint64_t value, uint64_t mask, uint64_t *previous)
{
	struct tdx_module_args args = { .rdx = field, .r8 = value, .r9 = mask };
	uint64_t status = __tdcall_ret(TDG_VM_WR, &args);

	if (previous)
		*previous = args.r8;
	return status;
}

uint64_t tdg_mr_report(struct gpa report, struct gpa data, uint8_t subtype)
{
	struct tdx_module_args args = { .rcx = report.pa, .rdx = data.pa, .r8 = subtype };

	return __tdcall(TDG_MR_REPORT, &args);
}

uint64_t tdg_mr_rtmr_extend(struct gpa data, unsigned int index)
{
	struct tdx_module_args args = { .rcx = data.pa, .rdx = index };

	return __tdcall(TDG_MR_RTMR_EXTEND, &args);
}
