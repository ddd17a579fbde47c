/* SPDX-License-Identifier: MIT */
#include "guest/leaf.h"

#include <stddef.h>

#include "guest/hooks.h"
#include "lib/bits.h"

#define VERSION_1 (UINT64_C(1) << TDX_VERSION_SHIFT)

#define VM_INDEX_SHIFT 52 /* of RCX: which nested VM */

uint64_t __tdx_module_call(uint64_t fn, uint64_t rcx, uint64_t rdx, uint64_t r8, uint64_t r9,
			   struct tdx_module_output *out)
{
	struct tdx_module_args args = { .rcx = rcx, .rdx = rdx, .r8 = r8, .r9 = r9 };
	uint64_t status = __tdcall_ret(fn, &args);

	if (out)
		*out = (struct tdx_module_output){ args.rcx, args.rdx, args.r8,
						   args.r9,  args.r10, args.r11 };
	return status;
}

void tdg_vp_info(struct tdx_vp_info *info)
{
	struct tdx_module_args args = { 0 };
	uint64_t status = __tdcall_ret(TDG_VP_INFO, &args);
	unsigned int width = args.rcx & 0x3f;

	if (status != TDX_SUCCESS)
		tdx_panic("TDG.VP.INFO failed", status);
	if (width != 48 && width != 52)
		tdx_panic("TDG.VP.INFO: no such GPA width", width);
	*info = (struct tdx_vp_info){
		.gpa_width = width,
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

uint64_t tdg_vp_cpuidve_set(bool supervisor, bool user)
{
	return __tdcall_regs(TDG_VP_CPUIDVE_SET, supervisor | (unsigned int)user << 1, 0, 0);
}

/* A leaf that reads: field in RDX; value in R8 and, where it has one, the next field in RDX. */
static uint64_t rd(uint64_t leaf, uint64_t field, uint64_t *value, uint64_t *next)
{
	struct tdx_module_args args = { .rdx = field };
	uint64_t status = __tdcall_ret(leaf, &args);

	*value = args.r8;
	if (next)
		*next = args.rdx;
	return status;
}

static uint64_t wr(uint64_t leaf, uint64_t field, uint64_t value, uint64_t mask, uint64_t *previous)
{
	struct tdx_module_args args = { .rdx = field, .r8 = value, .r9 = mask };
	uint64_t status = __tdcall_ret(leaf, &args);

	if (previous)
		*previous = args.r8;
	return status;
}

uint64_t tdg_vm_rd(uint64_t field, uint64_t *value)
{
	return rd(TDG_VM_RD, field, value, NULL);
}

uint64_t tdg_vm_rd_next(uint64_t field, uint64_t *value, uint64_t *next)
{
	return rd(TDG_VM_RD | VERSION_1, field, value, next);
}

uint64_t tdg_vm_wr(uint64_t field, uint64_t value, uint64_t mask, uint64_t *previous)
{
	return wr(TDG_VM_WR, field, value, mask, previous);
}

uint64_t tdg_vp_rd(uint64_t field, uint64_t *value)
{
	return rd(TDG_VP_RD, field, value, NULL);
}

uint64_t tdg_vp_wr(uint64_t field, uint64_t value, uint64_t mask, uint64_t *previous)
{
	return wr(TDG_VP_WR, field, value, mask, previous);
}

uint64_t tdg_sys_rd(uint64_t field, uint64_t *value, uint64_t *next)
{
	return rd(TDG_SYS_RD, field, value, next);
}

uint64_t tdg_sys_rdall(struct gpa page, uint64_t *field)
{
	struct tdx_module_args args = { .rdx = page.pa, .r8 = *field };
	uint64_t status = __tdcall_ret(TDG_SYS_RDALL, &args);

	*field = args.r8;
	return status;
}

uint64_t tdg_mr_report(struct gpa report, struct gpa data, uint8_t subtype)
{
	return __tdcall_regs(TDG_MR_REPORT, report.pa, data.pa, subtype);
}

uint64_t tdg_mr_rtmr_extend(struct gpa data, unsigned int index)
{
	return __tdcall_regs(TDG_MR_RTMR_EXTEND, data.pa, index, 0);
}

uint64_t tdg_mr_verifyreport(struct gpa mac)
{
	return __tdcall_regs(TDG_MR_VERIFYREPORT, mac.pa, 0, 0);
}

/* The leaves of service TDs have the target's UUID in R10-R13, in and out. */
static uint64_t servtd(uint64_t leaf, struct tdx_module_args *args, struct tdx_td_uuid *uuid)
{
	uint64_t status;

	args->r10 = uuid->words[0];
	args->r11 = uuid->words[1];
	args->r12 = uuid->words[2];
	args->r13 = uuid->words[3];
	status = __tdcall_saved_ret(leaf, args);
	*uuid = (struct tdx_td_uuid){ { args->r10, args->r11, args->r12, args->r13 } };
	return status;
}

uint64_t tdg_servtd_rd(uint64_t binding, uint64_t field, struct tdx_td_uuid *uuid, uint64_t *value)
{
	struct tdx_module_args args = { .rcx = binding, .rdx = field };
	uint64_t status = servtd(TDG_SERVTD_RD, &args, uuid);

	*value = args.r8;
	return status;
}

uint64_t tdg_servtd_wr(uint64_t binding, uint64_t field, uint64_t mask, struct tdx_td_uuid *uuid,
		       uint64_t *value)
{
	struct tdx_module_args args = { .rcx = binding, .rdx = field, .r8 = *value, .r9 = mask };
	uint64_t status = servtd(TDG_SERVTD_WR, &args, uuid);

	*value = args.r8;
	return status;
}

uint64_t tdg_servtd_rebind_approve(uint64_t binding, const struct tdx_rebind_token *token,
				   struct tdx_td_uuid *uuid)
{
	struct tdx_module_args args = {
		.rcx = binding,
		.rdx = token->words[0],
		.r8 = token->words[1],
		.r9 = token->words[2],
		.r14 = token->words[3],
	};

	return servtd(TDG_SERVTD_REBIND_APPROVE, &args, uuid);
}

static uint64_t page_attributes(uint64_t leaf, struct tdx_module_args *args,
				struct tdx_page_attributes *out)
{
	uint64_t status = __tdcall_ret(leaf, args);

	*out = (struct tdx_page_attributes){ .mapping = args->rcx, .attributes = args->rdx };
	return status;
}

uint64_t tdg_mem_page_attr_rd(struct gpa gpa, struct tdx_page_attributes *out)
{
	struct tdx_module_args args = { .rcx = gpa.pa };

	return page_attributes(TDG_MEM_PAGE_ATTR_RD, &args, out);
}

uint64_t tdg_mem_page_attr_wr(struct gpa gpa, unsigned int level, uint64_t attributes,
			      uint64_t masks, struct tdx_page_attributes *out)
{
	struct tdx_module_args args = { .rcx = gpa.pa | level, .rdx = attributes, .r8 = masks };

	return page_attributes(TDG_MEM_PAGE_ATTR_WR, &args, out);
}

uint64_t tdg_vp_enter(unsigned int vm, unsigned int invept, struct gpa state,
		      struct tdx_module_args *out)
{
	*out = (struct tdx_module_args){
		.rcx = (uint64_t)vm << VM_INDEX_SHIFT | invept,
		.rdx = state.pa,
	};
	return __tdcall_saved_ret(TDG_VP_ENTER, out);
}

uint64_t tdg_vp_invept(uint64_t vms)
{
	return __tdcall_regs(TDG_VP_INVEPT, vms, 0, 0);
}

uint64_t tdg_vp_invvpid(unsigned int vm, bool list, uint64_t *address)
{
	struct tdx_module_args args = {
		.rcx = (uint64_t)vm << VM_INDEX_SHIFT | list,
		.rdx = *address,
	};
	uint64_t status = __tdcall_ret(TDG_VP_INVVPID, &args);

	*address = args.rdx;
	return status;
}
