/* SPDX-License-Identifier: MIT */
#include "host/tdh_vp.h"

#include <tdx/leaf.h>

#include "host/seamcall.h"

uint64_t tdh_vp_create(struct hpa tdr, struct hpa tdvpr)
{
	struct tdx_module_args args = { .rcx = tdvpr.pa, .rdx = tdr.pa };

	return __seamcall(TDH_VP_CREATE, &args);
}

uint64_t tdh_vp_addcx(struct hpa tdvpr, struct hpa tdcx)
{
	struct tdx_module_args args = { .rcx = tdcx.pa, .rdx = tdvpr.pa };

	return __seamcall(TDH_VP_ADDCX, &args);
}

uint64_t tdh_vp_init(struct hpa tdvpr, uint64_t rcx)
{
	struct tdx_module_args args = { .rcx = tdvpr.pa, .rdx = rcx };

	return __seamcall(TDH_VP_INIT, &args);
}

uint64_t tdh_vp_init_x2apic(struct hpa tdvpr, uint64_t rcx, uint32_t x2apic_id)
{
	struct tdx_module_args args = { .rcx = tdvpr.pa, .rdx = rcx, .r8 = x2apic_id };

	return __seamcall(TDH_VP_INIT | 1 << TDX_VERSION_SHIFT, &args);
}

uint64_t tdh_vp_enter(struct hpa tdvpr, struct tdx_module_args *args)
{
	args->rcx = tdvpr.pa;
	return __seamcall_saved_ret(TDH_VP_ENTER, args);
}

uint64_t tdh_vp_enter_flags(struct hpa tdvpr, uint64_t flags, struct tdx_module_args *args)
{
	return tdh_vp_enter(hpa(tdvpr.pa | flags), args);
}

uint64_t tdh_vp_flush(struct hpa tdvpr)
{
	struct tdx_module_args args = { .rcx = tdvpr.pa };

	return __seamcall(TDH_VP_FLUSH, &args);
}

uint64_t tdh_vp_rd(struct hpa tdvpr, uint64_t field, uint64_t *value)
{
	struct tdx_module_args args = { .rcx = tdvpr.pa, .rdx = field };
	uint64_t status = __seamcall_ret(TDH_VP_RD, &args);

	*value = args.r8;
	return status;
}

uint64_t tdh_vp_rd_next(struct hpa tdvpr, uint64_t field, uint64_t *value, uint64_t *next)
{
	struct tdx_module_args args = { .rcx = tdvpr.pa, .rdx = field };
	uint64_t status = __seamcall_ret(TDH_VP_RD | 1 << TDX_VERSION_SHIFT, &args);

	*value = args.r8;
	*next = args.rdx;
	return status;
}

uint64_t tdh_vp_wr(struct hpa tdvpr, uint64_t field, uint64_t value, uint64_t mask, uint64_t *old)
{
	struct tdx_module_args args = { .rcx = tdvpr.pa, .rdx = field, .r8 = value, .r9 = mask };
	uint64_t status = __seamcall_ret(TDH_VP_WR, &args);

	*old = args.r8;
	return status;
}
