/* SPDX-License-Identifier: MIT */
#include "host/tdh_mng.h"

#include <tdx/leaf.h>

#include "host/seamcall.h"

uint64_t tdh_mng_create(struct hpa tdr, uint16_t hkid)
{
	struct tdx_module_args args = { .rcx = tdr.pa, .rdx = hkid };

	return __seamcall(TDH_MNG_CREATE, &args);
}

uint64_t tdh_mng_key_config(struct hpa tdr)
{
	struct tdx_module_args args = { .rcx = tdr.pa };

	return __seamcall(TDH_MNG_KEY_CONFIG, &args);
}

uint64_t tdh_mng_addcx(struct hpa tdr, struct hpa tdcx)
{
	struct tdx_module_args args = { .rcx = tdcx.pa, .rdx = tdr.pa };

	return __seamcall(TDH_MNG_ADDCX, &args);
}

uint64_t tdh_mng_init(struct hpa tdr, struct hpa params, uint64_t *cpuid)
{
	struct tdx_module_args args = { .rcx = tdr.pa, .rdx = params.pa };
	uint64_t status = __seamcall_ret(TDH_MNG_INIT, &args);

	*cpuid = args.rcx;
	return status;
}

uint64_t tdh_mng_rd(struct hpa tdr, uint64_t field, uint64_t *value)
{
	struct tdx_module_args args = { .rcx = tdr.pa, .rdx = field };
	uint64_t status = __seamcall_ret(TDH_MNG_RD, &args);

	*value = args.r8;
	return status;
}

uint64_t tdh_mng_rd_next(struct hpa tdr, uint64_t field, uint64_t *value, uint64_t *next)
{
	struct tdx_module_args args = { .rcx = tdr.pa, .rdx = field };
	uint64_t status = __seamcall_ret(TDH_MNG_RD | 1 << TDX_VERSION_SHIFT, &args);

	*value = args.r8;
	*next = args.rdx;
	return status;
}

uint64_t tdh_mng_wr(struct hpa tdr, uint64_t field, uint64_t value, uint64_t mask, uint64_t *old)
{
	struct tdx_module_args args = { .rcx = tdr.pa, .rdx = field, .r8 = value, .r9 = mask };
	uint64_t status = __seamcall_ret(TDH_MNG_WR, &args);

	*old = args.r8;
	return status;
}

uint64_t tdh_mng_vpflushdone(struct hpa tdr)
{
	struct tdx_module_args args = { .rcx = tdr.pa };

	return __seamcall(TDH_MNG_VPFLUSHDONE, &args);
}

uint64_t tdh_mng_key_freeid(struct hpa tdr)
{
	struct tdx_module_args args = { .rcx = tdr.pa };

	return __seamcall(TDH_MNG_KEY_FREEID, &args);
}

uint64_t tdh_mng_key_reclaimid(struct hpa tdr)
{
	struct tdx_module_args args = { .rcx = tdr.pa };

	return __seamcall(TDH_MNG_KEY_RECLAIMID, &args);
}
