/* SPDX-License-Identifier: MIT */
#include "host/tdh_sys.h"

#include <tdx/leaf.h>

#include "host/seamcall.h"
#include "lib/bits.h"

uint64_t tdh_sys_init(void)
{
	struct tdx_module_args args = { .rcx = 0 };

	return __seamcall(TDH_SYS_INIT, &args);
}

uint64_t tdh_sys_lp_init(void)
{
	struct tdx_module_args args = { 0 };

	return __seamcall(TDH_SYS_LP_INIT, &args);
}

static struct tdx_cpuid_value cpuid_value(uint64_t low, uint64_t high)
{
	return (struct tdx_cpuid_value){ low32(low), high32(low), low32(high), high32(high) };
}

static uint64_t call_mismatch(uint64_t leaf, struct tdx_cpuid_mismatch *mismatch)
{
	struct tdx_module_args args = { 0 };
	uint64_t status = __seamcall_ret(leaf, &args);

	*mismatch = (struct tdx_cpuid_mismatch){
		.leaf = low32(args.rcx),
		.subleaf = high32(args.rcx),
		.mask = cpuid_value(args.rdx, args.r8),
		.expected = cpuid_value(args.r9, args.r10),
	};
	return status;
}

uint64_t tdh_sys_init_mismatch(struct tdx_cpuid_mismatch *mismatch)
{
	return call_mismatch(TDH_SYS_INIT, mismatch);
}

uint64_t tdh_sys_lp_init_mismatch(struct tdx_cpuid_mismatch *mismatch)
{
	return call_mismatch(TDH_SYS_LP_INIT, mismatch);
}

uint64_t tdh_sys_info(struct hpa sysinfo, struct hpa cmrs, uint64_t *cmr_count)
{
	struct tdx_module_args args = {
		.rcx = sysinfo.pa,
		.rdx = sizeof(struct tdx_sysinfo),
		.r8 = cmrs.pa,
		.r9 = TDX_MAX_CMRS,
	};
	uint64_t status = __seamcall_ret(TDH_SYS_INFO, &args);

	*cmr_count = args.r9;
	return status;
}

uint64_t tdh_sys_rd(uint64_t field, uint64_t *value, uint64_t *next)
{
	struct tdx_module_args args = { .rdx = field };
	uint64_t status = __seamcall_ret(TDH_SYS_RD, &args);

	*value = args.r8;
	*next = args.rdx;
	return status;
}

uint64_t tdh_sys_rdall(struct hpa buffer, uint64_t *field)
{
	struct tdx_module_args args = { .rdx = buffer.pa, .r8 = *field };
	uint64_t status = __seamcall_ret(TDH_SYS_RDALL, &args);

	*field = args.r8;
	return status;
}

uint64_t tdh_sys_config(struct hpa tdmr_info_list, uint64_t count, uint16_t global_hkid)
{
	struct tdx_module_args args = {
		.rcx = tdmr_info_list.pa,
		.rdx = count,
		.r8 = global_hkid,
	};

	return __seamcall(TDH_SYS_CONFIG, &args);
}

uint64_t tdh_sys_key_config(void)
{
	struct tdx_module_args args = { 0 };

	return __seamcall(TDH_SYS_KEY_CONFIG, &args);
}

uint64_t tdh_sys_tdmr_init(struct hpa base, struct hpa *next)
{
	struct tdx_module_args args = { .rcx = base.pa };
	uint64_t status = __seamcall_ret(TDH_SYS_TDMR_INIT, &args);

	*next = hpa(args.rdx);
	return status;
}

uint64_t tdh_sys_lp_shutdown(void)
{
	struct tdx_module_args args = { 0 };

	return __seamcall(TDH_SYS_LP_SHUTDOWN, &args);
}

uint64_t tdh_sys_shutdown(uint16_t handoff_version)
{
	struct tdx_module_args args = { .rcx = handoff_version };

	return __seamcall(TDH_SYS_SHUTDOWN, &args);
}

uint64_t tdh_sys_update(void)
{
	struct tdx_module_args args = { 0 };

	return __seamcall(TDH_SYS_UPDATE, &args);
}

uint64_t tdh_sys_disable(void)
{
	struct tdx_module_args args = { 0 };

	return __seamcall(TDH_SYS_DISABLE, &args);
}
