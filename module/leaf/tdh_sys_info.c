/* SPDX-License-Identifier: MIT */
/*
 * TDH.SYS.INFO: what this module and this platform can do. TDX Module ABI, "TDH.SYS.INFO".
 *
 *	in	RCX	TDSYSINFO_STRUCT to fill, 1024-aligned	RDX	its size
 *		R8	array of CMR_INFO to fill, 512-aligned	R9	its entries
 *	out	RDX	bytes filled				R9	entries filled
 */
#include "module/cpuid.h"
#include "module/leaf.h"
#include "module/lock.h"
#include "module/sys.h"

static void fill_sysinfo(struct tdx_sysinfo *info)
{
	*info = (struct tdx_sysinfo){
		.vendor_id = SYS_VENDOR_ID,
		.build_date = SYS_BUILD_DATE,
		.build_num = SYS_BUILD_NUM,
		.minor_version = SYS_MINOR_VERSION,
		.major_version = SYS_MAJOR_VERSION,
		.sys_rd = 1,
		.max_tdmrs = TDX_MAX_TDMRS,
		.max_reserved_per_tdmr = TDX_MAX_RESERVED_PER_TDMR,
		.pamt_entry_size = sizeof(struct pamt_entry),
		.tdcs_base_size = TDCX_PAGES * TDX_PAGE_SIZE,
		.tdvps_base_size = TDVPS_PAGES * TDX_PAGE_SIZE,
		.attributes_fixed0 = SYS_ATTRIBUTES_FIXED0,
		.attributes_fixed1 = SYS_ATTRIBUTES_FIXED1,
		.xfam_fixed0 = cpuid_xfam_supported(),
		.xfam_fixed1 = SYS_XFAM_FIXED1,
		.num_cpuid_config = CPUID_CONFIG_COUNT,
	};
	cpuid_config_list(info->cpuid_config);
}

static uint64_t check(const struct seamcall *c, struct hpa *info, struct hpa *cmrs)
{
	uint64_t status = sys_require_lp_init();

	if (status)
		return status;
	status = vmm_operand(c->r[TDX_RCX], sizeof(struct tdx_sysinfo), sizeof(struct tdx_sysinfo),
			     TDX_OPERAND_ID_RCX, info);
	if (status)
		return status;
	if (c->r[TDX_RDX] < sizeof(struct tdx_sysinfo))
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RDX);
	status = vmm_operand(c->r[TDX_R8], 512, TDX_MAX_CMRS * sizeof(struct tdx_cmr_info),
			     TDX_OPERAND_ID_R8, cmrs);
	if (status)
		return status;
	if (c->r[TDX_R9] < TDX_MAX_CMRS)
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_R9);
	return TDX_SUCCESS;
}

uint64_t leaf_tdh_sys_info(struct seamcall *c)
{
	struct tdx_cmr_info cmrs[TDX_MAX_CMRS] = { 0 };
	struct tdx_sysinfo info;
	struct hpa info_pa, cmrs_pa;
	uint64_t status;

	if (!lock_acquire(&sys.lock, LOCK_SHARED, LOCK_RANK_SYS))
		return TDX_SYS_BUSY;
	status = check(c, &info_pa, &cmrs_pa);
	if (!status) {
		fill_sysinfo(&info);
		platform_cmrs(cmrs);
		vmm_write(info_pa, &info, sizeof(info));
		vmm_write(cmrs_pa, cmrs, sizeof(cmrs));
		c->r[TDX_RDX] = sizeof(info);
		c->r[TDX_R9] = TDX_MAX_CMRS;
	}
	lock_release(&sys.lock, LOCK_SHARED);
	return status;
}
